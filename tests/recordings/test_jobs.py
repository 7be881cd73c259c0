"""Speech jobs on synthetic calls: right text and times, done once in effect, bad files set aside."""

import asyncio
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest

from core.bus import Bus
from core.database import Database
from core.relay import Outbox, Relay, Wire
from ivr.prompts.voice import read_wav, synthesise
from recordings import service
from recordings.events import TranscriptChanged
from recordings.jobs import LATER_SECONDS, LEASE_SECONDS, TRIES, SpeechJob, SpeechQueue, open_queue, work
from recordings.models import TranscriptState
from recordings.speech import languages, modelfile
from recordings.speech.languages import Engines
from recordings.speech.recognise import NoEngine, Recognizer
from recordings.transcript import Transcript
from tests.recordings.conftest import CONFIG, CONNECTED_AT, ENGINES, House
from tests.speech import Turn, call, character_errors

TALK = [
    Turn("agent", "您好，请问有什么可以帮您？"),
    Turn("customer", "你好，我想查一下信用卡账单。"),
    Turn("agent", "好的，请稍等。", 0.6),
    Turn("customer", "快一点，我已经等了很久了。", -0.7),
]


class Broken:
    """Engines that fail like a decoder out of memory."""

    def __init__(self) -> None:
        self.asked = 0

    def knows(self, language: str) -> bool:
        return True

    def languages(self) -> tuple[str, ...]:
        return ("zh",)

    def of(self, language: str) -> Recognizer | None:
        self.asked += 1
        raise MemoryError("no memory")


@pytest.fixture
def job(house: House) -> SpeechJob:
    return SpeechJob(house.db, house.vault, ENGINES, house.clock)


async def test_a_synthetic_call_becomes_its_text_with_speakers_and_times(house: House, job: SpeechJob) -> None:
    sound, spoken = call(TALK)
    house.clock.now = CONNECTED_AT + 0.25  # the recorder began a moment after the connection
    row = await house.record("call1", sound)
    await job.run(row.id)
    found = await house.transcript("call1")
    assert (found.state, found.model) == (TranscriptState.READY, "zh-espeak")
    assert "not people" in found.note
    transcript = Transcript.model_validate(found.content)
    assert [segment.speaker for segment in transcript.segments] == [turn.speaker for turn in TALK]
    errors = sum(
        character_errors(said.text, heard.text) for said, heard in zip(spoken, transcript.segments, strict=True)
    )
    assert errors <= 2
    for said, heard in zip(spoken, transcript.segments, strict=True):
        assert heard.start == pytest.approx(said.start + 0.25, abs=0.12)
        assert heard.end == pytest.approx(said.end + 0.25, abs=0.25)
    assert found.measures is not None
    assert found.measures["customer"]["interruptions"] == 1
    assert found.measures["overlap"] == pytest.approx(0.7, abs=0.15)
    await house.bus.drain()
    assert TranscriptChanged(house.clock.now, "call1", row.id, TranscriptState.READY) in house.told


@pytest.mark.parametrize(("spoken", "found"), [("zh", "zh"), ("en", "und")])
async def test_the_language_of_a_call_that_nobody_knows_is_heard_from_it(
    house: House, job: SpeechJob, tmp_path: Path, spoken: str, found: str
) -> None:
    sound = call(TALK)[0]
    if spoken == "en":
        words = "I would like to check the balance of my credit card, my payment was made yesterday"
        said = read_wav(synthesise(words, "en", tmp_path / "en.wav"))
        sound = np.random.default_rng(1).normal(0, 8, (len(said), 2)).astype(np.int16)
        sound[:, 0] += said
    row = await house.record("call1", sound, language="und")
    await job.run(row.id)
    text = await house.transcript("call1")
    assert (text.language, text.state) == (found, TranscriptState.READY if found == "zh" else TranscriptState.NO_MODEL)


async def test_a_job_done_twice_is_done_once(house: House, job: SpeechJob) -> None:
    row = await house.record("call1", call(TALK[:1])[0])
    await job.run(row.id)
    await job.run(row.id)
    assert (await house.transcript("call1")).tries == 1
    await house.bus.drain()
    assert len([event for event in house.told if isinstance(event, TranscriptChanged)]) == 1


async def test_a_language_without_a_model_is_kept_measured_and_not_guessed(house: House, job: SpeechJob) -> None:
    row = await house.record("call1", call(TALK[:2])[0], language="en")
    await job.run(row.id)
    found = await house.transcript("call1")
    assert (found.state, found.content, found.note) == (TranscriptState.NO_MODEL, None, "no model for en")
    assert found.measures is not None
    assert found.measures["agent"]["talk"] > 1


async def test_a_file_changed_on_disk_is_set_aside_at_once_with_the_reason(house: House, job: SpeechJob) -> None:
    row = await house.record("call1", np.ones((8000, 2), dtype=np.int16))
    (house.home / "store" / row.path).write_bytes(b"not a sound file")
    await job.run(row.id)
    found = await house.transcript("call1")
    assert found.state == TranscriptState.FAILED
    assert "checksum differs" in found.note


async def test_a_job_that_keeps_failing_is_set_aside_after_some_tries(house: House) -> None:
    row = await house.record("call1", call(TALK[:1])[0])
    broken = Broken()
    job = SpeechJob(house.db, house.vault, broken, house.clock)
    for _ in range(TRIES + 2):
        await job.run(row.id)
        house.clock.now += 60
    found = await house.transcript("call1")
    assert (found.state, found.note, broken.asked) == (TranscriptState.FAILED, "no memory", TRIES)
    assert await job.due() == []


