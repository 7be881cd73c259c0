// How well both sides hear each other: the browser's statistics of the connection, and an estimate of the mean opinion
// score by the E-model (ITU-T G.107, with the delay term of Cole and Rosenbluth 2001 and G.113's values for G.711 with
// loss concealment).

const EVERY_MS = 2000;
const BASE = 93.2;
const ROBUST = 25.1; // Bpl of G.711 with concealment, for losses that are no bursts
const PACKET_MS = 20;

/** `loss` in per cent, `delay` one way in milliseconds; 1 to 4.5. */
export function opinion(loss, delay) {
  const late = Math.max(0, delay - 177.3);
  const r = BASE - 0.024 * delay - 0.11 * late - (95 * loss) / (loss + ROBUST);
  if (r <= 0) return 1;
  return Math.max(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6);
}

export function grade(mos) {
  return mos >= 4.0 ? "good" : mos >= 3.6 ? "fair" : "poor";
}

export class SoundQuality extends EventTarget {
  constructor(connection) {
    super();
    this.connection = connection;
    this.began = Date.now();
    this.scores = [];
    this.last = { lost: 0, got: 0, delay: 0, out: 0 };
    this.timer = setInterval(() => this.sample(), EVERY_MS);
  }

  async sample() {
    const stats = [...(await this.connection.getStats().catch(() => new Map())).values()];
    const came = stats.find((each) => each.type === "inbound-rtp" && each.kind === "audio");
    if (!came) return;
    const went = stats.find((each) => each.type === "remote-inbound-rtp" && each.kind === "audio");
    const pair = stats.find((each) => each.type === "candidate-pair" && each.nominated);
    const { last } = this;
    const now = { lost: came.packetsLost ?? 0, got: came.packetsReceived ?? 0, delay: came.jitterBufferDelay ?? 0, out: came.jitterBufferEmittedCount ?? 0 };
    this.last = now;
    const [lost, got] = [Math.max(0, now.lost - last.lost), now.got - last.got];
    const buffer = now.out > last.out ? (1000 * (now.delay - last.delay)) / (now.out - last.out) : 0;
    this.present = {
      jitter_ms: 1000 * (came.jitter ?? 0),
      loss_in: lost + got ? (100 * lost) / (lost + got) : 0,
      loss_out: 100 * Math.min(1, Math.max(0, went?.fractionLost ?? 0)),
      rtt_ms: 1000 * (went?.roundTripTime ?? pair?.currentRoundTripTime ?? 0),
    };
    const delay = this.present.rtt_ms / 2 + buffer + PACKET_MS;
    this.present.mos = opinion(Math.max(this.present.loss_in, this.present.loss_out), delay);
    this.scores.push(this.present);
    this.dispatchEvent(new CustomEvent("measured", { detail: this.present }));
  }

  /** Ends measuring; what the call was like, null for one too short. */
  end() {
    clearInterval(this.timer);
    if (!this.scores.length) return null;
    const mean = (name) => this.scores.reduce((sum, each) => sum + each[name], 0) / this.scores.length;
    const worst = Math.min(...this.scores.map((each) => each.mos));
    const means = Object.fromEntries(["jitter_ms", "loss_in", "loss_out", "rtt_ms", "mos"].map((name) => [name, mean(name)]));
    return { ...means, mos_worst: worst, seconds: (Date.now() - this.began) / 1000, source: "browser" };
  }
}
