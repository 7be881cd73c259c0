"""The menu on a real Asterisk with real SIP callers: what they hear, press and say."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
import pytest_asyncio
import soundfile
import vosk
from sqlalchemy import delete
from structlog.testing import capture_logs

from acd.models import Call
from app.phones.caller import CallerLines, HangUp, Press, Say, Step, UntilAnswered, UntilEnded, Wait
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.settings import ROOT
from ivr import customers, hours
from ivr.effects import Pressed
from ivr.faults import kept as faults
from ivr.messages import repository
from ivr.models import Message
from ivr.prompts.store import PromptStore, cache_of_user
from ivr.prompts.voice import synthesise
from ivr.published.book import Speakable
from ivr.runner import Rules, Runner
from ivr.speaking.hearing import Hearing
from ivr.standing import link_is_down
from pbx.ami import LinkParameters
from pbx.asterisk import AsteriskSwitch
from recordings.speech.languages import Engines, SpeechModel, SpeechModels
from tests.asterisk import HOTLINE, RunningAsterisk, running_asterisk
from tests.ivr.bank import CODE, Bank, as_met
from tests.ivr.distributor import Queue
from tests.ivr.material import SERVICE, SPEAKING, shipped, write_menu
from tests.servers import free_port
from tests.tones import RATE, times_heard

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="module")]

NUMBER = "13800000001"
MODEL = ROOT / "config" / "models" / "zh-espeak"
PAUSE = 0.3
TO_MESSAGE = (UntilAnswered(), Press("1"), Wait(0.5), Press("3"), Wait(0.5), Press("5"), Wait(0.5), Press("5"), Wait(2))
"""Loans are closed; any key cuts the announcement and the request to speak short."""


@dataclass
class House:
    asterisk: RunningAsterisk
    lines: CallerLines
    runner: Runner
    queue: Queue
    db: Database
    rules: dict[str, Rules]
    bank: Bank
    folder: Path

    async def messages(self) -> list[Message]:
        async with self.db.reading() as session:
            return list(await repository.messages(session))


@pytest_asyncio.fixture(loop_scope="module")
async def home(house: House) -> House:
    """The shared house with nothing from the test before."""
    await until(lambda: house.runner.visits == 0)
    house.runner.use_rules(house.rules["main"])
    for told in (house.queue.path, house.queue.queued, house.queue.identified, house.queue.finished):
        told.clear()
    house.queue.visited.clear()
    house.queue.handed.clear()
    async with house.db.transaction() as tx:
        await tx.session.execute(delete(Message))
    return house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """A menu whose business hours are over."""
    bus = Bus()
    table = hours.load(ROOT / "config")
    closed = {"weekly": {}, "holidays": "none"}
    table = hours.Hours.model_validate(
        {"schedules": {"business": closed, "personal": table.schedules["always"], "always": table.schedules["always"]}}
    )
    menu = shipped()
    service = write_menu(tmp_path_factory.mktemp("menu"), as_met(SERVICE, bank_port := free_port()))
    stray = as_met(SERVICE, bank_port).replace("{below: 3, go: person}", "{below: 3, go: turn}")
    broken = write_menu(tmp_path_factory.mktemp("menu"), stray)
    speaking = write_menu(tmp_path_factory.mktemp("menu"), SPEAKING)
    folder = tmp_path_factory.mktemp("ivr")
    db = Database(f"sqlite+aiosqlite:///{folder}/ivr.db", bus)
    await db.create_all()
    async with running_asterisk() as asterisk:
        info = asterisk.info
        prompts = PromptStore(info.sounds / "prompts", ROOT / "config" / "prompts", cache=cache_of_user())
        assert await prompts.prepare([*menu.all_spoken(), *service.all_spoken(), *speaking.all_spoken()]) == []
        switch = AsteriskSwitch(LinkParameters(info.ami_port, info.ami_user, info.ami_secret, info.ami_host), bus)
        queue = Queue(switch)
        rules = Rules({HOTLINE: menu}, customers.load(ROOT / "config"), table, ZoneInfo("Asia/Shanghai"))
        engines = Engines(SpeechModels(models={"zh": SpeechModel(path=MODEL, rate=8000, test=True)}))
        ears = Hearing(switch, engines, frozenset({"zh"}), info.spool / "ears", system_clock)
        await ears.begin()
        runner = Runner(
            switch=switch, calls=queue, outside=queue, rules=rules, prompts=prompts, db=db,
            versions=Speakable(db, prompts).of,
            messages_dir=info.spool / "messages", clock=system_clock, ears=ears,
        )  # fmt: skip
        runner.listen(bus)
        link = asyncio.create_task(switch.run())
        async with CallerLines("127.0.0.1", info.sip_port) as lines:
            await switch.beating.wait()
            each = {
                "main": rules,
                "service": replace(rules, menus={HOTLINE: service}),
                "broken": replace(rules, menus={HOTLINE: broken}),
                "speaking": replace(rules, menus={HOTLINE: speaking}),
            }
            async with Bank(bank_port) as bank:
                yield House(asterisk, lines, runner, queue, db, each, bank, folder)
        await runner.stop()
        ears.close()
        await switch.close()
        link.cancel()
    await db.close()


async def until(what: Callable[[], bool], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not what():  # noqa: ASYNC110  # what is awaited has no event of its own
            await asyncio.sleep(0.05)


async def no_leg_is_left(home: House) -> None:
    while await home.queue.switch.legs():  # noqa: ASYNC110  # what is awaited has no event of its own
        await asyncio.sleep(0.05)


async def test_caller_hears_the_menu_and_keys_lead_to_the_queue(home: House, tmp_path: Path) -> None:
    heard = tmp_path / "heard.wav"
    script = (
        UntilAnswered(), Wait(8), Press("1"), Wait(0.6), Press("#"), Wait(2.6), Press("2"), Wait(0.6), Press("*"),
        Wait(0.6), Press("2"), Wait(2.6), Press("1"), Wait(5), HangUp(),
    )  # fmt: skip
    result = await (await home.lines.caller(NUMBER, HOTLINE)).run(script, heard)
    assert result.faults == []
    way = "by-age welcome 1>speak-chinese main #>main 2>cards *>main 2>cards 1>cards-person"
    assert home.queue.path == way.split()
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
    await until(lambda: home.runner.visits == 0)


async def test_message_outside_hours_is_stored_and_understood(home: House, tmp_path: Path) -> None:
    wish = synthesise("您好，我想了解一下个人贷款的利率。", "zh", tmp_path / "wish.wav", "+m3")
    script = (*TO_MESSAGE, Say(wish), Wait(0.5), Press("#"), Wait(1), Press("2"), UntilEnded(40))
    result = await (await home.lines.caller(NUMBER, HOTLINE)).run(script, tmp_path / "heard.wav")
    assert (result.ended_by, result.faults) == ("centre", [])
    (message,) = await home.messages()
    assert (message.contact_by, message.caller) == ("sms", NUMBER)
    assert "个人贷款的利率" in recognised(Path(message.raw))
    assert home.queue.finished == [("message", "system")]


async def test_caller_who_hangs_up_while_speaking_leaves_his_message(home: House, tmp_path: Path) -> None:
    wish = synthesise("请给我回电话，谢谢。", "zh", tmp_path / "wish.wav", "+m3")
    script = (*TO_MESSAGE, Say(wish), HangUp())
    await (await home.lines.caller(NUMBER, HOTLINE)).run(script)
    await until(lambda: home.queue.finished == [("message", "customer")])
    (message,) = await home.messages()
    assert message.contact_by == "call_back"
    assert "回电话" in recognised(Path(message.raw))
    await until(lambda: home.runner.visits == 0)
    await no_leg_is_left(home)


async def test_link_that_breaks_while_callers_speak_neither_ends_their_calls_nor_cuts_their_messages(
    home: House, tmp_path: Path
) -> None:
    """One hangs up while it is broken, one speaks on beyond that and then hears the menu again."""
    wish = synthesise("您好，我想了解一下个人贷款的利率。", "zh", tmp_path / "wish.wav", "+m3")

    async def speak(number: str, *then: Step) -> None:
        script = (*TO_MESSAGE, Say(wish), *then)
        await (await home.lines.caller(number, HOTLINE)).run(script, tmp_path / f"{number}.wav")

    stays = asyncio.create_task(speak(NUMBER, Say(wish), Wait(1), Press("#"), Wait(7), HangUp()))
    goes = asyncio.create_task(speak("13900000008", HangUp()))
    legs: set[str] = set()
    while len(legs) < 2:  # what is awaited has no event of its own
        await asyncio.sleep(0.1)
        async with home.db.reading() as session:
            legs = {each.call for each in await repository.unfinished(session)}
    async with home.db.transaction() as tx:
        tx.session.add_all(Call(id=leg, leg=leg, caller="", dialled="", state="menu", arrived_at=0) for leg in legs)
    was_down = False
    while not goes.done():
        await home.asterisk.server.cut_links()
        was_down = was_down or await link_is_down(home.queue.switch)
    assert was_down
    await asyncio.gather(stays, goes)
    await until(lambda: home.runner.visits == 0)
    said = {each.caller: each for each in await home.messages()}
    assert {each.contact_by for each in said.values()} == {"call_back"}
    assert [recognised(Path(said[number].raw)).count("个人贷款") for number in (NUMBER, "13900000008")] == [2, 1]
    assert "中文服务请按一" in recognised(tmp_path / f"{NUMBER}.wav")
    await no_leg_is_left(home)


def slowly(keys: str) -> list[Step]:
    """As a finger presses them: without pauses a busy machine sends two keys as one."""
    return [step for key in keys for step in (Wait(PAUSE), Press(key))]


async def test_verified_customer_hears_his_balance_in_prepared_pieces(home: House, tmp_path: Path) -> None:
    home.runner.use_rules(home.rules["service"])
    keys = (*slowly("246810"), Wait(0.8), Press("#"))  # an end key when the balance has begun: it cuts nothing off
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
    script: tuple[Step, ...] = (UntilAnswered(), Wait(0.5), *card, Wait(9), *born, UntilEnded(60))
    await (await home.lines.caller(NUMBER, HOTLINE)).run(script)
    assert home.queue.path == ["main", "1>card", "••••7894>card-said", "main", "8>birth", "••••>born-said", "bye"]
    home.queue.path.clear()
    await (await home.lines.caller(NUMBER, HOTLINE)).run((UntilAnswered(), Press("5"), Press("5"), UntilEnded(40)))
    await (await home.lines.caller(NUMBER, HOTLINE)).run((UntilAnswered(), Press("6"), UntilEnded(40)))
    steps = "main 5>survey 5>rated bye main 6>detour noted told jump turn bye"
    assert home.queue.path == steps.split()


async def test_call_back_is_promised_and_transfer_refused_to_a_real_caller(home: House) -> None:
    home.runner.use_rules(home.rules["service"])
    script = (UntilAnswered(), Press("3"), Wait(3), Press("4"), Wait(1), Press("1"), UntilEnded(40))
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
    await until(lambda: home.runner._visits == {} or visit._session._talk.token > said + 1)
    assert system_clock() - began < 3.5  # the sub-flow's short sentence, not the rest of the menu before it
    await talk


async def test_wrong_pin_then_locked_and_a_secret_that_only_the_bank_sees(home: House) -> None:
    """Two wrong tries lock; the code typed for the bank's service is in its question and nowhere else."""
    home.runner.use_rules(home.rules["service"])
    wrong, right = slowly("111111"), slowly("135790")
    tries: tuple[Step, ...] = (*wrong, Wait(1.5), *wrong, Wait(1.5))
    script = (UntilAnswered(), Press("2"), Wait(2.5), *tries, Press("2"), Wait(2.5), *right, UntilEnded(40))
    with capture_logs() as logs:
        await (await home.lines.caller("13800000002", HOTLINE)).run(script)
        assert home.queue.path == ["main", "2>find", "pin", "••••>pin", "••••>main", "2>find", "pin", "••••>bye"]
        home.queue.path.clear()
        script = (UntilAnswered(), Press("7"), Wait(0.5), *slowly(CODE), UntilEnded(40))
        await (await home.lines.caller(NUMBER, HOTLINE)).run(script)
        assert home.queue.path == ["main", "7>ask-pin", "••••>web", "bye"]
    assert CODE in home.bank.asked
    spool = home.asterisk.info.spool
    files = [each for root in (home.folder, spool.parent) for each in root.rglob("*") if each.is_file()]
    assert len(files) > 10
    assert [each for each in files if CODE.encode() in each.read_bytes()] == []
    assert CODE not in repr((logs, home.queue.path))


