"""From the first word to the store: nothing is lost, whatever ends in between."""

import errno
import hashlib
import io
import os
from collections.abc import Sequence
from pathlib import Path
from threading import Barrier

import numpy as np
import pytest
import soundfile

from core.portions import MOST
from core.settings import ROOT
from pbx.commands import StartRecording
from recordings import repository
from recordings.events import RecordingClosed, TranscriptChanged
from recordings.models import RecordingState, TranscriptState
from recordings.recorder import GRACE_SECONDS
from recordings.store.files import LocalStore
from recordings.store.vault import Vault
from recordings.transcript import CallEvent, CallFacts
from tests.recordings.conftest import CONNECTED_AT, House, facts
from tests.speech import Samples
from tests.statements import values_of_statements


def noise(seconds: float = 1.0) -> Samples:
    return np.random.default_rng(1).integers(-3000, 3000, (int(seconds * 8000), 2)).astype(np.int16)


async def nothing_known(_call: str, _at: float) -> tuple[CallFacts, Sequence[CallEvent]] | None:
    return None


async def known(call: str, _at: float) -> tuple[CallFacts, Sequence[CallEvent]] | None:
    return facts(call), (CallEvent(type="hold", start=0.1, end=0.2),)


class FullStore(LocalStore):
    """A disk with no space left, until there is."""

    full = True

    def keep(self, source: Path, name: str) -> None:
        if self.full:
            raise OSError(errno.ENOSPC, "No space left on device")
        super().keep(source, name)


