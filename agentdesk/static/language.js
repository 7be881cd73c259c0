// Another language without leaving the page: a ring, a call and half-written text stay. The page is asked for in the new
// language, and its words take the place of the old ones. Where a page is made of what its form says, the form has
// data-redraw, what to `do` to get it again. Another page that answers a form becomes the one that the form was on; what is
// told only there (data-once) stays as it was told. Parts with data-live fetch themselves anew besides.

const WORDED = ["title", "aria-label", "placeholder", "data-label", "data-sure", "data-asks", "data-leave", "data-secret", "data-find"];

async function asked(address, body) {
  const answer = await fetch(address, { method: "POST", body }).catch(() => null);
  if (!answer?.ok) return null;
  return { url: answer.url, page: new DOMParser().parseFromString(await answer.text(), "text/html") };
}

function draftOf(form) {
  const said = new FormData(form);
  said.append("do", form.dataset.redraw);
  return new URLSearchParams(said);
}

const pathOf = (address) => new URL(address, location.href).pathname;

async function speak(form, button) {
  const drawn = document.querySelector("form[data-redraw]");
  const [told, draft] = [await asked(form.action, new URLSearchParams(new FormData(form, button))), drawn && draftOf(drawn)];
  const fresh = drawn && told ? await asked(drawn.action, draft) : told;
  if (!fresh || (!drawn && pathOf(fresh.url) !== pathOf(form.elements.next.value))) {
    form.dataset.leaves = "";
    form.requestSubmit(button);
    return;
  }
  if (!drawn && pathOf(fresh.url) !== location.pathname) history.replaceState(null, "", fresh.url);
  document.documentElement.lang = fresh.page.documentElement.lang;
  document.title = fresh.page.title;
  say(document.body, fresh.page.body);
  window.htmx.process(document.body);
  document.dispatchEvent(new CustomEvent("hotline:anew"));
}

function say(old, now) {
  if (old.matches("[data-once]")) return;
  for (const name of WORDED) if (now.hasAttribute(name)) old.setAttribute(name, now.getAttribute(name));
  if (old.matches("button[value]")) old.value = now.value;
  if (old.matches("textarea")) return;
  if (old.matches("template")) old.innerHTML = now.innerHTML;
  const [mine, theirs] = [told(old), told(now)];
  if (!theirs.length) return; // a script fills it
  if (mine.length === theirs.length && mine.every((each, at) => same(each, theirs[at]))) {
    mine.forEach((each, at) => { if (each.data === undefined) say(each, theirs[at]); else each.data = theirs[at].data; });
  } else if (old.matches("select")) {
    for (const each of old.options) each.text = [...now.options].find(({ value }) => value === each.value)?.text ?? each.text;
  } else {
    carry(old, now);
    old.replaceChildren(...now.childNodes);
  }
}

function told(element) {
  return [...element.childNodes].filter((each) => each.nodeType === Node.ELEMENT_NODE || (each.nodeType === Node.TEXT_NODE && each.data.trim()));
}

function same(one, other) {
  if (one.nodeType !== other.nodeType || one.nodeName !== other.nodeName) return false;
  if (one.matches?.("[data-once]") !== other.matches?.("[data-once]")) return false;
  const valued = one.matches?.("option, [type=radio], [type=checkbox]");
  return one.id === other.id && one.name === other.name && (!valued || one.value === other.value);
}

/** What was written in fields that are drawn anew, and what is told only once. */
function carry(old, now) {
  const [mine, theirs] = [old, now].map((each) => [...each.querySelectorAll("input, select, textarea")]);
  for (const field of theirs) {
    const at = mine.findIndex((each) => each.type !== "file" && same(each, field) && each.form?.action === field.form?.action);
    if (at < 0) continue;
    const [found] = mine.splice(at, 1);
    if (field.matches("[type=radio], [type=checkbox]")) field.checked = found.checked;
    else field.value = found.value;
  }
  const [once, anew] = [old, now].map((each) => [...each.querySelectorAll("[data-once]")]);
  once.forEach((each, at) => { if (anew[at]) anew[at].replaceWith(each); else now.prepend(each); });
}

addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("action") !== "/language" || "leaves" in form.dataset) return;
  event.preventDefault();
  speak(form, event.submitter);
});
