// The supervisor's floor: which telephone to listen with is remembered.

const ear = document.getElementById("ear");
const known = localStorage.getItem("hotline-ear") ?? "";
if ([...ear.options].some((each) => each.value === known)) ear.value = known;
ear.addEventListener("change", () => localStorage.setItem("hotline-ear", ear.value));

// An alarm that nobody looks after is heard once on every floor that is open. Browsers allow sound after the first click.

const beep = document.getElementById("beep");
const heard = new Set();
let context;
beep.checked = localStorage.getItem("hotline-beep") !== "off";
beep.addEventListener("change", () => localStorage.setItem("hotline-beep", beep.checked ? "on" : "off"));
for (const kind of ["click", "keydown"]) document.addEventListener(kind, () => (context ??= new AudioContext()).resume());

function sound() {
  if (!context || context.state !== "running") return;
  for (const [at, pitch] of [[0, 880], [0.25, 660], [0.5, 880]]) {
    const tone = new OscillatorNode(context, { frequency: pitch });
    const volume = new GainNode(context, { gain: 0.2 });
    tone.connect(volume).connect(context.destination);
    tone.start(context.currentTime + at);
    tone.stop(context.currentTime + at + 0.2);
  }
}

function listen() {
  const fresh = [...document.querySelectorAll("[data-alarm]:not([data-seen])")].filter((each) => !heard.has(each.dataset.alarm));
  fresh.forEach((each) => heard.add(each.dataset.alarm));
  document.body.dataset.alarmsHeard = heard.size;
  if (fresh.length && beep.checked) sound();
}

document.addEventListener("htmx:afterSettle", listen);
listen();