HANG_UPS: tuple[tuple[tuple[str, str], ...], ...] = (
    (("main", ""),),
    (("main", "1"), ("card", "622")),
    (("main", "7"), ("ask-pin", CODE), ("web", "")),
    (("main", "2"), ("pin", "13")),
    (("main", "8"), ("birth", "19491231"), ("born-said", "")),
    (("main", "4"), ("call-back", "")),
    (("main", "4"), ("call-back", "2020")),
    (("main", "5"), ("survey", "")),
    (("main", "6"), ("told", "")),
    (("main", "3"), ("outside", "")),
    (("main", "9"), ("box", "5")),
    (("main", "0"), ("person", "")),
)
"""The keys of each caller at each step; then he hangs up."""


async def hang_up_on_the_way(home: House, number: str, way: tuple[tuple[str, str], ...]) -> None:
    line = await home.lines.caller(number, HOTLINE)
    line.dial()
    assert await line.until_answered()
    for step, keys in way:
        await until(lambda here=step: (number, here) in home.queue.visited)  # type: ignore[misc]  # here is bound
        for key in keys:
            await asyncio.sleep(PAUSE)
            line.press(key)
    await asyncio.sleep(1.2 if way[-1][0] == "box" else 0.3)  # he has begun to speak
    line.hang_up()
    assert await line.until_ended(60)


