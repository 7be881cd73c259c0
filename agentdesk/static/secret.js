// Pauses of the recording, by the button, and by themselves while somebody is in a field or part marked
// data-secret="reason". The switch is told in the order of what happened; a pause ends by itself on the server.

const AGAIN_MS = 60000; // a pause of a field that is still in use is made longer well before it ends by itself

const part = () => document.getElementById("recording");
const now = () => Date.now() / 1000 + Number(document.querySelector("[data-ahead]")?.dataset.ahead ?? 0); // the server's
const paused = () => Number(part()?.dataset.until) > now();
let pressed = paused(); // a pause that was there before, the agent's own or of before a reload, outlasts a field's
let inside = 0; // the timer of the secret field in use
let going = false; // from a field that is taken away to the next talk's
let last = Promise.resolve();

function show(until, failed = false) {
  const here = part();
  if (!here?.dataset.call) return;
  here.dataset.until = String(until);
  here.toggleAttribute("paused", paused());
  here.querySelector("[data-pause]").setAttribute("aria-pressed", String(paused()));
  const left = here.querySelector("time");
  left.hidden = !paused();
  left.dataset.down = String(until); // counted down by the desk
  here.querySelector(".refusal").hidden = !failed;
}

/** `wanted` is asked when all that was told before has been answered. */
function tell(on, reason, wanted = () => true) {
  const call = part()?.dataset.call;
  if (!call) return;
  last = last.then(async () => {
    if (!wanted()) return;
    const answer = await fetch(`/api/calls/${call}/recording`, {
      method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ paused: on, reason }),
    }).catch(() => null);
    const told = answer?.ok ? await answer.json().catch(() => null) : null;
    if (part()?.dataset.call !== call) return; // the talk is over
    show(told ? told.until_at ?? 0 : Number(part().dataset.until), !told);
  });
}

addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-pause]");
  if (!button) return;
  pressed = !paused();
  tell(pressed, button.dataset.label);
});

const secretOf = (place) => place?.closest?.("[data-secret]");

function enter(secret) {
  const first = !inside;
  clearInterval(inside);
  tell(true, secret.dataset.secret, () => {
    if (first && paused()) pressed = true;
    return true;
  });
  inside = setInterval(() => tell(true, secret.dataset.secret), AGAIN_MS);
}

function leave() {
  clearInterval(inside);
  inside = 0;
  going = false;
  tell(false, "", () => !pressed);
}

addEventListener("focusin", (event) => {
  const secret = secretOf(event.target);
  if (secret && !inside) enter(secret);
});

addEventListener("focusout", (event) => {
  if (inside && !going && secretOf(event.target) && !secretOf(event.relatedTarget)) leave();
});

/** The part of a talk that is over waits while its field is in use, but not into the next talk: who is still in it then
 *  goes on in the next one's field, in which nothing is recorded either. */
let followed = ""; // the talk that was gone to last
function follow(here) {
  const talk = document.querySelector("#contact.phase-talking")?.dataset.call;
  if (!talk || [here.dataset.call, followed].includes(talk) || !here.contains(secretOf(document.activeElement))) return;
  followed = talk;
  going = true;
  here.dataset.over = "";
  here.dispatchEvent(new CustomEvent("hotline:done", { bubbles: true }));
}

document.addEventListener("htmx:afterSettle", () => {
  const here = part();
  if (!going || !here || "over" in here.dataset) return;
  going = false;
  if (document.activeElement === document.body) here.querySelector("[data-secret]")?.focus();
});

// The part is fetched anew whenever something happens to the call, a pause ends by itself, a field may vanish with its
// part, and a new call may begin while somebody is still in a marked one.
let before = part()?.dataset.call;
setInterval(() => {
  const here = part();
  if (here) follow(here);
  if (!paused()) pressed = pressed && Boolean(here?.dataset.call) && !here.hasAttribute("paused");
  if (here?.hasAttribute("paused") !== paused()) show(Number(here?.dataset.until));
  if (here?.dataset.call !== before) pressed = paused();
  const secret = secretOf(document.activeElement);
  if (inside && !secret) leave();
  else if (secret && here?.dataset.call && here.dataset.call !== before) enter(secret);
  before = here?.dataset.call;
}, 250);
