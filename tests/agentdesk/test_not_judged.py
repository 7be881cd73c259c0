"""The inbox's calls that are not judged: shown with the reason, tried again, for those who answer for calls only."""

from typing import Any

import pytest
from sqlalchemy import update

from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
from tests.agentdesk.cast import SOUND, TALK
from tests.agentdesk.conftest import House, Visitor, enter

ORIGIN = {"origin": "http://desk.test"}


async def stop(house: House, state: TranscriptState, note: str) -> None:
    async with house.db.transaction() as tx:
        text = await tx.session.get_one(TranscriptRow, SOUND)
        text.state, text.note, text.tries = state, note, 3


@pytest.mark.parametrize(
    ("state", "note", "words", "again"),
    [
        (TranscriptState.FAILED, "given up after 3 tries: the worker died", "试了 3 次后搁置: 转写进程意外终止", True),
        (TranscriptState.NO_MODEL, "no model for zh", "没有 zh 的语音模型", True),
        (TranscriptState.PENDING, "no memory", "no memory", True),
        (TranscriptState.READY, "", "", False),
        (TranscriptState.PENDING, "", "", False),
    ],
)
async def test_a_call_that_stands_still_is_in_the_inbox_with_the_reason_and_is_tried_again(
    house: House, web: Visitor, state: TranscriptState, note: str, words: str, again: bool
) -> None:
    await stop(house, state, note)
    await enter(web, "quality")
    part = (await web.get("/quality/not-judged")).text
    whole = (await web.get("/quality")).text
    assert (f"/calls/{TALK}" in part, bool(words) and words in part) == (again,) * 2
    assert ('href="#not-judged"' in whole, bool(words) and words in whole) == (again,) * 2
    answer = await web.post(f"/api/recordings/{SOUND}/retry", headers=ORIGIN)
    assert answer.status_code == (204 if again else 404)
    if again:
        async with house.db.reading() as session:
            text = await session.get_one(TranscriptRow, SOUND)
        assert (text.state, text.tries, text.note, text.due_at) == (TranscriptState.PENDING, 0, "", 0.0)


async def test_all_that_stand_still_are_tried_again_by_one_button(house: House, web: Visitor) -> None:
    await stop(house, TranscriptState.FAILED, "no memory")
    await enter(web, "supervisor")
    found = (await web.get("/api/unjudged")).json()
    assert (found["total"], found["calls"][0]["stop"], found["calls"][0]["why"]) == (1, "not_heard", "no memory")
    assert (await web.get("/api/unjudged?language=en")).json()["total"] == 0
    assert (await web.post("/quality/not-judged/again", headers=ORIGIN)).status_code == 303
    assert (await web.get("/api/unjudged")).json() == {"total": 0, "calls": []}


async def test_agents_neither_see_nor_try_again_what_is_not_judged(house: House, web: Visitor) -> None:
    await stop(house, TranscriptState.FAILED, "no memory")
    await enter(web, "agent")
    for place in ("/quality/not-judged", "/api/unjudged"):
        assert (await web.get(place)).status_code == 403
    for place in ("/quality/not-judged/again", f"/api/recordings/{SOUND}/retry"):
        assert (await web.post(place, headers=ORIGIN)).status_code == 403


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"state": RecordingState.CLOSING, "error": "not stored yet, tried again every 20 s: No space left on device"},
         ("录音尚未入库", "尚未存入，每 20 秒重试: 磁盘已满")),
        ({"state": RecordingState.FAILED, "error": "x.raw: the switch wrote no sound"}, ("录音已丢失", "没有写入声音")),
        ({"state": RecordingState.DELETED, "deleted_reason": "kept 5 days (queue cards)", "deleted_at": 9e8,
          "sha256": "ab12", "text_sha256": "cd34"}, ("录音已删除", "保存 5 天已满", "ab12", "cd34")),
    ],
)  # fmt: skip
async def test_a_call_without_its_sound_says_what_became_of_it(
    house: House, web: Visitor, values: dict[str, Any], told: tuple[str, ...]
) -> None:
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Recording).where(Recording.id == SOUND).values(**values))
    await enter(web, "quality")
    page = (await web.get(f"/calls/{TALK}")).text
    assert [words for words in told if words not in page] == []
    assert "没有录音" not in page