async def test_callers_who_hang_up_in_every_kind_of_step_leave_nothing_behind(home: House) -> None:
    home.runner.use_rules(home.rules["service"])
    home.bank.seconds = 2.0
    four = asyncio.Semaphore(4)

    async def one(n: int, way: tuple[tuple[str, str], ...]) -> None:
        async with four:
            known = "13800000005" if way[-1][0] == "pin" else f"139000000{n:02}"
            await hang_up_on_the_way(home, known, way)

    with capture_logs() as logs:
        await asyncio.gather(*(one(n, way) for n, way in enumerate(HANG_UPS)))
        await until(lambda: home.runner.visits == 0)
    home.bank.seconds = 0.0
    await no_leg_is_left(home)
    assert [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("ivr:")] == []
    async with home.db.reading() as session:
        assert await repository.unfinished(session) == []
    assert [each for each in logs if each["log_level"] == "error"] == []


TOLD = ("steps", "told", "prompt"), {"zh": "知道", "en": "noted"}, "zh"
BROKEN = {
    "13900000001": ("6", "told", "prompt", 2),
    "13900000002": ("6", "told", "prompt", 2),
    "13900000003": (f"7{CODE}", "web", "lookup", 2),
    "13900000004": (f"7{CODE}", "web", "lookup", 2),
    "13900000005": ("51", "turn", "return", 1),
}
"""The keys of each caller, the step where they lead, what is wrong there, and how many meet it."""


