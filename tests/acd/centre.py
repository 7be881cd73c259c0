"""A whole distributor on a fake switch: database, bus, floor; agents and callers to play with."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import select

from acd import queues
from acd.agent_state import AgentState
from acd.breaks import Breaks
from acd.calls import Calls
from acd.dispatcher import Dispatcher
from acd.door import Door
from acd.live import LiveCalls
from acd.models import AgentRow, Call, CallEvent, Offer
from acd.opening import Opening, OpeningWatch
from acd.outward import dialling
from acd.queues import Queues
from acd.rewait import rules_changed
from acd.roster import AgentCard
from core.bus import Bus
from core.database import Database
from core.settings import ROOT
from core.site import Trunk, WayOut
from pbx.events import CallArrived
from tests.fakes import FakePbx
from tests.virtual_time import now

QUEUES = queues.load(ROOT / "config")
TRUNK = Trunk(name="trunk", match="127.0.0.1", out=WayOut(to="127.0.0.1:5080", shows="95566"))
SKILLS = {"zh": 8, "cards": 5, "loans": 5}


class Team:
    """A roster in memory."""

    def __init__(self, *cards: AgentCard) -> None:
        self.cards = {card.number: card for card in cards}

    async def find(self, number: str) -> AgentCard | None:
        return self.cards.get(number)

    async def everyone(self) -> Sequence[AgentCard]:
        return list(self.cards.values())

    def language_of(self, number: str) -> str:
        return self.cards[number].language


class Centre:
    """One engine's life on `pbx`; `restart` gives a new engine on the same database and switch."""

    def __init__(
        self, db: Database, bus: Bus, pbx: FakePbx, team: Team, heard: list[object], rules: Queues = QUEUES
    ) -> None:
        self.db, self.bus, self.pbx, self.team, self.heard, self.rules = db, bus, pbx, team, heard, rules
        self.live = LiveCalls()
        self.shut = {"never"}  # the schedules out of whose hours it is
        opening = Opening(rules, lambda schedule, _at: schedule not in self.shut)
        self.dispatcher = Dispatcher(
            db, bus, pbx, self.live, rules, rules.new_policy, team, now, opening, Breaks,
            dialling.load(ROOT / "config"), lambda: TRUNK,
        )  # fmt: skip
        door = Door(db, rules, now, opening)
        self.opening = OpeningWatch(db, opening, now, lambda: self.dispatcher.floor, self.dispatcher.carry_out)
        self.opening.listen(bus)
        self.calls = Calls(db, pbx, self.live, door, now, self.dispatcher.join, self.dispatcher.remembers)
        self.dispatcher.start()
        self.heir: Centre | None = None

    async def sign_in(self, *numbers: str, **phone: float) -> None:
        for number in numbers:
            self.pbx.phone(f"phone-{number}", **phone)
            await asyncio.sleep(0.01)
            await self.dispatcher.set_state(number, AgentState.READY, "", "test")

    async def caller(self, queue: str = "general", priority: int = 0, caller: str = "13800000000") -> tuple[str, str]:
        """Somebody dials and the menu puts him into `queue`: (call, leg)."""
        leg = self.pbx.call(caller)
        call = await self.calls.begin(CallArrived(now(), leg, caller, "95000"), "gold", "zh")
        await self.calls.enqueue(call, queue, {}, priority)
        return call, leg

    async def surveyed_later(self, agent: str, own: dict[str, int] | None = None, priority: int = 0) -> tuple[str, str]:
        """`agent` talks with a caller, of the queue cards, who will be asked in the menu how it was: (call, leg)."""
        await self.sign_in(agent)
        leg = self.pbx.call()
        call = await self.calls.begin(CallArrived(now(), leg, "13800000000", "95000"), "gold", "zh")
        await self.calls.enqueue(call, "cards", own or {}, priority, after_step="rate")
        await asyncio.sleep(30)
        return call, leg

    async def surveyed(self, agent: str) -> tuple[str, str]:
        """`agent` has served a caller, of the queue cards, who is now asked in the menu how it was: (call, leg)."""
        call, leg = await self.surveyed_later(agent)
        self.pbx.hang_up(self.pbx.leg_of(f"phone-{agent}"))
        await asyncio.sleep(0.1)
        assert ((await self.call(call)).state, self.pbx.live[leg].place) == ("after", "hotline")
        return call, leg

    async def sent_to_menu(self, agent: str, own: dict[str, int] | None = None, priority: int = 0) -> tuple[str, str]:
        """`agent` has sent a caller of the queue cards to a step of the menu: (call, leg)."""
        call, leg = await self.surveyed_later(agent, own, priority)
        await self.dispatcher.control.transfer_to_menu(call, "branches", agent)
        await asyncio.sleep(0.1)
        assert ((await self.call(call)).state, self.pbx.live[leg].place) == ("after", "hotline")
        return call, leg

    async def call(self, call: str) -> Call:
        async with self.db.reading() as session:
            return (await session.scalars(select(Call).where(Call.id == call))).one()

    async def agent(self, number: str) -> tuple[str, str]:
        async with self.db.reading() as session:
            row = (await session.scalars(select(AgentRow).where(AgentRow.number == number))).one()
            return row.state, row.reason

    async def offers(self, call: str = "") -> list[tuple[str, str]]:
        """Agent and result of the offers of `call`, or of all calls."""
        async with self.db.reading() as session:
            query = select(Offer).order_by(Offer.offered_at)
            query = query.where(Offer.call == call) if call else query
            return [(offer.agent, offer.result) for offer in await session.scalars(query)]

    async def history(self, call: str) -> list[str]:
        async with self.db.reading() as session:
            query = select(CallEvent.kind).where(CallEvent.call == call).order_by(CallEvent.id)
            return list(await session.scalars(query))

    async def go_by(self, rules: Queues) -> None:
        """The queues have other rules from now on."""
        await self.dispatcher.carry_out(
            lambda floor: (rules_changed(self.rules, rules, floor.contacts.values(), self.dispatcher.control.own),),
            "test",
        )
        self.rules.become(rules)

    async def restart(self, db: Database | None = None) -> "Centre":
        """The engine dies without a word and a new one starts, on `db` if it has its own; the link is not up yet."""
        await self.dispatcher.stop()
        db = db or self.db
        self.pbx.bus = db.bus = bus = Bus()
        self.heir = Centre(db, bus, self.pbx, self.team, self.heard, self.rules)
        return self.heir

    async def stop(self) -> None:
        """Every engine there was: what one of them still does must not outlive the test."""
        await self.dispatcher.stop()
        if self.heir is not None:
            await self.heir.stop()


@asynccontextmanager
async def centre(folder: Path, *numbers: str, rules: Queues = QUEUES) -> AsyncIterator[Centre]:
    """A running centre whose agents are `numbers`; nobody is signed in."""
    bus = Bus()
    db = Database(f"sqlite+aiosqlite:///{folder}/test.db", bus)
    await db.create_all()
    team = Team(*(AgentCard(number, f"name {number}", SKILLS, "test") for number in numbers))
    running = Centre(db, bus, FakePbx(bus), team, [], rules)
    running.pbx.link_up()
    await asyncio.sleep(0.1)
    try:
        yield running
    finally:
        await running.stop()
        await running.pbx.close()
        await db.close()
