// SIP of the telephone in the browser: one line, one call. What happens is told by events; the page is elsewhere.
// That a call was going on is kept in the browser, of which one tab has the telephone: sound does not outlive a page, but
// the next one, after a reload or a crash, knows whom to take up.
/* global JsSIP */

const KEPT = "hotline-call";
const CONTACT = "hotline-contact";
const GATHER_MS = 700; // a STUN server that does not answer must not delay an answer
const REGISTER_SECONDS = 90;
const RENEW_MS = 2000;
const PATIENCE = 3; // looks, while a new way for the sound is being tried
const WAYLESS = ["disconnected", "failed"];
const { RTP_TIMEOUT, CONNECTION_ERROR, REQUEST_TIMEOUT, DIALOG_ERROR, WEBRTC_ERROR } = JsSIP.C.causes;
const BROKEN = [CONNECTION_ERROR, REQUEST_TIMEOUT, DIALOG_ERROR, WEBRTC_ERROR];

/** The address under which the switch reaches this tab: the same after a reload. */
function contact() {
  let known = sessionStorage.getItem(CONTACT);
  if (!known) {
    known = `sip:${crypto.randomUUID().slice(0, 8)}@browser.invalid;transport=ws`;
    sessionStorage.setItem(CONTACT, known);
  }
  return known;
}

/** Of this agent: browsers are shared. */
export function keptCall(agent) {
  const kept = JSON.parse(localStorage.getItem(KEPT) ?? "null");
  return kept?.agent === agent ? kept : null;
}

/** `party` is {agent, number, muted}. */
export function keepCall(party) {
  localStorage.setItem(KEPT, JSON.stringify(party));
}

export function forgetCall() {
  localStorage.removeItem(KEPT);
}

export class SipPhone extends EventTarget {
  constructor(account) {
    super();
    this.account = account;
    this.session = null;
    this.leaving = false;
    this.stopped = false;
    this.looks = 0;
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new JsSIP.WebSocketInterface(`${scheme}://${location.host}${account.line}`);
    socket.via_transport = "ws"; // the switch's own end of the line is never encrypted
    this.agent = new JsSIP.UA({
      sockets: [socket], uri: `sip:${account.user}@hotline.invalid`, authorization_user: account.user,
      password: account.secret, contact_uri: contact(), register_expires: REGISTER_SECONDS, session_timers: false,
      connection_recovery_min_interval: 1, connection_recovery_max_interval: 8, user_agent: "Hotline desk",
    });
    this.agent.on("registered", () => this.tellLine({ up: true }));
    this.agent.on("unregistered", () => this.tellLine({ up: false, code: 0 }));
    this.agent.on("registrationFailed", ({ response, cause }) => {
      this.tellLine({ up: false, code: 0, refused: [401, 403, 407].includes(response?.status_code), cause });
    });
    this.agent.on("disconnected", ({ code }) => this.tellLine({ up: false, code: code ?? 0 }));
    this.agent.on("connected", () => (this.leaving ? this.hangUp() : this.renew()));
    this.agent.on("newRTCSession", (news) => this.begin(news));
  }

  tell(name, detail) { this.dispatchEvent(new CustomEvent(name, { detail })); }
  tellLine(detail) { if (!this.stopped) this.tell("line", detail); }
  get up() { return !this.stopped && this.agent.isConnected() && this.agent.isRegistered(); }
  start() { this.agent.start(); }
  /** Once more, where the line itself is there. */
  register() { if (this.agent.isConnected() && !this.agent.isRegistered()) this.agent.register(); }
  /** Ends the line for good; a call that goes on is hung up. Left alone, JsSIP would hold its end of the line for two
   *  seconds, and lose it to the next telephone of this page as if to another window. */
  stop() {
    this.stopped = true;
    this.agent.stop();
    this.agent.transport.disconnect();
  }

  get media() { return { pcConfig: { iceServers: this.account.ice_servers } }; }

  begin({ originator, session, request }) {
    if (this.session || originator === "local") {
      session.terminate({ status_code: 486 });
      return;
    }
    this.session = session;
    this.keep(session);
    const from = { number: request.from.uri.user, name: request.from.display_name ?? "" };
    const keep = (muted) => keepCall({ agent: this.account.agent, number: from.number, muted });
    const receive = session.receiveRequest.bind(session);
    session.receiveRequest = (said) => {
      if (said.method !== "NOTIFY" || said.event?.event !== "talk") return receive(said);
      said.reply(200);
      return this.tell("asked");
    };
    let waiting = 0;
    session.on("icecandidate", ({ ready }) => {
      clearTimeout(waiting);
      waiting = setTimeout(ready, GATHER_MS);
    });
    session.on("peerconnection", ({ peerconnection }) => this.connect(peerconnection));
    if (session.connection) this.connect(session.connection);
    session.on("confirmed", () => {
      keep(false);
      this.tell("call", { state: "talking", ...from });
    });
    session.on("hold", ({ originator: who }) => who === "local" && this.tell("call", { state: "held", ...from }));
    session.on("unhold", ({ originator: who }) => who === "local" && this.tell("call", { state: "talking", ...from }));
    for (const [name, on] of [["muted", true], ["unmuted", false]]) {
      session.on(name, () => {
        if (session.isEstablished()) keep(on);
        this.tell("muted", { on });
      });
    }
    const over = ({ cause, originator: who }) => {
      this.session = null;
      this.leaving = false;
      clearInterval(this.renewing);
      if (!session.lost) forgetCall();
      this.tell("call", { state: "", cause, who, lost: session.lost });
    };
    session.on("ended", over);
    session.on("failed", over);
    this.tell("call", { state: "ringing", ...from });
  }

  connect(connection) {
    connection.addEventListener("track", ({ streams, track }) => {
      this.tell("sound", { stream: streams[0] ?? new MediaStream([track]) });
    });
    connection.addEventListener("connectionstatechange", () => {
      const state = connection.connectionState;
      this.tell("media", { state });
      if (state === "connected") this.heard = connection;
      if (state !== "connecting") clearInterval(this.renewing);
      if (WAYLESS.includes(state)) this.renewing = setInterval(() => this.renew(), RENEW_MS); // a breath without sound mends itself
    });
  }

  /** JsSIP hangs up by itself when the network is away for a while, though the switch still has the caller. Sound that was
   *  there is waited for; a talk of which no word can be said any more is left as by a reload, to be taken up again. */
  keep(session) {
    const end = session.terminate.bind(session);
    session.terminate = (how = {}) => {
      const talks = session.isEstablished();
      if (talks && how.cause === RTP_TIMEOUT && this.heard === session.connection) return;
      session.lost = talks && BROKEN.includes(how.cause);
      if (session.lost) session.sendRequest = () => {};
      end(how);
    };
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

  /** Another microphone in the same talk; what is muted stays so. */
  async speakThrough(track) {
    const sender = this.session?.connection?.getSenders().find((each) => each.track?.kind === "audio");
    if (!sender) return;
    const former = sender.track;
    track.enabled = former.enabled;
    await sender.replaceTrack(track);
    track.enabled = former.enabled;
  }

  /** If the sound suffered from the network, find a new way for it. */
  renew() {
    const { session } = this;
    const connection = session?.connection;
    if (!session?.isEstablished() || this.heard !== connection || !this.agent.isConnected()) return;
    const state = connection.connectionState;
    if (state === "connecting") this.looks += 1;
    if (!WAYLESS.includes(state) && (state !== "connecting" || this.looks <= PATIENCE)) return;
    if (session.renegotiate({ rtcOfferConstraints: { iceRestart: true } })) this.looks = 0;
  }
}
