"""After a restart or reconnect: what is stored, compared with what lives on the switch, as inputs for a new floor."""

import asyncio
from collections.abc import Mapping, Sequence, Set

from sqlalchemy import and_, select

from acd import admission, inputs, ledger, missed, takeover
from acd.agent_state import IN_CONTACT, AgentState
from acd.call import CallState, Step, advance
from acd.floor import Floor
from acd.ledger import MENU_STEP, Kind
from acd.live import LiveCall, LiveCalls
from acd.models import AgentEvent, AgentRow, Call, CallEvent, Offer
from acd.plan import Plan
from acd.queues import Queues
from acd.roster import PHONE, AgentCard, Roster, forces
from acd.seat import DIALLING, MEANWHILE
from acd.spoken import LanguageOf
from acd.takeover import AFTER_PLACE, AGENT_PLACE, FALLBACK_PLACE, MUSIC, WAITING_PLACE, together
from acd.waiting import Stage
from core.database import Transaction
from pbx.commands import BackToMenu, HangUp, Hold, Wait
from pbx.events import Departure, LegSnapshot, Unseen
from pbx.switch import Switch

HOLD_PLACE, MENU_PLACE, GOODBYE_PLACE = "centre-hold", "hotline", "centre-goodbye"
CALLS_OUT = (AgentState.OUTBOUND, DIALLING)
"""States that an agent is put into while he does something which an engine does not take over from another."""

NOBODY = Departure("", 0.0, 0.0)
JOINS_WITHIN, LOOK_AGAIN = 1.5, 0.05
"""Seconds in which the dial plan joins two of whom the last has answered, and between two looks at them."""


def joined(call: LiveCall, *, found: bool = False) -> inputs.CallerJoined:
    return inputs.CallerJoined(
        call.id, call.queue, call.skills, call.priority, call.queued_at, call.stages, call.only, call.why, found
    )


def sent_away(agent: str) -> inputs.AgentWished:
    """He is no agent any more."""
    return inputs.AgentWished(agent, AgentState.SIGNED_OUT, "no_agent", forced=True)


def as_carded(floor: Floor, cards: Mapping[str, AgentCard]) -> list[inputs.Input]:
    """Other skills count from now on; who is no agent any more is signed out, after the contact he is in."""
    known = [inputs.SkillsChanged(number, cards[number].skills) for number in floor.seats if number in cards]
    there = (number for number, seat in floor.seats.items() if seat.state is not AgentState.SIGNED_OUT)
    return [*known, *(sent_away(number) for number in there if number not in cards)]


async def overtaken(made: Plan, switch: Switch) -> Set[str]:
    """Who was alone when that was planned, and talks by now; whoever was being joined has the time for it.

    Raises SwitchError.
    """
    alone = {leg.leg for leg in made.legs.values() if not leg.bridge}
    until = asyncio.get_running_loop().time() + JOINS_WITHIN
    while True:
        legs = await switch.legs()
        talks = alone & {leg.leg for leg in legs if leg.bridge}
        joining = (made.joining & {leg.leg for leg in legs}) - talks
        if not joining or asyncio.get_running_loop().time() >= until:
            return talks
        await asyncio.sleep(LOOK_AGAIN)


