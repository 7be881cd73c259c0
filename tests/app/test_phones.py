"""The phones that drive demonstrations and benches, against a real Asterisk."""

import asyncio
import json
from collections.abc import AsyncIterator
from difflib import SequenceMatcher
from pathlib import Path

import pytest
import soundfile
import vosk

from app.phones.agent import AgentPhone, Behaviour
from app.phones.caller import CallerLines, Press, UntilAnswered, UntilEnded, Wait, length_of
from core.errors import HotlineError
from core.settings import ROOT
from ivr.prompts.voice import synthesise
from tests.asterisk import HOTLINE, RunningAsterisk, running_asterisk
from tests.centre import PATIENCE, until

pytestmark = pytest.mark.real

NUMBER = "13800000001"


@pytest.fixture
async def asterisk() -> AsyncIterator[RunningAsterisk]:
    """Without an engine its dial plan puts callers into the fallback queue; phone 8001 is a member."""
    async with running_asterisk() as running:
        await running.server.command("queue add member PJSIP/phone-8001 to fallback")
        yield running


@pytest.fixture
async def lines(asterisk: RunningAsterisk) -> AsyncIterator[CallerLines]:
    async with CallerLines("127.0.0.1", asterisk.info.sip_port) as lines:
        yield lines


def phone(asterisk: RunningAsterisk, behaviour: Behaviour, **options: object) -> AgentPhone:
    port = asterisk.info.sip_port
    return AgentPhone("phone-8001", "secret-8001", "127.0.0.1", port, behaviour, **options)  # type: ignore[arg-type]


async def test_caller_and_agent_understand_each_other(
    asterisk: RunningAsterisk, lines: CallerLines, tmp_path: Path
) -> None:
    greeting = synthesise("您好，请问有什么可以帮您", "zh", tmp_path / "greeting.wav")
    wish = synthesise("我想查询信用卡的账单", "zh", tmp_path / "wish.wav", "+m3")
    (tmp_path / "agent").mkdir()
    caller = await lines.caller(NUMBER, HOTLINE)

    async def talk(agent: AgentPhone, number: str) -> None:
        assert number.endswith(NUMBER)
        for speaker, wav in ((agent, greeting), (caller, wish)):
            speaker.play(wav)
            await asyncio.sleep(length_of(wav) + 0.3)
        agent.hang_up()

    agent = phone(asterisk, Behaviour(0.2), on_answer=talk, recordings=tmp_path / "agent")
    await agent.start()
    try:
        result = await caller.run((UntilAnswered(), UntilEnded(90)), tmp_path / "caller.wav")
    finally:
        await agent.stop()
    assert (result.ended_by, result.faults) == ("centre", [])
    for said, wav in (
        ("您好请问有什么可以帮您", tmp_path / "caller.wav"),
        ("我想查询信用卡的账单", next((tmp_path / "agent").iterdir())),
    ):
        understood = recognised(wav)  # a busy machine loses a syllable now and then
        assert SequenceMatcher(None, said, understood).ratio() > 0.75, understood
    assert [ring.ended_by for ring in agent.rings] == ["agent"]


async def test_phone_stops_ringing_when_the_caller_hangs_up_and_takes_the_next_call(
    asterisk: RunningAsterisk, lines: CallerLines
) -> None:
    agent = phone(asterisk, Behaviour(None))
    await agent.start()
    try:
        first = await lines.caller(NUMBER, HOTLINE)
        calling = asyncio.create_task(first.run((UntilAnswered(), UntilEnded(60))))
        await until_rung(agent, 1)
        first.hang_up()
        await calling
        await asyncio.wait_for(agent.until_ended(), PATIENCE)
        assert agent.rings[0].ended_by == "cancelled"
        agent.behaviour = Behaviour(0.1)
        second = await lines.caller("13800000002", HOTLINE)
        calling = asyncio.create_task(second.run((UntilAnswered(), UntilEnded(60))))
        await until_rung(agent, 2)
        await until(lambda: answered(agent), 10, "the phone has answered")
        second.hang_up()
        result = await calling
        await asyncio.wait_for(agent.until_ended(), PATIENCE)
    finally:
        await agent.stop()
    assert result.ended_by == "caller"
    assert agent.rings[1].ended_by == "customer"
    await until(lambda: no_channels(asterisk), 5, "no channel is left")


async def test_phone_declines(asterisk: RunningAsterisk, lines: CallerLines) -> None:
    agent = phone(asterisk, Behaviour(0.1, declines=True))
    await agent.start()
    try:
        caller = await lines.caller(NUMBER, HOTLINE)
        calling = asyncio.create_task(caller.run((UntilAnswered(), UntilEnded(60))))
        await until_rung(agent, 1)
        await asyncio.wait_for(agent.until_ended(), PATIENCE)
        caller.hang_up()
        await calling
    finally:
        await agent.stop()
    assert agent.rings[0].ended_by == "agent"
    assert agent.rings[0].answered_at == 0


async def test_keys_arrive_in_order(asterisk: RunningAsterisk, lines: CallerLines) -> None:
    await asterisk.server.command("dialplan add extension 700,1,Answer into trunk")
    await asterisk.server.command("dialplan add extension 700,2,Read(KEYS,,5,,,5) into trunk")
    await asterisk.server.command("dialplan add extension 700,3,Set(GLOBAL(PRESSED)=${KEYS}) into trunk")
    caller = await lines.caller(NUMBER, "700")
    await caller.run((UntilAnswered(), Wait(0.3), Press("12"), Wait(0.6), Press("9*0"), UntilEnded(30)))
    assert "PRESSED=129*0" in await asterisk.server.command("dialplan show globals")


async def test_phone_with_a_wrong_secret_says_so(asterisk: RunningAsterisk) -> None:
    agent = AgentPhone("phone-8001", "wrong", "127.0.0.1", asterisk.info.sip_port)
    with pytest.raises(HotlineError, match="phone-8001 could not register"):
        await agent.start()


async def until_rung(agent: AgentPhone, times: int) -> None:
    async def has_rung() -> bool:
        return len(agent.rings) >= times

    await until(has_rung, 10, "the phone rings")


async def answered(agent: AgentPhone) -> bool:
    return bool(agent.rings[-1].answered_at)


async def no_channels(asterisk: RunningAsterisk) -> bool:
    return int((await asterisk.server.command("core show channels count")).split()[0]) == 0


def recognised(wav: Path) -> str:
    vosk.SetLogLevel(-1)
    recognizer = vosk.KaldiRecognizer(vosk.Model(str(ROOT / "config/models/zh-espeak")), 8000)
    sound, rate = soundfile.read(wav, dtype="int16")
    assert rate == 8000
    recognizer.AcceptWaveform(sound.tobytes())
    return str(json.loads(recognizer.FinalResult())["text"]).replace(" ", "")
