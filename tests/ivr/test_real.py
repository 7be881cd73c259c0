"""The menu on a real Asterisk with real SIP callers: what they hear, press and say."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio
import soundfile
import vosk
from sqlalchemy import delete

from app.phones.caller import CallerLines, HangUp, Press, Say, Step, UntilAnswered, UntilEnded, Wait
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.settings import ROOT
from ivr import customers, hours, repository
from ivr.effects import Pressed
from ivr.models import Message
from ivr.prompts import PromptStore, cache_of_user
from ivr.runner import Rules, Runner
from ivr.voice import synthesise
from pbx import commands
from pbx.ami import LinkParameters
from pbx.asterisk import AsteriskSwitch
from pbx.events import CallArrived
from tests.asterisk import HOTLINE, RunningAsterisk, running_asterisk
from tests.ivr.material import SERVICE, shipped, write_menu

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

NUMBER = "13800000001"
MODEL = ROOT / "config" / "models" / "zh-espeak"
TO_MESSAGE = (
    UntilAnswered(), Press("1"), Wait(0.5), Press("3"),
    Wait(0.5), Press("5"), Wait(0.5), Press("5"), Wait(2),
)  # fmt: skip
"""Loans are closed; any key cuts the announcement and the request to speak short."""


@dataclass
class Queue:
    """Stands in for the distributor: notes what it is told and puts callers into the music."""

    switch: AsteriskSwitch
    path: list[str] = field(default_factory=list)
    queued: list[str] = field(default_factory=list)
    finished: list[tuple[str, str]] = field(default_factory=list)

    async def begin(self, event: CallArrived, tier: str, language: str) -> str:
        return event.leg

    async def step(self, call: str, at: float, step: str, keys: str) -> None:
        self.path.append(f"{keys}>{step}" if keys else step)

    async def set_language(self, call: str, language: str) -> None:
        pass

    async def enqueue(self, call: str, queue: str, skills: dict[str, int], priority: int) -> None:
        self.queued.append(queue)
        await self.switch.do(commands.Wait(call))

    async def finish(self, call: str, outcome: str, ended_by: str) -> None:
        self.finished.append((outcome, ended_by))

    def sent_back(self, leg: str) -> str:
        return ""

    async def resume(self, leg: str) -> tuple[str, str] | None:
        return None


@dataclass
class House:
    asterisk: RunningAsterisk
    lines: CallerLines
    runner: Runner
    queue: Queue
    db: Database
    rules: dict[str, Rules]

    async def messages(self) -> list[Message]:
        async with self.db.reading() as session:
            return list(await repository.messages(session))


@pytest_asyncio.fixture(loop_scope="module")
async def home(house: House) -> House:
    """The shared house with nothing from the test before."""
    await until(lambda: house.runner.visits == 0)
    house.runner.use_rules(house.rules["main"])
    for told in (house.queue.path, house.queue.queued, house.queue.finished):
        told.clear()
    async with house.db.transaction() as tx:
        await tx.session.execute(delete(Message))
    return house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A menu whose business hours are over."""
    bus = Bus()
    table = hours.load(ROOT / "config")
    closed = {"weekly": {}, "holidays": "none"}
    table = hours.Hours.model_validate({"schedules": {"business": closed, "always": table.schedules["always"]}})
    menu = shipped()
    long = SERVICE.replace("{zh: 主菜单", "{zh: " + "这里是主菜单，" * 8)
    service = write_menu(tmp_path_factory.mktemp("menu"), long)
    db = Database(f"sqlite+aiosqlite:///{tmp_path_factory.mktemp('ivr')}/ivr.db", bus)
    await db.create_all()
    async with running_asterisk() as asterisk:
        info = asterisk.info
        prompts = PromptStore(info.sounds / "prompts", ROOT / "config" / "prompts", cache=cache_of_user())
        assert await prompts.prepare([*menu.all_spoken(), *service.all_spoken()]) == []
        switch = AsteriskSwitch(LinkParameters(info.ami_port, info.ami_user, info.ami_secret, info.ami_host), bus)
        queue = Queue(switch)
        rules = Rules({HOTLINE: menu}, customers.load(ROOT / "config"), table, ZoneInfo("Asia/Shanghai"))
        runner = Runner(
            switch=switch, calls=queue, rules=rules, prompts=prompts, db=db,
            messages_dir=info.spool / "messages", clock=system_clock,
        )  # fmt: skip
        runner.listen(bus)
        link = asyncio.create_task(switch.run())
        async with CallerLines("127.0.0.1", info.sip_port) as lines:
            await asyncio.sleep(1)
            yield House(
                asterisk, lines, runner, queue, db, {"main": rules, "service": replace(rules, menus={HOTLINE: service})}
            )
        await runner.stop()
        await switch.close()
        link.cancel()
    await db.close()


