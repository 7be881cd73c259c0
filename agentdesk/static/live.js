// Live pages: one stream of names of what changed; parts that listen to a name fetch themselves again.
// A part is an element with an id, data-live="name name" and data-from, the address that answers it anew; or it is
// inside of an element with data-parts, the address that answers several by their ids, part=ID for each.

const busy = new Set();
const again = new Set();

/** Nobody's sentence is taken away in the middle: a part in which somebody writes waits, and one of a form with
 *  data-unsent until it is sent or emptied, or data-unstored. Not one that says itself that it is data-over. */
function writes(part) {
  if (part.matches("[data-over]")) return false;
  if (part.querySelector("form[data-unstored]")) return true;
  if ([...part.querySelectorAll("form[data-unsent] textarea")].some((each) => each.value.trim())) return true;
  const field = document.activeElement;
  if (!part.contains(field)) return false;
  return field.matches("select") ? chooses(field) : field.matches("textarea, input:not([type=radio], [type=checkbox])");
}

/** Who opens a list, decides otherwise and looks elsewhere leaves the focus in it: that holds nothing up for long. */
const CHOOSING_MS = 10000;
let touched = 0;
for (const kind of ["pointerdown", "keyup", "input"]) {
  addEventListener(kind, ({ target }) => { if (target.matches?.("select")) touched = Date.now(); }, { capture: true });
}
function chooses(select) {
  const initial = [...select.options].find((each) => each.defaultSelected) ?? select.options[0];
  return select.value !== initial?.value || Date.now() - touched < CHOOSING_MS;
}

/** What a link, a button or a list is for, so that it is known again in the part's next rendering. */
const KNOBS = "a, button, select, [type=checkbox]";
function purpose(knob) {
  const address = knob.href ?? knob.dataset.deed ?? knob.form?.dataset.deed ?? knob.form?.action;
  return `${address} ${knob.matches("select") ? knob.name : `${knob.textContent} ${knob.value}`}`;
}

/** Whoever walks through a list with the keyboard goes on from the same place. */
function hold(part, held) {
  if (!held || !part || document.activeElement !== document.body) return;
  [...part.querySelectorAll(KNOBS)].find((knob) => purpose(knob) === held)?.focus();
}

const waiting = new Set(); // the ids of parts that are told to change and in which somebody writes

/** Waits while somebody writes in it, and while it is being fetched. */
function isDue(part) {
  const { id } = part;
  if (writes(part)) {
    waiting.add(id);
    return false;
  }
  if (busy.has(id)) again.add(id);
  return !busy.has(id);
}

const partsOf = (ids) => ids.map((id) => document.getElementById(id)).filter((part) => part?.dataset.live);

function takeWaiting() {
  const parts = partsOf([...waiting]);
  waiting.clear();
  refresh(parts);
}

document.addEventListener("focusout", () => setTimeout(takeWaiting));

function refresh(parts) {
  const groups = {};
  for (const part of parts.filter(isDue)) {
    const many = part.closest("[data-parts]")?.dataset.parts;
    if (many) (groups[many] ??= []).push(part);
    else take([part], part.dataset.from);
  }
  for (const [many, each] of Object.entries(groups)) {
    take(each, `${many}?${new URLSearchParams(each.map(({ id }) => ["part", id]))}`);
  }
}

/** A click is a press and a release of the same element, so nothing is exchanged in between; no longer than a moment, for
 *  a release may never be told. */
const PRESS_MS = 1000;
let pressed = false;
let released = Promise.resolve();
function press() {
  pressed = true;
  released = new Promise((free) => {
    for (const kind of ["pointerup", "pointercancel", "keyup"]) addEventListener(kind, () => setTimeout(free), { once: true });
    setTimeout(free, PRESS_MS);
  }).then(() => { pressed = false; });
}
for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, press, { capture: true });

/** What comes by the clock comes again. */
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  if (pressed && detail.requestConfig.elt.matches("[hx-trigger^=every]")) detail.shouldSwap = false;
});

async function take(parts, address) {
  const ids = parts.map(({ id }) => id);
  ids.forEach((id) => busy.add(id));
  try {
    const html = await ask(address);
    settle(ids, html !== null);
    if (html) {
      await released;
      put(ids, html);
    }
  } finally {
    ids.forEach((id) => busy.delete(id));
  }
  readClock();
  refresh(partsOf(ids.filter((id) => again.delete(id))));
}

const LATE_MS = 20000; // an answer that has not come by then does not come

/** The answer; "" when there is none and asking again would not help, null when it would. */
async function ask(address) {
  try {
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(LATE_MS) });
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) location.href = elsewhere;
    else if (answer.ok) return await answer.text();
    else if (answer.status >= 500 || answer.status === 429) return null;
    else if (answer.status === 404 && screen) location.reload(); // it was taken back: it shows nothing more
    return "";
  } catch {
    return null;
  }
}

/** What changed is told once: a part whose answer was lost is asked for until it comes, and the page says that it is old. */
const LOST_MS = 3000;
const lost = new Set();
let asking = 0;
function settle(ids, came) {
  ids.forEach((id) => (came ? lost.delete(id) : lost.add(id)));
  showLink();
  clearTimeout(asking);
  if (lost.size) asking = setTimeout(takeLost, LOST_MS);
}

