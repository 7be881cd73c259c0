// What people do by the API stands in the page itself: a button or a form with data-deed="METHOD /address".
// A form's fields are the body, with the button by which it is sent; data-body gives fixed fields, data-with the selector of one more field.
// Pressed again before it is done, or in the moment after, it is the same wish, and done once. With data-sum each press adds.
// data-dials: the number that is called, which the telephone then takes up by itself. data-open: a dialog to show.
import { ask, pass } from "./asking.js";
import "./doubles.js";

const MOMENT_MS = 500;
const underWay = new Set();

function bodyOf(element, button) {
  const body = JSON.parse(element.dataset.body ?? "{}");
  const fields = element.matches("form") ? [...element.elements].filter((each) => !each.matches("button") || each === button) : [];
  if (element.dataset.with) fields.push(document.querySelector(element.dataset.with));
  for (const each of fields) if (each.name && each.value.trim()) body[each.name] = each.value.trim();
  return body;
}

function namesOf({ on404, on422 }) {
  return { ...(on404 && { 404: on404 }), ...(on422 && { 422: on422 }) };
}

function dials(number) {
  document.dispatchEvent(new CustomEvent("hotline:dials", { detail: { number } }));
}

/** By what is done, not by the element: its part may be shown anew between two presses. */
async function once(element, button) {
  const what = `${element.dataset.deed} ${JSON.stringify(bodyOf(element, button))}`;
  if (underWay.has(what)) return;
  underWay.add(what);
  let done = false;
  try {
    done = await deed(element, button);
  } finally {
    setTimeout(() => underWay.delete(what), done ? MOMENT_MS : 0);
  }
}

const sums = new Map(); // by what is done: how many presses are still to be done

/** One after the other. After a refusal none: whoever pressed meanwhile is told it too, and may press again. */
async function add(element) {
  const what = element.dataset.deed;
  const wanted = (sums.get(what) ?? 0) + 1;
  sums.set(what, wanted);
  if (wanted > 1) return;
  try {
    while (sums.get(what) && (await deed(element))) sums.set(what, sums.get(what) - 1);
  } finally {
    sums.delete(what);
  }
}

/** Whether it was done. */
async function deed(element, button) {
  if (element.dataset.sure && !confirm(element.dataset.sure)) return false;
  const part = element.closest("[data-live], dialog, .card");
  const told = part?.querySelector(".refusal") ?? document.querySelector(".refusal");
  const [method, address] = element.dataset.deed.split(" ");
  const called = element.dataset.dials ?? (element.hasAttribute("data-calls") ? element.elements.number.value : "");
  if (called) dials(called);
  const body = method === "GET" || method === "DELETE" ? undefined : bodyOf(element, button);
  const done = await ask(told, method, address, body, namesOf(element.dataset));
  if (!done) {
    if (called) dials("");
    pass(told);
    return false;
  }
  if (element.matches("form")) {
    element.reset();
    document.activeElement.blur(); // a part in which somebody writes is not changed
  }
  if (part.matches("dialog")) part.close();
  part.dispatchEvent(new CustomEvent("hotline:done", { bubbles: true }));
  return true;
}

/** With what the page shows now, else as it came. */
function fill(field) {
  const shown = document.querySelector(field.dataset.fill);
  const initial = field.matches("select") ? field.querySelector("[selected]")?.value : field.defaultValue;
  field.value = (shown?.dataset.value ?? shown?.textContent.trim()) || (initial ?? "");
}

function open(button) {
  const dialog = document.getElementById(button.dataset.open);
  for (const each of dialog.querySelectorAll("[data-fill]")) fill(each);
  dialog.showModal();
}

addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-deed], button[data-open]");
  if (button?.dataset.open) open(button);
  else if (button?.hasAttribute("data-sum")) add(button);
  else if (button) once(button);
});

addEventListener("submit", (event) => {
  if (!event.target.matches("form[data-deed]")) return;
  event.preventDefault();
  once(event.target, event.submitter);
});
