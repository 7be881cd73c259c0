"""Recordings as Opus: a third of the size, the sides kept apart, the text the same."""

import os
from pathlib import Path

import numpy as np
import pytest
import soundfile

from recordings import sound
from recordings.jobs import SpeechJob
from recordings.models import RecordingState, TranscriptState
from recordings.recorder import Recorder
from recordings.sound import AGENT, CUSTOMER, RATE, Coding
from tests.recordings.conftest import ENGINES, House
from tests.speech import Samples, Turn, call, character_errors

TALK = [
    Turn("agent", "您好，请问有什么可以帮您？"), Turn("customer", "你好，我想查一下信用卡账单。"),
    Turn("agent", "好的，请稍等。"), Turn("customer", "快一点，我已经等了很久了。"),
]  # fmt: skip


def level(samples: Samples) -> float:
    """dB of full scale."""
    return float(20 * np.log10(max(1e-6, np.sqrt(np.mean(np.square(samples, dtype=np.float64))) / 32768)))


def test_while_one_side_talks_the_other_stays_as_quiet_as_its_line_was(tmp_path: Path) -> None:
    talk, spoken = call(TALK * 3, noise=8.0)
    raw, file = tmp_path / "a.raw", tmp_path / "a.opus"
    raw.write_bytes(talk.tobytes())
    closed = sound.compress(raw, file, Coding.OPUS)
    assert closed.size < raw.stat().st_size / 5
    found = sound.read(file)
    assert found.shape == talk.shape
    for said in spoken:
        part = slice(int(said.start * RATE), int(said.end * RATE))
        other = CUSTOMER if said.speaker == "agent" else AGENT
        assert level(found[part, 1 - other]) == pytest.approx(level(talk[part, 1 - other]), abs=1.0)
        assert level(found[part, other]) < level(talk[part, other]) + 3


async def test_a_call_stored_as_opus_is_heard_as_well_and_its_name_says_what_it_is(house: House) -> None:
    house.recorder = Recorder(
        house.db, house.tape, spool=house.spool, vault=house.vault, enqueue=house.enqueue, clock=house.clock,
        settle=0.0, coding=Coding.OPUS,
    )  # fmt: skip
    talk, spoken = call(TALK)
    row = await house.record("call1", talk)
    assert (row.state, row.path) == (RecordingState.STORED, "2026/03/02/call1.opus")
    await SpeechJob(house.db, house.vault, ENGINES, house.clock).run(row.id)
    text = await house.transcript("call1")
    assert text.state == TranscriptState.READY
    assert text.content is not None
    heard = text.content["segments"]
    assert sum(character_errors(said.text, each["text"]) for said, each in zip(spoken, heard, strict=True)) <= 2


def test_an_opus_file_that_lost_a_side_is_not_taken_for_the_call(tmp_path: Path) -> None:
    talk, _ = call(TALK)
    half = talk.copy()
    half[:, AGENT] = 0
    assert not sound._as_loud(half, talk)
    assert sound._as_loud(talk, talk)


@pytest.mark.parametrize("blocks", [0, 1, 2])
@pytest.mark.parametrize("more", [1, 2, 16, 100, 7999, 8000])
@pytest.mark.parametrize("coding", Coding)
def test_talk_of_any_length_is_proved_also_when_next_to_nothing_is_left_after_the_last_half_minute(
    tmp_path: Path, blocks: int, more: int, coding: Coding
) -> None:
    talk = np.random.default_rng(3).integers(-3000, 3000, (blocks * 30 * RATE + more, 2)).astype(np.int16)
    raw = tmp_path / "a.raw"
    raw.write_bytes(talk.tobytes())
    closed = sound.compress(raw, tmp_path / "a", coding)
    assert round(closed.seconds * RATE) == len(talk)


def test_call_over_a_line_with_a_constant_part_is_proved(tmp_path: Path) -> None:
    talk, _ = call(TALK)
    talk[:, CUSTOMER] = 300
    raw = tmp_path / "a.raw"
    raw.write_bytes(talk.tobytes())
    assert sound.compress(raw, tmp_path / "a.opus", Coding.OPUS).seconds == len(talk) / RATE


@pytest.mark.parametrize("coding", Coding)
def test_file_of_another_length_or_with_another_end_is_not_taken_for_the_call(tmp_path: Path, coding: Coding) -> None:
    talk = np.random.default_rng(3).integers(-3000, 3000, (31 * RATE - 1, 2)).astype(np.int16)
    raw, file = tmp_path / "a.raw", tmp_path / "a"
    raw.write_bytes(talk.tobytes())
    sound.compress(raw, file, coding)
    louder = talk.copy()
    louder[30 * RATE :, AGENT] *= 10
    for other, fault in (
        (np.concatenate([talk, talk[:16]]), "too short"), (talk[:-16], "holds more"), (louder, "does not hold"),
    ):  # fmt: skip
        with pytest.raises(OSError, match=fault):
            sound._prove(file, other, coding)


def test_a_file_of_fractions_whatever_its_name_is_as_loud_as_one_of_whole_numbers(tmp_path: Path) -> None:
    wave = np.column_stack([np.sin(np.arange(800)), 3 * np.sin(np.arange(800))])
    wave[5, CUSTOMER] = np.nan
    soundfile.write(tmp_path / "whole.wav", np.nan_to_num(wave), RATE, "PCM_16")
    soundfile.write(tmp_path / "fractions.wav", wave, RATE, "FLOAT")
    strange = (tmp_path / "fractions.wav").rename(tmp_path / os.fsdecode(b"\xff.wav"))
    whole, fractions = (sound.read(path).astype(int) for path in (tmp_path / "whole.wav", strange))
    assert np.abs(whole - fractions).max() <= 2
    assert whole.max() > 32000
