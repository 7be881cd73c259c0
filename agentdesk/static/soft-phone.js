// <soft-phone>: the agent's telephone on the desk. Parts with data-when="state state" are shown in these states; in a call,
// in those of the call, of the line with a "!" and of a missing microphone with a "?". Buttons with data-do="action" act.
// One tab of a browser has the telephone; the others say so.
import { LATE_MS, ask, pass, refuse, tellWhy } from "./asking.js";
import { Microphone, nameOf } from "./microphone.js";
import { Mute, isMutedThere } from "./mute.js";
import { Ringer } from "./ringer.js";
import { SoundQuality, grade } from "./sound-quality.js";
import { SipPhone, forgetCall, keepCall, keptCall } from "./sip-phone.js";

const LOCK = "hotline-phone";
const CHOICE = "hotline-phone-choice";
const AGAIN_MS = 3000;
const AWAITED_MS = 30000;
const REGISTER_AGAIN_MS = [1000, 2000, 4000, 8000, 15000, 30000];
const REFUSALS = 3; // a secret that has just been changed may reach the switch a moment later
const RELOAD_MS = 3000; // a tab that is being reloaded takes the telephone back before another one may

/** The talk of this agent as the page shows it. */
const talkOf = () => document.querySelector("#contact.phase-talking")?.dataset;

/** Where it is told why something was not done. */
const refusal = () => document.querySelector("#me .refusal");

function ending(number) { return number.replace(/[^0-9]/g, "").slice(-8); }

