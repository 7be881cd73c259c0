// Pauses of the recording, by the button, and by themselves while somebody is in a field or part marked
// data-secret="reason". The switch is told in the order of what happened; a pause ends by itself on the server.

const AGAIN_MS = 60000; // a pause of a field that is still in use is made longer well before it ends by itself

const part = () => document.getElementById("recording");
const paused = () => Number(part()?.dataset.until) > Date.now() / 1000;
let pressed = false; // the agent's own pause outlasts a field's
let inside = 0; // the timer of the secret field in use
let last = Promise.resolve();

function show(until, failed = false) {
  const here = part();
  if (!here?.dataset.call) return;
  here.dataset.until = String(until);
  here.toggleAttribute("paused", paused());
  here.querySelector("[data-pause]").setAttribute("aria-pressed", String(paused()));
  here.querySelector("time").textContent = paused() ? new Date(until * 1000).toLocaleTimeString() : "";
  here.querySelector(".refusal").hidden = !failed;
}

function tell(on, reason) {
  const call = part()?.dataset.call;
  if (!call) return;
  last = last.then(async () => {
    const answer = await fetch(`/api/calls/${call}/recording`, {
      method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ paused: on, reason }),
    }).catch(() => null);
    if (part()?.dataset.call !== call) return; // the talk is over
    const now = answer?.ok ? await answer.json() : null;
    show(now ? now.until_at ?? 0 : part().dataset.until, !now);
  });
}

addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-pause]");
  if (!button) return;
  pressed = !paused();
  tell(pressed, button.dataset.label);
});

addEventListener("focusin", (event) => {
  const secret = event.target.closest?.("[data-secret]");
  if (!secret || inside) return;
  tell(true, secret.dataset.secret);
  inside = setInterval(() => tell(true, secret.dataset.secret), AGAIN_MS);
});

addEventListener("focusout", (event) => {
  const secret = event.target.closest?.("[data-secret]");
  if (!secret || secret.contains(event.relatedTarget)) return;
  clearInterval(inside);
  inside = 0;
  if (!pressed) tell(false, "");
});

// The part is fetched anew whenever something happens to the call, and a pause ends by itself.
setInterval(() => {
  if (!paused()) pressed = pressed && Boolean(part()?.dataset.call) && !part().hasAttribute("paused");
  if (part()?.hasAttribute("paused") !== paused()) show(Number(part()?.dataset.until));
}, 250);
