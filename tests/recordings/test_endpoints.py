"""Who may hear what over HTTP, by pieces too, and that every playing is written down."""

import io
from collections.abc import AsyncIterator
from typing import BinaryIO

import httpx
import numpy as np
import pytest
import soundfile
from fastapi import FastAPI
from sqlalchemy import select

from accounts.models import ApiToken, AuditEntry, Person
from accounts.tokens import fingerprint
from recordings.endpoints import router
from recordings.jobs import LATER_SECONDS, SpeechJob
from recordings.listening.playing import LEAVE
from recordings.models import Playing, Recording, TranscriptState
from recordings.sound import RATE, read
from recordings.store import keys
from recordings.store.files import LocalStore, StoreAway
from recordings.store.keys import Keys
from recordings.store.vault import Vault
from tests.recordings.conftest import ENGINES, House
from tests.speech import Turn, call

PEOPLE = (("root", "admin", ""), ("sam", "supervisor", ""), ("quinn", "quality", ""), ("amy", "agent", "8001"),
          ("bob", "agent", "8002"))  # fmt: skip


@pytest.fixture
async def web(house: House) -> AsyncIterator[httpx.AsyncClient]:
    keys.add(house.home / "keys", "k1")
    house.vault = Vault(LocalStore(house.home / "store"), Keys(house.home / "keys"))
    house.restart()
    async with house.db.transaction() as tx:
        for login, role, number in PEOPLE:
            tx.session.add(Person(login=login, name=login, role=role, number=number))
        await tx.session.flush()
        for login, _, _ in PEOPLE:
            tx.session.add(ApiToken(token_hash=fingerprint(f"token-{login}"), login=login, created_at=0.0))
    app = FastAPI()
    app.state.db = house.db
    app.include_router(router(house.db, house.vault, house.clock))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        yield client


def by(login: str, **headers: str) -> dict[str, str]:
    return {"authorization": f"Bearer token-{login}", **headers}


async def played(house: House) -> list[tuple[str, str, str]]:
    async with house.db.reading() as session:
        found = await session.scalars(select(AuditEntry).where(AuditEntry.what == "recording_played"))
        return [(entry.who, entry.about, entry.reason) for entry in found]


async def leave(web: httpx.AsyncClient, row: Recording, login: str, reason: str = "review") -> str:
    """The address at which this person may play a recording."""
    answer = await web.post(f"/api/recordings/{row.id}/playings", json={"reason": reason}, headers=by(login))
    assert answer.status_code == 201, answer.text
    return str(answer.json()["address"])


async def heard(house: House, number: bool = False) -> Recording:
    """A call with its text; with a telephone number in it where asked."""
    words = "我的手机号是一三八零零一三八零零零。" if number else "您好。"
    row = await house.record("call1", call([Turn("customer", words)])[0])
    await SpeechJob(house.db, house.vault, ENGINES, house.clock).run(row.id)
    return row


async def test_who_says_why_hears_a_call_whole_and_in_pieces_for_a_while(house: House, web: httpx.AsyncClient) -> None:
    row = await heard(house)
    address = await leave(web, row, "quinn")
    whole = await web.get(address, headers=by("quinn"))
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/flac")
    assert np.array_equal(read(io.BytesIO(whole.content)), house.samples(row))
    with soundfile.SoundFile(io.BytesIO(whole.content)) as file:
        assert file.copy_metadata()["comment"].startswith("played by quinn (quinn) at 2026-03-02")
    piece = await web.get(address, headers=by("quinn", range="bytes=100-299"))
    assert (piece.status_code, piece.content) == (206, whole.content[100:300])
    assert await played(house) == [("quinn", "call:call1", "review")]
    house.clock.now += LEAVE + row.seconds + 1
    assert (await web.get(address, headers=by("quinn"))).status_code == 403
    await leave(web, row, "quinn", "once more")
    assert len(await played(house)) == 2
    async with house.db.reading() as session:
        assert len((await session.scalars(select(Playing))).all()) == 1


