"""Campaigns: agents see who is next and what is known of him, call when they are ready, and say how it went."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field

from sqlalchemy import ColumnElement, Update, case, exists, func, or_, select, update
from sqlalchemy.engine import CursorResult
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import audit
from acd.agent_state import AgentState
from acd.events import CampaignChanged, SwitchChanged
from acd.models import AgentRow, Call, Campaign, DoNotCall, Prospect
from acd.outward.dialling import Dialling
from acd.outward.import_list import Row
from acd.outward.outbound import Errand, Outbound
from core.bus import Bus
from core.clock import Clock, new_id
from core.database import Database, Transaction
from core.errors import NotFound, Refused

LISTENER = "acd.campaigns"
IS_BARRED = exists().where(DoNotCall.number == Prospect.number)
IS_ABSENT = Prospect.agent.not_in(select(AgentRow.number).where(AgentRow.state != AgentState.SIGNED_OUT))
"""Before an agent who has signed out."""
WAS_REACHED = exists().where(Call.id == Prospect.call, or_(Call.ended_at.is_(None), Call.outcome == "answered"))
"""Or may be yet, by the call that goes on."""
AT_ONCE = 50
"""Numbers looked at before others go on: each takes a tenth of a millisecond."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What people say of a campaign; `agents` are numbers, none: all agents."""

    name: str
    queue: str
    agents: list[str]


@dataclass(frozen=True, slots=True)
class Looked:
    """What of a list is `fresh`, how many are `known` from this campaign, and which are `barred`."""

    fresh: tuple[Row, ...]
    known: int
    barred: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Preview(Errand):
    """An agent calls whom he was shown. Only once that telephone rings is it his to settle whatever becomes of the
    campaign: until then the two may be taken from him together."""

    prospect: str
    agent: str

    async def look(self, tx: Transaction) -> tuple[Prospect, Campaign]:
        row = await tx.session.get(Prospect, self.prospect)
        if row is None:
            raise Refused("not_yours", "ask for the next one first")
        campaign = await tx.session.get_one(Campaign, row.campaign)
        _demand_calling(campaign, self.agent)
        if row.state != "shown" or row.agent != self.agent:
            raise Refused("not_yours", "ask for the next one first")
        if await tx.session.get(DoNotCall, row.number):
            raise Refused("barred", "this number must not be called")
        return row, campaign

    async def begin(self, tx: Transaction, call: str) -> None:
        await self.look(tx)
        mine = (Prospect.id == self.prospect, Prospect.state == "shown", Prospect.agent == self.agent)
        begun = await tx.session.execute(update(Prospect).where(*mine).values(call=call, tries=Prospect.tries + 1))
        assert isinstance(begun, CursorResult)
        if not begun.rowcount:
            raise Refused("not_yours", "ask for the next one first")