async def faults_told(home: House) -> set[tuple[str, str, int, int]]:
    async with home.db.reading() as session:
        return {(row.step, row.kind, row.line, row.calls) for row in await faults.unseen(session)}


async def test_callers_who_meet_broken_steps_are_told_and_reach_a_person_and_each_fault_is_told_once_with_its_place(
    home: House, tmp_path: Path
) -> None:
    """A prompt whose sound is gone, a service of nonsense, one that hangs, a return without a sub-flow."""
    home.runner.use_rules(home.rules["broken"])
    menu = home.rules["broken"].menus[HOTLINE]
    home.bank.answers = {"13900000003": b"<html>", "13900000004": b""}
    before = await faults_told(home)

    async def call(number: str, keys: str) -> int:
        line = await home.lines.caller(number, HOTLINE)
        line.dial(heard := tmp_path / f"{number}.wav")
        assert await line.until_answered()
        for step in slowly(keys):
            await line._take(step)
        await until(lambda: number in home.queue.handed)
        line.hang_up()
        assert await line.until_ended(60)
        await until(lambda: soundfile.info(heard).frames > 0)
        samples, rate = soundfile.read(heard, dtype="int16")
        assert rate == RATE
        return times_heard(np.fromfile(f"{trouble}.sln", dtype="<i2"), samples)

    trouble = home.runner._prompts.sound(menu.say(*menu.flow.phrases.trouble_part, "zh"))
    with capture_logs() as logs, gone(home.runner._prompts.sound(menu.say(*TOLD))):
        told = await asyncio.gather(*(call(number, keys) for number, (keys, *_) in BROKEN.items()))
        await until(lambda: home.runner.visits == 0)
        await home.runner.faults.close()
    assert told == [1] * len(BROKEN), "each hears once that he is connected with a person"
    assert home.queue.queued == ["general"] * len(BROKEN)
    found = await faults_told(home) - before
    assert found == {(step, kind, menu.line("steps", step), calls) for _, step, kind, calls in BROKEN.values()}
    logged = [each["place"] for each in logs if each["event"] == "menu fault"]
    assert sorted(logged) == sorted(f"small.yaml:{line}: step {step}" for step, _, line, _ in found)


