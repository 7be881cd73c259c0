// SIP of the telephone in the browser: one line, one call. What happens is told by events; the page is elsewhere.
// That a call was going on is kept in the tab: sound does not outlive a reload, but the new page knows whom to take up.
/* global JsSIP */

const KEPT = "hotline-call";
const CONTACT = "hotline-contact";
const GATHER_MS = 700; // a STUN server that does not answer must not delay an answer
const REGISTER_SECONDS = 90;

/** The address under which the switch reaches this tab: the same after a reload. */
function contact() {
  let known = sessionStorage.getItem(CONTACT);
  if (!known) {
    known = `sip:${crypto.randomUUID().slice(0, 8)}@browser.invalid;transport=ws`;
    sessionStorage.setItem(CONTACT, known);
  }
  return known;
}

export function keptCall() {
  return JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
}

export function forgetCall() {
  sessionStorage.removeItem(KEPT);
}

export class SipPhone extends EventTarget {
  constructor(account) {
    super();
    this.account = account;
    this.session = null;
    this.leaving = false;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new JsSIP.WebSocketInterface(`${scheme}://${location.host}${account.line}`);
    socket.via_transport = "ws"; // the switch's own end of the line is never encrypted
    this.agent = new JsSIP.UA({
      sockets: [socket], uri: `sip:${account.user}@hotline.invalid`, authorization_user: account.user,
      password: account.secret, contact_uri: contact(), register_expires: REGISTER_SECONDS, session_timers: false,
      connection_recovery_min_interval: 1, connection_recovery_max_interval: 8, user_agent: "Hotline desk",
    });
    this.agent.on("registered", () => this.tell("line", { up: true }));
    this.agent.on("unregistered", () => this.tell("line", { up: false, code: 0 }));
    this.agent.on("registrationFailed", ({ response, cause }) => {
      this.tell("line", { up: false, code: 0, refused: [401, 403, 407].includes(response?.status_code), cause });
    });
    this.agent.on("disconnected", ({ code }) => this.tell("line", { up: false, code: code ?? 0 }));
    this.agent.on("connected", () => (this.leaving ? this.hangUp() : this.renew()));
    this.agent.on("newRTCSession", (news) => this.begin(news));
  }

  tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
  start() { this.agent.start(); }
  /** Once more, where the line itself is there. */
  register() { if (this.agent.isConnected() && !this.agent.isRegistered()) this.agent.register(); }
  /** Ends the line for good; a call that goes on is hung up. */
  stop() { this.agent.stop(); }

  get media() { return { pcConfig: { iceServers: this.account.ice_servers } }; }

  begin({ originator, session, request }) {
    if (this.session || originator === "local") {
      session.terminate({ status_code: 486 });
      return;
    }
    this.session = session;
    const from = { number: request.from.uri.user, name: request.from.display_name ?? "" };
    let waiting = 0;
    session.on("icecandidate", ({ ready }) => {
      clearTimeout(waiting);
      waiting = setTimeout(ready, GATHER_MS);
    });
    session.on("peerconnection", ({ peerconnection }) => this.connect(peerconnection));
    if (session.connection) this.connect(session.connection);
    session.on("confirmed", () => {
      sessionStorage.setItem(KEPT, JSON.stringify(from));
      this.tell("call", { state: "talking", ...from });
    });
    session.on("hold", ({ originator: who }) => who === "local" && this.tell("call", { state: "held", ...from }));
    session.on("unhold", ({ originator: who }) => who === "local" && this.tell("call", { state: "talking", ...from }));
    session.on("muted", () => this.tell("muted", { on: true }));
    session.on("unmuted", () => this.tell("muted", { on: false }));
    const over = ({ cause, originator: who }) => {
      this.session = null;
      this.leaving = false;
      forgetCall();
      this.tell("call", { state: "", cause, who });
    };
    session.on("ended", over);
    session.on("failed", over);
    this.tell("call", { state: "ringing", ...from });
  }

  connect(connection) {
    connection.addEventListener("track", ({ streams, track }) => {
      this.tell("sound", { stream: streams[0] ?? new MediaStream([track]) });
    });
    connection.addEventListener("connectionstatechange", () => this.tell("media", { state: connection.connectionState }));
  }

  answer(stream) { this.session?.answer({ mediaStream: stream, ...this.media }); }
  reject() { this.session?.terminate({ status_code: 603 }); }
  /** While the line is away nobody would hear of it: silent at once, hung up when the line is there. */
  hangUp() {
    this.leaving = !this.agent.isConnected();
    if (this.leaving) this.mute(true);
    else this.session?.terminate();
  }
  mute(on) { this.session?.[on ? "mute" : "unmute"]({ audio: true }); }
  hold(on) { this.session?.[on ? "hold" : "unhold"](); }
  press(key) { this.session?.sendDTMF(key, { transportType: "RFC2833", duration: 120, interToneGap: 70 }); }

  /** After the line was away: if the sound suffered too, find a new way for it. */
  renew() {
    const { session } = this;
    const state = session?.connection?.connectionState;
    if (session?.isEstablished() && ["disconnected", "failed"].includes(state)) {
      session.renegotiate({ rtcOfferConstraints: { iceRestart: true } });
    }
  }
}