class Campaigns:
    """Each method is one transaction; `call` looks first, and stores when the customer's telephone is about to ring."""

    def __init__(self, db: Database, clock: Clock, outbound: Outbound, rules: Dialling) -> None:
        self._db = db
        self._clock = clock
        self._outbound = outbound
        self._rules = rules

    def listen(self, bus: Bus) -> None:
        bus.subscribe(LISTENER, SwitchChanged, self._on_switch)

    async def _on_switch(self, event: SwitchChanged) -> None:
        """Whom an engine that is gone has left before agents who are gone too, and nobody has talked with."""
        if event.up:
            async with self._db.transaction() as tx:
                left = _shown_again(IS_ABSENT, ~WAS_REACHED).returning(Prospect.campaign)
                for campaign in sorted(set(await tx.session.scalars(left))):
                    tx.publish(CampaignChanged(campaign))

    async def create(self, wanted: Wanted, by: str, *, is_open: bool = True) -> str:
        now = self._clock()
        made = Campaign(id=new_id(now), created_at=now, open=is_open, **asdict(wanted))
        async with self._db.transaction() as tx:
            tx.session.add(made)
            await _note(tx, by, "campaign_created", made.id, wanted.name)
        return made.id

    async def change(self, campaign: str, wanted: Wanted, by: str) -> None:
        """Whom an agent it is no longer for was shown and has not called, others may be shown.

        Raises NotFound, Refused: ended.
        """
        async with self._db.transaction() as tx:
            row = await _going(tx, campaign)
            for field, value in asdict(wanted).items():
                setattr(row, field, value)
            if wanted.agents:
                others = Prospect.agent.not_in(wanted.agents)
                await tx.session.execute(_shown_again(Prospect.campaign == campaign, Prospect.call == "", others))
            await _note(tx, by, "campaign_changed", campaign, f"{wanted.name}: {', '.join(wanted.agents)}")

    async def set_open(self, campaign: str, is_open: bool, by: str) -> None:
        """Raises NotFound, Refused: ended."""
        async with self._db.transaction() as tx:
            (await _going(tx, campaign)).open = is_open
            await _note(tx, by, "campaign_opened" if is_open else "campaign_closed", campaign)

    async def end(self, campaign: str, by: str) -> None:
        """For good; list and results stay, and who was called is still settled. Raises NotFound, Refused: ended."""
        async with self._db.transaction() as tx:
            row = await _going(tx, campaign)
            row.open, row.ended_at = False, self._clock()
            await tx.session.execute(_shown_again(Prospect.campaign == campaign, Prospect.call == ""))
            await _note(tx, by, "campaign_ended", campaign)

    async def release(self, campaign: str, by: str) -> None:
        """Whom agents who have signed out were shown and have not settled, others may be shown. Raises NotFound."""
        async with self._db.transaction() as tx:
            await _campaign(tx, campaign)
            await tx.session.execute(_shown_again(Prospect.campaign == campaign, IS_ABSENT))
            await _note(tx, by, "campaign_released", campaign)

    async def look(self, session: AsyncSession, campaign: str, rows: Sequence[Row]) -> Looked:
        """Which of these are new, on the list already, or barred."""
        known = set(await session.scalars(select(Prospect.number).where(Prospect.campaign == campaign)))
        barred = set(await session.scalars(select(DoNotCall.number)))
        fresh = tuple(row for row in rows if row.number not in known | barred)
        shut = tuple(row for row in rows if row.number in barred)
        return Looked(fresh, len(rows) - len(fresh) - len(shut), shut)

    async def add(self, campaign: str, rows: Sequence[Row], by: str) -> Looked:
        """Those who are new come onto the list. Raises NotFound, Refused: ended."""
        now = self._clock()
        async with self._db.transaction() as tx:
            await _going(tx, campaign)
            looked = await self.look(tx.session, campaign, rows)
            tx.session.add_all(
                Prospect(
                    id=new_id(now), campaign=campaign, number=row.number, name=row.name, facts=row.facts, next_at=now,
                    state="open", place=place, tries=0,
                )
                for place, row in enumerate(looked.fresh)
            )  # fmt: skip
            await _note(tx, by, "campaign_list", campaign, f"{len(looked.fresh)} of {len(rows)}")
        return looked

    async def show_next(self, campaign: str, agent: str) -> Prospect:
        """The one the agent was shown before, otherwise who is due for longest and may be called by him; nobody else
        is shown him.

        Raises NotFound when there is nobody, Refused: closed, not_assigned.
        """
        mine = select(Prospect).where(Prospect.campaign == campaign, Prospect.agent == agent, Prospect.state == "shown")
        while True:
            first = await self._first_for(campaign, agent)
            async with self._db.transaction() as tx:
                _demand_calling(await _campaign(tx, campaign), agent)
                if found := await tx.session.scalar(mine):
                    return found
                if first is None:
                    raise NotFound("nobody is due now")
                claim = update(Prospect).where(Prospect.id == first, Prospect.state == "open")
                await tx.session.execute(claim.values(state="shown", agent=agent, call=""))
                if found := await tx.session.scalar(mine):
                    return found

    async def _first_for(self, campaign: str, agent: str) -> str | None:
        due = select(Prospect.id, Prospect.number).where(
            Prospect.campaign == campaign, Prospect.state == "open", Prospect.next_at <= self._clock(), ~IS_BARRED
        )
        in_order = due.order_by(Prospect.next_at, Prospect.place).execution_options(yield_per=AT_ONCE)
        async with self._db.reading() as session:
            async for prospect, number in await session.stream(in_order):
                if (may := self._rules.who_may(number)) is not None and may(agent):
                    return str(prospect)
        return None

    async def call(self, prospect: str, agent: str, by: str) -> str:
        """Raises Refused: closed, not_assigned, not_yours, barred, and as `Outbound.dial`."""
        errand = Preview(prospect, agent)
        async with self._db.transaction() as tx:
            row, campaign = await errand.look(tx)
        return await self._outbound.dial(agent, row.number, by, queue=campaign.queue, purpose="campaign", errand=errand)

    async def settle(self, prospect: str, agent: str, code: str, by: str) -> Prospect:
        """How it went: done, called again later, or never. Raises Refused: not_yours, unknown_result."""
        rule = self._rules.results.get(code)
        if rule is None:
            known = ", ".join(self._rules.results)
            raise Refused("unknown_result", f"there is no result {code!r}; results are {known}")
        now = self._clock()
        async with self._db.transaction() as tx:
            row = await tx.session.get(Prospect, prospect)
            if row is None or row.state != "shown" or row.agent != agent:
                raise Refused("not_yours", "ask for the next one first")
            row.result = code
            if rule.again_after is None:
                row.state, row.done_at = "done", now
            else:
                row.state, row.agent, row.next_at = "open", "", now + rule.again_after
            if rule.bar:
                await _bar(tx, row.number, by, code, now)
        return row

    async def bar(self, number: str, by: str, reason: str) -> str:
        """No campaign may call `number` any more; the number as stored. Raises Refused: not_a_number."""
        plain = self._rules.plain(number)
        async with self._db.transaction() as tx:
            await _bar(tx, plain, by, reason, self._clock())
        return plain

    async def allow(self, number: str, by: str, reason: str) -> None:
        """Campaigns may call it again. Raises NotFound."""
        async with self._db.transaction() as tx:
            row = await tx.session.get(DoNotCall, number)
            if row is None:
                raise NotFound("this number is not on the list")
            await tx.session.delete(row)
            await audit.note(tx, by, "number_allowed", f"number:{number}", reason)
            tx.publish(CampaignChanged(""))


