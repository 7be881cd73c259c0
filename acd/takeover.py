"""Callers whom the switch served itself while the engine was gone become calls again: waiting, or with their agent.

So do those who were on their way when the engine went, before that was stored (decision 16), and those whom somebody
else has taken since from an agent who left. `since`: when the engine of before gave its last sign of life.
"""

from collections.abc import Mapping
from math import isinf

from sqlalchemy import func, select

from acd import admission, events, ledger
from acd.agent_state import KEPT_FOR_LATER, AgentState
from acd.call import ACCEPTED, CallState, Step, advance
from acd.decisions import Requeued
from acd.ledger import Kind
from acd.live import LiveCall, LiveCalls
from acd.models import AgentRow, Call, CallEvent, Offer
from acd.queues import FALLBACK, Queues
from acd.roster import agent_of
from acd.rule import QueueRule
from acd.spoken import LanguageOf, language_for
from core.clock import new_id
from core.database import Transaction
from pbx.events import LegSnapshot
from pbx.parse import device

FALLBACK_PLACE, WAITING_PLACE, AGENT_PLACE, AFTER_PLACE = "fallback", "centre-wait", "centre-agent", "centre-after"
MUSIC = (FALLBACK_PLACE, WAITING_PLACE)
FROM_MENU = (CallState.MENU, CallState.AFTER)
CAUGHT_UP = (*FROM_MENU, CallState.WAITING, CallState.TALKING)


async def take_over(
    tx: Transaction, queues: Queues, language_of: LanguageOf, legs: Mapping[str, LegSnapshot], live: LiveCalls,
    since: float, now: float,
) -> list[LiveCall]:  # fmt: skip
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
            call = await adopt(tx, queues, language_of, leg, live, now)
            found.append(call)
        await _settle(tx, queues, call, leg, legs, live, since, now)
    return found


async def catch_up(
    tx: Transaction, queues: Queues, legs: Mapping[str, LegSnapshot], live: LiveCalls, since: float, now: float
) -> None:
    """Who went to the music, or was given to an agent, and that could not be stored any more: he waits, or talks.

    Of three in a talk who has been left to the colleague is his.
    """
    for call in live:
        leg = legs.get(call.leg)
        if leg is not None and leg.place != FALLBACK_PLACE and call.state in CAUGHT_UP:
            await _settle(tx, queues, call, leg, legs, live, since, now)


async def _settle(
    tx: Transaction, queues: Queues, call: LiveCall, leg: LegSnapshot, legs: Mapping[str, LegSnapshot],
    live: LiveCalls, since: float, now: float,
) -> None:  # fmt: skip
    agent_leg = partner(leg, legs)
    if agent_leg and (offer := await tx.session.get(Offer, agent_leg.leg)):
        agent_leg = None  # a talk that goes on, or is over: then the two are about to be parted
        if call.state is CallState.WAITING and offer.result != ACCEPTED:  # answered as it was being withdrawn
            live.offer(call, offer.agent, offer.id, offer.offered_at)
            await answer(tx, call, leg.served_since, now)
    hears_music = leg.place in MUSIC and not leg.bridge
    if call.state in FROM_MENU and (agent_leg or (hears_music and not await sent_back(tx, call))):
        await wait(tx, queues, call, asked_at(call))
    if agent_leg and not (call.state is CallState.TALKING and call.offer in legs):
        began = leg.served_since or agent_leg.started_at
        await _talk(tx, queues, call, agent_leg, live, since, min(began, now))


def together(call: LiveCall, legs: Mapping[str, LegSnapshot]) -> bool:
    """Whether he talks with the agent of his offer."""
    caller, agent = legs.get(call.leg), legs.get(call.offer)
    return caller is not None and agent is not None and caller.bridge != "" and caller.bridge == agent.bridge


def answered(call: LiveCall, legs: Mapping[str, LegSnapshot]) -> bool:
    """Whether the telephone of his offer was answered: they talk, or that agent has just put it down again."""
    if together(call, legs):
        return True
    caller = legs.get(call.leg)
    if caller is None or caller.place != AFTER_PLACE:
        return False
    return caller.served_since > max(0.0, call.offered_at - 1)  # it is told to the second


async def answer(tx: Transaction, call: LiveCall, served_since: float, now: float) -> None:
    """The telephone of his offer was answered while nobody looked."""
    advance(call, Step.CONNECTED)
    known = max(call.arrived_at, call.queued_at, call.offered_at)
    call.talk_since = max(known, min(served_since or now, now))
    await ledger.connect(tx, call, call.agent, call.talk_since)


