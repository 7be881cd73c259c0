// Makes itself heard and seen when the telephone rings: sound, the tab's title, a notification of the system.

const CYCLES = 20; // of five seconds; scheduled ahead, because a tab in the background may not keep time

export class Ringer {
  constructor() {
    this.title = document.title;
    this.stopped = () => {};
  }

  /** Needs a click or a key before; later calls only wake it. */
  async unlock() {
    this.context ??= new AudioContext();
    if (this.context.state === "suspended") await Promise.race([this.context.resume(), new Promise((done) => setTimeout(done, 300))]);
    return this.context.state === "running";
  }

  get allowed() { return "Notification" in window && Notification.permission === "granted"; }

  get unasked() { return "Notification" in window && Notification.permission === "default"; }

  /** Browsers ask only after a click. */
  async ask() {
    if (this.unasked) await Notification.requestPermission();
  }

  ring(text) {
    this.quiet();
    const parts = [this.sound(), this.flag(text), this.notify(text)];
    this.stopped = () => parts.forEach((stop) => stop());
  }

  quiet() {
    this.stopped();
    this.stopped = () => {};
  }

  /** Chinese ringing: 450 Hz, one second on, four off. */
  sound() {
    if (!this.context) return () => {};
    const tone = this.context.createOscillator();
    const loud = this.context.createGain();
    tone.frequency.value = 450;
    loud.gain.value = 0;
    const from = this.context.currentTime + 0.05;
    for (let n = 0; n < CYCLES; n += 1) {
      loud.gain.setTargetAtTime(0.25, from + n * 5, 0.02);
      loud.gain.setTargetAtTime(0, from + n * 5 + 1, 0.02);
    }
    tone.connect(loud).connect(this.context.destination);
    tone.start();
    return () => { tone.stop(); loud.disconnect(); };
  }

  flag(text) {
    document.title = `☎ ${text}`;
    return () => { document.title = this.title; };
  }

  notify(text) {
    if (!this.allowed) return () => {};
    const note = new Notification(text, { tag: "hotline-ring", requireInteraction: true });
    note.onclick = () => { window.focus(); note.close(); };
    return () => note.close();
  }
}