async def _campaign(tx: Transaction, campaign: str) -> Campaign:
    found = await tx.session.get(Campaign, campaign)
    if found is None:
        raise NotFound(f"there is no campaign {campaign}")
    return found


async def _going(tx: Transaction, campaign: str) -> Campaign:
    found = await _campaign(tx, campaign)
    if found.ended_at is not None:
        raise Refused("ended", "this campaign is over")
    return found


def _demand_calling(campaign: Campaign, agent: str) -> None:
    if not campaign.open:
        raise Refused("closed", "this campaign is closed")
    if campaign.agents and agent not in campaign.agents:
        raise Refused("not_assigned", "this campaign is for other agents")


def _shown_again(*whom: ColumnElement[bool]) -> Update:
    """Of those who are shown to an agent, these may be shown to another."""
    return update(Prospect).where(Prospect.state == "shown", *whom).values(state="open", agent="")


async def _note(tx: Transaction, by: str, what: str, campaign: str, told: str = "") -> None:
    await audit.note(tx, by, what, f"campaign:{campaign}", told)
    tx.publish(CampaignChanged(campaign))


@dataclass(slots=True)
class Standing:
    """How a list stands: how many are in which state, or done with which result. Of those who are open only who may be
    called at all counts as `open`, and of these `due` now; the others are `barred`, by the list of numbers, or
    `blocked`, by the rules of dialling."""

    counts: dict[str, int] = field(default_factory=dict)
    due: int = 0


async def standing(
    session: AsyncSession, rules: Dialling, now: float, *whose: ColumnElement[bool]
) -> defaultdict[str, Standing]:
    """By campaign, of these prospects; numbers that begin alike are looked at together."""
    waits = Prospect.state == "open"
    states = ((Prospect.state == "done", Prospect.result), (waits & IS_BARRED, "barred"))
    beginning = case((waits, func.substr(Prospect.number, 1, rules.telling)), else_="")
    each = select(
        Prospect.campaign, Prospect.number, case(*states, else_=Prospect.state).label("state"),
        (waits & (Prospect.next_at <= now)).label("due"), beginning.label("beginning"),
    ).where(*whose).subquery().c  # fmt: skip
    query = select(each.campaign, each.state, each.due, func.min(each.number), func.count())
    found: defaultdict[str, Standing] = defaultdict(Standing)
    for of, state, due, number, count in await session.execute(
        query.group_by(each.campaign, each.state, each.due, each.beginning)
    ):
        told = "blocked" if state == "open" and rules.blocks(number) else state
        found[of].counts[told] = found[of].counts.get(told, 0) + count
        found[of].due += count if due and told == "open" else 0
    return found


async def _bar(tx: Transaction, number: str, by: str, reason: str, now: float) -> None:
    await tx.session.merge(DoNotCall(number=number, added_at=now, added_by=by, reason=reason))
    await audit.note(tx, by, "number_barred", f"number:{number}", reason)
    tx.publish(CampaignChanged(""))