async def until(what: Callable[[], bool], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110  # what is awaited has no event of its own
            await asyncio.sleep(0.05)


async def test_caller_hears_the_menu_and_keys_lead_to_the_queue(home: House, tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    script = (UntilAnswered(), Wait(8), Press("1"), Wait(3.5), Press("2"), Wait(2.6), Press("1"), Wait(5), HangUp())
    result = await (await home.lines.caller(NUMBER, HOTLINE)).run(script, heard)
    assert result.faults == []
    assert home.queue.path == ["by-age", "welcome", "1>speak-chinese", "main", "2>cards", "1>cards-person"]
    assert home.queue.queued == ["cards"]
    await until(lambda: soundfile.info(heard).frames > 0)  # written out a moment after the hang-up
    text = recognised(heard)
    assert "中文服务请按一" in text
    assert "银行卡" in text
    assert "正在为您转接" in text


async def test_keys_pressed_in_one_go_are_not_lost(home: House) -> None:
    script = (UntilAnswered(), Press("2"), Press("2"), Press("1"), Wait(6), HangUp())
    await (await home.lines.caller(NUMBER, HOTLINE)).run(script)
    assert home.queue.queued == ["cards"]
    assert home.runner.visits == 0


async def test_message_outside_hours_is_stored_and_understood(home: House, tmp_path: Path) -> None:
    wish = synthesise("您好，我想了解一下个人贷款的利率。", "zh", tmp_path / "wish.wav", "+m3")
    script = (*TO_MESSAGE, Say(wish), Wait(0.5), Press("#"), Wait(1), Press("2"), UntilEnded(15))
    result = await (await home.lines.caller(NUMBER, HOTLINE)).run(script, tmp_path / "heard.wav")
    assert (result.ended_by, result.faults) == ("centre", [])
    (message,) = await home.messages()
    assert (message.contact_by, message.caller) == ("sms", NUMBER)
    assert "个人贷款的利率" in recognised(Path(message.path))
    assert home.queue.finished == [("message", "system")]


async def test_caller_who_hangs_up_while_speaking_leaves_his_message(home: House, tmp_path: Path) -> None:
    wish = synthesise("请给我回电话，谢谢。", "zh", tmp_path / "wish.wav", "+m3")
    script = (*TO_MESSAGE, Say(wish), HangUp())
    await (await home.lines.caller(NUMBER, HOTLINE)).run(script)
    await until(lambda: home.queue.finished == [("message", "customer")])
    (message,) = await home.messages()
    assert message.contact_by == "call_back"
    assert "回电话" in recognised(Path(message.path))
    await until(lambda: home.runner.visits == 0)
    assert await home.queue.switch.legs() == ()


def slowly(keys: str) -> list[Step]:
    """As a finger presses them: without pauses a busy machine sends two keys as one."""
    return [step for key in keys for step in (Press(key), Wait(0.15))]


async def test_verified_customer_hears_his_balance_in_prepared_pieces(home: House, tmp_path: Path) -> None:
    home.runner.use_rules(home.rules["service"])
    keys = slowly("246810")
    script: tuple[Step, ...] = (UntilAnswered(), Wait(0.5), Press("2"), Wait(2.5), *keys, Wait(9), HangUp())
    heard = tmp_path / "heard.wav"
    result = await (await home.lines.caller(NUMBER, HOTLINE)).run(script, heard)
    assert result.faults == []
    assert home.queue.path[:5] == ["main", "2>find", "pin", "••••>balance", "main"]
    await until(lambda: soundfile.info(heard).frames > 0)
    assert "十万五千二百三十" in recognised(heard)


async def test_card_number_date_survey_and_sub_flow_by_real_keys(home: House) -> None:
    home.runner.use_rules(home.rules["service"])
    card, born = slowly("16222021234567894#"), slowly("819491231")
    script: tuple[Step, ...] = (UntilAnswered(), Wait(0.5), *card, Wait(9), *born, UntilEnded(20))
    await (await home.lines.caller(NUMBER, HOTLINE)).run(script)
    assert home.queue.path == ["main", "1>card", "••••7894>card-said", "main", "8>birth", "19491231>born-said", "bye"]
    home.queue.path.clear()
    await (await home.lines.caller(NUMBER, HOTLINE)).run((UntilAnswered(), Press("5"), Press("5"), UntilEnded(15)))
    await (await home.lines.caller(NUMBER, HOTLINE)).run((UntilAnswered(), Press("6"), UntilEnded(15)))
    steps = "main 5>survey 5>rated bye main 6>detour noted told turn bye"
    assert home.queue.path == steps.split()


async def test_call_back_is_promised_and_transfer_refused_to_a_real_caller(home: House) -> None:
    home.runner.use_rules(home.rules["service"])
    script = (UntilAnswered(), Press("3"), Wait(3), Press("4"), Wait(1), Press("1"), UntilEnded(15))
    await (await home.lines.caller(NUMBER, HOTLINE)).run(script)
    assert home.queue.path == ["main", "3>outside", "main", "4>call-back"]
    (message,) = await home.messages()
    assert (message.caller, message.contact_by, message.state) == (NUMBER, "call_back", "open")


async def test_sound_that_starts_after_its_key_is_stopped_all_the_same(home: House) -> None:
    """The command is with the switch, the key was before it: `STREAM FILE` alone would play to the end."""
    home.runner.use_rules(home.rules["service"])
    caller = await home.lines.caller(NUMBER, HOTLINE)
    talk = asyncio.create_task(caller.run((UntilAnswered(), Wait(8), HangUp())))
    await until(lambda: home.runner.visits == 1 and home.queue.path == ["main"])
    await asyncio.sleep(0.5)
    (visit,) = home.runner._visits.values()
    said = visit._session._talk.token
    visit.tell(Pressed(system_clock(), "6"))  # heard by us, not by the sound that is playing
    began = system_clock()
    await until(lambda: home.runner._visits == {} or visit._session._talk.token > said + 1, 5)
    assert system_clock() - began < 3.5  # the sub-flow's short sentence, not the rest of the menu before it
    await talk


def recognised(wav: Path) -> str:
    samples, rate = soundfile.read(wav, dtype="int16")
    recogniser = vosk.KaldiRecognizer(vosk.Model(str(MODEL)), rate)
    parts = []
    for start in range(0, len(samples), rate):
        if recogniser.AcceptWaveform(samples[start : start + rate].tobytes()):
            parts.append(json.loads(recogniser.Result())["text"])
    parts.append(json.loads(recogniser.FinalResult())["text"])
    return "".join(parts).replace(" ", "")
