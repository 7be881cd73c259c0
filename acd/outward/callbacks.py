"""Call backs: promised, taken by an agent, tried again by rule until the customer is reached."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, Field

from acd.admission import with_own
from acd.call import ACCEPTED
from acd.queues import Queue

SECONDS_OTHERWISE = 1800.0
LATER = 60.0
"""Seconds until one is tried again that the agent whose turn it was could not make, or broke off."""


class TryRule(BaseModel):
    """`again_after` maps how a try ended (busy, no_answer, …, otherwise) to seconds until the next."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    automatic: bool = Field(default=False, description="call backs wait in the queue at their kept place")
    most_tries: int = Field(default=3, ge=1, le=20)
    again_after: Mapping[str, float] = {"busy": 300.0, "no_answer": 1800.0}


def skills_for(queue: Queue | None, language: str, own: Mapping[str, int]) -> dict[str, int]:
    """What an agent needs who calls somebody back on behalf of `queue`."""
    return with_own(queue.skills if queue else {}, with_own({language: 1}, own))


@dataclass(frozen=True, slots=True)
class NextTry:
    """`state`: open, done or given_up."""

    state: str
    tries: int
    next_at: float


def after_try(rule: TryRule, tries: int, result: str, now: float) -> NextTry:
    """What becomes of a call back whose call is over: `result` of its ring.

    Who was spoken to has been called back, whatever became of him then. A try that was broken off, or never began, is
    none.
    """
    if result == ACCEPTED:
        return NextTry("done", tries + 1, now)
    if result == "own_phone":  # he is not ready now: it goes to somebody else
        return NextTry("open", tries, now)
    if result == "cancelled":
        return NextTry("open", tries, now + LATER)
    if tries + 1 >= rule.most_tries:
        return NextTry("given_up", tries + 1, now)
    wait = rule.again_after.get(result, rule.again_after.get("otherwise", SECONDS_OTHERWISE))
    return NextTry("open", tries + 1, now + wait)
