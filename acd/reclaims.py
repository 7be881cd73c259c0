"""Callers whom an agent's telephone had lost and who are his again at once: offered to him and talked with once,
however often that happens."""

from typing import Any

from sqlalchemy import ColumnElement, and_, exists
from sqlalchemy.orm import aliased

from acd.call import ACCEPTED
from acd.ledger import Kind
from acd.models import CallEvent, Offer, QueueVisit

LOST, AGAIN, EARLIER = aliased(CallEvent), aliased(Offer), aliased(QueueVisit)


def taken_up_again(offer: Any = Offer) -> ColumnElement[bool]:
    """Beside an `Offer`: its agent had the caller just before, and nobody waited."""
    lost = (LOST.call == offer.call, LOST.kind == Kind.LOST, LOST.at == offer.offered_at, LOST.agent == offer.agent)
    kept = LOST.data["target"].as_string() == offer.agent
    return and_(offer.result == ACCEPTED, exists().where(*lost, kept).correlate(offer))


def is_continued() -> ColumnElement[bool]:
    """Beside a `QueueVisit`: it is no wait, and the talk after it the same as the one of the visit before.

    The talk of a call out had none: what is taken up of it is the first that its queue sees.
    """
    at_once = (AGAIN.call == QueueVisit.call, AGAIN.offered_at == QueueVisit.queued_at)
    talked = (EARLIER.call == QueueVisit.call, EARLIER.id < QueueVisit.id, EARLIER.result == "answered")
    return and_(
        exists().where(*at_once, taken_up_again(AGAIN)).correlate(QueueVisit),
        exists().where(*talked).correlate(QueueVisit),
    )


def goes_on(connected: Any) -> ColumnElement[bool]:
    """Beside the beginning of a talk in the history: it is the same talk as the one before."""
    of_talk = (AGAIN.call == connected.call, AGAIN.agent == connected.agent, AGAIN.ended_at == connected.at)
    return exists().where(*of_talk, taken_up_again(AGAIN)).correlate(connected)
