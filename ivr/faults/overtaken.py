"""When a fault is over by itself: newer versions answer every call, and in none is the place as it was. Pure."""

from collections.abc import Collection, Mapping

from ivr.fault import FaultKind
from ivr.schema import Flow, Transfer


def over(
    kind: FaultKind, step: str, version: int, former: Flow | None, live: Mapping[int, Flow], running: Collection[int]
) -> str:
    """Why the fault of `step` ('': the whole menu) in `version` is over; '' while it may be met, or as far as known.

    `former`: that version, None when it cannot be read any more; `live`: those that new calls follow, by number;
    `running`: those that calls are on.
    """
    if version in running:
        return ""
    if not live:
        return "no number has this menu any more"
    newest = max(live)
    if min(live) <= version:
        return ""
    if kind is FaultKind.VERSION:
        return f"version {newest} was taken"
    if step and not any(step in each.steps for each in live.values()):
        return f"version {newest} no longer has this step"
    if former and any(_place(each, step, kind) == _place(former, step, kind) for each in live.values()):
        return ""
    return f"version {newest} has this step otherwise" if step else f"version {newest} is another text"


def _place(flow: Flow, step: str, kind: FaultKind) -> object:
    """All that makes the place what it is, the words that it has from elsewhere in the file too; None: not there."""
    if not step:
        return flow
    here = flow.steps.get(step)
    if here is None:
        return None
    said = [flow.words(prompt) for _, prompt in here.spoken() if prompt is not None]
    common = flow.phrases if kind is FaultKind.PROMPT else None
    return here, said, common, flow.outside.get(here.to) if isinstance(here, Transfer) else ""
