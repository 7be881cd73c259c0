"""Whole visits on the fake switch in virtual time: what the caller hears, what is stored, what is left behind."""

import asyncio
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from acd.calls import Landing
from core.bus import Bus
from core.database import Database
from core.errors import NotFound, Refused
from core.settings import ROOT
from ivr import customers, hours
from ivr.menus import Spoken
from ivr.messages import repository
from ivr.models import Message, SurveyAnswer
from ivr.prompts.store import PromptFault
from ivr.published.book import Speakable
from ivr.runner import Rules, Runner
from ivr.speaking.hearing import Ears
from pbx.commands import Record, Recorded, Wait
from pbx.events import CallArrived, LegEnded
from tests.fakes import FakePbx
from tests.ivr.material import SERVICE, shipped, write_menu
from tests.virtual_time import now, virtual_time

ZONE = ZoneInfo("Asia/Shanghai")
NUMBER = "95566"


@dataclass
class FakeCalls:
    """The distributor's side of the contract, in memory; like the real one it forgets who is gone."""

    pbx: FakePbx
    begun: dict[str, tuple[str, str]] = field(default_factory=dict)  # call → (tier, language)
    path: list[tuple[str, str]] = field(default_factory=list)
    queued: list[tuple[str, str, dict[str, int], int]] = field(default_factory=list)
    finished: list[tuple[str, str, str]] = field(default_factory=list)
    languages: dict[str, str] = field(default_factory=dict)
    identified: dict[str, tuple[str, str]] = field(default_factory=dict)
    landings: dict[str, Landing] = field(default_factory=dict)
    outside: list[str] = field(default_factory=list)
    not_connected: str = "no_outside_line"
    refused: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    versions: dict[str, tuple[str, int]] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)  # steps whose storing fails
    managers: dict[str, str] = field(default_factory=dict)  # call → who looks after the caller

    async def begin(self, event: CallArrived, tier: str, language: str, menu: str, version: int) -> str:
        if "begin" in self.broken:
            raise RuntimeError("disk full")
        self.begun[event.leg] = (tier, language)
        self.versions.setdefault(event.leg, (menu, version))
        return event.leg

    async def step(self, call: str, at: float, step: str, keys: str) -> None:
        if call not in self.pbx.live:
            raise NotFound(f"no live call {call}")
        if step in self.broken:
            raise RuntimeError("disk full")
        self.path.append((step, keys))

    async def set_language(self, call: str, language: str) -> None:
        self.languages[call] = language

    async def identify(self, call: str, customer: str, tier: str) -> None:
        self.identified[call] = (customer, tier)

    async def enqueue(
        self, call: str, queue: str, skills: dict[str, int], priority: int, after_step: str = "", manager: str = ""
    ) -> None:
        if queue in self.gone:
            raise Refused("unknown_queue", f"there is no queue {queue!r}")
        if queue in self.refused:
            raise Refused("closed", f"{queue} is closed")
        self.queued.append((call, queue, skills, priority))
        self.managers[call] = manager
        await self.pbx.do(Wait(call))

    async def finish(self, call: str, outcome: str, ended_by: str) -> None:
        self.finished.append((call, outcome, ended_by))

    async def resume(self, leg: str) -> tuple[str, str] | None:
        return (leg, self.languages.get(leg, "zh")) if leg in self.begun else None

    async def runs_on(self, call: str) -> tuple[str, int]:
        return self.versions[call]

    async def change_version(self, call: str) -> None:
        self.versions[call] = (self.versions[call][0], 0)

    async def landing(self, call: str) -> Landing | None:
        return self.landings.get(call)

    async def connect(self, call: str, number: str) -> str:
        """`acd.outside.Outside` as well."""
        self.outside.append(number)
        return self.not_connected


class FakePrompts:
    """Every prompt is a sound named like it, but `missing` ones."""

    def __init__(self) -> None:
        self.missing: set[str] = set()

    def sound(self, spoken: Spoken) -> Path | None:
        return None if spoken.name in self.missing else Path(f"/{spoken.language}/{spoken.name}")

    async def prepare(self, wanted: object) -> list[PromptFault]:
        return []


def wav_seconds(path: Path) -> float:
    """The fake switch records silence: here its length counts."""
    try:
        with wave.open(str(path)) as file:
            return float(file.getnframes()) / 8000
    except (OSError, EOFError):
        return 0.0


def write_silence(path: Path, seconds: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(2 * 8000 * seconds))


