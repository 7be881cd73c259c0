"""Where an agent's talk stands when somebody else comes into it."""

from collections.abc import Mapping
from dataclasses import dataclass

from acd.muting import Muting
from agentdesk.reading.underway import UnderWay

NOT_MUTED = Muting()


@dataclass(frozen=True, slots=True)
class Handover:
    """`step`: talking, held (the caller alone), ringing, answered or joined: a colleague of that `name` is asked."""

    call: str
    step: str
    name: str = ""
    muting: Muting = NOT_MUTED


def handover_of(under_way: UnderWay, call: str, names: Mapping[str, str], muting: Muting = NOT_MUTED) -> Handover:
    consult = under_way.consult(call)
    if consult is None:
        return Handover(call, "held" if under_way.held(call) else "talking", muting=muting)
    step = "joined" if consult.joined else "answered" if consult.answered else "ringing"
    return Handover(call, step, names.get(consult.agent, consult.agent), muting)
