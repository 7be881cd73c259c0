"""After a restart or reconnect: what is stored, compared with what lives on the switch, as inputs for a new floor."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from acd import inputs, ledger, takeover
from acd.agent_state import IN_CONTACT, AgentState
from acd.call import CallState
from acd.consults import REASON as CONSULT
from acd.ledger import Kind
from acd.live import LiveCall, LiveCalls
from acd.models import AgentRow, Call, CallEvent, Offer
from acd.outbound import REASON as DIALLING
from acd.roster import AgentCard
from acd.takeover import FALLBACK_PLACE
from core.database import Transaction
from pbx.commands import BackToMenu, Command, HangUp, Hold, Wait
from pbx.events import LegSnapshot, LinkUp

WAITING_PLACE, AGENT_PLACE, AFTER_PLACE = "centre-wait", "centre-agent", "centre-after"
HOLD_PLACE, MENU_PLACE = "centre-hold", "hotline"
MEANWHILE = {(AgentState.NOT_READY, CONSULT), (AgentState.OUTBOUND, DIALLING)}
"""States that an agent is put into while he does something which an engine does not take over from another."""


@dataclass(slots=True)
class Plan:
    """`found` in this order to an empty, paused floor; `commands` to the switch; calls the menu has lost."""

    found: list[inputs.Input] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    lost_menus: list[LiveCall] = field(default_factory=list)


def joined(call: LiveCall) -> inputs.CallerJoined:
    return inputs.CallerJoined(call.id, call.queue, call.skills, call.priority, call.queued_at)


async def plan(tx: Transaction, up: LinkUp, roster: Sequence[AgentCard], live: LiveCalls, now: float) -> Plan:
    """Fill `live` with the calls that are not over, write down what ended meanwhile, and say what to do."""
    made = Plan()
    legs = {snapshot.leg: snapshot for snapshot in up.legs}
    calls = await _load(tx, live)
    for call in calls:
        if call.state in (CallState.RINGING, CallState.DIALLING):
            await _settle_offer(tx, call, legs, live, made, now)
        elif call.state in (CallState.CONNECTING, CallState.OUTSIDE):
            await _settle_outside(tx, call, legs, live, made)
    calls += await takeover.take_over(tx, legs, live, now)
    talks = {call.agent: call for call in calls if call.state is CallState.TALKING}
    resumed = {call.agent for call in talks.values() if await _settle_hold(tx, call, legs, made, now)}
    await _find_agents(tx, up, roster, talks, resumed, made)
    for call in sorted(calls, key=lambda each: (each.queued_at, each.arrived_at)):
        _find_call(call, legs, made)
    await _adopt(tx, legs, live, made, now)
    return made


async def _load(tx: Transaction, live: LiveCalls) -> list[LiveCall]:
    """Calls in memory are newer than their rows and win."""
    rows = list(await tx.session.scalars(select(Call).where(Call.state != CallState.ENDED)))
    for row in rows:
        if live.by_id(row.id) is not None:
            continue
        call = LiveCall(
            row.id, row.leg, row.caller, row.dialled, row.tier, row.language, row.arrived_at,
            CallState(row.state), row.queue, dict(row.skills), row.priority, row.queued_at or 0.0,
            ended_by=row.ended_by, path=list(row.path), customer=row.customer, direction=row.direction,
            purpose=row.purpose, after_step=row.after_step,
        )  # fmt: skip
        if call.state in (CallState.RINGING, CallState.TALKING, CallState.DIALLING):
            call.agent = row.agent
            query = select(Offer.id).where(Offer.call == row.id, Offer.agent == row.agent)
            call.offer = await tx.session.scalar(query.order_by(Offer.offered_at.desc()).limit(1)) or ""
        live.add(call)
    return list(live)


async def _settle_offer(
    tx: Transaction, call: LiveCall, legs: dict[str, LegSnapshot], live: LiveCalls, made: Plan, now: float
) -> None:
    """An offer open when we left: answered meanwhile it is a talk, else it is withdrawn."""
    if _together(call, legs):
        call.state = CallState.TALKING
        await ledger.connect(tx, call, call.agent, now)
        return
    if call.offer in legs:
        made.commands.append(HangUp(call.offer))
    if call.state is CallState.DIALLING:
        if call.leg in legs:
            made.commands.append(HangUp(call.leg))
        made.lost_menus.append(call)
        await ledger.end_offer(tx, call.id, call.agent, call.offer, "cancelled", now)
        return
    agent, offer, call.state = call.agent, call.offer, CallState.WAITING
    live.end_offer(call)
    await ledger.change(tx, call.id, state=CallState.WAITING, agent="")
    await ledger.end_offer(tx, call.id, agent, offer, "cancelled", now)


async def _settle_outside(
    tx: Transaction, call: LiveCall, legs: dict[str, LegSnapshot], live: LiveCalls, made: Plan
) -> None:
    """A caller who talks with a number outside goes on; one for whom it still rang goes back to the menu."""
    leg = legs.get(call.leg)
    if leg is None:
        made.lost_menus.append(call)
    elif leg.place == FALLBACK_PLACE:
        call.state = CallState.MENU  # nobody answered, and the dial plan went on with him
    elif leg.bridge:
        other = next((each.leg for each in legs.values() if each.bridge == leg.bridge and each is not leg), "")
        live.offer(call, "", other)
        if call.state is CallState.CONNECTING:
            call.state = CallState.OUTSIDE
            await ledger.change(tx, call.id, state=call.state)
    elif call.state is CallState.CONNECTING and not call.offer:
        call.state = CallState.MENU
        await ledger.change(tx, call.id, state=call.state)
        made.commands.append(BackToMenu(call.leg))
    elif call.state is CallState.OUTSIDE:
        made.commands.append(HangUp(call.leg))


async def _settle_hold(tx: Transaction, call: LiveCall, legs: dict[str, LegSnapshot], made: Plan, now: float) -> bool:
    """Who stands on hold is held, whatever is stored; whether the dial plan gave him back to his agent."""
    marks = select(CallEvent).where(CallEvent.call == call.id, CallEvent.kind.in_((Kind.HELD, Kind.RESUMED)))
    last = await tx.session.scalar(marks.order_by(CallEvent.id.desc()).limit(1))
    was_held = last is not None and last.kind == Kind.HELD and last.data.get("by", "") != ""
    leg = legs.get(call.leg)
    # A leg keeps its place in the dial plan while it is bridged.
    call.held = leg is not None and leg.place == HOLD_PLACE and not leg.bridge and call.offer in legs
    if call.held and legs[call.offer].bridge:
        made.commands.append(Hold(call.leg, call.offer))  # he asks a colleague, of whom nobody knows any more
    if call.held == was_held or not (call.held or _together(call, legs)):
        return False
    await ledger.note_hold(tx, call.id, now, call.agent, "switch", held=call.held)
    return was_held


async def _find_agents(
    tx: Transaction, up: LinkUp, roster: Sequence[AgentCard], talks: dict[str, LiveCall], resumed: set[str], made: Plan
) -> None:
    cards = {card.number: card for card in roster}
    signed_in = select(AgentRow).where(AgentRow.state != AgentState.SIGNED_OUT).order_by(AgentRow.since_at)
    for row in await tx.session.scalars(signed_in):
        card = cards.get(row.number)
        if card is None:
            continue
        stored = state = AgentState(row.state)
        reason = "" if (stored, row.reason) in MEANWHILE else row.reason
        if row.number in talks:
            by_phone = stored is AgentState.ON_HOLD and row.number not in resumed
            state = AgentState.ON_HOLD if talks[row.number].held or by_phone else AgentState.TALKING
        elif stored in IN_CONTACT or (stored, row.reason) in MEANWHILE:
            state = AgentState.READY
        made.found.append(
            inputs.AgentFound(
                row.number, card.skills, card.device in up.phones, state, reason, row.since_at, row.until_at,
                AgentState(row.wish) if row.wish else None, row.wish_reason, changed=state is not stored,
            )
        )  # fmt: skip


def _find_call(call: LiveCall, legs: dict[str, LegSnapshot], made: Plan) -> None:
    leg = legs.get(call.leg)
    match call.state:
        case CallState.WAITING:
            if leg is not None and leg.place != WAITING_PLACE:
                made.commands.append(Wait(call.leg))
                if leg.place != FALLBACK_PLACE:
                    return  # he joins when he hears the music
            made.found.append(joined(call))
            if leg is None:
                made.found.append(inputs.CallerLeft(call.id, "system"))
        case CallState.TALKING:
            made.found.append(
                inputs.TalkFound(call.id, call.queue, call.skills, call.priority, call.queued_at, call.agent)
            )
            if leg is None:
                made.found.append(inputs.CallerLeft(call.id, "system"))
            elif leg.place == FALLBACK_PLACE and not leg.bridge:
                # His agent hung up with him on hold while nobody was there to end the call: he waits on with us.
                where = (call.queue, call.skills, call.priority, call.queued_at)
                made.found.append(inputs.Transferred(call.id, call.agent, *where))
            elif not call.held and not _together(call, legs):
                ended_by = "agent" if leg.place in (AFTER_PLACE, HOLD_PLACE) else "system"
                made.found.append(inputs.TalkEnded(call.id, call.agent, ended_by))
        case CallState.MENU | CallState.AFTER if leg is None:
            made.lost_menus.append(call)
        case CallState.AFTER if leg is not None and leg.place != MENU_PLACE:
            made.commands.append(HangUp(call.leg))


async def _adopt(tx: Transaction, legs: dict[str, LegSnapshot], live: LiveCalls, made: Plan, now: float) -> None:
    """Legs nobody knows: a waiting caller gets a call in the fallback queue, what is left of old calls is ended."""
    for leg in sorted(legs.values(), key=lambda each: each.started_at):
        if live.by_leg(leg.leg) or live.by_agent_leg(leg.leg):
            continue
        over = await tx.session.scalar(select(Call.id).where(Call.leg == leg.leg))
        if leg.place == WAITING_PLACE and over is None:
            made.found.append(joined(await takeover.adopt(tx, leg, live, now)))
        elif leg.place in (WAITING_PLACE, HOLD_PLACE, AGENT_PLACE, AFTER_PLACE):
            made.commands.append(HangUp(leg.leg))


def _together(call: LiveCall, legs: dict[str, LegSnapshot]) -> bool:
    caller, agent = legs.get(call.leg), legs.get(call.offer)
    return caller is not None and agent is not None and caller.bridge != "" and caller.bridge == agent.bridge
