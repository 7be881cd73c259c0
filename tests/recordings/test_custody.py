"""Export, legal hold and the text with its numbers: who may, what is written down, and what leaves the house."""

import io

import httpx
import numpy as np
import pytest
import soundfile
from sqlalchemy import select

from accounts.models import AuditEntry
from recordings.jobs import SpeechJob
from recordings.keeping import deletion
from recordings.keeping.retention import DAY, Retention
from recordings.models import Recording
from recordings.redact import PADDING
from recordings.sound import RATE, read
from tests.recordings.conftest import CONNECTED_AT, ENGINES, House
from tests.recordings.test_endpoints import by, web
from tests.speech import Spoken, Turn, call

__all__ = ["web"]

TALK = [
    Turn("agent", "您好，请问有什么可以帮您？"),
    Turn("customer", "我的手机号是一三八零零一三八零零零。"),
    Turn("agent", "好的，请稍等。"),
]


async def transcribed(house: House) -> tuple[Recording, list[Spoken]]:
    sound, said = call(TALK)
    row = await house.record("call1", sound)
    await SpeechJob(house.db, house.vault, ENGINES, house.clock).run(row.id)
    return row, said


async def audited(house: House) -> list[tuple[str, str, str]]:
    async with house.db.reading() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(row.who, row.what, row.reason) for row in rows]


@pytest.mark.parametrize("form", ["flac", "wav"])
async def test_an_export_is_silent_where_the_number_was_said_marked_and_written_down(
    house: House, web: httpx.AsyncClient, form: str
) -> None:
    row, said = await transcribed(house)
    answer = await web.get(f"/api/recordings/{row.id}/export?reason=court+7&format={form}", headers=by("quinn"))
    assert (answer.status_code, answer.headers["content-type"]) == (200, f"audio/{form}")
    before, after = read(io.BytesIO(house.sound(row))), read(io.BytesIO(answer.content))
    assert after.shape == before.shape
    end = int((said[1].end - PADDING) * RATE)
    number = slice(end - RATE, end)
    assert np.abs(before[number, 0]).max() > 1000
    assert np.abs(after[number]).max() == 0
    until = int(said[0].end * RATE)
    assert np.array_equal(after[:until], before[:until])
    assert np.array_equal(after[int((said[2].start + 0.1) * RATE) :], before[int((said[2].start + 0.1) * RATE) :])
    with soundfile.SoundFile(io.BytesIO(answer.content)) as file:
        marks = file.copy_metadata()
    assert marks["comment"] == "exported by quinn (quinn) at 2026-03-02 01:15:00 UTC; 1 silenced; reason: court 7"
    assert marks["title"] == "call1"
    assert await audited(house) == [("quinn", "recording_exported", "court 7")]


@pytest.mark.parametrize("query", ["", "?reason=", "?reason=+++", "?reason=x"])
async def test_without_a_reason_nothing_leaves(house: House, web: httpx.AsyncClient, query: str) -> None:
    row, _ = await transcribed(house)
    for place in ("export", "transcript/whole"):
        assert (await web.get(f"/api/recordings/{row.id}/{place}{query}", headers=by("quinn"))).status_code == 422
    assert await audited(house) == []


async def test_while_there_is_no_text_nothing_is_exported(house: House, web: httpx.AsyncClient) -> None:
    row = await house.record("call1", call(TALK)[0], language="en")
    early = await web.get(f"/api/recordings/{row.id}/export?reason=court", headers=by("quinn"))
    assert (early.status_code, early.json()["detail"][:35]) == (409, "there is no text to find numbers by")
    await SpeechJob(house.db, house.vault, ENGINES, house.clock).run(row.id)
    late = await web.get(f"/api/recordings/{row.id}/export?reason=court", headers=by("quinn"))
    assert "no model for en" in late.json()["detail"]


async def test_the_text_is_masked_for_all_and_whole_only_with_a_reason(house: House, web: httpx.AsyncClient) -> None:
    row, _ = await transcribed(house)
    for who in ("quinn", "amy"):
        shown = (await web.get(f"/api/recordings/{row.id}/transcript", headers=by(who))).json()
        assert shown["segments"][1]["text"] == "我的手机号是" + "*" * 11
    whole = await web.get(f"/api/recordings/{row.id}/transcript/whole?reason=number+check", headers=by("quinn"))
    assert whole.json()["segments"][1]["text"] == "我的手机号是一三八零零一三八零零零"
    assert await audited(house) == [("quinn", "transcript_unmasked", "number check")]


