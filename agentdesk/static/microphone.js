// The agent's microphone: its sound from the first ring to the end of the call. One that is pulled out meanwhile, or no
// longer the one that is wanted, is exchanged for another: "exchanged" tells its track, "missing" that there is none.

const CHOSEN = "hotline-microphone";
const FAULTS = { NotAllowedError: "forbidden", NotFoundError: "no-microphone", NotReadableError: "taken-microphone" };

/** In the page's words. */
export function nameOf(fault) { return FAULTS[fault.name] ?? "no-microphone"; }

function close(sound) { sound.getTracks().forEach((track) => track.stop()); }

export class Microphone extends EventTarget {
  constructor() {
    super();
    this.queue = Promise.resolve();
  }

  /** Rejects when there is none. */
  async take() {
    const chosen = localStorage.getItem(CHOSEN);
    const wanted = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
    if (chosen) wanted.deviceId = { ideal: chosen };
    const sound = await navigator.mediaDevices.getUserMedia({ audio: wanted });
    sound.getAudioTracks()[0]?.addEventListener("ended", () => this.lost(sound));
    return sound;
  }

  async works() { close(await this.take()); }

  /** For a call that rings; `sound` is a promise of it. */
  open() {
    this.close();
    this.sound = this.take();
    this.sound.catch(() => {});
  }

  close() {
    this.sound?.then(close, () => {});
    this.sound = undefined;
  }

  async lost(sound) {
    if ((await this.sound?.catch(() => null)) === sound) this.exchange();
  }

  /** One after the other, so that the last choice counts. */
  exchange() {
    this.queue = this.queue.then(() => this.exchangeNow());
    return this.queue;
  }

  async exchangeNow() {
    const former = this.sound;
    if (!former) return;
    const silent = await former.then((sound) => sound.getTracks().every(({ readyState }) => readyState === "ended"), () => true);
    const [sound, fault] = await this.take().then((got) => [got], (why) => [undefined, why]);
    if (this.sound !== former) { // that call is over
      if (sound) close(sound);
      return;
    }
    if (!sound && !silent) return; // he is heard as before
    this.sound = sound ? Promise.resolve(sound) : Promise.reject(fault);
    this.sound.catch(() => {});
    former.then(close, () => {});
    const [name, detail] = sound ? ["exchanged", sound.getAudioTracks()[0]] : ["missing", nameOf(fault)];
    this.dispatchEvent(new CustomEvent(name, { detail }));
  }

  /** Whether the one that is wanted is there and another is in use. */
  async isAnother(devices) {
    const used = (await this.sound?.catch(() => null))?.getAudioTracks()[0]?.getSettings();
    const of = (id) => devices.find(({ kind, deviceId }) => kind === "audioinput" && deviceId === id);
    const wanted = of(localStorage.getItem(CHOSEN)) ?? of("default");
    return Boolean(used && wanted) && wanted.groupId !== used.groupId;
  }
}
