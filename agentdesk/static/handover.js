// Whom a caller is given to, or who is asked about him: a dialog that is searched and used by keys.
import { ask, pass } from "./asking.js";
import "./doubles.js";
import { narrow } from "./narrow.js";

const dialog = document.getElementById("targets");
const panel = () => document.getElementById("handover");

async function choose(mode) {
  dialog.dataset.mode = mode;
  const answer = await fetch("/desk/targets", { headers: { "hx-request": "true" } }).catch(() => null);
  if (answer?.ok) dialog.querySelector(".list").innerHTML = await answer.text();
  const search = dialog.querySelector("[type=search]");
  search.value = "";
  dialog.showModal();
  search.focus();
}

function offered() {
  return [...dialog.querySelectorAll(".list button:enabled")].filter((each) => each.checkVisibility());
}

async function take(button) {
  const { mode } = dialog.dataset;
  dialog.close();
  const { agent, queue, step } = button.dataset;
  const body = agent ? { agent } : queue ? { queue } : { step };
  const told = panel().querySelector(".refusal");
  if (!(await ask(told, "POST", `/api/calls/${panel().dataset.call}/${mode}`, body))) pass(told);
}

addEventListener("click", (event) => {
  const button = event.target.closest?.("#handover button[data-hand]");
  if (button) choose(button.dataset.hand);
});

dialog.addEventListener("click", (event) => {
  const button = event.target.closest(".list button");
  if (button) take(button);
});

dialog.addEventListener("input", () => {
  narrow(dialog.querySelectorAll(".list [data-find]"), dialog.querySelector("[type=search]").value);
});

dialog.addEventListener("keydown", (event) => {
  if (event.isComposing) return;
  const buttons = offered();
  const at = buttons.indexOf(document.activeElement);
  if (event.key === "Enter" && event.target.matches("[type=search]") && buttons.length) take(buttons[0]);
  else if (event.key === "ArrowDown") buttons[Math.min(at + 1, buttons.length - 1)]?.focus();
  else if (event.key === "ArrowUp") buttons[Math.max(at - 1, 0)]?.focus();
  else return;
  event.preventDefault();
});

document.addEventListener("htmx:afterSettle", () => {
  if (dialog.open && panel().hidden) dialog.close(); // the caller is gone
});
