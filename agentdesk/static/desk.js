// The agent's desk: states, keys, countdowns, and drafts that survive reloads and live changes.

// keys

function keyed() {
  return [...document.querySelectorAll("[data-key]")].filter((each) => each.checkVisibility());
}

function showKeys() {
  const dialog = document.getElementById("shortcuts");
  const rows = [...keyed().map((each) => [each.dataset.key, each.dataset.label ?? each.textContent.trim()])];
  dialog.querySelector("dl").replaceChildren(...rows.flatMap(([key, label]) => {
    const [name, what] = [document.createElement("dt"), document.createElement("dd")];
    name.append(Object.assign(document.createElement("kbd"), { textContent: key.toUpperCase() }));
    what.textContent = label;
    return [name, what];
  }));
  dialog.showModal();
}

addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.isComposing || event.repeat) return;
  if (document.querySelector("dialog[open]")) return;
  const writing = event.target.closest?.("input:not([type=radio], [type=checkbox]), select, textarea");
  if (writing && !event.altKey) return;
  if (event.key === "?") showKeys();
  else {
    const letter = event.code.replace(/^(Key|Digit)/, "").toLowerCase();
    const wanted = keyed().find((each) => each.dataset.key === letter);
    if (!wanted) return;
    if (wanted.matches("textarea, input")) wanted.focus();
    else if (wanted.matches("div")) wanted.querySelector("button").focus();
    else wanted.click();
  }
  event.preventDefault();
});

// drafts

function fields(form) {
  return [...form.elements].filter((each) => each.name && each.type !== "submit");
}

function keep(form) {
  const values = fields(form).filter((each) => each.type !== "radio" || each.checked).map((each) => [each.name, each.value]);
  sessionStorage.setItem(`draft-${form.dataset.draft}`, JSON.stringify(Object.fromEntries(values)));
}

function restore(root) {
  for (const form of root.querySelectorAll("form[data-draft]")) {
    const known = JSON.parse(sessionStorage.getItem(`draft-${form.dataset.draft}`) ?? "{}");
    for (const each of fields(form)) {
      if (!(each.name in known)) continue;
      if (each.type === "radio") each.checked = each.value === known[each.name];
      else each.value = known[each.name];
    }
  }
}

addEventListener("input", (event) => {
  const form = event.target.closest?.("form[data-draft]");
  if (form) keep(form);
});

/** Before the answer takes the form's place: afterwards it would be filled with the draft again. */
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const form = detail.requestConfig?.elt.closest("form[data-draft]");
  if (form && detail.xhr.status < 400) sessionStorage.removeItem(`draft-${form.dataset.draft}`);
});
for (const name of ["htmx:responseError", "htmx:sendError"]) {
  document.addEventListener(name, ({ detail }) => {
    const told = detail.requestConfig?.elt.closest("form[data-draft]")?.querySelector(".refusal");
    if (told) told.hidden = false;
  });
}
document.addEventListener("htmx:afterSwap", () => restore(document));
restore(document);

// countdowns

function tick() {
  const page = document.querySelector("[data-now]");
  const ahead = Number(page?.dataset.ahead ?? 0);
  const now = Date.now() / 1000;
  for (const each of document.querySelectorAll("time[data-down]")) {
    const left = Number(each.dataset.down) - now - ahead;
    const whole = Math.abs(Math.ceil(left));
    const two = (n) => String(n).padStart(2, "0");
    const [h, m] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
    each.textContent = `${left < 0 ? "+" : ""}${h ? `${h}:${two(m)}` : m}:${two(whole % 60)}`;
    each.classList.toggle("late", left < 0);
  }
}

tick();
setInterval(tick, 500);