@dataclass
class House:
    pbx: FakePbx
    calls: FakeCalls
    prompts: FakePrompts
    runner: Runner
    db: Database

    async def call(self, keys: str = "", caller: str = "13800000009", every: float = 1.0) -> str:
        leg = self.pbx.call(caller, NUMBER)
        for key in keys:
            await asyncio.sleep(every)
            self.pbx.press(leg, key)
        await asyncio.sleep(0.1)
        return leg

    async def messages(self) -> list[Message]:
        async with self.db.reading() as session:
            return list(await repository.messages(session))


@asynccontextmanager
async def house(
    folder: Path, special: str = "open", kind: type[FakePbx] = FakePbx, ears: Ears | None = None
) -> AsyncIterator[House]:
    bus = Bus()
    pbx = kind(bus)
    db = Database(f"sqlite+aiosqlite:///{folder}/ivr.db", bus)
    await db.create_all()
    table = hours.load(ROOT / "config")
    always = {"weekly": dict.fromkeys(hours.WEEKDAYS, special), "holidays": "none"}
    table = hours.Hours.model_validate(
        {"schedules": {"business": always, "personal": table.schedules["always"], "always": table.schedules["always"]}}
    )
    rules = Rules({NUMBER: shipped()}, customers.load(ROOT / "config"), table, ZONE)
    calls, prompts = FakeCalls(pbx), FakePrompts()
    pbx.durations["/zh/tone"] = 0.2
    runner = Runner(
        switch=pbx,
        calls=calls,
        outside=calls,
        rules=rules,
        prompts=prompts,
        versions=Speakable(db, prompts).of,
        db=db,
        messages_dir=folder,
        clock=now,
        measure=wav_seconds,
        ears=ears,
    )
    runner.listen(bus)
    try:
        yield House(pbx, calls, prompts, runner, db)
    finally:
        await runner.stop()
        await pbx.close()
        await db.close()


def sounds(pbx: FakePbx) -> list[str]:
    return [sound for _, sound in pbx.heard]


