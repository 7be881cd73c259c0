"""After a restart or reconnect: what is stored, compared with what lives on the switch, as inputs for a new floor."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import select

from acd import inputs, ledger, missed, takeover
from acd.agent_state import IN_CONTACT, AgentState
from acd.call import CallState, Step, advance
from acd.consults import REASON as CONSULT
from acd.floor import DIALLING
from acd.ledger import Kind
from acd.live import LiveCall, LiveCalls
from acd.models import AgentRow, Call, CallEvent, Offer
from acd.roster import PHONE, AgentCard
from acd.takeover import FALLBACK_PLACE, WAITING_PLACE
from acd.waiting import Stage
from core.database import Transaction
from pbx.commands import BackToMenu, Command, HangUp, Hold, Wait
from pbx.events import LegSnapshot, LinkUp

AGENT_PLACE, AFTER_PLACE = "centre-agent", "centre-after"
HOLD_PLACE, MENU_PLACE = "centre-hold", "hotline"
MEANWHILE = {(AgentState.NOT_READY, CONSULT), (AgentState.OUTBOUND, DIALLING)}
"""States that an agent is put into while he does something which an engine does not take over from another."""


@dataclass(slots=True)
class Plan:
    """`found` in this order to an empty, paused floor; `commands` to the switch; calls the menu has lost, and who ended
    them."""

    found: list[inputs.Input] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    lost_menus: list[tuple[LiveCall, str]] = field(default_factory=list)


def joined(call: LiveCall, *, found: bool = False) -> inputs.CallerJoined:
    return inputs.CallerJoined(
        call.id, call.queue, call.skills, call.priority, call.queued_at, call.stages, call.only, call.why, found
    )


def sent_away(agent: str) -> inputs.AgentWished:
    """He is no agent any more."""
    return inputs.AgentWished(agent, AgentState.SIGNED_OUT, "no_agent", "system", forced=True)


async def plan(
    tx: Transaction, up: LinkUp, legs_now: Callable[[], Awaitable[Sequence[LegSnapshot]]],
    roster: Sequence[AgentCard], live: LiveCalls, now: float,
) -> Plan:  # fmt: skip
    """Fill `live` with the calls that are not over, write down what ended meanwhile, and say what to do.

    Of a leg in `up` that is gone by now the end is heard later. Raises SwitchError.
    """
    made = Plan()
    await _load(tx, live)
    # Asked when the calls are read: a caller may have come since the link came up, and his call is not over.
    legs = {snapshot.leg: snapshot for snapshot in (*up.legs, *await legs_now())}
    await missed.book(tx, up.departed or {}, legs, live, now)
    calls = list(live)
    await takeover.catch_up(tx, legs, live, now)
    for call in calls:
        if call.state in (CallState.RINGING, CallState.DIALLING):
            await _settle_offer(tx, call, legs, live, made, now)
        elif call.state in (CallState.CONNECTING, CallState.OUTSIDE):
            await _settle_outside(tx, call, legs, live, made, up)
    calls += await takeover.take_over(tx, legs, live, now)
    talks = {call.agent: call for call in calls if call.state is CallState.TALKING}
    resumed = {call.agent for call in talks.values() if await _settle_hold(tx, call, legs, made, now)}
    await _find_agents(tx, up, roster, talks, resumed, made)
    for call in sorted(calls, key=lambda each: (each.queued_at, each.arrived_at, each.id)):
        _find_call(call, legs, made, up.who_ended(call.leg))
    await _adopt(tx, legs, live, made, now)
    return made


async def _load(tx: Transaction, live: LiveCalls) -> None:
    """What is stored is true: memory may be ahead of it where a write has failed. Only what the caller does in the menu
    is newer in memory."""
    rows = list(await tx.session.scalars(select(Call).where(Call.state != CallState.ENDED)))
    stored = {row.id for row in rows}
    for known in live:
        if known.id not in stored and known.state is not CallState.MENU:
            live.remove(known)
    for row in rows:
        call = live.by_id(row.id)
        if call is None:
            call = LiveCall(row.id, row.leg, row.caller, row.dialled, row.tier, row.language, row.arrived_at)
            call.path, call.customer = list(row.path), row.customer
            call.direction, call.purpose = row.direction, row.purpose
        call.state, call.queue, call.skills, call.priority = (
            CallState(row.state), row.queue, dict(row.skills), row.priority,
        )  # fmt: skip
        call.queued_at, call.ended_by, call.talk_since = row.queued_at or 0.0, row.ended_by, row.connected_at
        call.stages, call.only, call.why = tuple(Stage(**each) for each in row.stages), row.meant_for, row.meant_why
        call.after_step = row.after_step
        live.end_offer(call)
        live.add(call)
        if call.state in (CallState.RINGING, CallState.TALKING, CallState.DIALLING):
            query = select(Offer.id).where(Offer.call == row.id, Offer.agent == row.agent)
            offer = await tx.session.scalar(query.order_by(Offer.offered_at.desc()).limit(1)) or ""
            live.offer(call, row.agent, offer)


async def _settle_offer(
    tx: Transaction, call: LiveCall, legs: dict[str, LegSnapshot], live: LiveCalls, made: Plan, now: float
) -> None:
    """An offer open when we left: answered meanwhile it is a talk, else it is withdrawn."""
    if _together(call, legs):
        advance(call, Step.CONNECTED)
        call.talk_since = now
        await ledger.connect(tx, call, call.agent, now)
        return
    if call.offer in legs:
        made.commands.append(HangUp(call.offer))
    if call.state is CallState.DIALLING:
        if call.leg in legs:
            made.commands.append(HangUp(call.leg))
        made.lost_menus.append((call, "system"))
        await ledger.end_offer(tx, call.id, call.agent, call.offer, "cancelled", now)
        return
    agent, offer = call.agent, call.offer
    advance(call, Step.OFFER_OVER)
    live.end_offer(call)
    await ledger.change(tx, call.id, state=CallState.WAITING, agent="")
    await ledger.end_offer(tx, call.id, agent, offer, "cancelled", now)


async def _settle_outside(
    tx: Transaction, call: LiveCall, legs: dict[str, LegSnapshot], live: LiveCalls, made: Plan, up: LinkUp
) -> None:
    """A caller who talks with a number outside goes on; one for whom it still rang goes back to the menu."""
    leg = legs.get(call.leg)
    if leg is None:
        made.lost_menus.append((call, up.who_ended(call.leg)))
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
    # Those who are signed out too: they have a place in the row when they come back.
    for row in await tx.session.scalars(select(AgentRow).order_by(AgentRow.since_at)):
        card = cards.get(row.number)
        stored = state = AgentState(row.state)
        reason = "" if (stored, row.reason) in MEANWHILE else row.reason
        if row.number in talks:
            by_phone = stored is AgentState.ON_HOLD and row.number not in resumed
            state = AgentState.ON_HOLD if talks[row.number].held or by_phone else AgentState.TALKING
        elif stored in IN_CONTACT or (stored, row.reason) in MEANWHILE:
            state = AgentState.READY
        skills, reachable = card.skills if card else {}, PHONE + row.number in up.phones
        made.found.append(
            inputs.AgentFound(
                row.number, skills, reachable, state, reason, row.since_at, row.until_at,
                AgentState(row.wish) if row.wish else None, row.wish_reason, row.wish_by, row.idle_since_at, row.place,
                row.extra, changed=state is not stored,
            )
        )  # fmt: skip
        if card is None and state is not AgentState.SIGNED_OUT:
            made.found.append(sent_away(row.number))


def _find_call(call: LiveCall, legs: dict[str, LegSnapshot], made: Plan, ended_by: str) -> None:
    """`ended_by`: who ended his leg, if it is gone."""
    leg = legs.get(call.leg)
    if ended_by == "agent" and call.state is not CallState.TALKING:
        ended_by = "system"  # they talked, and nobody knows when: he did not give up
    match call.state:
        case CallState.WAITING:
            if leg is not None and leg.place != WAITING_PLACE:
                made.commands.append(Wait(call.leg))
                if leg.place != FALLBACK_PLACE:
                    return  # he joins when he hears the music
            made.found.append(joined(call, found=True))
            if leg is None:
                made.found.append(inputs.CallerLeft(call.id, ended_by))
        case CallState.TALKING:
            made.found.append(
                inputs.TalkFound(
                    call.id, call.queue, call.skills, call.priority, call.queued_at, call.agent, call.talk_since
                )
            )
            if leg is None:
                made.found.append(inputs.CallerLeft(call.id, ended_by))
            elif leg.place == FALLBACK_PLACE and not leg.bridge:
                # His agent hung up with him on hold while nobody was there to end the call: he waits on with us.
                where = (call.queue, call.skills, call.priority, call.queued_at)
                made.found.append(inputs.Transferred(call.id, call.agent, *where))
            elif not call.held and not _together(call, legs):
                left = "agent" if leg.place in (AFTER_PLACE, HOLD_PLACE) else "system"
                made.found.append(inputs.TalkEnded(call.id, call.agent, left))
        case CallState.MENU | CallState.AFTER if leg is None:
            made.lost_menus.append((call, ended_by))
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
