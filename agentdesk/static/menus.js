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
  if (event.submitter?.hasAttribute("formaction")) document.body.dataset.left = "yes"; // the draft goes with it
  else event.preventDefault();
});
document.addEventListener("htmx:afterSwap", number);
document.addEventListener("click", (event) => {
  const wanted = event.target.closest?.("[data-go]");
  if (wanted) go(Number(wanted.dataset.go));
});
document.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches?.("[name=keys], [name=caller], [name=at]")) document.getElementById("walk").click();
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) document.getElementById("check").click();
});
addEventListener("beforeunload", (event) => {
  if (text.value !== text.defaultValue && !document.body.dataset.left) event.preventDefault();
});
document.addEventListener("htmx:beforeOnLoad", (event) => {
  if (event.detail.xhr.getResponseHeader("HX-Redirect")) document.body.dataset.left = "yes";
});
number();
