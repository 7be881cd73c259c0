"""Read model of the screen-pop: the call an agent has to do with, who calls and what is known of him."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import repository as people
from acd.agent_state import AgentState
from acd.call import ACCEPTED, CallState
from acd.consults import Consult
from acd.models import AgentRow, Call, Offer
from acd.queues import Queues
from acd.wrapup import coding
from acd.wrapup.codes import Codes
from acd.wrapup.coding import Coded
from agentdesk.reading.deskviews import Contact, ContactLine, Said, TicketLine
from agentdesk.reading.menuway import MenuWay
from agentdesk.words.titles import title, titles_in
from core.errors import NotFound
from ivr.published.book import MenuBook
from tickets.life import State, is_overdue
from tickets.models import Ticket

ASKED = "asked"
HISTORY = 5
RECENT = 24 * 3600.0
"""Seconds in which a ticket may be written for a call of one's own."""
LIVE = (CallState.TALKING, CallState.AFTER)


@dataclass(frozen=True, slots=True)
class ContactReader:
    queues: Queues
    book: MenuBook
    codes: Codes

    async def read(
        self, session: AsyncSession, number: str, language: str, now: float, asked: Consult | None = None
    ) -> Contact | None:
        """The call he is `asked` about, else the one that rings or is talked on, else the last; None when he had none
        yet."""
        found = await _call_of(session, number, asked)
        if found is None:
            return None
        call, phase = found
        names = await people.names(session)
        queue = self.queues.queues.get(call.queue)
        menu = await self.book.of(session, call.menu, call.menu_version)
        waited = (call.connected_at or now) - call.queued_at if call.queued_at else 0.0
        return Contact(
            call=call.id,
            outbound=call.direction == "outbound",
            phase=phase,
            caller=call.caller,
            customer=call.customer,
            tier=call.tier,
            queue=title(queue.name, language) if queue else call.queue,
            queue_name=call.queue,
            call_type=queue.call_type if queue else "enquiry",
            language=call.language,
            dialled=call.dialled,
            began_at=call.arrived_at,
            waited=max(waited, 0.0),
            path=MenuWay(menu).path(call.path, language),
            history=await self._history(session, call, names, language),
            tickets=await _tickets(session, {call.customer, call.caller} - {""}, now),
            said=await self._said(session, call.id, number, names, language),
            asker=f"{asked.asker} {names.get(asked.asker, '')}".strip() if asked else "",
        )

    async def steps(self, session: AsyncSession, call: str, language: str) -> dict[str, str]:
        """Where in the menu that he came through the caller may go on: step → its words."""
        found = await session.get(Call, call)
        menu = await self.book.of(session, found.menu, found.menu_version) if found and found.menu else None
        return MenuWay(menu).choices(language)

    async def _said(
        self, session: AsyncSession, call: str, number: str, names: Mapping[str, str], language: str
    ) -> tuple[Said, ...]:
        """By those who had the caller before, or ask about him."""
        found = (await coding.of_calls(session, self.codes, [call])).get(call, ())
        return tuple(
            Said(names.get(each.agent, each.agent), self._titles(each, language), each.note)
            for each in found if each.agent != number and (each.codes or each.note)
        )  # fmt: skip

    def _titles(self, said: Coded, language: str) -> tuple[str, ...]:
        return tuple(self.codes.titles(code, language)[-1] for code in said.codes)

    async def _history(
        self, session: AsyncSession, call: Call, names: Mapping[str, str], language: str
    ) -> tuple[ContactLine, ...]:
        if not call.caller:
            return ()
        query = select(Call).where(Call.caller == call.caller, Call.id != call.id).order_by(Call.arrived_at.desc())
        rows = list(await session.scalars(query.limit(HISTORY)))
        titles = titles_in(language, self.queues)
        said = await coding.of_calls(session, self.codes, [row.id for row in rows])

        def codes(call: str) -> tuple[str, ...]:
            return tuple(words for each in said.get(call, ()) for words in self._titles(each, language))

        return tuple(
            ContactLine(row.id, row.arrived_at, titles.get(row.queue, row.queue), names.get(row.agent, row.agent),
                        row.outcome or row.state,
                        codes(row.id), " ".join(each.note for each in said.get(row.id, ()) if each.note))
            for row in rows
        )  # fmt: skip


async def own_caller(session: AsyncSession, call: str, number: str, now: float) -> str:
    """The caller of a call that this agent took lately, whoever has it by now; raises NotFound."""
    taken = select(Offer.call).where(Offer.call == call, Offer.agent == number, Offer.result.in_(("", "accepted")))
    found = await session.get(Call, call)
    if found is None or found.arrived_at < now - RECENT or await session.scalar(taken.limit(1)) is None:
        raise NotFound("this call is not one of your latest")
    return found.caller


async def in_front(session: AsyncSession, number: str, now: float, asked: Consult | None = None) -> frozenset[str]:
    """The numbers of the customer of whom this agent's desk tells: whence he calls, and whom he has proved to be."""
    found = await _call_of(session, number, asked)
    if found is None or found[0].arrived_at < now - RECENT:
        return frozenset()
    return frozenset({found[0].caller, found[0].customer} - {""})


async def _call_of(session: AsyncSession, number: str, asked: Consult | None) -> tuple[Call, str] | None:
    if asked is not None and (about := await session.get(Call, asked.call)) is not None:
        return about, ASKED
    open_offer = (
        select(Offer.call).where(Offer.agent == number, Offer.result == "").order_by(Offer.offered_at.desc()).limit(1)
    )
    ringing = await session.scalar(
        select(Call).where(
            Call.id.in_(open_offer.scalar_subquery()), Call.state.in_((CallState.RINGING, CallState.DIALLING))
        )
    )
    if ringing is not None:
        return ringing, "ringing"
    call = await _latest(session, number)
    if call is None:
        return None
    row = await session.get(AgentRow, number)
    state = row.state if row else AgentState.SIGNED_OUT
    if call.agent == number and call.state in LIVE and call.talk_ended_at is None:
        return call, AgentState.TALKING
    return call, AgentState.WRAP_UP if state == AgentState.WRAP_UP else "last"


async def _latest(session: AsyncSession, number: str) -> Call | None:
    """The call this agent talked on last, also when somebody else has the caller by now."""
    mine = select(Call).where(Call.agent == number, Call.connected_at.is_not(None))
    still_his = await session.scalar(mine.order_by(Call.connected_at.desc()).limit(1))
    taken = select(Call, Offer.ended_at).join(Offer, Offer.call == Call.id)
    taken = taken.where(Offer.agent == number, Offer.result == ACCEPTED).order_by(Offer.offered_at.desc()).limit(1)
    if (found := (await session.execute(taken)).first()) is None:
        return still_his
    call, since = found
    return call if still_his is None or (still_his.connected_at or 0.0) <= (since or 0.0) else still_his


async def _tickets(session: AsyncSession, customers: set[str], now: float) -> tuple[TicketLine, ...]:
    """Open ones first, then the newest closed, of whoever calls and whoever he has proved to be."""
    query = select(Ticket).where(Ticket.customer.in_(customers))
    rows = await session.scalars(query.order_by((Ticket.state == State.CLOSED), Ticket.opened_at.desc()).limit(HISTORY))
    return tuple(
        TicketLine(row.id, row.category, row.state, row.summary, row.due_at,
                   is_overdue(row.told_at, row.due_at, now), row.opened_by, row.keeper)
        for row in rows
    )  # fmt: skip