async def test_a_job_held_by_a_dead_worker_is_due_again_and_a_killer_is_set_aside(house: House, job: SpeechJob) -> None:
    row = await house.record("call1", call(TALK[:1])[0])
    for _ in range(TRIES):
        async with house.db.transaction() as tx:
            assert await service.take_job(tx, row.id, house.clock.now, house.clock.now + LEASE_SECONDS)
        assert await job.due() == []
        house.clock.now += LEASE_SECONDS + 1
        assert await job.due() == [(row.id, False)]
    await job.run(row.id)
    found = await house.transcript("call1")
    assert (found.state, found.note) == (TranscriptState.FAILED, f"given up after {TRIES} tries: the worker died")


async def test_a_worker_that_is_stopped_gives_its_job_back_and_that_is_no_try(house: House, job: SpeechJob) -> None:
    row = await house.record("call1", call(TALK * 3)[0])
    for _ in range(TRIES + 2):
        stopped = asyncio.create_task(job.run(row.id))
        await _held(house)
        await _stop(stopped)
        assert await job.due() == [(row.id, False)]
    await job.run(row.id)
    found = await house.transcript("call1")
    assert (found.state, found.tries) == (TranscriptState.READY, 1)


class Unloadable:
    """Engines whose model is damaged, until it is mended."""

    mended = False

    def knows(self, language: str) -> bool:
        return True

    def languages(self) -> tuple[str, ...]:
        return ("zh",)

    def of(self, language: str) -> Recognizer | None:
        if not self.mended:
            raise NoEngine("the speech model zh cannot be loaded", "fetch it again")
        return ENGINES.of(language)


async def test_a_job_waits_for_a_model_that_cannot_be_used_and_says_so(house: House) -> None:
    row = await house.record("call1", call(TALK[:1])[0])
    engines = Unloadable()
    job = SpeechJob(house.db, house.vault, engines, house.clock)
    for _ in range(TRIES + 2):
        await job.run(row.id)
        house.clock.now += LATER_SECONDS
    found = await house.transcript("call1")
    assert (found.state, found.tries) == (TranscriptState.PENDING, 0)
    assert found.note == "the speech model zh cannot be loaded: fetch it again"
    engines.mended = True
    await job.run(row.id)
    assert (await house.transcript("call1")).state == TranscriptState.READY


async def test_a_model_put_to_use_later_hears_the_calls_that_waited_for_it(house: House, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.mkdir()
    (config / "models.yaml").write_text("models: {}\n")
    models = languages.read(config)
    job = SpeechJob(house.db, house.vault, Engines(models), house.clock)
    row = await house.record("call1", call(TALK[:1])[0])
    await job.run(row.id)
    assert (await house.transcript("call1")).state == TranscriptState.NO_MODEL
    assert await job.hear_again() == 0
    modelfile.use(config, "zh", CONFIG / "models" / "zh-espeak", 8000)
    models.become(languages.read(config))
    assert await job.hear_again() == 1
    await job.run(row.id)
    assert (await house.transcript("call1")).state == TranscriptState.READY


async def test_complaints_are_heard_first_then_the_oldest(house: House, job: SpeechJob, tmp_path: Path) -> None:
    made = {}
    for name, kind in (("one", "enquiry"), ("two", "complaint"), ("three", "enquiry"), ("four", "complaint")):
        house.clock.now += 1
        made[name] = await house.record(name, call(TALK[:1])[0], call_type=kind)
    wanted = [made[name].id for name in ("two", "four", "one", "three")]
    assert [recording for recording, _ in await job.due()] == wanted
    queue, heard = SpeechQueue(open_queue(tmp_path, "")), []
    for name, row in made.items():
        queue.add(row.id, first=name in ("two", "four"))
    while (task := queue.huey.dequeue()) is not None:
        heard.append(task.args[0])
    queue.leave()
    assert heard == wanted


async def test_a_worker_takes_jobs_from_the_queue_and_finds_those_the_queue_lost(house: House, tmp_path: Path) -> None:
    queued, lost = await house.record("queued", call(TALK[:1])[0]), await house.record("lost", call(TALK[:1])[0])
    wire = Wire([TranscriptChanged])
    relay = Relay(house.db, house.bus, wire)
    await relay.open()
    SpeechQueue(open_queue(tmp_path, "")).add(queued.id)
    worker_db = Database(house.url, Bus(), Outbox(wire))
    worker_job = SpeechJob(worker_db, house.vault, ENGINES)
    huey = open_queue(tmp_path, "")
    await _stop(asyncio.create_task(work(worker_job, huey, workers=1)))  # a supervisor may start it again
    worker = asyncio.create_task(work(worker_job, huey, workers=1, sweep_seconds=0.1))
    async with asyncio.timeout(30):
        while not {"queued", "lost"} <= {getattr(event, "call", "") for event in house.told if _ready(event)}:
            await relay.poll()
            await asyncio.sleep(0.05)
    await _stop(worker)
    await worker_db.close()
    assert [(await house.transcript(name)).tries for name in ("queued", "lost")] == [1, 1]
    assert lost.id != queued.id


async def _stop(task: asyncio.Task[None]) -> None:
    await asyncio.sleep(0.05)  # it is seen in the table before the worker itself knows that it has the job
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def _held(house: House) -> None:
    """Returns when a worker has taken the job: seen in the table, as another process would."""
    while (await house.transcript("call1")).due_at <= house.clock.now:
        pass


def _ready(event: object) -> bool:
    return isinstance(event, TranscriptChanged) and event.state == TranscriptState.READY