class SoftPhone extends HTMLElement {
  connectedCallback() {
    this.ringer = new Ringer();
    this.microphone = new Microphone();
    this.muting = new Mute((on) => this.phone?.mute(on), () => this.show(), this.querySelector(".untold"));
    this.line = "starting";
    this.call = "";
    this.missing = "";
    this.addEventListener("click", (event) => {
      const button = event.target.closest("button");
      if (button?.dataset.do) this[button.dataset.do]();
      if (button?.dataset.tone) this.phone?.press(button.dataset.tone);
    });
    addEventListener("beforeunload", (event) => { if (this.call && !this.leaving) event.preventDefault(); });
    addEventListener("submit", (event) => this.signOut(event), true);
    this.microphone.addEventListener("exchanged", ({ detail }) => { this.phone?.speakThrough(detail); this.miss(""); });
    this.microphone.addEventListener("missing", ({ detail }) => this.miss(detail));
    navigator.mediaDevices?.addEventListener("devicechange", () => this.devicesChanged());
    document.addEventListener("hotline:dials", ({ detail }) => this.expect(detail.number));
    for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => this.wake(), { capture: true });
    this.querySelector("[data-microphone]").addEventListener("change", (event) => this.choose("microphone", event.target.value));
    this.querySelector("[data-speaker]").addEventListener("change", (event) => this.choose("speaker", event.target.value));
    this.toggleAttribute("silent", true);
    this.wake();
    this.show();
    setInterval(() => this.drift(), AGAIN_MS);
    if (localStorage.getItem(CHOICE) === "hard") this.be("hard");
    else this.open();
  }

  // which telephone, and whether it can work

  async open() {
    if (this.call) return this.microphone.exchange();
    if (this.phone?.up) return (await this.microphoneWorks()) && this.be("idle");
    this.be("starting");
    if (!navigator.mediaDevices || !navigator.locks) return this.be("insecure");
    const mine = await this.lock();
    if (!mine) {
      this.awaitOtherTab();
      return this.be("second");
    }
    if (!(await this.microphoneWorks())) return undefined;
    return this.register();
  }

  /** A page that was just left may hold the lock for a moment. */
  async lock() {
    if (this.release) return true;
    for (let tries = 0; tries < 8; tries += 1) {
      const got = await new Promise((answer) => {
        navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => {
          answer(Boolean(lock));
          return lock ? new Promise((done) => { this.release = done; }) : undefined;
        });
      });
      if (got) return true;
      await new Promise((done) => setTimeout(done, 250));
    }
    return false;
  }

  /** The tab that has the telephone is closed one day: this one goes on by itself. */
  async awaitOtherTab() {
    if (this.queued) return;
    this.queued = true;
    await navigator.locks.request(LOCK, () => {});
    await new Promise((done) => setTimeout(done, RELOAD_MS));
    this.queued = false;
    if (this.line === "second") this.open();
  }

  async register() {
    const answer = await fetch("/desk/phone", { method: "POST" }).catch(() => null);
    if (!answer?.ok) {
      this.be("offline");
      setTimeout(() => this.register(), AGAIN_MS);
      return;
    }
    this.account = await answer.json();
    this.phone?.stop();
    this.phone = new SipPhone(this.account);
    this.phone.addEventListener("line", ({ detail }) => this.lineChanged(detail));
    this.phone.addEventListener("call", ({ detail }) => this.callChanged(detail));
    this.phone.addEventListener("asked", () => this.answer());
    this.phone.addEventListener("sound", ({ detail }) => this.play(detail.stream));
    this.phone.addEventListener("muted", ({ detail }) => { this.muting.set(detail.on); this.show(); });
    this.phone.addEventListener("media", ({ detail }) => { this.dataset.media = detail.state; });
    this.phone.start();
  }

  lineChanged({ up, code, refused }) {
    const codes = this.account.lost_codes;
    if (up) {
      this.failures = 0;
      this.be("idle");
      this.resume();
    } else if (code === codes.moved || code === codes.withdrawn || (refused && this.failures >= REFUSALS)) {
      this.phone?.stop();
      this.be("moved");
    } else if (this.line !== "moved" && this.line !== "hard") {
      this.be("offline");
      this.registerAgain();
    }
  }

  /** The socket may live while the switch does not register us: nobody else would try again. */
  registerAgain() {
    clearTimeout(this.retry);
    const pause = REGISTER_AGAIN_MS[Math.min(this.failures ?? 0, REGISTER_AGAIN_MS.length - 1)];
    this.retry = setTimeout(() => {
      this.failures = (this.failures ?? 0) + 1;
      if (this.line === "offline") this.phone?.register();
    }, pause);
  }

  async useBrowser() {
    localStorage.removeItem(CHOICE);
    this.ringer.ask();
    await this.open();
  }

  /** Not in a call, which it would end; and this telephone is kept until the server has given it back. */
  async useHard() {
    if (this.call) return;
    if (!(await ask(this.querySelector(".refusal"), "DELETE", "/desk/phone"))) return;
    localStorage.setItem(CHOICE, "hard");
    this.be("hard");
    this.phone?.stop();
    this.release?.();
    this.release = undefined;
  }

  /** Signing out ends the telephone; in a call it asks first. */
  signOut(event) {
    if (!event.target.action?.endsWith("/logout")) return;
    if (this.call === "ringing") {
      event.preventDefault();
      refuse(refusal(), "ringing");
    } else if (this.call && !confirm(this.dataset.leave)) event.preventDefault();
    else {
      this.leaving = true;
      if (this.call) event.target.append(Object.assign(document.createElement("input"), { type: "hidden", name: "sure", value: "yes" }));
    }
  }

  async notify() {
    await this.ringer.ask();
    this.show();
  }

  // sound

  async microphoneWorks() {
    try {
      await this.microphone.works();
      await this.listDevices();
      return true;
    } catch (fault) {
      this.be(nameOf(fault));
      return false;
    }
  }

  /** That the agent is not heard in this call: the page's word for why, '' when he is. */
  miss(why) {
    this.missing = why;
    this.show();
  }

  async devicesChanged() {
    const devices = await this.listDevices();
    if (this.call && (this.missing || (await this.microphone.isAnother(devices)))) this.microphone.exchange();
  }

  async listDevices() {
    const devices = await navigator.mediaDevices.enumerateDevices();
    for (const [name, kind] of [["microphone", "audioinput"], ["speaker", "audiooutput"]]) {
      const list = this.querySelector(`[data-${name}]`);
      const known = localStorage.getItem(`hotline-${name}`) ?? "";
      list.replaceChildren(list.options[0], ...devices.filter((each) => each.kind === kind && each.deviceId !== "default")
        .map((each) => new Option(each.label, each.deviceId, false, each.deviceId === known)));
    }
    return devices;
  }

  choose(name, device) {
    localStorage.setItem(`hotline-${name}`, device);
    if (name === "speaker") this.querySelector("audio").setSinkId?.(device);
    else this.microphone.exchange();
  }

  async play(stream) {
    const sound = this.querySelector("audio");
    sound.srcObject = stream;
    const device = localStorage.getItem("hotline-speaker");
    if (device) await sound.setSinkId?.(device).catch(() => {});
    await sound.play().catch(() => this.toggleAttribute("silent", true));
  }

  async wake() {
    const works = await this.ringer.unlock();
    this.toggleAttribute("silent", !works);
    const sound = this.querySelector("audio");
    if (sound.srcObject) sound.play().catch(() => {});
  }

  // the call

  callChanged(news) {
    const before = this.call;
    this.call = news.state;
    this.answering = false;
    this.ring = news.state === "ringing" ? news : undefined;
    if (news.number !== undefined) this.querySelector("[data-number]").textContent = news.number;
    const asks = /^consult (\S+)$/.exec(news.name ?? "");
    if (asks) news.name = this.dataset.asks.replace("0000", asks[1]);
    if (news.name !== undefined) this.querySelector("[data-name]").textContent = news.name;
    if (news.state === "ringing") {
      if (!document.querySelector("dialog[open]")) this.scrollIntoView({ block: "nearest" });
      this.ringer.ring([news.number, news.name].filter(Boolean).join(" · "));
      this.microphone.open();
      const mine = this.takesUp(news.number);
      this.silenced = mine && this.silenced;
      if (mine) this.answer();
    } else this.ringer.quiet();
    if (news.state === "talking" && before === "ringing") {
      this.querySelector("time").dataset.local = String(Date.now() / 1000);
      this.muting.begin();
    }
    if (news.state === "talking" && !this.meter) this.measure();
    if (news.state === "talking" && this.silenced) {
      this.silenced = false;
      this.phone.mute(true);
    }
    if (!news.state) this.callEnded(news);
    this.show();
  }

  /** One that was lost is taken up anew, and who was muted stays so. */
  callEnded({ lost }) {
    this.tellQuality();
    this.microphone.close();
    this.silenced = Boolean(lost) && this.muting.shown;
    this.muting.end();
    this.querySelector("audio").srcObject = null;
    if (this.missing && this.line === "idle") this.line = this.missing;
    this.missing = "";
    if (lost && this.phone.up) this.resume();
  }

  measure() {
    const { connection } = this.phone.session;
    this.meter = new SoundQuality(connection);
    this.meter.addEventListener("measured", ({ detail }) => {
      this.measured = talkOf()?.call ?? this.measured;
      const place = this.querySelector("[data-sound]");
      place.dataset.sound = grade(detail.mos);
      for (const each of place.querySelectorAll("[data-measure]")) {
        each.textContent = detail[each.dataset.measure].toFixed(each.dataset.measure === "mos" ? 1 : 0);
      }
    });
  }

  async tellQuality() {
    const found = this.meter?.end();
    const call = this.measured;
    this.meter = this.measured = undefined;
    this.querySelector("[data-sound]").dataset.sound = "";
    if (found && call) await this.ask("POST", `/api/calls/${call}/sound-quality`, found);
  }

  async answer() {
    if (this.call !== "ringing" || this.answering) return;
    this.answering = true;
    const { ring } = this;
    let sound;
    try {
      sound = await this.microphone.sound;
    } catch (fault) {
      if (this.ring !== ring) return; // that ring is over
      this.phone.reject();
      this.be(nameOf(fault));
      return;
    }
    if (this.ring === ring) this.phone.answer(sound);
  }

  /** After a reload in mid-call, which the sound does not outlive, a tab that is gone, or a network that broke: the caller
   *  waits for this agent alone, whose telephone takes him up by itself. */
  async resume() {
    const kept = keptCall(this.account.agent);
    if (!kept || this.call) return;
    forgetCall();
    const talk = talkOf();
    if (!talk) return;
    this.silenced = kept.muted;
    this.expect(kept.number);
    this.be("resuming");
    const answer = await this.ask("POST", `/api/calls/${talk.call}/reclaim`);
    if (!answer?.ok) this.awaited = this.silenced = undefined;
    if (answer && !answer.ok) tellWhy(refusal(), answer).then(() => pass(refusal()));
    if (!answer && !this.call) {
      keepCall(kept);
      setTimeout(() => this.phone.up && this.resume(), AGAIN_MS); // otherwise the line does, when it is there
    }
    if (this.line === "resuming") this.be("idle");
  }

  /** Whoever talks with another telephone, or with one that is lost without a trace here, is told so when it stays so. */
  drift() {
    const found = this.line === "idle" && !this.call ? talkOf()?.call : undefined;
    this.adrift = found && found === this.drifting;
    this.drifting = found;
    this.show();
  }

  takeUp() {
    const number = document.querySelector("#contact .who-calls .number").textContent;
    keepCall({ agent: this.account.agent, number, muted: isMutedThere() });
    this.resume();
  }

  /** The next ring for this number is what the agent has asked for. Numbers are written in many ways: their ends count. */
  expect(number) {
    this.awaited = number ? { number: ending(number), until: Date.now() + AWAITED_MS } : undefined;
  }

  takesUp(number) {
    const awaited = this.awaited?.number === ending(number) && Date.now() < this.awaited.until;
    this.awaited = undefined;
    return awaited;
  }

  ask(method, address, body) {
    const headers = { "content-type": "application/json" };
    return fetch(address, { method, headers, body: JSON.stringify(body), signal: AbortSignal.timeout(LATE_MS) }).catch(() => null);
  }

  hangUp() { if (this.call === "ringing") this.phone.reject(); else this.phone?.hangUp(); }
  mute() { this.muting.press(); }
  hold() { this.phone?.hold(this.call !== "held"); }
  keys() {
    const pad = this.querySelector(".keypad");
    pad.hidden = !pad.hidden;
  }

  // showing

  be(line) {
    this.line = line;
    this.show();
  }

  show() {
    this.dataset.line = this.line;
    this.toggleAttribute("unasked", this.ringer.unasked);
    this.toggleAttribute("unheard", Boolean(this.missing));
    this.toggleAttribute("muted", this.muting.shown);
    this.dataset.call = this.call;
    for (const part of this.querySelectorAll("[data-when]")) {
      const states = part.dataset.when.split(" ");
      const still = this.line === "idle" && this.adrift ? ["adrift"] : [];
      const now = this.call ? [this.call, `${this.line}!`, `${this.missing}?`] : [this.line, ...still];
      part.hidden = !states.some((each) => now.includes(each));
    }
    for (const [name, on] of [["mute", this.hasAttribute("muted")], ["hold", this.call === "held"]]) {
      this.querySelector(`[data-do=${name}]`).setAttribute("aria-pressed", String(on));
    }
  }
}

customElements.define("soft-phone", SoftPhone);