async def test_a_conversation_ends_up_in_the_store_sample_by_sample(house: House) -> None:
    sound = noise()
    row = await house.record("call1", sound)
    assert (row.state, row.error, row.seconds, row.path) == (RecordingState.STORED, "", 1.0, "2026/03/02/call1.flac")
    content = house.sound(row)
    samples, rate = soundfile.read(io.BytesIO(content), dtype="int16")
    assert rate == 8000
    assert np.array_equal(samples, sound)
    assert (row.size, row.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert list(house.spool.iterdir()) == []
    assert house.told == [RecordingClosed(CONNECTED_AT, "call1", row.id)]
    assert house.queued == [row.id]
    assert (await house.transcript("call1")).state == TranscriptState.PENDING


async def test_the_sound_of_a_call_that_nobody_knows_is_kept(house: House) -> None:
    house.tape.sound = noise().tobytes()
    await house.recorder.start("call1", "leg1")
    await house.recorder.finish("call1", None)
    await house.recorder.close_finished()
    (row,) = await house.recordings("call1")
    assert (row.state, row.facts and row.facts["agent"]) == (RecordingState.STORED, "")
    assert (await house.transcript("call1")).language == "und"


async def test_only_talks_are_recorded_so_that_no_menu_before_between_or_after_them_is(house: House) -> None:
    house.tape.sound = noise().tobytes()
    for _ in range(2):
        assert house.tape.running == set()
        await house.recorder.start("call1", "leg1")
        assert house.tape.running == {"leg1"}
        await house.recorder.finish("call1", facts())
        assert house.tape.running == set()
        await house.recorder.close_finished()
    menu = [path.name for path in (ROOT / "ivr").rglob("*.py") if "StartRecording" in path.read_text()]
    plan = [path.name for path in (ROOT / "config").rglob("*.j2") if "MixMonitor(" in path.read_text()]
    assert (menu, plan) == ([], [])


async def test_a_queue_that_is_away_loses_no_recording_and_no_job(house: House) -> None:
    def refuse(_recording: str, *, first: bool) -> None:
        raise ConnectionError("the queue is away")

    house.enqueue = refuse
    house.restart()
    assert (await house.record("call1", noise())).state == RecordingState.STORED
    assert (await house.transcript("call1")).state == TranscriptState.PENDING


async def test_starting_twice_records_once_and_a_second_talk_gets_the_next_number(house: House) -> None:
    house.tape.sound = noise().tobytes()
    await house.recorder.start("call1", "leg1")
    await house.recorder.start("call1", "leg1")
    assert len(house.tape.started) == 1
    await house.recorder.finish("call1", facts())
    second = await house.record("call1", noise(2))
    first = (await house.recordings("call1"))[0]
    assert (first.number, second.number) == (1, 2)
    assert (first.path, second.path) == ("2026/03/02/call1.flac", "2026/03/02/call1-2.flac")
    assert (first.seconds, second.seconds) == (1.0, 2.0)


async def test_a_caller_gone_before_the_recorder_started_leaves_a_row_that_says_so(house: House) -> None:
    house.tape.gone.add("leg-call1")
    row = await house.record("call1", noise())
    assert row.state == RecordingState.FAILED
    assert "the switch wrote no sound" in row.error
    assert house.told == [TranscriptChanged(CONNECTED_AT, "call1", row.id, TranscriptState.FAILED)]
    assert house.queued == []


async def test_an_empty_file_is_no_recording_and_a_torn_last_frame_is_left_out(house: House) -> None:
    assert "empty" in (await house.record("empty", b"")).error
    assert list(house.spool.glob("*.raw")) == []
    torn = await house.record("torn", noise().tobytes() + b"\x01\x02\x03")
    assert (torn.state, torn.seconds) == (RecordingState.STORED, 1.0)


async def test_sound_that_comes_a_little_later_is_stored(house: House) -> None:
    house.grace = GRACE_SECONDS
    house.restart()
    house.tape.gone.add("leg-call1")
    row = await house.record("call1", noise())
    assert (row.state, house.told) == (RecordingState.CLOSING, [])
    assert row.error == "not stored yet, tried again every 20 s: call1.raw: the switch wrote no sound"
    house.clock.now += GRACE_SECONDS - 1
    (house.spool / "call1.raw").write_bytes(noise().tobytes())
    await house.recorder.retry()
    row = (await house.recordings("call1"))[0]
    assert (row.state, row.error) == (RecordingState.STORED, "")


@pytest.mark.parametrize("begun", [True, False])
async def test_sound_that_never_comes_is_lost_when_its_grace_is_over(house: House, begun: bool) -> None:
    house.grace = GRACE_SECONDS
    house.restart()
    house.tape.gone |= set() if begun else {"leg-call1"}
    await house.record("call1", b"")
    for later, state in ((GRACE_SECONDS - 1, RecordingState.CLOSING), (1, RecordingState.FAILED)):
        house.clock.now += later
        await house.recorder.retry()
        assert (await house.recordings("call1"))[0].state == state
    assert list(house.spool.iterdir()) == []


async def test_a_recording_shorter_than_its_conversation_is_kept_and_says_so(house: House) -> None:
    house.tape.sound = noise().tobytes()
    await house.recorder.start("call1", "leg1")
    await house.recorder.finish("call1", facts(seconds=60))
    await house.recorder.close_finished()
    row = (await house.recordings("call1"))[0]
    assert (row.state, row.error) == (RecordingState.STORED, "holds 1.0 s of a conversation of 60.0 s")


async def test_a_full_disk_keeps_the_raw_file_and_it_is_stored_when_there_is_space(house: House) -> None:
    full = FullStore(house.home / "store")
    house.vault = Vault(full)
    house.restart()
    row = await house.record("call1", noise())
    assert row.state == RecordingState.CLOSING
    assert "No space left" in row.error
    assert [file.name for file in house.spool.iterdir()] == ["call1.raw"]
    assert list(full.workspace.iterdir()) == []
    full.full = False
    await house.recorder.retry()
    row = (await house.recordings("call1"))[0]
    assert (row.state, row.error) == (RecordingState.STORED, "")
    assert house.queued == [row.id]


class Strange(FullStore):
    """A store that fails with `call1` as nobody thought of."""

    strange = True

    def keep(self, source: Path, name: str) -> None:
        if self.strange and "call1" in name:
            raise RuntimeError("never heard of")
        super().keep(source, name)


async def test_recording_that_fails_as_nobody_thought_of_keeps_no_other_out_of_the_store(house: House) -> None:
    store = Strange(house.home / "store")
    house.vault = Vault(store)
    house.restart()
    calls = ("call1", "call2")
    for name in calls:
        assert (await house.record(name, noise())).state == RecordingState.CLOSING
    store.full = False
    await house.recorder.retry()
    assert [(await house.recordings(name))[0].state for name in calls] == [
        RecordingState.CLOSING, RecordingState.STORED,
    ]  # fmt: skip
    store.strange = False
    await house.recorder.retry()
    assert (await house.recordings("call1"))[0].state == RecordingState.STORED


class TwoAtOnce(FullStore):
    """A store that keeps `call2` and `call3` only together."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.both = Barrier(2, timeout=5)

    def keep(self, source: Path, name: str) -> None:
        super().keep(source, name)
        if "call1" not in name:
            self.both.wait()


async def test_what_could_not_be_stored_is_stored_side_by_side_once_the_first_of_them_is(house: House) -> None:
    store = TwoAtOnce(house.home / "store")
    house.vault = Vault(store)
    house.restart()
    calls = ("call1", "call2", "call3")
    for name in calls:
        assert (await house.record(name, noise())).state == RecordingState.CLOSING
    store.full = False
    await house.recorder.retry()
    assert {(await house.recordings(name))[0].state for name in calls} == {RecordingState.STORED}


async def test_after_a_crash_in_a_talk_the_recording_is_closed_unless_the_talk_goes_on(house: House) -> None:
    house.tape.sound = noise().tobytes()
    await house.recorder.start("over", "leg1")
    await house.recorder.start("going-on", "leg2")
    assert await house.restart().recover({"going-on"}, known) == 1
    await house.recorder.close_finished()
    over, going = (await house.recordings("over"))[0], (await house.recordings("going-on"))[0]
    assert (over.state, going.state) == (RecordingState.STORED, RecordingState.RECORDING)
    assert over.events == [{"type": "hold", "start": 0.1, "end": 0.2}]
    await house.recorder.start("going-on", "leg2")
    assert len(house.tape.started) == 2
    await house.recorder.finish("going-on", facts("going-on"))
    await house.recorder.close_finished()
    assert (await house.recordings("going-on"))[0].state == RecordingState.STORED


async def test_each_talk_of_a_call_found_after_a_crash_is_told_by_its_own_time(house: House) -> None:
    async def by_time(call: str, at: float) -> tuple[CallFacts, Sequence[CallEvent]] | None:
        return facts(call, agent="8001" if at < CONNECTED_AT + 60 else "8002"), ()

    house.tape.sound = noise().tobytes()
    await house.recorder.start("call1", "leg1")
    later = house.spool / "call1-2.raw"
    later.write_bytes(noise(10).tobytes())
    os.utime(later, (CONNECTED_AT + 69, CONNECTED_AT + 69))
    assert await house.restart().recover(set(), by_time) == 2
    assert [row.facts and row.facts["agent"] for row in await house.recordings("call1")] == ["8001", "8002"]


async def test_after_a_crash_while_closing_the_closing_is_done_again(house: House) -> None:
    house.tape.sound = noise().tobytes()
    await house.recorder.start("call1", "leg1")
    await house.recorder.finish("call1", facts())
    assert await house.restart().recover(set(), nothing_known) == 1
    await house.recorder.close_finished()
    assert (await house.recordings("call1"))[0].state == RecordingState.STORED


async def test_talk_that_ends_while_an_engine_looks_for_those_of_before_is_closed_once(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    house.tape.sound = noise().tobytes()
    await house.recorder.start("call1", "leg1")
    recorder = house.restart()
    await recorder.finish("call1", facts())
    assert await recorder.recover(set(), known) == 1
    await recorder.close_finished()
    (row,) = await house.recordings("call1")
    assert (row.state, row.error, house.queued) == (RecordingState.STORED, "", [row.id])
    assert "error" not in capsys.readouterr().out


async def test_talk_whose_recording_the_engine_could_not_begin_any_more_is_told_as_lost(house: House) -> None:
    await house.record("heard", noise())
    assert await house.restart().recover(set(), known, {"heard": CONNECTED_AT, "unheard": CONNECTED_AT}) == 1
    await house.recorder.close_finished()
    (row,) = await house.recordings("unheard")
    assert (row.state, row.error) == (RecordingState.FAILED, "unheard.raw: the switch wrote no sound")
    assert (row.started_at, len(await house.recordings("heard"))) == (CONNECTED_AT, 1)


async def test_a_file_nobody_knows_gets_a_row_and_is_stored(house: House) -> None:
    (house.spool / "stranger.raw").write_bytes(noise(3).tobytes())
    (house.spool / "stranger-2.raw").write_bytes(noise(2).tobytes())
    assert await house.recorder.recover(set(), nothing_known) == 2
    await house.recorder.close_finished()
    rows = await house.recordings("stranger")
    assert [(row.number, row.seconds, row.state) for row in rows] == [
        (1, 3.0, RecordingState.STORED), (2, 2.0, RecordingState.STORED),
    ]  # fmt: skip
    assert (await house.transcript("stranger")).language == "und"
    assert list(house.spool.iterdir()) == []


async def test_a_raw_file_left_over_after_its_storing_is_cleared_away(house: House) -> None:
    await house.record("call1", noise())
    (house.spool / "call1.raw").write_bytes(noise().tobytes())
    assert await house.recorder.recover(set(), nothing_known) == 0
    assert list(house.spool.iterdir()) == []
    assert len(await house.recordings("call1")) == 1


async def test_a_start_lost_in_a_crash_is_made_up_for(house: House) -> None:
    house.tape.gone.add("leg1")
    await house.recorder.start("call1", "leg1")
    house.tape.gone.clear()
    await house.recorder.start("call1", "leg1")
    assert house.tape.started == [house.spool / "call1.raw"]
    assert len(await house.recordings("call1")) == 1


async def test_names_with_line_breaks_never_reach_the_switch() -> None:
    with pytest.raises(ValueError, match="line break"):
        StartRecording("leg\r\nAction: Originate", Path("/x.raw"))


async def test_recording_that_the_dial_plan_began_without_us_began_with_its_first_sample(house: House) -> None:
    raw = house.spool / "call1.raw"
    raw.write_bytes(noise(3.0).tobytes())
    os.utime(raw, (CONNECTED_AT, CONNECTED_AT))
    house.clock.now += 40
    for _ in range(2):  # told again after another gap
        await house.recorder.start("call1", "leg-call1")
        house.clock.now += 20
    (row,) = await house.recordings("call1")
    assert (row.started_at, house.tape.started) == (CONNECTED_AT - 3.0, [])


async def test_calls_without_a_recording_are_found_however_many_talked(house: House) -> None:
    await house.record("call7", noise())
    counts = values_of_statements(house.db)
    talked = [f"call{number}" for number in range(1200)]
    async with house.db.reading() as session:
        assert await repository.recorded(session, talked) == {"call7"}
    assert max(counts) <= MOST
