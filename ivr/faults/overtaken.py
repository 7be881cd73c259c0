"""When a fault is over by itself: newer versions answer every call, and in none is the place as it was. Pure."""

from collections.abc import Collection, Mapping

from ivr import graph
from ivr.fault import FaultKind
from ivr.schema import Flow, Transfer


def over(
    kind: FaultKind, step: str, version: int, former: Flow | None, live: Mapping[int, Flow], running: Collection[int],
    *, dropped: bool = False,
) -> str:  # fmt: skip
    """Why the fault of `step` ('': the whole menu) in `version` is over; '' while it may be met, or as far as known.

    `former`: that version, None when it cannot be read any more; `live`: those that new calls follow, by number;
    `running`: those that calls are on; `dropped`: its trial has ended so.
    """
    if version in running:
        return ""
    if not live:
        return "no number has this menu any more"
    if dropped:
        return f"version {version} was dropped"
    newest = max(live)
    if min(live) <= version:
        return ""
    if kind is FaultKind.VERSION:
        return f"version {newest} was taken"
    if kind is FaultKind.LANDING:
        return f"version {newest} has this step" if all(step in each.steps for each in live.values()) else ""
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
    return here, said, _around(flow, step, kind)


def _around(flow: Flow, step: str, kind: FaultKind) -> object:
    """What else in the file has a part in such a fault of a step that is there."""
    here = flow.steps[step]
    match kind:
        case FaultKind.PROMPT:
            return flow.phrases
        case FaultKind.TRANSFER if isinstance(here, Transfer):
            return flow.outside.get(here.to)
        case FaultKind.VALUE:
            read = {name for _, name in here.reads()}
            return [each for each in flow.steps.values() if read.intersection(each.sets())]
        case FaultKind.RETURN:
            return step in graph.without_sub(flow)
        case FaultKind.CIRCLE:
            return {each: (flow.steps[each], graph.ways(flow, each)) for each in graph.circle(flow, step)} or flow
        case _:
            return None
