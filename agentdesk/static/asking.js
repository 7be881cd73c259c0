// Asks the API for what somebody wants, and tells in words why it was refused. The page has the words, one
// <template data-reason="…"> for each reason.

const REFUSED = ".refusal[data-reason]:not([hidden])";

/** What was answered, or true, when it was done; otherwise false, and the reason stands in `told`. `names`: other reasons for a status, {404: "…"}. */
export async function ask(told, method, address, body, names = {}) {
  const headers = { "content-type": "application/json" };
  const answer = await fetch(address, { method, headers, body: body && JSON.stringify(body) }).catch(() => null);
  if (answer?.ok) {
    refuse(told, "");
    for (const each of document.querySelectorAll(REFUSED)) refuse(each, ""); // what is done by now may be its cause
    return (await answer.json().catch(() => null)) ?? true;
  }
  const said = (await answer?.json().catch(() => null)) ?? {};
  const otherwise = { undefined: "unreachable-server", 404: "gone", 422: "not-valid", ...names }[answer?.status];
  refuse(told, said.reason ?? said.detail?.reason ?? otherwise ?? "not_stored", said.detail?.problem);
  return false;
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
}

document.addEventListener("hotline:anew", () => {
  for (const each of document.querySelectorAll(REFUSED)) refuse(each, each.dataset.reason, each.textContent);
});
