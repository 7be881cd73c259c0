// <call-player>: a recording with one lane per side. Its sound has no address before a reason was given, which the
// page itself may name; asked once a visit, an address that has run out is renewed with the same reason.
// Buttons with data-seek anywhere on the page jump to a moment.
// Times in data-seek count from the moment the two were connected; `offset` is where that is in the recording.

class CallPlayer extends HTMLElement {
  connectedCallback() {
    this.audio = this.querySelector("audio");
    this.canvas = this.querySelector("canvas");
    this.button = this.querySelector(".play");
    this.offset = Number(this.getAttribute("offset"));
    this.length = Number(this.getAttribute("duration"));
    this.lanes = [[], []];
    this.stop = new AbortController();
    const heard = (target, name, work) => target.addEventListener(name, work, { signal: this.stop.signal });
    heard(this.button, "click", () => this.toggle());
    heard(this.querySelector(".back"), "click", () => this.skip(-5));
    heard(this.querySelector(".on"), "click", () => this.skip(5));
    heard(this.querySelector("select"), "change", (event) => {
      // The default too: a sound that gets its address later begins with that.
      this.audio.defaultPlaybackRate = Number(event.target.value);
      this.audio.playbackRate = this.audio.defaultPlaybackRate;
    });
    heard(this.canvas, "pointerdown", (event) => this.point(event));
    heard(this.canvas, "pointermove", (event) => event.buttons && this.point(event));
    for (const name of ["play", "pause", "seeked", "timeupdate"]) heard(this.audio, name, () => this.show());
    heard(this.audio, "play", () => this.follow());
    heard(this.audio, "error", () => this.renew());
    heard(this.querySelector(".why"), "submit", (event) => this.say(event));
    heard(document, "keydown", (event) => this.key(event));
    heard(document, "click", (event) => {
      const place = event.target.closest?.("[data-seek]");
      if (place) this.seek(this.offset + Number(place.dataset.seek), true);
    });
    heard(matchMedia("(prefers-color-scheme: dark)"), "change", () => this.draw());
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    this.load();
  }

  disconnectedCallback() { this.stop.abort(); }

  async load() {
    const answer = await fetch(this.getAttribute("peaks"), { headers: { accept: "application/json" } });
    const found = await answer.json().catch(() => null);
    if (!answer.ok) return this.fault(found?.detail ?? ""); // it will not play either
    this.lanes = [found.customer ?? [], found.agent ?? []];
    this.length = found.seconds || this.length;
    this.draw();
  }

  get reason() { return this.getAttribute("reason") ?? sessionStorage.getItem(`why-${this.getAttribute("visit")}`) ?? ""; }

  /** True once the sound has an address; asks for the reason first where none is known. */
  async allowed() {
    if (this.audio.src) return true;
    if (!this.reason) {
      this.querySelector(".why").hidden = false;
      this.querySelector(".why input").focus();
      return false;
    }
    const answer = await fetch(this.getAttribute("playings"), {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify({ reason: this.reason }),
    }).catch(() => null);
    const told = await answer?.json().catch(() => null);
    this.fault(answer?.ok ? null : told?.detail ?? "");
    if (!answer?.ok) return false;
    const at = this.wanted ?? 0;
    this.audio.src = told.address;
    this.audio.currentTime = at;
    this.begun = Date.now();
    return true;
  }

  say(event) {
    event.preventDefault();
    sessionStorage.setItem(`why-${this.getAttribute("visit")}`, event.target.elements.reason.value.trim());
    event.target.hidden = true;
    this.play();
  }

  async play() {
    if (await this.allowed()) this.audio.play().catch(() => {});
  }

  /** An address that was good for a while is asked for anew; one that fails at once is a fault. */
  renew() {
    if (Date.now() - this.begun < 5000) {
      this.fault("");
      return;
    }
    this.wanted = this.audio.currentTime;
    this.audio.removeAttribute("src");
    this.play();
  }

  fault(words) {
    const line = this.querySelector(".fault");
    line.hidden = words === null;
    line.querySelector("span").textContent = words ?? "";
  }

  toggle() { if (this.audio.paused) this.play(); else this.audio.pause(); }
  skip(seconds) { this.seek(this.now + seconds, false); }
  get now() { return this.audio.src ? this.audio.currentTime : this.wanted ?? 0; }