function takeLost() {
  const parts = partsOf([...lost]);
  for (const id of [...lost]) if (!parts.some((part) => part.id === id)) lost.delete(id); // gone from the page
  showLink();
  refresh(parts);
}

/** What a part says beside its clocks and its refusal. */
function saying(part) {
  const plain = part.cloneNode(true);
  for (const each of plain.querySelectorAll("time, .refusal")) each.remove();
  return plain.textContent.replace(/\s+/g, " ");
}

/** Why something was refused stays to be read while the part says the same. */
function keepRefusal(old, now) {
  const [told, next] = [old, now].map((part) => part.querySelector(".refusal"));
  if (told && !told.hidden && next?.hidden && saying(old) === saying(now)) next.replaceWith(told.cloneNode(true));
}

/** A note that is kept nowhere else stays in its field for as long as the part is about the same call. */
function noteOf(old, now) {
  return old.dataset.call === now.dataset.call ? old.querySelector("input[data-secret]")?.value : "";
}

function put(ids, html) {
  const fresh = new DOMParser().parseFromString(html, "text/html");
  for (const id of ids) {
    const [old, now] = [document.getElementById(id), fresh.getElementById(id)];
    if (!old || !now || (writes(old) && !isDue(old))) continue;
    keepRefusal(old, now);
    const knob = document.activeElement;
    const held = old.contains(knob) && knob.matches(KNOBS) ? purpose(knob) : "";
    const note = noteOf(old, now);
    window.htmx.swap(old, now.outerHTML, { swapStyle: "outerHTML", swapDelay: 0, settleDelay: 0 });
    const part = document.getElementById(id);
    if (note) part.querySelector("input[data-secret]").value = note;
    hold(part, held);
  }
}

function changed(names) {
  const parts = [...document.querySelectorAll("[data-live]")];
  refresh(parts.filter((part) => names.includes("all") || part.dataset.live.split(" ").some((name) => names.includes(name))));
}

document.addEventListener("hotline:anew", () => changed(["all"]));

/** Something was done in a part: it shows the outcome at once, the others when they are told. */
document.addEventListener("hotline:done", ({ target }) => {
  const part = target.closest("[data-live]");
  if (part) refresh([part]);
});

const address = document.body.dataset.liveStream;
const screen = "screen" in document.body.dataset;
const SCREEN_MS = 60000; // a line that died without a word must not leave a screen standing still

const sign = document.querySelector("[data-link-state]");
let broken = false; // nothing is told now
function showLink() {
  sign.hidden = !broken && !lost.size;
}

let stream;
let heard = ""; // the names that the stream tells
let known = document.body.dataset.told; // its last telling: a new stream goes on from there

function open() {
  stream?.close();
  const mine = stream = new EventSource(`${address}?${new URLSearchParams({ names: heard, since: known })}`);
  mine.onmessage = (message) => {
    known = message.lastEventId;
    document.dispatchEvent(new CustomEvent("hotline:heard"));
    changed(message.data.split(" "));
  };
  mine.onopen = () => {
    // A screen on a wall takes the page anew with what the server has become: nobody is there to reload it.
    if (broken && screen) location.reload();
    broken = false;
    takeLost();
    document.dispatchEvent(new CustomEvent("hotline:heard"));
  };
  mine.onerror = () => {
    broken = true;
    showLink();
    // A browser gives up after a refusal (a session that ended, a server that restarts): try again from the start.
    if (mine.readyState !== EventSource.CLOSED) return;
    setTimeout(() => { if (stream === mine) open(); }, 3000);
    changed(["all"]); // whose session has ended is led to the entrance
  };
}

/** A browser has six connections to a server, and a stream takes one of them: a tab that nobody looks at gives its own
 *  back. Not where somebody is called by sound. */
const HIDDEN_MS = 10000;
let leaving = 0;
function looked() {
  clearTimeout(leaving);
  if (document.visibilityState === "visible") {
    if (heard && stream?.readyState === EventSource.CLOSED) open();
  } else if (!screen && !document.querySelector("[data-wakeful]")) {
    leaving = setTimeout(() => stream?.close(), HIDDEN_MS);
  }
}

/** The stream tells what the parts of the page listen to: another call, other names. Several may change at once. */
let settling = false;
function listen() {
  if (!settling) queueMicrotask(relisten);
  settling = true;
}

function relisten() {
  settling = false;
  const names = [...document.querySelectorAll("[data-live]")].flatMap((part) => part.dataset.live.split(" "));
  const wanted = [...new Set(names)].sort().join(" ");
  if (!address || wanted === heard) return;
  heard = wanted;
  open();
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
  takeWaiting();
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
listen();
addEventListener("pagehide", () => stream?.close());
looked();
document.addEventListener("visibilitychange", looked);
addEventListener("pageshow", ({ persisted }) => { if (persisted && heard) open(); }); // the browser had kept the page
document.addEventListener("htmx:afterSettle", listen);
if (screen) setInterval(() => changed(["all"]), SCREEN_MS);
