"""Callers who came to their end while no engine was there: booked by what the switch noted, at the times it noted."""

from collections.abc import Mapping, Set

from sqlalchemy import select

from acd import ledger, takeover
from acd.call import OUTCOMES, CallState, Step, advance
from acd.live import LiveCall, LiveCalls
from acd.models import Call
from acd.roster import agent_of
from core.clock import new_id
from core.database import Transaction
from pbx.events import Departure, LegSnapshot

BEFORE_A_TALK = (CallState.MENU, CallState.WAITING, CallState.RINGING, CallState.AFTER)
"""Of who left in another state all is known but how and when it ended (`acd.recovery`)."""


async def book(
    tx: Transaction, departed: Mapping[str, Departure], legs: Mapping[str, LegSnapshot], live: LiveCalls, now: float
) -> Set[str]:
    """End their calls. Who came and went meanwhile gets one: served, or abandoned, as any other.

    Where the agent who was asked has answered, it is a talk from then on; those agents come back.
    """
    answered: set[str] = set()
    gone = {leg: each for leg, each in departed.items() if leg not in legs}
    known = set(await tx.session.scalars(select(Call.leg).where(Call.leg.in_(gone))))
    for leg, each in sorted(gone.items(), key=lambda item: item[1].began):
        call = live.by_leg(leg)
        if call is None and leg not in known:
            call = await takeover.begin(tx, leg, each.caller, each.dialled, each.began, now)
        asked = call is not None and call.state in (CallState.RINGING, CallState.DIALLING)
        if call is not None and asked and agent_of(each.device) == call.agent:
            await _answer(tx, call, each, now)
            answered.add(call.agent)
        if call is not None and call.state in BEFORE_A_TALK:
            live.remove(call)
            await _end(tx, call, each, now)
    return answered


async def _answer(tx: Transaction, call: LiveCall, gone: Departure, now: float) -> None:
    call.talk_since = min(max(gone.since, call.queued_at, call.arrived_at), now)
    advance(call, Step.CONNECTED)
    await ledger.connect(tx, call, call.agent, call.talk_since)


async def _end(tx: Transaction, call: LiveCall, gone: Departure, now: float) -> None:
    agent = agent_of(gone.device)
    if call.state in takeover.FROM_MENU and (agent or gone.queued):
        await takeover.wait(tx, call)
    asked = call.agent if call.state is CallState.RINGING else ""
    if asked:
        await ledger.end_offer(tx, call.id, asked, call.offer, "cancelled", min(gone.since or gone.at, now))
    outcome, ended_by, ended = OUTCOMES.get(call.state, "abandoned"), gone.by, min(gone.at, now)
    if agent:
        began = min(max(gone.since, call.queued_at), now)
        call.offer = new_id(began)  # nobody knows his leg any more
        ledger.give(tx, call, agent, began)
        await takeover.connect(tx, call, agent, began)
        await ledger.disconnect(tx, call, agent, gone.by, max(began, min(gone.until, now)))
        outcome = "answered"
    elif gone.by != "customer" and outcome == "abandoned":
        outcome, ended_by = "failed", "system"
    advance(call, Step.ENDED)
    await ledger.end(tx, call, outcome, call.ended_by or ended_by, max(ended, call.arrived_at))