@pytest.mark.parametrize("reason", ["", "  ", "x", "y" * 401])
async def test_without_a_reason_nobody_hears_anything(house: House, web: httpx.AsyncClient, reason: str) -> None:
    row = await heard(house)
    place = f"/api/recordings/{row.id}/playings"
    assert (await web.post(place, json={"reason": reason}, headers=by("quinn"))).status_code == 422
    for address in ("", "?playing=", "?playing=guess"):
        assert (await web.get(f"/api/recordings/{row.id}/sound{address}", headers=by("quinn"))).status_code == 403
    assert await played(house) == []


async def test_the_address_of_one_person_plays_nothing_for_another_and_no_other_recording(
    house: House, web: httpx.AsyncClient
) -> None:
    row = await heard(house)
    other = await house.record("call2", call([Turn("agent", "您好。")])[0])
    address = await leave(web, row, "quinn")
    for login, status in (("root", 403), ("amy", 403), ("bob", 404)):
        assert (await web.get(address, headers=by(login))).status_code == status
    assert (await web.get(address)).status_code == 401
    assert (await web.get(address.replace(row.id, other.id), headers=by("quinn"))).status_code == 403


async def test_agents_hear_no_numbers_and_nothing_while_they_cannot_be_found(
    house: House, web: httpx.AsyncClient
) -> None:
    row = await heard(house, number=True)
    whole = read(io.BytesIO((await web.get(await leave(web, row, "quinn"), headers=by("quinn"))).content))
    silent = read(io.BytesIO((await web.get(await leave(web, row, "amy"), headers=by("amy"))).content))
    assert np.count_nonzero(whole[:, 0]) - np.count_nonzero(silent[:, 0]) > RATE
    unheard = await house.record("call2", call([Turn("agent", "您好。")])[0])
    place = f"/api/recordings/{unheard.id}/playings"
    assert (await web.post(place, json={"reason": "learning"}, headers=by("amy"))).status_code == 409
    assert (await web.post(place, json={"reason": "learning"}, headers=by("quinn"))).status_code == 201


@pytest.mark.parametrize(
    ("asked", "status", "piece"),
    [
        ("bytes=0-0", 206, slice(0, 1)), ("bytes=-5", 206, slice(-5, None)), ("bytes=10-", 206, slice(10, None)),
        ("bytes=5-999999999", 206, slice(5, None)), ("bytes=999999999-", 416, slice(0, 0)),
        ("bytes=9-3", 416, slice(0, 0)), ("lines=1-2", 200, slice(None)), ("bytes=0-1,4-5", 200, slice(None)),
    ],
)  # fmt: skip
async def test_every_kind_of_range_is_served_from_a_sealed_file(
    house: House, web: httpx.AsyncClient, asked: str, status: int, piece: slice
) -> None:
    row = await house.record("call1", call([Turn("agent", "您好。")] * 6)[0])
    address = await leave(web, row, "quinn")
    content = (await web.get(address, headers=by("quinn"))).content
    answer = await web.get(address, headers=by("quinn", range=asked))
    assert (answer.status_code, answer.content) == (status, content[piece])
    assert row.key_id == "k1"


async def test_a_file_that_was_tampered_with_is_not_played(house: House, web: httpx.AsyncClient) -> None:
    row = await house.record("call1", call([Turn("agent", "您好。")])[0])
    (house.home / "store" / row.path).write_bytes(b"something else")
    answer = await web.get(await leave(web, row, "quinn"), headers=by("quinn"))
    assert (answer.status_code, answer.json()["detail"]) == (
        409,
        f"{row.path} is not what was stored: it cannot be trusted",
    )