async def plan(
    tx: Transaction, told: Sequence[LegSnapshot], phones: Set[str], switch: Switch, roster: Roster,
    queues: Queues, language_of: LanguageOf, live: LiveCalls, now: float,
) -> Plan:  # fmt: skip
    """Fill `live` with the calls that are not over, write down what ended meanwhile, and say what to do.

    `told`: the legs that lived when the link came up; of one that is gone by now the end is heard later. `phones`: who
    can be reached. Raises SwitchError.
    """
    await _load(tx, live)
    # Asked when the calls are read: a caller may have come since the link came up, and his call is not over.
    read = {call.id for call in live}
    legs = {snapshot.leg: snapshot for snapshot in (*told, *await switch.legs())}
    made = Plan(legs)
    unseen = await switch.unseen()
    await missed.book(tx, queues, language_of, unseen, legs, live, now)
    calls = [call for call in live if call.id in read or call.leg in legs]  # the others have come while that was asked
    for call in calls:
        if call.state in (CallState.RINGING, CallState.DIALLING):
            await _settle_offer(tx, call, legs, live, made, unseen, now)
    await takeover.catch_up(tx, queues, legs, live, unseen.since, now)
    for call in calls:
        if call.state in (CallState.CONNECTING, CallState.OUTSIDE):
            await _settle_outside(tx, call, legs, live, made, unseen, now)
    calls += await takeover.take_over(tx, queues, language_of, legs, live, unseen.since, now)
    for call in calls:
        if call.state in takeover.FROM_MENU and call.leg in legs:
            await _settle_after(tx, call, legs[call.leg], made)
    talks = {call.agent: call for call in calls if call.state is CallState.TALKING}
    left = {call.agent for call in talks.values() if _is_over(call, legs)}
    resumed = {call.agent for call in talks.values() if await _settle_hold(tx, call, legs, made, now)}
    wrapped_up = await _find_agents(tx, phones, await roster.everyone(), talks, resumed, left, made)
    for call in sorted(calls, key=lambda each: (each.queued_at, each.arrived_at, each.id)):
        _find_call(call, legs, queues.as_now(), made, unseen, now, wrapped_up)
    await _adopt(tx, queues, language_of, legs, live, made, now)
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
            call.menu, call.menu_version = row.menu, row.menu_version
        call.state, call.queue, call.skills, call.priority = (
            CallState(row.state), row.queue, dict(row.skills), row.priority,
        )  # fmt: skip
        call.own, call.own_priority = dict(row.own), row.own_priority
        call.queued_at, call.ended_by, call.talk_since = row.queued_at or 0.0, row.ended_by, row.connected_at
        call.stages, call.only, call.why = tuple(Stage(**each) for each in row.stages), row.meant_for, row.meant_why
        call.after_step, call.joined = row.after_step, row.joined
        live.end_offer(call)
        live.add(call)
        if call.state in (CallState.RINGING, CallState.TALKING, CallState.DIALLING):
            query = select(Offer.id, Offer.offered_at).where(Offer.call == row.id, Offer.agent == row.agent)
            offer = (await tx.session.execute(query.order_by(Offer.offered_at.desc()).limit(1))).first() or ("", 0.0)
            live.offer(call, row.agent, *offer)


async def _settle_offer(
    tx: Transaction, call: LiveCall, legs: dict[str, LegSnapshot], live: LiveCalls, made: Plan, unseen: Unseen,
    now: float,
) -> None:  # fmt: skip
    """An offer open when we left: answered meanwhile it is a talk, else it is withdrawn, or over with its caller."""
    if takeover.answered(call, legs):
        await takeover.answer(tx, call, legs[call.leg].served_since, now)
        return
    last = legs.get(call.leg if call.state is CallState.DIALLING else call.offer)
    if last is not None and last.answered:
        made.joining.add(last.leg)
    if call.offer in legs:
        made.commands.append(HangUp(call.offer))
    if call.state is CallState.DIALLING:
        if call.leg in legs:
            made.commands.append(HangUp(call.leg))
        made.over.append((call, "system", now))
        await ledger.end_offer(tx, call.id, call.agent, call.offer, "cancelled", now)
        return
    over = now if call.leg in legs else _end_of(call, unseen, now)[1]
    advance(call, Step.OFFER_OVER)
    await ledger.change(tx, call.id, state=CallState.WAITING, agent="")
    await ledger.end_offer(tx, call.id, call.agent, call.offer, "cancelled", over)
    if call.leg in legs:  # who is gone is known by it not to have gone before
        live.end_offer(call)


async def _settle_outside(
    tx: Transaction, call: LiveCall, legs: dict[str, LegSnapshot], live: LiveCalls, made: Plan, unseen: Unseen,
    now: float,
) -> None:  # fmt: skip
    """A caller who talks with a number outside goes on; one for whom it still rang goes back to the menu."""
    leg = legs.get(call.leg)
    if leg is None:
        by, at = _end_of(call, unseen, now)
        if (unseen.departed or {}).get(call.leg, NOBODY).since:
            call.state = CallState.OUTSIDE  # it was answered meanwhile
        made.over.append((call, "outside" if by == "agent" else by, at))
    elif leg.place == FALLBACK_PLACE:
        call.state = CallState.MENU  # nobody answered, and the dial plan went on with him
    elif leg.bridge:
        other = next((each.leg for each in legs.values() if each.bridge == leg.bridge and each is not leg), "")
        live.offer(call, "", other, leg.served_since)
        if call.state is CallState.CONNECTING:
            call.state = CallState.OUTSIDE
            await ledger.change(tx, call.id, state=call.state)
    elif call.state is CallState.CONNECTING and not call.offer:
        call.state = CallState.MENU
        await ledger.change(tx, call.id, state=call.state)
        made.commands.append(BackToMenu(call.leg))
    elif call.state is CallState.OUTSIDE:
        call.ended_by = "outside" if leg.place == AFTER_PLACE else ""
        made.commands.append(HangUp(call.leg))


