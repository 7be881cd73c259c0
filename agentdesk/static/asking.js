// Asks the API for what somebody wants, and tells in words why it was refused. The page has the words, one
// <template data-reason="…"> for each reason.

export const LATE_MS = 10000; // an answer that has not come by then does not come
const REFUSED = ".refusal[data-reason]:not([hidden])";

/** What was answered, or true, when it was done; otherwise false, and the reason stands in `told`. `names`: other reasons for a status, {404: "…"}. */
export async function ask(told, method, address, body, names = {}) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(LATE_MS) })
    .catch(() => null);
  if (answer?.ok) {
    refuse(told, "");
    for (const each of document.querySelectorAll(REFUSED)) refuse(each, ""); // what is done by now may be its cause
    return (await answer.json().catch(() => null)) ?? true;
  }
  await tellWhy(told, answer, names);
  return false;
}

/** `answer`: the one that refused, null when none came. */
export async function tellWhy(told, answer, names = {}) {
  const said = (await answer?.json().catch(() => null)) ?? {};
  const otherwise = { undefined: "unreachable-server", 404: "gone", 422: "not-valid", ...names }[answer?.status];
  refuse(told, said.reason ?? said.detail?.reason ?? otherwise ?? "not_stored", said.detail?.problem);
}

/** A refusal of what somebody tried is nothing that lasts: it goes when it has been read. */
const READ_MS = 20000;
export function pass(asked) {
  const told = asked && present(asked);
  if (!told || told.hidden) return;
  const mark = told.dataset.mark = String(performance.now());
  setTimeout(() => {
    const now = present(told);
    if (now?.dataset.mark === mark) refuse(now, "");
  }, READ_MS);
}

/** The part may have been shown anew before the answer came. */
function present(told) {
  return told.isConnected ? told : document.getElementById(told.closest("[id]")?.id)?.querySelector(".refusal");
}

/** '' takes an earlier refusal away. */
export function refuse(asked, reason, problem = reason) {
  const told = asked && present(asked);
  if (!told) return;
  const words = document.querySelector(`template[data-reason="${reason}"]`);
  told.textContent = words ? words.content.textContent : problem;
  told.hidden = !reason;
  told.dataset.reason = reason;
  delete told.dataset.mark;
}

document.addEventListener("hotline:anew", () => {
  for (const each of document.querySelectorAll(REFUSED)) refuse(each, each.dataset.reason, each.textContent);
});