async def test_an_agent_hears_his_own_calls_and_cannot_tell_that_others_exist(
    house: House, web: httpx.AsyncClient
) -> None:
    row = await heard(house)
    for place in ("sound", "peaks", "transcript"):
        others = await web.get(f"/api/recordings/{row.id}/{place}", headers=by("bob"))
        nothing = await web.get(f"/api/recordings/none/{place}", headers=by("bob"))
        assert (others.status_code, others.json()) == (404, {"detail": "there is no such recording"})
        assert nothing.json() == others.json()
        assert (await web.get(f"/api/recordings/{row.id}/{place}")).status_code == 401
    why = {"reason": "curious"}
    assert (await web.post(f"/api/recordings/{row.id}/playings", json=why, headers=by("bob"))).status_code == 404
    assert (await web.get(await leave(web, row, "amy"), headers=by("amy"))).status_code == 200
    assert await played(house) == [("amy", "call:call1", "review")]
    assert (await web.get("/api/calls/call1/recordings", headers=by("bob"))).json() == []
    assert len((await web.get("/api/calls/call1/recordings", headers=by("amy"))).json()) == 1


async def test_the_text_is_the_exchange_format_and_its_absence_is_explained(
    house: House, web: httpx.AsyncClient
) -> None:
    row = await house.record("call1", call([Turn("agent", "您好，请问有什么可以帮您？")])[0])
    early = await web.get(f"/api/recordings/{row.id}/transcript", headers=by("quinn"))
    assert (early.status_code, early.json()) == (404, {"detail": "no text: pending"})
    await SpeechJob(house.db, house.vault, ENGINES, house.clock).run(row.id)
    text = (await web.get(f"/api/recordings/{row.id}/transcript", headers=by("quinn"))).json()
    assert text["call"]["id"] == "call1"
    assert [segment["text"] for segment in text["segments"]] == ["您好请问有什么可以帮您"]
    listed = (await web.get("/api/calls/call1/recordings", headers=by("quinn"))).json()
    assert [(one["state"], one["transcript"]) for one in listed] == [("stored", "ready")]
    assert "not people" in listed[0]["note"]


async def test_peaks_show_who_was_loud_when(house: House, web: httpx.AsyncClient) -> None:
    sound, spoken = call([Turn("agent", "您好。"), Turn("customer", "你好，我想查账单。")])
    row = await house.record("call1", sound)
    peaks = (await web.get(f"/api/recordings/{row.id}/peaks?count=100", headers=by("quinn"))).json()
    assert (len(peaks["agent"]), len(peaks["customer"])) == (100, 100)
    assert peaks["seconds"] == pytest.approx(len(sound) / 8000)
    turn = int((spoken[0].start + spoken[0].end) / 2 / peaks["seconds"] * 100)
    assert peaks["agent"][turn] > 0.1 > peaks["customer"][turn]
    assert max(peaks["agent"][60:]) < 0.01


async def test_a_lost_recording_has_no_sound_and_says_why(house: House, web: httpx.AsyncClient) -> None:
    row = await house.record("call1", b"")
    answer = await web.get(f"/api/recordings/{row.id}/sound", headers=by("quinn"))
    assert answer.status_code == 404
    assert "empty" in answer.json()["detail"]
    assert await played(house) == []


class Away(LocalStore):
    """A store that cannot be read, until it can."""

    away = True

    def open(self, name: str) -> BinaryIO:
        if self.away:
            raise StoreAway("the store s3://calls cannot be used: no route to host")
        return super().open(name)


async def test_while_the_store_is_away_a_call_waits_to_be_heard_and_readers_are_told_to_come_again(
    house: House, web: httpx.AsyncClient
) -> None:
    row = await house.record("call1", call([Turn("agent", "您好。")])[0])
    address = await leave(web, row, "quinn")
    store = Away(house.home / "store")
    house.vault._store = store
    job = SpeechJob(house.db, house.vault, ENGINES, house.clock)
    for _ in range(5):
        await job.run(row.id)
        house.clock.now += LATER_SECONDS
    text = await house.transcript("call1")
    assert (text.state, text.tries, "no route to host" in text.note) == (TranscriptState.PENDING, 0, True)
    for place in (address, f"/api/recordings/{row.id}/peaks"):
        answer = await web.get(place, headers=by("quinn"))
        assert (answer.status_code, "no route to host" in answer.json()["detail"]) == (503, True)
    store.away = False
    await job.run(row.id)
    assert (await house.transcript("call1")).state == TranscriptState.READY
    assert (await web.get(address, headers=by("quinn"))).status_code == 200
