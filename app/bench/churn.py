"""Calls that are hung up at random at every stage, while the engine is killed and its link to Asterisk cut.

Afterwards nothing may be left, nobody may have been cut off, and the books must agree.
"""

import asyncio
import contextlib
import random
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import func, select

from acd.ledger import Kind
from acd.models import AgentRow, Call, CallEvent, Offer
from app.bench.engines import Engines
from app.bench.floor import Floor, caller_of
from app.phones.light_sip import Dialog, Party
from core.clock import system_clock
from pbx.home import Home
from pbx.state import asterisk_home
from recordings.keeping.reconcile import reconcile
from recordings.models import Recording, RecordingState
from recordings.store.vault import open_vault

LONGEST = 20.0
"""Seconds after which any caller gives up."""
SHORTEST_SOUND = 1.0
"""Seconds of talk below which there may be no sound: on a busy machine it ends before the recording can begin."""
SETTLE = 90.0
"""Seconds the centre has to finish everything after the last call."""


class Stage(StrEnum):
    """When the caller, or in the last case the agent, hangs up."""

    DIALLING = "dialling"
    MENU = "menu"
    QUEUE = "queue"
    RINGING = "ringing"
    ANSWERING = "answering"
    TALKING = "talking"
    AGENT = "agent"


DELAYS = {
    Stage.DIALLING: (0.0, 0.05), Stage.MENU: (0.0, 1.2), Stage.QUEUE: (1.2, 4.0), Stage.RINGING: (0.0, 0.4),
    Stage.ANSWERING: (0.0, 0.01), Stage.TALKING: (0.1, 2.0), Stage.AGENT: (0.05, 2.0),
}  # fmt: skip
"""Seconds from the beginning of a stage to the hang-up, from, to."""


@dataclass(frozen=True, slots=True)
class ChurnResult:
    """Counts at the end. `gaps`: seconds from each kill until another engine served; `unseen`: talks that began and
    ended while there was none; `silent`: recordings of talks too short for any sound; `leftover`: channels on the
    switch; `faults`: every caller cut off, every disagreement between the books."""

    calls: int
    kills: int
    cuts: int
    gaps: list[float]
    seconds: float
    stages: dict[str, int]
    answered: int
    call_records: int
    talked: int
    unseen: int
    recordings: int
    silent: int
    outcomes: dict[str, int]
    offers: dict[str, int]
    leftover: int
    faults: list[str]

    @property
    def passed(self) -> bool:
        return not self.faults

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "passed": self.passed}


