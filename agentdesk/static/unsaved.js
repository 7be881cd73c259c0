// Whoever leaves a page with something half-written is asked first: a form that posts and is not what the server sent,
// or has data-unsaved. Not asked: what keeps itself (data-draft), secrets, and fields below data-passing, of no lasting use.

const LASTING = "form[method=post]:not([data-draft]):not(:has([type=password]))";
let leaving = null; // the form that is being sent

function initial(list) {
  const options = [...list.options];
  return (options.findLast((each) => each.defaultSelected) ?? options[0])?.value;
}

function differs(field) {
  if (!field.name || field.closest("[data-passing]")) return false;
  if (field.matches("[type=checkbox], [type=radio]")) return field.checked !== field.defaultChecked;
  if (field.matches("select[multiple]")) return [...field.options].some((each) => each.selected !== each.defaultSelected);
  return field.value !== (field.matches("select") ? initial(field) : field.defaultValue);
}

function isUnsaved(form) {
  return form !== leaving && ("unsaved" in form.dataset || [...form.elements].filter((each) => each.matches("input, select, textarea")).some(differs));
}

addEventListener("submit", (event) => { if (!event.defaultPrevented) leaving = event.target; });
addEventListener("input", () => { leaving = null; });
document.addEventListener("htmx:beforeOnLoad", ({ detail }) => {
  if (detail.xhr.getResponseHeader("HX-Redirect")) leaving = detail.elt.closest("form");
});
addEventListener("beforeunload", (event) => {
  if ([...document.querySelectorAll(LASTING)].some(isUnsaved)) event.preventDefault();
});