@virtual_time
async def test_known_customer_reaches_his_queue_with_his_priority_and_his_manager(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        leg = await home.call("121", caller="13800000001")
        await asyncio.sleep(5)
        assert home.calls.begun[leg] == ("diamond", "zh")
        assert home.calls.queued == [(leg, "cards", {"cards": 1, "zh": 1}, 30)]
        assert home.calls.managers[leg] == "8001"
        assert home.pbx.live[leg].place == "centre-wait"
        assert sounds(home.pbx)[-1] == "/zh/main.connecting"
        assert home.runner.visits == 0


@virtual_time
async def test_key_stops_the_prompt_at_once_and_the_next_one_starts(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await home.call("12")
        await asyncio.sleep(0.2)
        assert sounds(home.pbx) == ["/zh/main.welcome.prompt", "/zh/main.main.prompt", "/zh/main.cards.prompt"]


@virtual_time
async def test_key_in_the_moment_before_a_prompt_starts_stops_it_too(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        leg = await home.call("1")
        await asyncio.sleep(0.5)
        home.pbx.press(leg, "2")
        await asyncio.sleep(0.0005)  # the switch has the command to play and does not play yet
        assert not home.pbx.live[leg].stop_keys
        home.pbx.press(leg, "1")
        await asyncio.sleep(0.2)
        assert sounds(home.pbx)[-1] == "/zh/main.connecting"


@virtual_time
async def test_keys_typed_ahead_without_pause_are_not_lost(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        leg = home.pbx.call("13800000009", NUMBER)
        home.pbx.press(leg, "221")
        await asyncio.sleep(6)
        assert home.calls.queued == [(leg, "cards", {"cards": 1, "en": 1}, 0)]
        assert home.calls.languages[leg] == "en"


@virtual_time
async def test_silent_caller_reaches_a_person(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        leg = await home.call()
        await asyncio.sleep(300)
        assert [each[:2] for each in home.calls.queued] == [(leg, "general")]


@virtual_time
async def test_caller_outside_hours_leaves_a_message_to_be_answered_by_mail(tmp_path: Path) -> None:
    async with house(tmp_path, special="closed") as home:
        leg = await home.call("13")
        await asyncio.sleep(6.4)
        home.pbx.speak(leg, 4)
        await asyncio.sleep(5)
        home.pbx.press(leg, "#")
        await asyncio.sleep(1)
        home.pbx.press(leg, "3")
        await asyncio.sleep(10)
        (message,) = await home.messages()
        assert (message.call, message.contact_by, message.state) == (leg, "email", "open")
        assert 4 < message.seconds < 6
        assert message.deadline_at > message.left_at
        assert wav_seconds(Path(message.raw)) == message.seconds
        assert home.calls.finished == [(leg, "message", "system")]
        assert leg not in home.pbx.live


@pytest.mark.parametrize("contact", ["", "2"])
@virtual_time
async def test_message_is_kept_when_the_caller_hangs_up(tmp_path: Path, contact: str) -> None:
    async with house(tmp_path, special="closed") as home:
        leg = await home.call("13")
        await asyncio.sleep(10)
        if contact:
            home.pbx.press(leg, "#")
            await asyncio.sleep(1)
            home.pbx.press(leg, contact)
            await asyncio.sleep(0.1)
        home.pbx.hang_up(leg)
        await asyncio.sleep(1)
        (message,) = await home.messages()
        assert message.contact_by == ("sms" if contact else "call_back")
        assert home.calls.finished == [(leg, "message", "customer")]
        assert home.runner.visits == 0


@pytest.mark.parametrize("after", [0.0, 0.001, 0.5, 1.5, 3.2, 4.0, 6.0, 20.0])
@virtual_time
async def test_caller_who_hangs_up_at_any_point_leaves_nothing_behind(tmp_path: Path, after: float) -> None:
    async with house(tmp_path, special="closed") as home:
        with capture_logs() as logs:
            leg = home.pbx.call("13800000009", NUMBER)
            for key in "13":
                if after > 2:
                    await asyncio.sleep(1)
                    home.pbx.press(leg, key)
            await asyncio.sleep(after)
            if leg in home.pbx.live:
                home.pbx.hang_up(leg)
            await asyncio.sleep(5)
        assert home.runner.visits == 0
        assert [task for task in asyncio.all_tasks() if task.get_name().startswith("ivr:")] == []
        assert [line for line in logs if line["log_level"] in ("error", "warning")] == []


@virtual_time
async def test_fault_in_a_menu_is_reported_once_and_the_caller_reaches_a_person(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.calls.broken.add("main")
        with capture_logs() as logs:
            leg = await home.call("2")
            await asyncio.sleep(5)
        assert home.calls.queued == [(leg, "general", {"en": 1}, 0)]
        assert sounds(home.pbx)[-1] == "/en/main.phrases.trouble"
        failed, fault = [line for line in logs if line["log_level"] == "error"]
        assert (failed["step"], fault["event"], fault["why"]) == ("main", "menu fault", "RuntimeError in the engine")


@virtual_time
async def test_fault_with_nobody_to_take_the_call_is_told_to_the_caller(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.calls.broken.add("main")
        home.calls.refused.add("general")
        leg = await home.call("1")
        await asyncio.sleep(6)
        assert sounds(home.pbx)[-1] == "/zh/main.phrases.sorry"
        assert leg not in home.pbx.live
        assert home.calls.finished == [(leg, "failed", "system")]


@virtual_time
async def test_fault_at_night_is_told_to_the_caller_instead_of_music_for_ever(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        never = hours.Schedule(weekly={}, holidays="none")
        rules = home.runner._rules
        night = hours.Hours(schedules={**rules.hours.schedules, "personal": never})
        home.runner.use_rules(Rules(rules.menus, rules.customers, night, ZONE))
        home.calls.broken.add("main")
        leg = await home.call("1")
        await asyncio.sleep(6)
        assert (home.calls.queued, sounds(home.pbx)[-1]) == ([], "/zh/main.phrases.sorry")
        assert home.calls.finished == [(leg, "failed", "system")]


@pytest.mark.parametrize(
    ("mute", "keys", "heard"),
    [
        ("main.cards.prompt", "12", "trouble"),  # a menu
        ("main.branches.prompt", "123", "trouble"),  # a play
        ("main.goodbye.prompt", "123", "trouble"),  # the last words
        ("main.connecting", "10", "trouble"),  # the announcement of a queue
        ("main.main.options.0.say", "1", "trouble"),  # an option
    ],
)
@virtual_time
async def test_prompt_that_cannot_be_heard_is_made_up_for_by_a_sentence_and_a_person(
    tmp_path: Path, mute: str, keys: str, heard: str
) -> None:
    async with house(tmp_path) as home:
        home.prompts.missing.add(mute)
        leg = await home.call(keys)
        await asyncio.sleep(60)
        assert f"/zh/main.phrases.{heard}" in sounds(home.pbx)
        assert [each[:2] for each in home.calls.queued] == [(leg, "general")]


@virtual_time
async def test_call_that_cannot_be_recorded_in_the_database_is_told_so_and_ended(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.calls.broken.add("begin")
        leg = await home.call()
        await asyncio.sleep(5)
        assert sounds(home.pbx) == ["/zh/main.phrases.sorry"]
        assert leg not in home.pbx.live


class DeafPbx(FakePbx):
    """Cannot write messages."""

    async def record(self, command: Record) -> Recorded:
        return Recorded("hangup")


@virtual_time
async def test_message_that_cannot_be_recorded_is_reported_and_the_caller_is_told(tmp_path: Path) -> None:
    async with house(tmp_path, special="closed", kind=DeafPbx) as home:
        with capture_logs() as logs:
            leg = await home.call("13")
            await asyncio.sleep(15)
        assert sounds(home.pbx)[-1] == "/zh/main.phrases.sorry"
        assert home.calls.finished == [(leg, "failed", "system")]
        assert await home.messages() == []
        assert [line["event"] for line in logs if line["log_level"] == "error"] == [
            "message not recorded",
            "menu fault",
        ]


@virtual_time
async def test_missing_prompt_is_reported_once_and_every_caller_reaches_a_person(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        home.prompts.missing.add("main.main.prompt")
        with capture_logs() as logs:
            legs = [await home.call("1"), await home.call("1")]
            await asyncio.sleep(10)
            again = await home.call("1")
            await asyncio.sleep(3600)
            once_more = await home.call("1")
            await asyncio.sleep(10)
        (fault,) = [line for line in logs if line["event"] == "menu fault"]
        line = home.runner._rules.menus[NUMBER].line("steps", "main")
        assert fault["place"] == f"main.yaml:{line}: step main"
        assert fault["why"] == "prompt main.main.prompt (zh) was never made"
        assert sounds(home.pbx).count("/zh/main.phrases.trouble") == 4
        assert [each[0] for each in home.calls.queued] == [*legs, again, once_more]


@virtual_time
async def test_caller_in_the_menu_when_the_link_breaks_is_taken_up_again_in_his_language(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        leg = await home.call("2")
        home.pbx.link_down()
        await asyncio.sleep(2)
        home.pbx.heard.clear()
        home.pbx.link_up()
        await asyncio.sleep(20)
        assert sounds(home.pbx)[0] == "/zh/main.welcome.prompt"
        home.pbx.press(leg, "20")
        await asyncio.sleep(5)
        assert [each[:2] for each in home.calls.queued] == [(leg, "general")]
        assert len(home.calls.begun) == 1


@virtual_time
async def test_second_arrival_of_the_same_leg_does_not_start_a_second_visit(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        leg = await home.call()
        await home.runner.on_arrival(CallArrived(now(), leg, "13800000009", NUMBER))
        assert home.runner.visits == 1
        home.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert isinstance(home.pbx.events[-1], LegEnded)
        assert home.runner.visits == 0


@virtual_time
async def test_caller_whose_agent_has_left_lands_at_the_survey_and_his_answer_is_the_agents(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        leg = home.pbx.call()
        home.calls.landings[leg] = Landing("rate-agent", "en", "8001", "cards")
        await asyncio.sleep(1)
        home.pbx.press(leg, "2")
        await asyncio.sleep(5)
        assert home.calls.path == [("rate-agent", ""), ("rated", "2"), ("rate-why", "")]
        assert sounds(home.pbx)[0] == "/en/main.rate-agent.prompt"
        async with home.db.reading() as session:
            (answer,) = await session.scalars(select(SurveyAnswer))
        assert (answer.call, answer.agent, answer.queue) == (leg, "8001", "cards")
        assert (answer.step, answer.question, answer.answer) == ("rate-agent", "score", 2)
        assert (answer.lowest, answer.highest) == (1, 5)
        home.pbx.link_down()
        await asyncio.sleep(1)
        home.pbx.link_up()
        await asyncio.sleep(1)
        home.pbx.press(leg, "4")  # he is asked again
        await asyncio.sleep(1)
        async with home.db.reading() as session:
            (answer,) = await session.scalars(select(SurveyAnswer))
        assert (answer.agent, answer.answer) == ("8001", 4)


@virtual_time
async def test_landing_at_a_step_that_another_version_had_is_the_menus_beginning(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        leg = home.pbx.call()
        home.calls.landings[leg] = Landing("of-yesterday", "zh", "8001", "cards")
        await asyncio.sleep(1)
        assert home.calls.path[0] == ("by-age", "")
        assert leg in home.pbx.live


@pytest.mark.parametrize("answered", [True, False])
@virtual_time
async def test_caller_sent_outside_comes_back_only_when_nobody_answers(tmp_path: Path, answered: bool) -> None:
    async with house(tmp_path) as home:
        home.calls.not_connected = "" if answered else "busy"
        home.runner.use_rules(replace(home.runner._rules, menus={NUMBER: write_menu(tmp_path, SERVICE)}))
        await home.call("3", every=0.3)
        await asyncio.sleep(12)
        assert home.calls.outside == ["110"]
        assert [step for step, _ in home.calls.path][:3] == ["main", "outside", "main"][: 2 if answered else 3]
