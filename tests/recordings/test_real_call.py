"""A talk between two SIP phones on a real Asterisk, from the wire to the text."""

import asyncio
from pathlib import Path

import pytest

from app.phones.light_media import alaw
from core.clock import system_clock
from pbx.commands import Answer, Ring, Wait
from pbx.events import CallerWaiting, LegEnded, LegJoined
from recordings.jobs import SpeechJob
from recordings.models import RecordingState, TranscriptState
from recordings.recorder import Recorder
from recordings.transcript import CallFacts, Speaker, Transcript
from tests.asterisk import running_asterisk
from tests.recordings.conftest import ENGINES, House, facts
from tests.speech import RATE, Turn, call, character_errors
from tests.stories import AGENT
from tests.worlds import RealWorld, linked

TALK = [
    Turn("agent", "您好，请问有什么可以帮您？"),
    Turn("customer", "你好，我想查一下信用卡账单。"),
    Turn("agent", "好的，请稍等。"),
    Turn("customer", "快一点，我已经等了很久了。", -0.7),
]


class TalkingWorld(RealWorld):
    """A caller and an agent whose phones play a prepared call."""

    async def connect(self) -> None:
        await self.phone(answers_after=0.3)
        caller = await self.call()
        await self.switch.do(Answer(caller))
        await self.switch.do(Wait(caller))
        await self.heard(CallerWaiting, caller)
        await self.switch.do(Ring(self.agent, AGENT, caller, "13800000000", "caller", 10))
        await self.heard(LegJoined, self.agent)

    def say(self, caller: bytes, agent: bytes) -> None:
        assert self._caller is not None
        assert self._agent is not None
        self._caller.media.sound, self._agent.media.sound = caller, agent


@pytest.mark.real
async def test_a_real_talk_is_recorded_on_two_channels_and_becomes_its_text(house: House, tmp_path: Path) -> None:
    sound, spoken = call(TALK)
    on_the_wire = tuple(bytes(alaw(int(sample)) for sample in sound[:, channel]) for channel in (0, 1))
    async with running_asterisk() as asterisk, linked(asterisk.info) as (switch, bus, _):
        spool = asterisk.info.spool / "recordings-test"
        spool.mkdir()
        spool.chmod(0o777)
        recorder = Recorder(house.db, switch, spool=spool, vault=house.vault, enqueue=house.enqueue)
        world = TalkingWorld(bus, switch, asterisk.info, tmp_path)
        try:
            await world.connect()
            connected_at = system_clock()
            await recorder.start("real1", world.caller)
            said_from = system_clock() - connected_at
            world.say(*on_the_wire)
            await asyncio.sleep(len(sound) / RATE)
            world.caller_hangs_up()
            await world.heard(LegEnded, world.caller)
            known = _facts(connected_at)
            await recorder.finish("real1", known)
            await recorder.close_finished()
        finally:
            world.close()
    row = (await house.recordings("real1"))[0]
    assert (row.state, row.error) == (RecordingState.STORED, "")
    assert row.seconds == pytest.approx(known.duration, abs=3)  # a busy machine loses sound
    await SpeechJob(house.db, house.vault, ENGINES).run(row.id)
    text = await house.transcript("real1")
    assert text.state == TranscriptState.READY
    found = Transcript.model_validate(text.content)
    for speaker in Speaker:
        wanted = [one for one in spoken if one.speaker == speaker]
        heard = found.by(speaker)
        assert character_errors("".join(one.text for one in wanted), "".join(one.text for one in heard)) <= 3
        for one, segment in zip(wanted, heard, strict=True):
            assert segment.start == pytest.approx(one.start + said_from, abs=1)


def _facts(connected_at: float) -> CallFacts:
    return CallFacts.model_validate(
        facts("real1").model_dump() | {"connected_at": connected_at, "duration": system_clock() - connected_at}
    )
