// A caller goes to somebody else: at once to a queue or a colleague, or to a colleague who is asked first.

const CONSULT = "hotline-consult"; // the call about which a colleague is being asked; a reload does not end that

const panel = document.getElementById("handover");
const dialog = document.getElementById("targets");

function talk() {
  return document.querySelector("#contact.phase-talking")?.dataset.call ?? "";
}

function show() {
  const call = talk();
  if (sessionStorage.getItem(CONSULT) !== call) sessionStorage.removeItem(CONSULT);
  const step = sessionStorage.getItem(CONSULT) ? "consulting" : "talking";
  panel.hidden = !call;
  for (const part of panel.querySelectorAll("[data-step]")) part.hidden = part.dataset.step !== step;
  if (!call && dialog.open) dialog.close();
}

function refuse(reason) {
  const refusal = panel.querySelector(".refusal");
  const words = panel.querySelector(`template[data-reason="${reason}"]`);
  refusal.textContent = reason ? words?.content.textContent ?? reason : "";
  refusal.hidden = !reason;
}

/** True when it was done; otherwise the reason is shown. */
async function ask(method, path, body) {
  const answer = await fetch(`/api/calls/${talk()}/${path}`, {
    method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body),
  }).catch(() => null);
  if (answer?.ok) {
    refuse("");
    return true;
  }
  const { reason } = (await answer?.json().catch(() => null))?.detail ?? {};
  refuse(reason ?? (answer?.status === 404 ? "nobody_asked" : "unreachable-server"));
  return false;
}

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
  const { agent, queue } = button.dataset;
  if (mode === "transfer") await ask("POST", "transfer", agent ? { agent } : { queue });
  else {
    const call = talk();
    if (await ask("POST", "consult", { agent })) sessionStorage.setItem(CONSULT, call);
  }
  show();
}

const deeds = {
  transfer: () => choose("transfer"),
  consult: () => choose("consult"),
  complete: () => ask("POST", "consult/complete"),
  back: async () => {
    if (await ask("POST", "resume")) sessionStorage.removeItem(CONSULT);
  },
};

panel.addEventListener("click", async (event) => {
  const button = event.target.closest("button[data-hand]");
  if (!button) return;
  await deeds[button.dataset.hand]();
  show();
});

dialog.addEventListener("click", (event) => {
  const button = event.target.closest(".list button");
  if (button) take(button);
});

dialog.addEventListener("input", () => {
  const wanted = dialog.querySelector("[type=search]").value.trim().toLowerCase();
  for (const each of dialog.querySelectorAll(".list li")) each.hidden = !each.textContent.toLowerCase().includes(wanted);
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

document.addEventListener("hotline:reclaimed", () => {
  sessionStorage.removeItem(CONSULT); // the colleague was let go with the lost telephone
  show();
});
document.addEventListener("htmx:afterSettle", show); // only now a part with the id of the former has its own class
show();