async def test_caller_says_what_he_needs_while_the_menu_still_speaks(home: House, tmp_path: Path) -> None:
    wish = synthesise("我要挂失", "zh", tmp_path / "wish.wav", "+m3")
    script = (UntilAnswered(), Press("1"), Wait(2), Say(wish), Wait(6.5), HangUp())
    await (await home.lines.caller(NUMBER, HOTLINE)).run(script)
    assert home.queue.path == ["by-age", "welcome", "1>speak-chinese", "main", "1>lost-card"]
    assert home.queue.queued == ["lost-card"]
    await until(lambda: not list((home.asterisk.info.spool / "ears").iterdir()))


async def test_caller_who_is_not_understood_twice_uses_keys(home: House, tmp_path: Path) -> None:
    talk = [synthesise(text, "zh", tmp_path / f"{text}.wav", "+m3") for text in ("今天天气真好", "我们去吃饭吧")]
    home.runner.use_rules(home.rules["speaking"])
    script = (
        UntilAnswered(), Wait(6), Say(talk[0]), Wait(4), Say(talk[1]), Wait(3.5), Press("1"), Wait(2.5), HangUp(),
    )  # fmt: skip
    heard = tmp_path / "heard.wav"
    await (await home.lines.caller(NUMBER, HOTLINE)).run(script, heard)
    assert (home.queue.path, home.queue.queued) == (["main", "1>lost"], ["lost-card"])
    await until(lambda: soundfile.info(heard).frames > 0)
    text = recognised(heard)
    assert "再说一遍" in text
    assert "请按键" in text.replace("案件", "按键")


@contextmanager
def gone(sound: Path | None) -> Iterator[None]:
    """The switch does not find this sound meanwhile."""
    assert sound is not None
    files = list(sound.parent.glob(f"{sound.name}.*"))
    assert files
    for file in files:
        file.rename(file.with_name(f"away-{file.name}"))
    yield
    for file in files:
        file.with_name(f"away-{file.name}").rename(file)


def recognised(wav: Path) -> str:
    samples, rate = soundfile.read(wav, dtype="int16")
    recogniser = vosk.KaldiRecognizer(vosk.Model(str(MODEL)), rate)
    parts = []
    for start in range(0, len(samples), rate):
        if recogniser.AcceptWaveform(samples[start : start + rate].tobytes()):
            parts.append(json.loads(recogniser.Result())["text"])
    parts.append(json.loads(recogniser.FinalResult())["text"])
    return "".join(parts).replace(" ", "")
