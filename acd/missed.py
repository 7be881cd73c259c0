"""Callers who came to their end while no engine was there: booked by what the switch noted, at the times it noted."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from acd import ledger, takeover
from acd.call import ACCEPTED, OUTCOMES, CallState, Step, advance
from acd.live import LiveCall, LiveCalls
from acd.models import Call, Offer
from acd.queues import FALLBACK, Queues
from acd.roster import agent_of
from acd.spoken import LanguageOf, language_for
from core.clock import new_id
from core.database import Database, Transaction
from core.portions import portions
from pbx.events import Departure, LegSnapshot, Unseen
from pbx.switch import Switch

BEFORE_A_TALK = (CallState.MENU, CallState.WAITING, CallState.RINGING, CallState.AFTER)
"""Of who left in another state all is known but how and when it ended (`acd.recovery`)."""
AT_ONCE = 20
"""Strangers booked in one transaction: between two of them the lease can be renewed."""


async def book_strangers(
    db: Database, switch: Switch, queues: Queues, language_of: LanguageOf, live: LiveCalls, now: float
) -> None:
    """Those who came and went without a call of ours, of whom an hour leaves many. Raises SwitchError.

    Nobody's memory is touched, so this needs no lock; who has a call is left to `book`.
    """
    await db.firsts((select(Call.id).limit(1), {}))  # while the database is away the switch is not asked for its notes
    legs = {each.leg for each in await switch.legs()}
    departed = (await switch.unseen()).departed or {}
    left = [leg for leg in _in_order(departed) if leg not in legs and live.by_leg(leg) is None]
    for some in portions(left, AT_ONCE):
        async with db.reading() as session:
            known = set(await session.scalars(select(Call.leg).where(Call.leg.in_(some))))
            new = {leg: departed[leg] for leg in some if leg not in known}
            spoken = {leg: await _language(session, language_of, gone) for leg, gone in new.items()}
        async with db.transaction(late=True) as tx:
            for leg, gone in new.items():
                await _end(tx, queues, await _begin(tx, leg, gone, spoken[leg], now), gone, now)


async def book(
    tx: Transaction, queues: Queues, language_of: LanguageOf, unseen: Unseen, legs: Mapping[str, LegSnapshot],
    live: LiveCalls, now: float,
) -> None:  # fmt: skip
    """End their calls. Who came and went meanwhile gets one: served, or abandoned, as any other.

    Where the agent who was asked has answered, or another has had the caller after his own, it is a talk from then on,
    which the floor is to hear of and to end.
    """
    gone = {leg: each for leg, each in (unseen.departed or {}).items() if leg not in legs}
    known: set[str] = set()
    for some in portions(gone):
        known.update(await tx.session.scalars(select(Call.leg).where(Call.leg.in_(some))))
    for leg in _in_order(gone):
        call, each = live.by_leg(leg), gone[leg]
        if call is None and leg not in known:
            call = await _begin(tx, leg, each, await _language(tx.session, language_of, each), now)
        asked = call is not None and call.state in (CallState.RINGING, CallState.DIALLING)
        if call is not None and asked and agent_of(each.device) == call.agent:
            await takeover.answer(tx, call, each.since, now)
        elif call is not None and call.state is CallState.TALKING:
            await _go_on(tx, queues, call, each, live, unseen.since, now)
        if call is not None and call.state in BEFORE_A_TALK:
            live.remove(call)
            await _end(tx, queues, call, each, now)


def _in_order(gone: Mapping[str, Departure]) -> list[str]:
    return sorted(gone, key=lambda leg: gone[leg].began)


async def _language(session: AsyncSession, language_of: LanguageOf, gone: Departure) -> str:
    return await language_for(session, language_of, gone.caller, FALLBACK)


async def _begin(tx: Transaction, leg: str, gone: Departure, language: str, now: float) -> LiveCall:
    return await takeover.begin(tx, leg, gone.caller, gone.dialled, language, gone.began, now)


async def _go_on(
    tx: Transaction, queues: Queues, call: LiveCall, gone: Departure, live: LiveCalls, since: float, now: float
) -> None:
    """His agent has left him to the colleague of a talk of three, when that one's part began, or, on hold, to the
    switch's own queue, which gave him to somebody, or where he still waited."""
    agent, began = agent_of(gone.device), min(gone.since, now)
    if (agent and began < since) or (agent in ("", call.agent) and not gone.queued):
        return
    to, left = ("", since) if gone.queued else (agent, began)
    left = await takeover.leave(tx, queues, call, to, live, left)
    if agent:
        await takeover.give(tx, call, agent, new_id(began), live, max(began, left))  # nobody knows his leg any more


async def _talked_until(tx: Transaction, call: LiveCall) -> float:
    if call.state is not CallState.AFTER:
        return 0.0
    return await tx.session.scalar(select(Call.talk_ended_at).where(Call.id == call.id)) or 0.0


async def _is_booked(tx: Transaction, leg: str) -> bool:
    """Whether the talk that an agent had on this leg is written down: that he comes from it is no second one."""
    offer = await tx.session.get(Offer, leg) if leg else None
    return offer is not None and offer.result == ACCEPTED


async def _end(tx: Transaction, queues: Queues, call: LiveCall, gone: Departure, now: float) -> None:
    talked = await _talked_until(tx, call)
    agent = "" if await _is_booked(tx, gone.agent_leg) else agent_of(gone.device)
    if call.state in takeover.FROM_MENU and (agent or gone.queued):
        await takeover.wait(tx, queues, call, takeover.asked_at(call))
    asked = call.agent if call.state is CallState.RINGING else ""
    # The switch's clock has whole seconds and may be behind ours.
    known = max(call.arrived_at, call.queued_at, call.offered_at, talked)
    if asked:
        at = max(known, min(gone.since or gone.at, now))
        await ledger.end_offer(tx, call.id, asked, call.offer, "cancelled", at)
    outcome, ended_by, ended = OUTCOMES.get(call.state, "abandoned"), gone.by, max(known, min(gone.at, now))
    if agent:
        began = max(known, min(gone.since, now))
        call.offer = new_id(began)  # nobody knows his leg any more
        ledger.give(tx, call, agent, began)
        await takeover.connect(tx, call, agent, began)
        over = max(began, min(gone.until, now))
        await ledger.disconnect(tx, call, agent, gone.by, over)
        ended = max(ended, over)
        outcome = "answered"
    elif gone.by != "customer" and outcome == "abandoned":
        outcome, ended_by = "failed", "system"
    advance(call, Step.ENDED)
    await ledger.end(tx, call, outcome, call.ended_by or ended_by, ended)
