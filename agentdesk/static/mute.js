// One mute for the telephone in the browser and for whoever mutes by the API. Here it is done at once, without asking
// anybody; the server is told, and again until it has heard; what others did there is done here too.
import { LATE_MS } from "./asking.js";

const AGAIN_MS = 3000;
const PASSING = "not_talking"; // the talk begins this moment, or is over

/** The talk of this agent as the server knows it, undefined when there is none. */
const talk = () => document.querySelector("#handover[data-call]")?.dataset;

/** Whether the agent is muted, as far as the page knows. */
export const isMutedThere = () => Boolean(talk()?.muted);

export class Mute {
  /** `silence(on)` mutes the telephone, which answers by `set`; `show` is called when others than that change; `untold`
   *  is seen while the server does not know of it. */
  constructor(silence, show, untold) {
    Object.assign(this, { silence, show, untold, on: false, known: false, line: 0, talks: false, begun: 0 });
    document.addEventListener("htmx:afterSettle", () => this.look());
    document.addEventListener("hotline:heard", () => this.tell());
  }

  /** Muted is also who opened his microphone while the switch still lets nothing through. */
  get shown() { return this.on || (this.known && talk()?.muted === "switch"); }

  begin() {
    Object.assign(this, { talks: true, telling: false, on: false, known: false, line: Number(talk()?.muteLine ?? 0) });
    this.begun += 1;
  }

  end() {
    Object.assign(this, { talks: false, on: false, known: false });
    this.untold.hidden = true;
  }

  press() {
    this.silence(!this.shown);
    this.tell();
  }

  set(on) {
    this.on = on;
    this.tell();
  }

  /** What this telephone has told comes back; only what others did is new. */
  look() {
    const line = Number(talk()?.muteLine ?? 0);
    if (this.talks && !this.telling && line > this.line) {
      this.line = line;
      this.known = Boolean(talk().muted);
      if (this.known !== this.on) this.silence(this.known);
      this.show();
    }
    this.tell();
  }

  async tell() {
    const [there, { on, begun }] = [talk(), this];
    if (!this.talks || this.telling || !there || on === this.known) return;
    this.telling = true;
    const refused = await put(`/api/calls/${there.call}/mute`, { muted: on, phone: true });
    if (begun !== this.begun) return; // of a talk before this one
    this.telling = false;
    if (!this.talks) return;
    if (refused) {
      if (refused !== PASSING) this.untold.hidden = false;
      clearTimeout(this.again);
      this.again = setTimeout(() => this.look(), AGAIN_MS);
      return;
    }
    this.known = on;
    this.untold.hidden = true;
    this.show();
    this.look(); // others may have done something meanwhile
  }
}

/** Why not, "" when it was done. */
async function put(address, body) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(address, { method: "PUT", headers, body: JSON.stringify(body), signal: AbortSignal.timeout(LATE_MS) })
    .catch(() => null);
  if (answer?.ok) return "";
  return (await answer?.json().catch(() => null))?.detail?.reason ?? "unknown";
}
