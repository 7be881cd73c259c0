"""Pauses of a recording: by whom, how they end, and that they are in the story of the call."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import httpx
import numpy as np
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from accounts.models import AuditEntry
from app.phones.light_media import tone
from core.clock import system_clock
from core.errors import NotFound
from pbx.events import LegEnded
from pbx.switch import LegGone, LinkLost
from recordings import pause_endpoints
from recordings.models import RecordingState
from recordings.pauses import LONGEST, Pauses
from recordings.recorder import Recorder
from recordings.sound import RATE
from recordings.spans import Span
from recordings.speech.measures import measure
from recordings.transcript import CallFacts
from tests.asterisk import running_asterisk
from tests.recordings.conftest import CONNECTED_AT, House, facts
from tests.recordings.test_endpoints import by
from tests.recordings.test_endpoints import web as people
from tests.recordings.test_real_call import TalkingWorld
from tests.worlds import linked

__all__ = ["people"]


@pytest.fixture
async def pauses(house: House) -> Pauses:
    """With a recording of `call1` on `leg1`."""
    house.tape.sound = np.ones((8000 * 60, 2), dtype=np.int16).tobytes()
    await house.recorder.start("call1", "leg1")
    return Pauses(house.db, house.tape, house.clock)


async def events(house: House, seconds: float = 60.0) -> list[dict[str, object]]:
    await house.recorder.finish("call1", facts(seconds=seconds))
    return (await house.recordings("call1"))[0].events


async def test_a_pause_lasts_until_it_is_ended_and_is_in_the_story_of_the_call(house: House, pauses: Pauses) -> None:
    house.clock.now += 10
    await pauses.pause("call1", "amy", "card number")
    assert house.tape.muted == {"leg1"}
    house.clock.now += 5.5
    await pauses.resume("call1", "amy")
    await pauses.resume("call1", "amy")
    assert house.tape.muted == set()
    assert await events(house) == [{"type": "pause", "start": 10.0, "end": 15.5}]
    async with house.db.reading() as session:
        notes = (await session.scalars(select(AuditEntry).order_by(AuditEntry.id))).all()
    assert [(note.who, note.what, note.reason) for note in notes] == [
        ("amy", "recording_paused", "card number"), ("amy", "recording_resumed", ""),
    ]  # fmt: skip


async def test_a_pause_ends_itself_and_asking_again_makes_it_longer(house: House, pauses: Pauses) -> None:
    await pauses.pause("call1", "amy", "card number")
    house.clock.now += 60
    await pauses.pause("call1", "amy", "password")
    house.clock.now += LONGEST - 1
    assert await pauses.end_due() == pytest.approx(1)
    assert house.tape.muted == {"leg1"}
    house.clock.now += 1
    assert await pauses.end_due() is None
    assert house.tape.muted == set()
    assert await events(house, 600) == [{"type": "pause", "start": 0.0, "end": 60 + LONGEST}]


async def test_an_engine_that_was_restarted_ends_the_pause_and_while_the_switch_is_away_it_keeps_trying(
    house: House, pauses: Pauses
) -> None:
    await pauses.pause("call1", "amy", "card number")
    house.clock.now += LONGEST + 1
    house.tape.away = True
    after = Pauses(house.db, house.tape, house.clock)
    assert await after.end_due() == pytest.approx(1)
    assert house.tape.muted == {"leg1"}
    house.tape.away = False
    assert await after.end_due() is None
    assert house.tape.muted == set()


async def test_the_loop_wakes_up_for_a_new_pause(house: House) -> None:
    await house.recorder.start("call1", "leg1")
    quick = Pauses(house.db, house.tape, longest=0.1)
    running = asyncio.create_task(quick.run())
    await asyncio.sleep(0)
    await quick.pause("call1", "amy", "card number")
    async with asyncio.timeout(30):
        while True:
            (pause,) = await quick.of("call1")
            if pause.ended_at is not None:
                break
            await asyncio.sleep(0.02)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert house.tape.muted == set()


async def test_the_end_of_the_talk_ends_the_pause(house: House, pauses: Pauses) -> None:
    house.clock.now += 50
    await pauses.pause("call1", "amy", "card number")
    assert await events(house) == [{"type": "pause", "start": 50.0, "end": 60.0}]
    assert await pauses.end_due() is None
    with pytest.raises(NotFound, match="not being recorded"):
        await pauses.pause("call1", "amy", "too late")


async def test_a_pause_goes_on_in_the_next_talk_of_the_same_agent_only(house: House, pauses: Pauses) -> None:
    house.clock.now += 50
    await pauses.pause("call1", "amy", "card number")
    house.clock.now += 10
    await events(house)
    house.tape.muted.clear()  # with the recorder that ended
    await house.recorder.start("call1", "leg1")
    await pauses.carry_on("call1", "8002")
    assert house.tape.muted == set()
    await pauses.carry_on("call1", "8001")
    assert house.tape.muted == {"leg1"}
    (pause,) = await pauses.of("call1")
    assert (pause.by, pause.reason) == ("amy", "card number")


async def test_a_pause_that_was_over_before_the_talk_ended_or_is_by_now_does_not_go_on(
    house: House, pauses: Pauses
) -> None:
    house.clock.now += 10
    await pauses.pause("call1", "amy", "card number")
    house.clock.now += 5
    await pauses.resume("call1", "amy")
    house.clock.now += 45
    await events(house)
    await house.recorder.start("call1", "leg1")
    await pauses.carry_on("call1", "8001")
    assert await pauses.of("call1") == []
    await pauses.pause("call1", "amy", "password")
    await house.recorder.finish("call1", facts(seconds=70))
    house.clock.now += LONGEST
    await house.recorder.start("call1", "leg1")
    await pauses.carry_on("call1", "8001")
    assert await pauses.of("call1") == []


async def test_a_pause_that_the_switch_refused_is_none_and_one_that_is_uncertain_is_ended_later(
    house: House, pauses: Pauses
) -> None:
    house.tape.gone.add("leg1")
    with pytest.raises(LegGone):
        await pauses.pause("call1", "amy", "card number")
    assert await pauses.end_due() is None
    house.tape.gone.clear()
    house.tape.away = True
    with pytest.raises(LinkLost):
        await pauses.pause("call1", "amy", "card number")
    assert await pauses.end_due() == pytest.approx(LONGEST)


def test_a_pause_is_no_dead_air() -> None:
    talk = [Span(0, 10)]
    assert measure(talk, [], 60).dead_air == 50
    assert measure(talk, [], 60, paused=[Span(20, 50)]).dead_air == 20
    assert measure(talk, [], 60, paused=[Span(20, 50)]).longest_dead_air == 10


@pytest.fixture
async def desk(house: House, people: httpx.AsyncClient, pauses: Pauses) -> AsyncIterator[httpx.AsyncClient]:
    async def agent_on(call: str) -> str:
        return "8001" if call == "call1" else ""

    app = FastAPI()
    app.state.db = house.db
    app.include_router(pause_endpoints.router(pauses, agent_on))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


async def test_the_agent_on_the_call_pauses_it_and_others_cannot_tell_that_it_exists(
    house: House, desk: httpx.AsyncClient
) -> None:
    place, wish = "/api/calls/call1/recording", {"paused": True, "reason": "card number"}
    for who, status in (("bob", 404), ("quinn", 403), ("root", 403)):
        assert (await desk.put(place, json=wish, headers=by(who))).status_code == status
        assert (await desk.get(place, headers=by(who))).status_code == status
    assert (await desk.put(place, json={"paused": True}, headers=by("amy"))).status_code == 422
    assert house.tape.muted == set()
    paused = await desk.put(place, json=wish, headers=by("amy"))
    assert (paused.status_code, paused.json()["paused"]) == (200, True)
    assert paused.json()["until_at"] == CONNECTED_AT + LONGEST
    assert paused.json()["pauses"] == [
        {"started_at": CONNECTED_AT, "ended_at": None, "by": "amy", "reason": "card number"}
    ]
    resumed = await desk.put(place, json={"paused": False}, headers=by("sam"))
    assert (resumed.json()["paused"], resumed.json()["until_at"], house.tape.muted) == (False, None, set())
    other = "/api/calls/none/recording"
    assert (await desk.put(other, json=wish, headers=by("sam"))).status_code == 404
    house.tape.away = True
    assert (await desk.put(place, json=wish, headers=by("amy"))).status_code == 503


@pytest.mark.real
async def test_a_tone_during_a_pause_on_a_real_asterisk_is_not_in_the_file_and_the_length_is_right(
    house: House, tmp_path: Path
) -> None:
    async with running_asterisk() as asterisk, linked(asterisk.info) as (switch, bus, _):
        spool = asterisk.info.spool / "recordings-paused"
        spool.mkdir()
        spool.chmod(0o777)
        recorder = Recorder(house.db, switch, spool=spool, vault=house.vault, enqueue=house.enqueue)
        pauses = Pauses(house.db, switch)
        world = TalkingWorld(bus, switch, asterisk.info, tmp_path)
        try:
            await world.connect()
            connected_at = system_clock()
            await recorder.start("real1", world.caller)
            world.say(tone(440) * 5, tone(900) * 5)
            await asyncio.sleep(2)
            await pauses.pause("real1", "amy", "card number")
            await asyncio.sleep(4)
            await pauses.resume("real1", "amy")
            await asyncio.sleep(3)
            world.caller_hangs_up()
            await world.heard(LegEnded, world.caller)
            known = CallFacts.model_validate(
                facts("real1").model_dump() | {"connected_at": connected_at, "duration": system_clock() - connected_at}
            )
            await recorder.finish("real1", known)
            await recorder.close_finished()
        finally:
            world.close()
    row = (await house.recordings("real1"))[0]
    assert (row.state, row.error) == (RecordingState.STORED, "")
    assert row.seconds == pytest.approx(known.duration, abs=2)  # a busy machine loses sound, and what is lost is short
    (event,) = row.events
    start, end = (event[edge] - (row.started_at - connected_at) for edge in ("start", "end"))
    samples = np.abs(house.samples(row))
    assert samples[int((start + 1) * RATE) : int((end - 1) * RATE)].max() == 0
    for loud in (
        slice(int(0.3 * RATE), int((start - 0.1) * RATE)),
        slice(int((end + 0.2) * RATE), int((end + 2) * RATE)),
    ):
        assert samples[loud].max(axis=0).min() > 7000
    assert end - start > 3.5