class Churn:
    """`count` calls, `at_once` at a time; `seed` repeats the same choices. For kills another engine stands by."""

    def __init__(self, engines: Engines, count: int, at_once: int, seed: int, kills: int = 0, cuts: int = 0) -> None:
        self._engines = engines
        self._count = count
        self._kills = kills
        self._cuts = cuts
        self._over = 0
        self._late = 0
        self._left_by_agent: set[str] = set()
        self._cut_off: list[str] = []
        self._at_once = at_once
        self._random = random.Random(seed)
        self._floor = Floor(engines, self._rings)
        self._stages: dict[str, Stage] = {}
        self._rung: dict[str, asyncio.Event] = {}
        self._talking: dict[str, asyncio.Event] = {}
        self._began_talk: dict[str, float] = {}
        self._spoken: dict[str, float] = {}
        self._served: dict[str, float] = {}
        self._answered: set[str] = set()
        self._work: set[asyncio.Task[None]] = set()

    async def run(self) -> ChurnResult:
        began = time.monotonic()
        await self._floor.open()
        keeper = asyncio.create_task(self._floor.keep_ready())
        gate = asyncio.Semaphore(self._at_once)
        try:
            calls = (self._call(number, gate) for number in range(self._count))
            await asyncio.gather(self._sabotage(), *calls)
            seconds = time.monotonic() - began
            await self._settle()
        finally:
            keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeper
        result = await self._books(seconds)
        await self._floor.close()
        return result

    async def _sabotage(self) -> None:
        """Kills and cuts, spread evenly over the calls."""
        deeds = [((each + 0.7) / self._kills, self._engines.kill) for each in range(self._kills)]
        deeds += [((each + 0.3) / self._cuts, self._engines.cut) for each in range(self._cuts)]
        for part, deed in sorted(deeds, key=lambda each: each[0]):
            while self._over < part * self._count:  # noqa: ASYNC110  # calls are over by the hundred
                await asyncio.sleep(0.05)
            self._late += self._over == self._count
            await deed()

    async def _call(self, index: int, gate: asyncio.Semaphore) -> None:
        number = f"139{index:08d}"
        self._rung[number], self._talking[number] = asyncio.Event(), asyncio.Event()
        async with gate:
            await asyncio.sleep(self._random.uniform(0, 0.2))
            stage = self._stages[number] = self._random.choice(list(Stage))
            caller = await Party(number, self._engines.sip_port).open()
            dialog = await caller.dial(self._engines.hotline)
            await self._until(stage, dialog, number)
            if not dialog.ended.is_set() and stage is not Stage.AGENT:
                await asyncio.sleep(self._random.uniform(*DELAYS[stage]))
            elif stage is Stage.AGENT:
                await _first(dialog.ended, seconds=LONGEST)
            if dialog.answered.is_set():
                self._answered.add(number)
            if number in self._began_talk:
                now = time.monotonic()
                self._spoken[number] = now - self._began_talk[number]
                self._served[number] = self._engines.served(self._began_talk[number], now)
            if dialog.ended.is_set() and number not in self._left_by_agent:
                self._cut_off.append(f"{number} was cut off ({stage}, {dialog.status})")
            dialog.hang_up()
            await asyncio.sleep(0.5)  # an answer that crossed our CANCEL must still find us
            caller.close()
            self._over += 1

    async def _until(self, stage: Stage, dialog: Dialog, number: str) -> None:
        match stage:
            case Stage.DIALLING:
                return
            case Stage.MENU | Stage.QUEUE:
                await _first(dialog.answered, dialog.ended, seconds=LONGEST)
            case Stage.RINGING:
                await _first(self._rung[number], dialog.ended, seconds=LONGEST)
            case Stage.ANSWERING | Stage.TALKING | Stage.AGENT:
                await _first(self._talking[number], dialog.ended, seconds=LONGEST)

    def _rings(self, party: Party, dialog: Dialog) -> None:
        number = caller_of(dialog)
        if number in self._rung:
            self._rung[number].set()
        task = asyncio.create_task(self._behave(party, dialog, number))
        self._work.add(task)
        task.add_done_callback(self._work.discard)

    async def _behave(self, party: Party, dialog: Dialog, number: str) -> None:
        """Of a hundred rings 8 are declined and 4 never answered."""
        fate = self._random.random()
        await asyncio.sleep(self._random.uniform(0.02, 0.8))
        if dialog.ended.is_set() or fate < 0.04:
            return
        if fate < 0.12:
            dialog.hang_up()
            return
        self._began_talk[number] = time.monotonic()
        party.answer(dialog)
        if number in self._talking:
            self._talking[number].set()
        if self._stages.get(number) is Stage.AGENT:
            await asyncio.sleep(self._random.uniform(*DELAYS[Stage.AGENT]))
            self._left_by_agent.add(number)
            dialog.hang_up()

    async def _settle(self) -> None:
        """Wait until no channel lives and every recording is closed, or SETTLE has passed."""
        deadline = time.monotonic() + SETTLE
        while time.monotonic() < deadline:
            async with self._engines.db.reading() as session:
                live = await session.scalar(select(func.count()).where(Call.ended_at.is_(None)))
                unfinished = (RecordingState.STORED, RecordingState.FAILED)
                open_files = await session.scalar(select(func.count()).where(Recording.state.not_in(unfinished)))
            if not live and not open_files and not await self._engines.channels():
                return
            await asyncio.sleep(0.5)

    async def _books(self, seconds: float) -> ChurnResult:
        async with self._engines.db.reading() as session:
            calls = list((await session.scalars(select(Call))).all())
            offers = list((await session.scalars(select(Offer))).all())
            recordings = list((await session.scalars(select(Recording))).all())
            agents = list((await session.scalars(select(AgentRow))).all())
            began = (await session.scalars(select(CallEvent).where(CallEvent.kind == Kind.CONNECTED))).all()
        switched = {each.call for each in began if each.data.get("by") == "switch"}
        leftover = await self._engines.channels()
        faults = compare_books(calls, offers, recordings, agents, self._served, switched)
        faults += compare_callers((call.caller for call in calls), self._stages, self._answered)
        faults += self._cut_off + await self._compare_files()
        faults += [f"a channel left on the switch: {channel}" for channel in leftover]
        if self._late:
            faults.append(f"{self._late} kills and cuts came when all calls were over: make more calls")
        known = {call.caller for call in calls if call.connected_at}
        unseen = [number for number, each in self._spoken.items() if each > SHORTEST_SOUND and number not in known]
        if unseen and not self._kills:
            faults.append(f"talks that no record tells of: {', '.join(sorted(unseen))}")
        return ChurnResult(
            self._count, self._kills, self._cuts, self._engines.gaps, round(seconds, 1),
            dict(Counter(map(str, self._stages.values()))), len(self._answered), len(calls),
            sum(call.connected_at is not None for call in calls), len(unseen), len(recordings),
            sum(each.state != RecordingState.STORED for each in recordings),
            dict(Counter(call.outcome for call in calls)), dict(Counter(offer.result for offer in offers)),
            len(leftover), faults,
        )  # fmt: skip

    async def _compare_files(self) -> list[str]:
        """Each stored recording has its file, whole, and there is no other; nothing is left where Asterisk writes."""

        async def no_talks(_before: float) -> set[str]:
            return set()

        settings = self._engines.settings
        books = await reconcile(self._engines.db, open_vault(settings), no_talks, system_clock())
        faults = [
            f"{name} in the store: {file}"
            for name in ("missing", "different", "unreadable", "orphaned")
            for file in getattr(books, name)
        ]
        spool = Home(asterisk_home(settings.data_dir)).spool / "recordings"
        left = await asyncio.to_thread(lambda: sorted(file.name for file in spool.glob("*.raw")))
        return faults + [f"left in the spool: {name}" for name in left]


