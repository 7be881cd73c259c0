// The editor of a menu: line numbers beside the text, faults marked on them, and the keys to get there.

const text = document.getElementById("text");
const gutter = document.querySelector(".gutter");

function wrongLines() {
  return new Set([...document.querySelectorAll("#checked [data-line]")].map((each) => Number(each.dataset.line)));
}

function number() {
  const wrong = wrongLines();
  const lines = text.value.split("\n").map((_, index) => {
    const line = document.createElement("span");
    line.textContent = String(index + 1);
    if (wrong.has(index + 1)) line.className = "wrong";
    return line;
  });
  gutter.replaceChildren(...lines);
  gutter.scrollTop = text.scrollTop;
}

function go(line) {
  const lines = text.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, each) => sum + each.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  const height = text.scrollHeight / lines.length;
  text.scrollTop = Math.max(0, (line - 6) * height);
}

text.addEventListener("input", () => {
  document.getElementById("checked").replaceChildren(); // what was found is true of another text
  number();
});
text.addEventListener("scroll", () => { gutter.scrollTop = text.scrollTop; });
document.getElementById("draft").addEventListener("submit", (event) => {
  if (!event.submitter?.hasAttribute("formaction")) event.preventDefault();
});
document.addEventListener("htmx:afterSwap", number);

// The way of a caller through the draft: pressed on the keypad, told in words, lit in the drawing.

const keys = document.querySelector("[name=keys]");
const dial = document.getElementById("walk");

function press(key) {
  if (key === "back") keys.value = keys.value.replace(/(\[[^\]]*\]|[^\s,])[\s,]*$/, "");
  else if (key === "anew") keys.value = "";
  else keys.value += key;
  dial.click();
}

function follow() {
  const here = document.querySelector("#walk-picture .here");
  const drawing = document.getElementById("walk-drawing");
  drawing.hidden = !document.querySelector("#walk-picture svg");
  const told = document.querySelector("#walked .walk");
  if (told) told.scrollTop = told.scrollHeight;
  if (!here) return;
  const box = here.getBBox();
  const frame = drawing.querySelector(".drawing");
  frame.scrollTo({ left: box.x + box.width / 2 - frame.clientWidth / 2, top: box.y + box.height / 2 - frame.clientHeight / 2 });
}

document.addEventListener("click", (event) => {
  const wanted = event.target.closest?.("[data-press]");
  if (wanted) press(wanted.dataset.press);
});
document.addEventListener("htmx:afterSettle", (event) => { if (event.target.id === "walked") follow(); });
document.addEventListener("click", (event) => {
  const wanted = event.target.closest?.("[data-go]");
  if (wanted) go(Number(wanted.dataset.go));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("[name=keys], [name=caller], [name=at], [name=answers]")) dial.click();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) document.getElementById("check").click();
});
number();
const wanted = /^#line-(\d+)$/.exec(location.hash);
if (wanted && Number(wanted[1])) go(Number(wanted[1])); // from a fault of the running menu