async def _settle_after(tx: Transaction, call: LiveCall, leg: LegSnapshot, made: Plan) -> None:
    """Whom his agent or his queue has left goes on in the menu, where that was meant and the switch has not heard of
    it."""
    if leg.place == MENU_PLACE:
        return
    if call.state is CallState.MENU:
        if leg.place in MUSIC and not leg.bridge and await takeover.sent_back(tx, call):
            made.commands.append(BackToMenu(call.leg))
        return
    if not call.after_step or call.ended_by != "agent" or leg.place == GOODBYE_PLACE:
        made.commands.append(HangUp(call.leg))
        return
    sent = select(CallEvent.data).where(CallEvent.call == call.id, CallEvent.kind == Kind.TRANSFER)
    sent = sent.where(CallEvent.at >= (call.talk_since or 0.0)).order_by(CallEvent.id.desc()).limit(1)
    to = (await tx.session.scalar(sent) or {}).get("target", "")
    made.commands.append(BackToMenu(call.leg, served=not to.startswith(MENU_STEP)))


async def _settle_hold(tx: Transaction, call: LiveCall, legs: dict[str, LegSnapshot], made: Plan, now: float) -> bool:
    """Who stands on hold is held, whatever is stored; whether the dial plan gave him back to his agent."""
    marks = select(CallEvent).where(CallEvent.call == call.id, CallEvent.kind.in_((Kind.HELD, Kind.RESUMED)))
    # An earlier talk of the call may have ended on hold, which is nothing to the agent who has the caller now.
    marks = marks.where(CallEvent.at >= (call.talk_since or now))
    last = await tx.session.scalar(marks.order_by(CallEvent.id.desc()).limit(1))
    was_held = last is not None and last.kind == Kind.HELD and last.data.get("by", "") != ""
    leg = legs.get(call.leg)
    # A leg keeps its place in the dial plan while it is bridged.
    alone = leg is not None and leg.place in (HOLD_PLACE, FALLBACK_PLACE) and not leg.bridge
    call.held = alone and call.offer in legs
    # He asks a colleague, of whom nobody knows any more, or did.
    if call.held and (
        legs[call.offer].bridge or legs[call.offer].place == AFTER_PLACE or legs[call.leg].place == FALLBACK_PLACE
    ):
        made.commands.append(Hold(call.leg, call.offer))
    if call.held == was_held or not (call.held or together(call, legs)):
        return False
    await ledger.note_hold(tx, call.id, now, call.agent, "switch", held=call.held)
    return was_held


async def _find_agents(
    tx: Transaction, phones: Set[str], roster: Sequence[AgentCard], talks: dict[str, LiveCall], resumed: set[str],
    left: Set[str], made: Plan,
) -> Set[str]:  # fmt: skip
    """Those who talk and are stored as wrapping up: of them the floor has yet to hear that they talk.

    So it has of those whose talk is over (`left`) and who are not stored as talking: then they talked.
    """
    cards = {card.number: card for card in roster}
    wrapped_up: set[str] = set()
    # Those who are signed out too: they have a place in the row when they come back.
    for row in await tx.session.scalars(select(AgentRow).order_by(AgentRow.since_at)):
        card = cards.get(row.number)
        stored = state = AgentState(row.state)
        reason = "" if (stored, row.reason) in MEANWHILE else row.reason
        wraps_up = row.number in talks and stored is AgentState.WRAP_UP
        unheard = wraps_up or (row.number in left and stored not in (AgentState.TALKING, AgentState.ON_HOLD))
        if unheard:
            wrapped_up |= {row.number} if wraps_up else set()
        elif row.number in talks:
            by_phone = stored is AgentState.ON_HOLD and row.number not in resumed
            state, reason = AgentState.ON_HOLD if talks[row.number].held or by_phone else AgentState.TALKING, ""
        elif (stored, row.reason) == CALLS_OUT and await _wrapped_up_before(tx, row.number):
            # The call ends with the engine, and the wrap-up goes on as after any that reached nobody.
            made.found.append(inputs.WrapUpResumed(row.number, row.until_at, row.extra))
        elif stored in IN_CONTACT or (stored, row.reason) in MEANWHILE:
            state = AgentState.READY
        skills, reachable = card.skills if card else {}, PHONE + row.number in phones
        made.agents.append(
            inputs.AgentFound(
                row.number, skills, reachable, state, reason, row.since_at, row.until_at,
                AgentState(row.wish) if row.wish else None, row.wish_reason, row.wish_by, row.idle_since_at, row.place,
                row.extra, changed=state is not stored,
                wish_forced=bool(row.wish) and forces(row.wish_by, card),
            )
        )  # fmt: skip
        if card is None and state is not AgentState.SIGNED_OUT:
            made.found.append(sent_away(row.number))  # not before what is past
    return wrapped_up


async def _wrapped_up_before(tx: Transaction, agent: str) -> bool:
    """Whether he broke off a wrap-up to call out: it may have no end that would show it."""
    before = ~and_(AgentEvent.state == AgentState.OUTBOUND, AgentEvent.reason == DIALLING)
    lines = select(AgentEvent.state).where(AgentEvent.agent == agent, before).order_by(AgentEvent.id.desc())
    return await tx.session.scalar(lines.limit(1)) == AgentState.WRAP_UP


