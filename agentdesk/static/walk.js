// Lists by keyboard: J and K walk through the rows that can be opened, Enter opens, digits choose a heading's link.

const rows = () => [...document.querySelectorAll("main tbody tr")].filter((row) => row.querySelector("a.button, button"));

function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row.contains(document.activeElement));
  const next = all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)];
  const knob = next?.querySelector("button.main, a.button.main, button, a.button");
  knob?.focus();
  next?.scrollIntoView({ block: "nearest" });
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.("input, textarea, select")) return;
  const tools = [...document.querySelectorAll(".heading .tools a")];
  if (event.key === "j") step(1);
  else if (event.key === "k") step(-1);
  else if (/^[1-9]$/.test(event.key) && tools[Number(event.key) - 1]) tools[Number(event.key) - 1].click();
  else return;
  event.preventDefault();
});
