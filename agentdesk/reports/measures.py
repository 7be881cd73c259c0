"""The figures of each report, from what can be added up. Pure."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from acd.agent_state import ON_BREAK, AgentState
from acd.tally import CONVERSING, Said, Stays, Work, ratio
from agentdesk.reading.board import TARGET
from agentdesk.reports.feedback import Feedback
from agentdesk.reports.model import Drawing, Measure, Unit
from qa.marks import Marks, Strikes

COUNT, SHARE, SECONDS, SCORE = Unit.COUNT, Unit.SHARE, Unit.SECONDS, Unit.SCORE
Fates = Counter[str]
"""Calls in a menu by what they count as (`ivr.usage.use.FATES`), or of one step by `ivr.usage.use.places`."""


@dataclass(frozen=True, slots=True)
class Times:
    """How often a code was chosen, of `every` choice of a code."""

    times: int
    every: int


def _fate(name: str) -> Callable[[Fates], float]:
    return lambda tally: tally[name]


STAYS: tuple[Measure[Stays], ...] = (
    Measure("offered", COUNT, lambda tally: tally.offered, leads=True),
    Measure("answered", COUNT, lambda tally: tally.answered, leads=True),
    Measure("in_time", COUNT, lambda tally: tally.in_time, leads=True),
    Measure("abandoned", COUNT, lambda tally: tally.abandoned, leads=True),
    Measure("short", COUNT, lambda tally: tally.short, leads=True),
    Measure("failed", COUNT, lambda tally: tally.failed, leads=True),
    Measure("sent_back", COUNT, lambda tally: tally.sent_back, leads=True),
    Measure("waiting", COUNT, lambda tally: tally.waiting, leads=True),
    Measure("service_level", SHARE, lambda tally: tally.service_level),
    Measure("abandonment", SHARE, lambda tally: tally.abandonment),
    Measure("answer_speed", SECONDS, lambda tally: tally.answer_speed),
    Measure("longest", SECONDS, lambda tally: tally.longest if tally.offered else None),
    Measure("talk", SECONDS, lambda tally: tally.talk),
    Measure("handle_time", SECONDS, lambda tally: tally.handle_time),
)
WORK: tuple[Measure[Work], ...] = (
    Measure("rung", COUNT, lambda tally: tally.offered, leads=True),
    Measure("taken", COUNT, lambda tally: tally.taken, leads=True),
    Measure("missed", COUNT, lambda tally: tally.missed, leads=True),
    Measure("answer_rate", SHARE, lambda tally: tally.answer_rate),
    Measure("dialled", COUNT, lambda tally: tally.dialled, leads=True),
    Measure("reached", COUNT, lambda tally: tally.reached, leads=True),
    Measure("contact_time", SECONDS, lambda tally: tally.handle_time),
    Measure("signed_in", SECONDS, lambda tally: tally.signed_in),
    Measure("ready", SECONDS, lambda tally: tally.within((AgentState.READY,))),
    Measure("ringing", SECONDS, lambda tally: tally.within((AgentState.RINGING,))),
    Measure("talking", SECONDS, lambda tally: tally.within(CONVERSING)),
    Measure("wrap_up", SECONDS, lambda tally: tally.within((AgentState.WRAP_UP,))),
    Measure("breaks", SECONDS, lambda tally: tally.within(ON_BREAK)),
    Measure("elsewhere", SECONDS, lambda tally: tally.elsewhere),
    Measure("occupancy", SHARE, lambda tally: tally.occupancy),
)
MENU: tuple[Measure[Fates], ...] = (
    Measure("calls", COUNT, _fate("calls"), leads=True),
    Measure("over", COUNT, _fate("over"), leads=True),
    Measure("self_service", COUNT, _fate("self_service"), leads=True),
    Measure("queued", COUNT, _fate("queued"), leads=True),
    Measure("abandoned_in_menu", COUNT, _fate("abandoned_in_menu"), leads=True),
    Measure("abandoned_in_queue", COUNT, _fate("abandoned_in_queue"), leads=True),
    Measure("messages", COUNT, _fate("messages"), leads=True),
    Measure("self_service_rate", SHARE, lambda tally: ratio(tally["self_service"], tally["over"])),
    Measure(
        "loss_rate", SHARE,
        lambda tally: ratio(tally["abandoned_in_menu"] + tally["abandoned_in_queue"], tally["over"]),
    ),
)  # fmt: skip
PLACES: tuple[Measure[Fates], ...] = (
    Measure("entered", COUNT, _fate("entered"), leads=True),
    Measure("hung_up", COUNT, _fate("hung_up"), leads=True),
    Measure("hang_up_rate", SHARE, lambda tally: ratio(tally["hung_up"], tally["entered"])),
)
MARKS: tuple[Measure[Marks], ...] = (
    Measure("scored", COUNT, lambda tally: tally.calls, leads=True),
    Measure("mean_score", SCORE, lambda tally: tally.mean_score),
    Measure("vetoes", COUNT, lambda tally: tally.vetoes, leads=True),
    Measure("reviewed", COUNT, lambda tally: tally.reviewed, leads=True),
)
RULES: tuple[Measure[Strikes], ...] = (
    Measure("judged", COUNT, lambda tally: tally.judged, leads=True),
    Measure("deducted", COUNT, lambda tally: tally.failed, leads=True),
    Measure("hit_rate", SHARE, lambda tally: tally.hit_rate),
)
SAID: tuple[Measure[Said], ...] = (
    Measure("talks", COUNT, lambda tally: tally.talks, leads=True),
    Measure("coded", COUNT, lambda tally: tally.coded, leads=True),
    Measure("not_coded", COUNT, lambda tally: tally.not_coded, leads=True),
    Measure("resolved", COUNT, lambda tally: tally.resolved, leads=True),
    Measure("coded_rate", SHARE, lambda tally: tally.coded_rate),
    Measure("first_contact", SHARE, lambda tally: tally.first_contact),
)
CODES: tuple[Measure[Times], ...] = (
    Measure("times", COUNT, lambda tally: tally.times, leads=True),
    Measure("times_share", SHARE, lambda tally: ratio(tally.times, tally.every)),
)
FEEDBACK: tuple[Measure[Feedback], ...] = (
    Measure("conversations", COUNT, lambda tally: tally.talks, leads=True),
    Measure("known", COUNT, lambda tally: tally.known, leads=True),
    Measure("again", COUNT, lambda tally: tally.again, leads=True),
    Measure("again_rate", SHARE, lambda tally: tally.again_rate),
    Measure("surveyed", COUNT, lambda tally: tally.surveyed, leads=True),
    Measure("satisfaction", SCORE, lambda tally: tally.satisfaction),
    Measure("complaints", COUNT, lambda tally: tally.complaints, leads=True),
    Measure("complaint_rate", SHARE, lambda tally: tally.complaint_rate),
)

ENDS = ("answered", "abandoned", "failed", "sent_back", "waiting")
STATES = ("talking", "wrap_up", "ringing", "ready", "breaks", "elsewhere")
DRAWINGS: dict[str, tuple[Drawing, ...]] = {
    "intervals": (
        Drawing("stays", "intervals", "columns", ENDS, "service_level", TARGET),
        Drawing("waits", "intervals", "lines", ("answer_speed", "longest")),
    ),
    "queues": (
        Drawing("stays", "queues", "columns", ENDS, "service_level", TARGET),
        Drawing("waits", "queues", "bars", ("answer_speed", "longest"), beside=True),
    ),
    "agents": (Drawing("states", "agents", "bars", STATES, note="occupancy"),),
    "menus": (
        Drawing("menu-days", "days", "columns", ("self_service", "queued", "abandoned_in_menu"), "self_service_rate"),
        Drawing("leaving", "steps", "bars", ("hung_up",), note="hang_up_rate"),
    ),
    "quality": (
        Drawing("scores", "weeks", "columns", ("scored",), "mean_score"),
        Drawing("strikes", "rules", "bars", ("deducted",), note="hit_rate"),
    ),
    "codes": (
        Drawing("codes", "codes", "bars", ("times",), note="times_share"),
        Drawing("coded", "intervals", "columns", ("coded", "not_coded"), "first_contact"),
    ),
    "callers": (
        Drawing("again", "intervals", "columns", ("again",), "again_rate"),
        Drawing("complained", "queues", "bars", ("complaints",), note="complaint_rate"),
    ),
}
"""By report."""
