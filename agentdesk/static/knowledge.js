// Knowledge beside the talk: arrows walk from the search field through what was found, Enter opens, Escape closes.

const card = document.querySelector(".knowledge");
const field = card.querySelector("input[type=search]");
const buttons = () => [...card.querySelectorAll(".articles button")].filter((each) => each.checkVisibility());

card.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const all = buttons();
  const at = all.indexOf(event.target);
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && (event.target === field || at >= 0)) (all[Math.min(at + step, all.length - 1)] ?? field).focus();
  else if (event.key === "Enter" && event.target === field) all[0]?.click();
  else if (event.key === "Escape" && !event.target.matches("input")) document.getElementById("article").replaceChildren();
  else return;
  event.preventDefault();
});

/** Not asked by the button itself: a list that changes meanwhile would take it away with its answer. */
card.addEventListener("click", ({ target }) => {
  const name = target.closest("button[data-article]")?.dataset.article;
  const { call } = document.getElementById("knowledge").dataset;
  if (name) window.htmx.ajax("POST", `/desk/knowledge/${name}/open`, { target: "#article", values: { call } });
});

document.addEventListener("htmx:afterSwap", ({ detail }) => {
  if (detail.target?.id === "article") detail.target.querySelector("h3")?.focus();
});

let pressed;
card.addEventListener("click", (event) => {
  pressed = event.target.closest("button[data-deed]");
}, true);
card.addEventListener("hotline:done", () => {
  for (const each of card.querySelectorAll(".thought button")) each.setAttribute("aria-pressed", String(each === pressed));
});
