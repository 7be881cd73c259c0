// Reviewing by keyboard: rows of the scoring form are walked through, confirmed or changed; `?` shows the keys.
// A verdict is sent in the background and answered with the whole form, because every row shares in the score.

const form = () => document.getElementById("review-form");
const rows = () => [...form().querySelectorAll("[data-row]")];
let here = ""; // the id of the row that keys act on
let pending = null; // the verdict that waits for its reason
const heard = new Map(); // row → which of its evidence was played last

function stand(row, scroll = true) {
  if (!row) return;
  here = row.id;
  for (const each of rows()) each.classList.toggle("here", each.id === here);
  row.focus({ preventScroll: true });
  if (scroll) row.scrollIntoView({ block: "nearest" });
}

const current = () => document.getElementById(here);

function step(by) {
  const all = rows();
  const at = all.findIndex((row) => row.id === here);
  stand(all[Math.min(Math.max(at + by, 0), all.length - 1)]);
}

function nextDoubt() {
  const all = rows();
  const at = all.findIndex((row) => row.id === here);
  const later = [...all.slice(at + 1), ...all.slice(0, at + 1)];
  stand(later.find((row) => row.classList.contains("undecided")) ?? current());
}

function press(button) {
  const reason = button.form.elements.reason;
  if ("needsReason" in button.dataset && !reason.value.trim()) {
    pending = button;
    button.closest("[data-row]").classList.add("writing");
    reason.placeholder = reason.dataset.needed;
    reason.focus();
    return;
  }
  button.form.requestSubmit(button);
}

async function send(event) {
  const judging = event.target.closest("form.judging");
  if (!judging || !event.submitter) return;
  event.preventDefault();
  pending = null;
  const row = judging.closest("[data-row]");
  const body = new URLSearchParams(new FormData(judging, event.submitter));
  form().setAttribute("aria-busy", "true");
  let answer;
  try {
    answer = await fetch(judging.action, { method: "POST", body, headers: { "HX-Request": "true" } });
  } catch {
    answer = null; // the network is away
  }
  if (!answer?.ok) {
    location.reload(); // signed out, or the review has moved on: the page itself says what is the matter
    return;
  }
  const place = form().scrollTop;
  const found = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("review-form");
  form().replaceWith(found);
  form().scrollTop = place;
  const same = document.getElementById(row.id);
  if (found.querySelector("[role=alert]")) stand(same);
  else stand(rows()[rows().indexOf(same) + 1] ?? same);
}

function play(row) {
  const proofs = [...row.querySelectorAll(".evidence")];
  if (!proofs.length) return;
  const next = ((heard.get(row.id) ?? -1) + 1) % proofs.length;
  heard.set(row.id, next);
  proofs[next].click();
}

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const field = event.target.closest?.("input, textarea, select");
  if (field) {
    if (event.key === "Escape") stand(field.closest("[data-row]") ?? current());
    else if (event.key === "Enter" && field.name === "reason") {
      event.preventDefault();
      const chosen = pending?.form === field.form ? pending : field.form.querySelector("[aria-pressed=true], [data-confirm]");
      if (chosen) press(chosen);
    }
    return;
  }
  const letter = event.key.toLowerCase();
  const row = current();
  if (event.key === "?") document.getElementById("keys").showModal();
  else if (letter === "j") step(1);
  else if (letter === "k") step(-1);
  else if (letter === "d") nextDoubt();
  else if (letter === "g") { const finish = form().querySelector("[data-finish]:not([disabled])"); if (finish) finish.focus(); else nextDoubt(); }
  else if (!row) return;
  else if (letter === "e") play(row);
  else if (letter === "r") row.querySelector("[name=reason]")?.focus();
  else if (letter === "c") { const button = row.querySelector("[data-confirm]"); if (button) press(button); }
  else if ("pfn".includes(letter) && letter.length === 1) { const button = row.querySelector(`[data-key=${letter}]`); if (button) press(button); }
  else return;
  event.preventDefault();
}

document.addEventListener("keydown", key);
document.addEventListener("submit", send);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys]")) document.getElementById("keys").showModal();
  const button = event.target.closest("form.judging button");
  if (button && event.detail) { // a real click: the keyboard's Enter on a button comes with no detail
    event.preventDefault();
    stand(button.closest("[data-row]"), false);
    press(button);
  } else if (!event.target.closest("input")) {
    stand(event.target.closest("[data-row]"), false);
  }
});
document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-moment]") && !event.target.value) {
    const now = document.querySelector("call-player .now")?.textContent;
    if (now && now !== "0:00") event.target.value = now;
  }
});
const first = form().querySelector(".undecided, .verdict-fail[data-row]") ?? rows()[0];
stand(first, false);
