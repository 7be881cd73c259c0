"""Campaigns: agents see who is next and what is known of him, call when they are ready, and say how it went."""

from collections.abc import Sequence

from sqlalchemy import exists, select, update

from accounts import audit
from acd.dialling import Dialling
from acd.import_list import Row
from acd.models import Campaign, DoNotCall, Prospect
from acd.outbound import Outbound
from core.clock import Clock, new_id
from core.database import Database, Transaction
from core.errors import NotFound, Refused


class Campaigns:
    """Each method is one transaction, `call` one before and one after the ring."""

    def __init__(self, db: Database, clock: Clock, outbound: Outbound, rules: Dialling) -> None:
        self._db = db
        self._clock = clock
        self._outbound = outbound
        self._rules = rules

    async def create(self, name: str, queue: str, by: str) -> str:
        now = self._clock()
        made = Campaign(id=new_id(now), name=name, queue=queue, open=True, created_at=now)
        async with self._db.transaction() as tx:
            tx.session.add(made)
            await audit.note(tx, by, "campaign_created", f"campaign:{made.id}", name)
        return made.id

    async def set_open(self, campaign: str, is_open: bool, by: str) -> None:
        async with self._db.transaction() as tx:
            (await _campaign(tx, campaign)).open = is_open
            await audit.note(tx, by, "campaign_opened" if is_open else "campaign_closed", f"campaign:{campaign}")

    async def add(self, campaign: str, rows: Sequence[Row], by: str) -> int:
        """How many were new: neither on this list nor barred."""
        now = self._clock()
        async with self._db.transaction() as tx:
            await _campaign(tx, campaign)
            known = set(await tx.session.scalars(select(Prospect.number).where(Prospect.campaign == campaign)))
            known |= set(await tx.session.scalars(select(DoNotCall.number)))
            fresh = [row for row in rows if row.number not in known]
            tx.session.add_all(
                Prospect(
                    id=new_id(now), campaign=campaign, number=row.number, name=row.name, facts=row.facts, next_at=now,
                    state="open", place=place, tries=0,
                )
                for place, row in enumerate(fresh)
            )  # fmt: skip
            await audit.note(tx, by, "campaign_list", f"campaign:{campaign}", f"{len(fresh)} of {len(rows)}")
        return len(fresh)

    async def show_next(self, campaign: str, agent: str) -> Prospect:
        """The one the agent was shown before, otherwise who is due for longest; nobody else is shown him.

        Raises NotFound when nobody is due, Refused (closed).
        """
        async with self._db.transaction() as tx:
            if not (await _campaign(tx, campaign)).open:
                raise Refused("closed", "this campaign is closed")
            mine = select(Prospect).where(Prospect.agent == agent, Prospect.state == "shown")
            if found := await tx.session.scalar(mine.where(Prospect.campaign == campaign)):
                return found
            barred = exists().where(DoNotCall.number == Prospect.number)
            due = select(Prospect.id).where(
                Prospect.campaign == campaign, Prospect.state == "open", Prospect.next_at <= self._clock(), ~barred
            )
            first = due.order_by(Prospect.next_at, Prospect.place).limit(1).scalar_subquery()
            claim = update(Prospect).where(Prospect.id == first, Prospect.state == "open")
            await tx.session.execute(claim.values(state="shown", agent=agent))
            found = await tx.session.scalar(mine.where(Prospect.campaign == campaign))
            if found is None:
                raise NotFound("nobody is due now")
            return found

    async def call(self, prospect: str, agent: str, by: str) -> str:
        """Raises NotFound, Refused: not_yours, barred, and as `Outbound.dial`."""
        async with self._db.reading() as session:
            row = await session.get(Prospect, prospect)
            if row is None or row.state != "shown" or row.agent != agent:
                raise Refused("not_yours", "ask for the next one first")
            if await session.get(DoNotCall, row.number):
                raise Refused("barred", "this number must not be called")
            campaign = await session.get_one(Campaign, row.campaign)
            number, queue = row.number, campaign.queue
        call = await self._outbound.dial(agent, number, by, queue=queue, purpose="campaign")
        async with self._db.transaction() as tx:
            row = await tx.session.get_one(Prospect, prospect)
            row.call, row.tries = call, row.tries + 1
        return call

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


async def _campaign(tx: Transaction, campaign: str) -> Campaign:
    found = await tx.session.get(Campaign, campaign)
    if found is None:
        raise NotFound(f"there is no campaign {campaign}")
    return found


async def _bar(tx: Transaction, number: str, by: str, reason: str, now: float) -> None:
    await tx.session.merge(DoNotCall(number=number, added_at=now, added_by=by, reason=reason))
    await audit.note(tx, by, "number_barred", f"number:{number}", reason)