def compare_callers(records: Iterable[str], dialled: Collection[str], answered: Collection[str]) -> list[str]:
    """Calling numbers of the call records against those that dialled: one record each, at least where we answered."""
    known = Counter(records)
    faults = [f"{number} dialled once and has {known[number]} call records" for number in known if known[number] > 1]
    faults += [f"a call record of {number}, who never dialled" for number in sorted(set(known) - set(dialled))]
    return faults + [f"{number} was answered and has no call record" for number in sorted(set(answered) - set(known))]


def compare_books(
    calls: list[Call],
    offers: list[Offer],
    recordings: list[Recording],
    agents: list[AgentRow],
    spoken: Mapping[str, float],
    switched: Collection[str] = (),
) -> list[str]:
    """Every disagreement: each conversation has one recording, and nothing is left half-way.

    `spoken`: calling number to the seconds its telephones were connected while an engine was there. `switched`: calls
    found in a talk that nobody had stored; their engine may have had no time to store the offer either.
    """
    faults = [f"call {call.id} has not ended" for call in calls if call.ended_at is None or not call.outcome]
    talks = {call.id: spoken.get(call.caller, 0.0) for call in calls if call.connected_at}
    kept = Counter(each.call for each in recordings)
    faults += [f"call {call} talked and has {kept[call]} recordings" for call in sorted(talks) if kept[call] != 1]
    faults += [f"recording of call {call}, which never talked" for call in sorted(set(kept) - set(talks))]
    for each in recordings:
        seconds = talks.get(each.call, 0.0)
        if each.state != RecordingState.STORED and seconds > SHORTEST_SOUND:
            faults.append(f"recording {each.id} of {seconds:.2f} s of talk is {each.state}: {each.error}")
    faults += [f"offer {offer.id} has no result" for offer in offers if not offer.result]
    accepted = Counter(offer.call for offer in offers if offer.result == "accepted")
    odd = [call for call in sorted(talks) if accepted[call] != 1 and (accepted[call] or call not in switched)]
    faults += [f"call {call} was accepted {accepted[call]} times" for call in odd]
    faults += [f"agent {a.number} is still {a.state}" for a in agents if a.state in ("ringing", "talking", "on-hold")]
    return faults


async def _first(*events: asyncio.Event, seconds: float) -> None:
    """Wait for any of `events`, at most `seconds`."""
    waits = [asyncio.ensure_future(event.wait()) for event in events]
    _, pending = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for each in pending:
        each.cancel()
