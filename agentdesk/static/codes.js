// Wrap-up codes: typing narrows the list, Enter chooses what is first, arrows walk; what is chosen is stored at once.
// A form with data-codes, the address that is told codes and note whenever they are others. It has data-unstored from then
// on until they are stored: a live change would put what was stored before in their place.
import { ask } from "./asking.js";
import { narrow } from "./narrow.js";

const PAUSE_MS = 500; // after the last letter of a note

const formOf = (target) => target.closest?.("form[data-codes]");
const shown = (form) => [...form.querySelectorAll(".codes li:not([hidden])")];
const saving = new WeakMap(); // by form: what is stored now, and whether it has changed since
const PASSING = ["unreachable-server", "not_stored"]; // why it was not stored, and may be in a moment

async function save(form) {
  if (saving.has(form)) {
    saving.set(form, true);
    return;
  }
  saving.set(form, false);
  form.dataset.unstored = "";
  const told = form.querySelector(".refusal");
  const codes = [...form.querySelectorAll("[name=codes]:checked")].map((each) => each.value);
  const body = { codes, note: form.elements.note.value, agent: form.dataset.agent ?? "" };
  const said = await ask(told, "PUT", form.dataset.codes, body, { 404: "not_latest" });
  const again = saving.get(form);
  saving.delete(form);
  if (again) save(form);
  else if (said) stored(form, said.missing);
  else if (!PASSING.includes(told.dataset.reason)) delete form.dataset.unstored;
}

function stored(form, missing) {
  delete form.dataset.unstored;
  for (const each of form.querySelectorAll("[data-need]")) each.hidden = !missing.includes(each.dataset.need);
  form.dispatchEvent(new CustomEvent("hotline:done", { bubbles: true })); // what changed meanwhile is shown now
}

/** The server can be heard: what it did not take before is told again. */
document.addEventListener("hotline:heard", () => {
  for (const form of document.querySelectorAll("form[data-unstored]")) if (!saving.has(form)) save(form);
});

function search(form, typed) {
  narrow(form.querySelectorAll(".codes li"), typed);
  form.querySelector(".none").hidden = shown(form).length > 0;
}

/** A chosen code stands before all others. */
function choose(form, box, checked) {
  box.checked = checked;
  if (checked) {
    const line = box.closest("li");
    if (line !== line.parentElement.firstElementChild) line.parentElement.prepend(line);
  }
  save(form);
}

function walk(form, from, step) {
  const lines = shown(form);
  const at = lines.indexOf(from.closest("li")) + step;
  if (at < 0) form.querySelector("input[type=search]").focus();
  else lines[Math.min(at, lines.length - 1)]?.querySelector("input").focus();
}

addEventListener("keydown", (event) => {
  const form = formOf(event.target);
  if (!form || event.isComposing || event.target.matches("textarea")) return;
  const seeks = event.target.matches("input[type=search]");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step) walk(form, event.target, step);
  else if (event.key === "Enter") {
    const box = seeks ? shown(form)[0]?.querySelector("input") : event.target;
    if (box) choose(form, box, !box.checked);
    if (seeks) search(form, event.target.value = "");
    else box?.focus();
  } else return;
  event.preventDefault();
});

addEventListener("input", (event) => {
  const form = formOf(event.target);
  if (form && event.target.matches("input[type=search]")) search(form, event.target.value);
  if (form && event.target.matches("textarea")) {
    clearTimeout(Number(form.dataset.timer));
    form.dataset.timer = String(setTimeout(save, PAUSE_MS, form));
  }
});

addEventListener("change", (event) => {
  const form = formOf(event.target);
  if (!form || event.target.matches("input[type=search]")) return;
  clearTimeout(Number(form.dataset.timer));
  if (event.target.matches("[type=checkbox]")) choose(form, event.target, event.target.checked);
  else save(form);
});

addEventListener("submit", (event) => {
  if (formOf(event.target)) event.preventDefault();
});