async def sent_back(tx: Transaction, call: LiveCall) -> bool:
    """Whether it is the last that is known of him that his queue has sent him to the menu."""
    lines = select(CallEvent).where(CallEvent.call == call.id).order_by(CallEvent.id.desc())
    last = await tx.session.scalar(lines.limit(1))
    if last is None or last.kind != Kind.SENT_BACK:
        return False
    call.back_to = last.data["to"]
    return True


def asked_at(call: LiveCall) -> float:
    """Since when he waits who went on from the menu without us: after a talk, since his last step."""
    if call.state is CallState.AFTER:
        return max(call.queued_at, call.talk_since or 0.0, *(float(each["at"]) for each in call.path[-1:]))
    return call.arrived_at


async def adopt(
    tx: Transaction, queues: Queues, language_of: LanguageOf, leg: LegSnapshot, live: LiveCalls, now: float
) -> LiveCall:
    """A leg without a call gets one, waiting, as if queued when the leg began."""
    language = await language_for(tx.session, language_of, leg.caller, FALLBACK)
    call = await begin(tx, leg.leg, leg.caller, leg.dialled, language, leg.started_at, now)
    live.add(call)
    await wait(tx, queues, call, call.arrived_at)
    return call


async def begin(
    tx: Transaction, leg: str, caller: str, dialled: str, language: str, arrived: float, now: float
) -> LiveCall:
    """A call of whose menu nothing is known."""
    call = LiveCall(new_id(now), leg, caller, dialled, "", language, arrived)
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


async def _talk(
    tx: Transaction, queues: Queues, call: LiveCall, agent_leg: LegSnapshot, live: LiveCalls, since: float, began: float
) -> None:
    """The talk `began` when the switch says so, or later, when his own agent left the caller to him."""
    agent = agent_of(device(agent_leg.channel))
    if call.state is CallState.TALKING:
        to, left = (agent, max(since, began)) if agent_leg.place == AGENT_PLACE else ("", since)
        began = max(began, await leave(tx, queues, call, to, live, left))
    await give(tx, call, agent, agent_leg.leg, live, began)


async def give(tx: Transaction, call: LiveCall, agent: str, leg: str, live: LiveCalls, began: float) -> None:
    """The switch gave the caller who waits to that agent, on his `leg`."""
    began = max(began, call.queued_at)
    live.offer(call, agent, leg, began)
    ledger.give(tx, call, agent, began)
    await connect(tx, call, agent, began)


async def leave(tx: Transaction, queues: Queues, call: LiveCall, to: str, live: LiveCalls, since: float) -> float:
    """When his agent left him, unseen, to the colleague `to` on the line, or to the switch's own queue: he waits.

    It was soon after `since`, but not before what is known of the call and of the agent.
    """
    agent, on_the_line = call.agent, bool(to)
    known = await tx.session.scalar(select(func.max(CallEvent.at)).where(CallEvent.call == call.id)) or 0.0
    row = await tx.session.get(AgentRow, agent)
    seated = row.since_at if row else 0.0
    left = max(known, seated, since)
    waited = max(0.0, (call.talk_since or left) - call.queued_at)
    advance(call, Step.AGENT_LEFT)
    live.end_offer(call)
    await ledger.disconnect(tx, call, agent, "agent", left)
    rules = queues.as_now()
    await _wrap_up(tx, rules.rule_of(call.queue), agent, left)
    advance(call, Step.QUEUED)
    name = admission.standing(rules, call.queue)
    again = admission.anew(rules, call, name, left)
    call.queue = call.joined = name
    call.skills, call.priority, call.stages = dict(again.skills), again.priority, again.stages
    call.queued_at, call.talk_since, call.ended_by = left - waited, None, ""
    where = (name, again.skills, again.priority, call.queued_at)
    given = Requeued(call.id, agent, *where, to, again.stages, lost=not on_the_line)
    await ledger.requeue(tx, call, given, on_the_line, "", left)
    return left


async def _wrap_up(tx: Transaction, rule: QueueRule, agent: str, left: float) -> None:
    """As after any talk; that it is over, or he talks again by now, the floor finds."""
    row = await tx.session.get(AgentRow, agent)
    if row is None or row.state not in KEPT_FOR_LATER:
        return
    ends = not isinf(rule.wrap_up)
    row.state, row.reason, row.since_at = AgentState.WRAP_UP, "", left
    row.until_at, row.extra = (left + rule.wrap_up, rule.extra) if ends else (None, 0.0)
    await ledger.note_agent(tx, agent, left, AgentState.WRAP_UP)


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
