// The supervisor's floor: put an agent into a state, listen to a conversation, whisper, barge in.

const ear = document.getElementById("ear");
ear.value = localStorage.getItem("hotline-ear") ?? "";
ear.addEventListener("change", () => localStorage.setItem("hotline-ear", ear.value));

async function ask(method, address, body) {
  const answer = await fetch(address, {
    method, headers: { "content-type": "application/json" }, body: body && JSON.stringify(body),
  }).catch(() => null);
  const refusal = document.querySelector(".floor-tools .refusal");
  refusal.hidden = Boolean(answer?.ok);
  if (answer?.ok) return;
  const { detail } = (await answer?.json().catch(() => null)) ?? {};
  const reason = answer?.status === 422 ? "no-phone" : detail?.reason;
  const words = document.querySelector(`.floor-tools template[data-reason="${reason}"]`);
  refusal.textContent = words ? words.content.textContent : detail?.problem ?? `${answer?.status ?? "–"}`;
}

addEventListener("click", (event) => {
  const button = event.target.closest?.("button[data-spy]");
  if (!button) return;
  const address = `/api/calls/${button.closest("[data-call]").dataset.call}/supervision`;
  if (button.dataset.spy === "stop") ask("DELETE", address);
  else ask("POST", address, { mode: button.dataset.spy, phone: ear.value });
});

addEventListener("change", (event) => {
  if (!event.target.matches?.("select[data-force]") || !event.target.value) return;
  const { agent } = event.target.closest("[data-agent]").dataset;
  const state = event.target.value;
  event.target.blur();
  ask("PUT", `/api/agents/${agent}/state`, { state, reason: "" });
});