  seek(seconds, play) {
    this.wanted = Math.min(Math.max(seconds, 0), this.length);
    if (this.audio.src) this.audio.currentTime = this.wanted;
    this.show();
    if (play && this.audio.paused) this.play();
  }

  point(event) {
    const box = this.canvas.getBoundingClientRect();
    this.seek(((event.clientX - box.left) / box.width) * this.length, false);
  }

  key(event) {
    if (event.target.closest?.("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = event.target.closest?.("button, a, summary, audio");
    if (event.key === " " && !onButton) this.toggle();
    else if (event.key === "ArrowLeft") this.skip(-5);
    else if (event.key === "ArrowRight") this.skip(5);
    else return;
    event.preventDefault();
  }

  follow() {
    if (this.audio.paused || this.stop.signal.aborted) return;
    this.show();
    requestAnimationFrame(() => this.follow());
  }

  show() {
    const { now } = this;
    const whole = Math.floor(now);
    this.button.setAttribute("aria-pressed", String(!this.audio.paused));
    this.querySelector(".now").textContent = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
    this.canvas.setAttribute("aria-valuenow", String(whole));
    this.draw();
    this.mark(now - this.offset);
  }

  mark(at) {
    for (const line of document.querySelectorAll("[data-until]")) {
      const current = at >= Number(line.dataset.seek) - 0.05 && at < Number(line.dataset.until);
      if (current && !line.classList.contains("current") && !this.audio.paused) {
        const list = line.closest("ol");
        list.scrollTop = line.offsetTop - list.offsetTop - list.clientHeight / 3;
      }
      line.classList.toggle("current", current);
    }
  }

  draw() {
    const { canvas } = this;
    const scale = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (canvas.width !== width * scale || canvas.height !== height * scale) {
      canvas.width = width * scale;
      canvas.height = height * scale;
    }
    const pen = canvas.getContext("2d");
    const style = getComputedStyle(this);
    const colour = (name) => style.getPropertyValue(name).trim();
    pen.setTransform(scale, 0, 0, scale, 0, 0);
    pen.clearRect(0, 0, width, height);
    const played = this.length ? (this.now / this.length) * width : 0;
    this.lanes.forEach((peaks, lane) => this.drawLane(pen, peaks, lane, width, height / 2, played, colour));
    pen.fillStyle = colour("--line");
    pen.fillRect(0, height / 2, width, 1);
    pen.fillStyle = colour("--ink");
    pen.fillRect(Math.min(played, width - 2), 0, 2, height);
  }

  drawLane(pen, peaks, lane, width, height, played, colour) {
    const step = 3;
    const middle = lane * height + height / 2;
    const loudest = Math.max(0.05, ...peaks);
    pen.fillStyle = colour(lane ? "--agent" : "--customer");
    for (let x = 0; x < width && peaks.length; x += step) {
      const from = Math.floor((x / width) * peaks.length);
      const to = Math.max(from + 1, Math.floor(((x + step) / width) * peaks.length));
      const peak = Math.max(...peaks.slice(from, to)) / loudest;
      const half = Math.max(0.5, peak * (height / 2 - 4));
      pen.globalAlpha = x < played ? 1 : 0.4;
      pen.fillRect(x, middle - half, step - 1, half * 2);
    }
    pen.globalAlpha = 1;
  }
}

// Download and legal hold: each with a reason.
addEventListener("submit", async (event) => {
  const custody = event.target.closest?.(".custody");
  if (!custody) return;
  event.preventDefault();
  const { recording } = custody.dataset;
  const reason = event.target.elements.reason.value.trim();
  const deed = event.submitter.value;
  const why = new URLSearchParams({ reason });
  const kept = { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ reason }) };
  const answer = await (deed === "hold" ? fetch(`${recording}/hold`, kept)
    : deed === "release" ? fetch(`${recording}/hold?${why}`, { method: "DELETE" })
      : fetch(`${recording}/export?${why}&format=${deed}`)).catch(() => null);
  const line = custody.querySelector(".fault");
  line.hidden = Boolean(answer?.ok);
  if (!answer?.ok) {
    line.textContent = (await answer?.json().catch(() => null))?.detail ?? "?";
    return;
  }
  if (deed === "hold" || deed === "release") {
    location.reload();
    return;
  }
  const name = /filename="([^"]+)"/.exec(answer.headers.get("content-disposition"))?.[1] ?? "";
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(await answer.blob()), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60000);
});

customElements.define("call-player", CallPlayer);
