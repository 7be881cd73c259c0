"""Every detector by the check it carries out; pure functions of a case and the check's data."""

from collections.abc import Callable
from typing import Any

from qa.case import Case
from qa.detectors import counts, duties, facts, moments, numbers, phrases, readings, script, timing
from qa.finding import Finding

DETECTORS: dict[str, Callable[[Case, Any], Finding]] = {
    "says": phrases.says,
    "reads": readings.reads,
    "must_say": phrases.must_say,
    "asked_before": phrases.asked_before,
    "follows": moments.follows,
    "lasts": moments.lasts,
    "unheld": moments.unheld,
    "rate": counts.rate,
    "first_word": timing.first_word,
    "cuts_in": timing.cuts_in,
    "late_answer": timing.late_answer,
    "pace": timing.pace,
    "adjusts": timing.adjusts,
    "duties": duties.duties,
    "steps": script.steps,
    "verified": script.verified,
    "digits_repeated": numbers.digits_repeated,
    "ticket": facts.ticket,
    "hung_up": facts.hung_up,
    "clear_voice": facts.clear_voice,
    "identity": facts.identity,
    "manual": facts.manual,
}