@pytest.mark.parametrize(
    ("method", "place"),
    [
        ("GET", "export?reason=why"),
        ("GET", "transcript/whole?reason=why"),
        ("PUT", "hold"),
        ("DELETE", "hold?reason=why"),
    ],
)
async def test_an_agent_may_do_none_of_this_even_with_his_own_calls(
    house: House, web: httpx.AsyncClient, method: str, place: str
) -> None:
    row, _ = await transcribed(house)
    for recording in (row.id, "none"):
        answer = await web.request(method, f"/api/recordings/{recording}/{place}", headers=by("amy"))
        assert answer.status_code == 403
    assert await audited(house) == []


async def test_a_hold_is_shown_and_only_an_admin_ends_it(house: House, web: httpx.AsyncClient) -> None:
    row, _ = await transcribed(house)
    place = f"/api/recordings/{row.id}/hold"
    assert (await web.put(place, json={"reason": "court 7"}, headers=by("quinn"))).status_code == 204
    listed = (await web.get("/api/calls/call1/recordings", headers=by("quinn"))).json()
    assert listed[0]["held"] == "quinn: court 7"
    rules, over = Retention(default_days=1), CONNECTED_AT + 2 * DAY
    assert (await deletion.sweep(house.db, house.vault, rules, over)).deleted == ()
    assert (await web.delete(f"{place}?reason=closed", headers=by("quinn"))).status_code == 403
    assert (await web.delete(f"{place}?reason=closed", headers=by("root"))).status_code == 204
    assert (await deletion.sweep(house.db, house.vault, rules, over)).deleted == ("call1",)
    assert (await web.put(place, json={"reason": "too late"}, headers=by("quinn"))).status_code == 409
    for gone in ("sound", "transcript"):
        assert (await web.get(f"/api/recordings/{row.id}/{gone}", headers=by("quinn"))).status_code == 404


async def test_an_agent_is_not_told_who_holds_his_call_and_why(house: House, web: httpx.AsyncClient) -> None:
    row, _ = await transcribed(house)
    await web.put(f"/api/recordings/{row.id}/hold", json={"reason": "he is suspected"}, headers=by("quinn"))
    shown = {who: (await web.get("/api/calls/call1/recordings", headers=by(who))).json() for who in ("amy", "quinn")}
    assert [(each["id"], each["held"]) for each in shown["amy"]] == [(row.id, "")]
    assert [each["held"] for each in shown["quinn"]] == ["quinn: he is suspected"]


async def test_a_call_with_two_parts_is_held_and_released_whole(house: House, web: httpx.AsyncClient) -> None:
    first, second = [await house.record("call1", call(TALK)[0]) for _ in range(2)]
    place = f"/api/recordings/{first.id}/hold"
    rules, over = Retention(default_days=1), CONNECTED_AT + 2 * DAY
    assert (await web.put(place, json={"reason": "court 7"}, headers=by("quinn"))).status_code == 204
    assert {row.id: row.held_reason for row in await house.recordings("call1")} == {
        first.id: "court 7", second.id: "court 7",
    }  # fmt: skip
    assert (await deletion.sweep(house.db, house.vault, rules, over)).deleted == ()
    assert (await web.delete(f"{place}?reason=closed", headers=by("root"))).status_code == 204
    assert [row.held_at for row in await house.recordings("call1")] == [None, None]
    assert await audited(house) == [
        *[("quinn", "recording_held", "court 7")] * 2, *[("root", "recording_released", "closed")] * 2,
    ]  # fmt: skip


async def test_a_hold_takes_the_parts_that_are_left_and_no_earlier_reason_away(
    house: House, web: httpx.AsyncClient
) -> None:
    gone, held, _, last = [await house.record("call1", call(TALK)[0]) for _ in range(4)]
    await deletion.delete(house.db, house.vault, gone.id, "carol", "by mistake", 5.0)
    async with house.db.transaction() as tx:
        await deletion.hold(tx, [await tx.session.get_one(Recording, held.id)], "carol", "court 6", 6.0)
    answer = await web.put(f"/api/recordings/{last.id}/hold", json={"reason": "court 7"}, headers=by("quinn"))
    assert answer.status_code == 204
    assert [row.held_reason for row in await house.recordings("call1")] == ["", "court 6", "court 7", "court 7"]
