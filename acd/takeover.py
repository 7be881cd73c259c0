"""Callers whom the switch served itself while the engine was gone become calls again: waiting, or with their agent.

So do those who were on their way when the engine went, before that was stored (decision 16).
"""

from collections.abc import Mapping

from sqlalchemy import select

from acd import admission, events, ledger
from acd.call import CallState, Step, advance
from acd.ledger import Kind
from acd.live import LiveCall, LiveCalls
from acd.models import Call, Offer
from acd.queues import FALLBACK, Queues
from acd.roster import agent_of
from core.clock import new_id
from core.database import Transaction
from pbx.events import LegSnapshot
from pbx.parse import device

FALLBACK_PLACE, WAITING_PLACE = "fallback", "centre-wait"
FROM_MENU = (CallState.MENU, CallState.AFTER)


async def take_over(
    tx: Transaction, queues: Queues, legs: Mapping[str, LegSnapshot], live: LiveCalls, now: float
) -> list[LiveCall]:
    """Settle every caller found in the switch's own queue; the calls that are new to us.

    A call that waited keeps its queue and its place; one from the menu, or unknown, waits in the queue for callers
    without one since it arrived, or since its agent has sent it to the menu. A closed call is left to the switch.
    """
    callers = [leg for leg in legs.values() if leg.place == FALLBACK_PLACE]
    found = []
    for leg in sorted(callers, key=lambda each: each.started_at):
        call = live.by_leg(leg.leg)
        if call is None:
            if await tx.session.scalar(select(Call.id).where(Call.leg == leg.leg)):
                continue
            call = await adopt(tx, queues, leg, live, now)
            found.append(call)
        agent_leg = partner(leg, legs)
        if call.state in FROM_MENU:
            await wait(tx, queues, call, asked_at(call))
        if agent_leg:
            await _talk(tx, call, agent_leg, live, now)
    return found


async def catch_up(
    tx: Transaction, queues: Queues, legs: Mapping[str, LegSnapshot], live: LiveCalls, now: float
) -> None:
    """Who went to the music, or was given to an agent, and that could not be stored any more: he waits, or talks."""
    for call in live:
        leg = legs.get(call.leg)
        if leg is None or leg.place == FALLBACK_PLACE or call.state not in (*FROM_MENU, CallState.WAITING):
            continue
        agent_leg = partner(leg, legs)
        if agent_leg and await tx.session.scalar(select(Offer.id).where(Offer.id == agent_leg.leg)):
            agent_leg = None  # an offer that is over: the two are about to be parted
        if call.state in FROM_MENU and (agent_leg or leg.place == WAITING_PLACE):
            await wait(tx, queues, call, asked_at(call))
        if agent_leg:
            await _talk(tx, call, agent_leg, live, now)


def asked_at(call: LiveCall) -> float:
    """Since when he waits who went on from the menu without us: after a talk, since his last step."""
    if call.state is CallState.AFTER:
        return max(call.queued_at, call.talk_since or 0.0, *(float(each["at"]) for each in call.path[-1:]))
    return call.arrived_at


async def adopt(tx: Transaction, queues: Queues, leg: LegSnapshot, live: LiveCalls, now: float) -> LiveCall:
    """A leg without a call gets one, waiting, as if queued when the leg began."""
    call = await begin(tx, leg.leg, leg.caller, leg.dialled, leg.started_at, now)
    live.add(call)
    await wait(tx, queues, call, call.arrived_at)
    return call


async def begin(tx: Transaction, leg: str, caller: str, dialled: str, arrived: float, now: float) -> LiveCall:
    """A call of whose menu nothing is known."""
    call = LiveCall(new_id(now), leg, caller, dialled, "", "zh", arrived)
    await ledger.begin(tx, call)
    return call


async def wait(tx: Transaction, queues: Queues, call: LiveCall, since: float) -> None:
    """A call that never reached a queue, or has left it, waits in the one for such callers, by that one's rules."""
    advance(call, Step.QUEUED)
    planned = admission.anew(queues.as_now(), call, FALLBACK, since)
    call.skills, call.priority, call.stages = dict(planned.skills), planned.priority, planned.stages
    call.queue = call.joined = FALLBACK
    call.queued_at, call.ended_by, call.after_step = since, "", ""
    await ledger.queue(tx, call)


async def _talk(tx: Transaction, call: LiveCall, agent_leg: LegSnapshot, live: LiveCalls, now: float) -> None:
    """The talk counts from when the agent's leg began to ring."""
    agent, known = agent_of(device(agent_leg.channel)), call.state is CallState.TALKING
    live.offer(call, agent, agent_leg.leg)
    if not known:
        began = max(call.queued_at, min(agent_leg.started_at, now))
        ledger.give(tx, call, agent, began)
        await connect(tx, call, agent, began)


async def connect(tx: Transaction, call: LiveCall, agent: str, began: float) -> None:
    """The switch gave the caller who waits to that agent."""
    advance(call, Step.CONNECTED)
    call.talk_since = began
    await ledger.change(tx, call.id, state=CallState.TALKING, agent=agent, connected_at=began)
    await ledger.note(tx, call.id, began, Kind.CONNECTED, agent, waited=round(began - call.queued_at, 3), by="switch")
    ledger.close_visit(tx, call.id, "answered", began)
    tx.publish(events.ConversationStarted(began, call.id, call.leg, agent))


def partner(leg: LegSnapshot, legs: Mapping[str, LegSnapshot]) -> LegSnapshot | None:
    """The agent's leg that talks with `leg`."""
    if not leg.bridge:
        return None
    joined = (each for each in legs.values() if each.bridge == leg.bridge and each.leg != leg.leg)
    return next((each for each in joined if agent_of(device(each.channel))), None)