def _find_call(
    call: LiveCall, legs: dict[str, LegSnapshot], queues: Queues, made: Plan, unseen: Unseen, now: float,
    wrapped_up: Set[str],
) -> None:  # fmt: skip
    leg = legs.get(call.leg)
    if leg is None:
        _find_end(call, made, unseen, now)
        return
    match call.state:
        case CallState.WAITING:
            if leg.place != WAITING_PLACE or leg.bridge:
                made.commands.append(Wait(call.leg))
                if leg.place != FALLBACK_PLACE:
                    return  # he joins when he hears the music
                if leg.served_since:
                    made.joining.add(call.leg)
            made.found.append(joined(call, found=True))
        case CallState.TALKING if _is_over(call, legs):
            _talked(call, "agent", leg.left_since or now, made, unseen, now)
        case CallState.TALKING:
            if call.agent in wrapped_up:
                made.past.append((min(call.talk_since or now, now), _talk(call)))
            else:
                made.found.append(_talk(call))
            if not call.held and not together(call, legs):
                # His agent is gone, who was to end the call or had him on hold: he waits on with us.
                name = admission.standing(queues, call.queue)
                wait = admission.anew(queues, call, name, now)
                where = (name, wait.skills, wait.priority, call.queued_at, "", wait.stages)
                made.found.append(inputs.Transferred(call.id, call.agent, *where, lost=True))


def _find_end(call: LiveCall, made: Plan, unseen: Unseen, now: float) -> None:
    """His leg is gone: what was going on ended when it did."""
    by, at = _end_of(call, unseen, now)
    match call.state:
        case CallState.WAITING:
            made.past += [(at, joined(call, found=True)), (at, inputs.CallerLeft(call.id, by))]
        case CallState.TALKING:
            gone = (unseen.departed or {}).get(call.leg)
            _talked(call, by, gone.until if gone else at, made, unseen, at)
            made.past.append((at, inputs.CallerLeft(call.id, by)))
        case CallState.MENU | CallState.AFTER:
            made.over.append((call, by, at))


def _is_over(call: LiveCall, legs: Mapping[str, LegSnapshot]) -> bool:
    """Of a talk: whether the caller's leg is gone, or his agent has left him."""
    leg = legs.get(call.leg)
    return leg is None or (leg.place == AFTER_PLACE and not together(call, legs))


def _talked(call: LiveCall, by: str, until: float, made: Plan, unseen: Unseen, latest: float) -> None:
    """What the floor hears of a talk that is over: nothing of it is later than `latest`."""
    since = call.talk_since or latest
    over = min(max(since, until), latest)
    made.past += [
        (min(max(since, unseen.since), over), _talk(call)), (over, inputs.TalkEnded(call.id, call.agent, by)),
    ]  # fmt: skip


def _talk(call: LiveCall) -> inputs.TalkFound:
    return inputs.TalkFound(
        call.id, call.queue, call.skills, call.priority, call.queued_at, call.agent, call.talk_since
    )


def _end_of(call: LiveCall, unseen: Unseen, now: float) -> tuple[str, float]:
    """Who ended the leg of a call, and when: not before what is known of the call."""
    by, at = unseen.end_of(call.leg, now)
    if by == "agent" and call.state in (CallState.WAITING, CallState.MENU):
        by = "system"  # they talked, and nobody knows when: he did not give up
    known = (call.arrived_at, call.queued_at, call.offered_at, call.talk_since or 0.0)
    return by, min(max(at, *known, *(each["at"] for each in call.path[-1:])), now)


async def _adopt(
    tx: Transaction, queues: Queues, language_of: LanguageOf, legs: dict[str, LegSnapshot], live: LiveCalls, made: Plan,
    now: float,
) -> None:  # fmt: skip
    """Legs nobody knows: a waiting caller gets a call in the fallback queue, what is left of old calls is ended."""
    for leg in sorted(legs.values(), key=lambda each: each.started_at):
        if live.by_leg(leg.leg) or live.by_agent_leg(leg.leg):
            continue
        over = await tx.session.scalar(select(Call.id).where(Call.leg == leg.leg))
        if leg.place == WAITING_PLACE and over is None:
            made.found.append(joined(await takeover.adopt(tx, queues, language_of, leg, live, now), found=True))
        elif leg.place in (WAITING_PLACE, HOLD_PLACE, AGENT_PLACE, AFTER_PLACE):
            made.commands.append(HangUp(leg.leg))
            if leg.place == AGENT_PLACE and leg.answered and not leg.bridge:
                made.joining.add(leg.leg)
