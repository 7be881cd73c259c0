// Live pages: one stream of names of what changed; parts that listen to a name fetch themselves again.
// A part is an element with an id, data-live="name name" and data-from, the address that answers it anew.

const busy = new Set();
const again = new Set();

/** Nobody's sentence is taken away in the middle: a part in which somebody writes waits, and one of a form with
 *  data-unsent until it is sent or emptied. */
function writes(part) {
  if ([...part.querySelectorAll("form[data-unsent] textarea")].some((each) => each.value.trim())) return true;
  const field = document.activeElement;
  return part.contains(field) && field.matches("textarea, select, input:not([type=radio], [type=checkbox])");
}

/** What a link or a button is for, so that it is known again in the part's next rendering. */
const purpose = (knob) => `${knob.href ?? knob.form?.action} ${knob.textContent}`;

/** Whoever walks through a list with the keyboard goes on from the same button. */
function hold(part, held) {
  if (!held || !part || document.activeElement !== document.body) return;
  [...part.querySelectorAll("a, button")].find((knob) => purpose(knob) === held)?.focus();
}

async function refresh(part) {
  const { id } = part;
  if (writes(part)) {
    part.addEventListener("focusout", () => setTimeout(() => refresh(document.getElementById(id) ?? part)), { once: true });
    return;
  }
  if (busy.has(id)) {
    again.add(id);
    return;
  }
  busy.add(id);
  let held = "";
  part.addEventListener("htmx:beforeSwap", () => {
    const knob = document.activeElement;
    held = part.contains(knob) && knob.matches("a, button") ? purpose(knob) : "";
  }, { once: true });
  try {
    await window.htmx.ajax("GET", part.dataset.from, { source: part, target: `#${id}`, swap: "outerHTML" });
  } catch {
    // The network is away: the stream notices it too, and asks for everything when it is back.
  } finally {
    busy.delete(id);
  }
  readClock();
  const now = document.getElementById(id);
  hold(now, held);
  if (again.delete(id) && now?.dataset.live) refresh(now);
}

function changed(names) {
  for (const part of document.querySelectorAll("[data-live]")) {
    if (names.includes("all") || part.dataset.live.split(" ").some((name) => names.includes(name))) refresh(part);
  }
}

/** Something was done in a part: it shows the outcome at once, the others when they are told. */
document.addEventListener("hotline:done", ({ target }) => {
  const part = target.closest("[data-live]");
  if (part) refresh(part);
});

const SCREEN_MS = 60000; // a line that died without a word must not leave a screen standing still

function open(address) {
  const sign = document.querySelector("[data-link-state]");
  const stream = new EventSource(address);
  stream.onmessage = (message) => changed(message.data.split(" "));
  stream.onopen = () => {
    // A screen on a wall takes the page anew with what the server has become: nobody is there to reload it.
    if (!sign.hidden && screen) location.reload();
    sign.hidden = true;
  };
  stream.onerror = () => {
    sign.hidden = false;
    // A browser gives up after a refusal (a session that ended, a server that restarts): try again from the start.
    if (stream.readyState === EventSource.CLOSED) setTimeout(() => open(address), 3000);
  };
  addEventListener("pagehide", () => stream.close(), { once: true });
}

let ahead = 0; // how far the server's clock is ahead of ours, in seconds

function readClock() {
  const page = document.querySelector("[data-now]:not([data-ahead])");
  if (!page) return;
  ahead = Number(page.dataset.now) - Date.now() / 1000;
  page.dataset.ahead = String(ahead);
}

function span(seconds) {
  const whole = Math.max(Math.floor(seconds), 0);
  const two = (n) => String(n).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function tick() {
  const now = Date.now() / 1000 + ahead;
  for (const each of document.querySelectorAll("time[data-since]")) {
    const text = span(now - Number(each.dataset.since));
    if (each.textContent !== text) each.textContent = text;
  }
  for (const each of document.querySelectorAll("time[data-local]")) {
    if (each.dataset.local) each.textContent = span(Date.now() / 1000 - Number(each.dataset.local));
  }
}

readClock();
setInterval(tick, 1000);
const address = document.body.dataset.liveStream;
const screen = "screen" in document.body.dataset;
if (address) open(address);
if (screen) setInterval(() => changed(["all"]), SCREEN_MS);
