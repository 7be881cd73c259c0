"""When a recording's words are deleted, what other parts quoted of them goes as well."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import ColumnElement, String, cast, exists, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from acd.models import Summary
from core.database import Database, Transaction
from qa.models import Appeal, BlindCall, BlindForm, BlindRound, CoachingNote, Review, ReviewEvent, ScoreRow
from recordings.models import Recording, RecordingState

_QUOTED = re.compile(r"“[^“”]*”|「[^「」]*」|‘[^‘’]*’|\"[^\"]*\"")
GONE = "“…”"


async def erase_quotes(tx: Transaction, recording: Recording) -> None:
    """Scores and reviews stay, with moments and reasons; the words in their evidence go, and what is in quotation
    marks wherever the machine or a person gave a reason."""
    session = tx.session
    for score in await session.scalars(select(ScoreRow).where(ScoreRow.recording == recording.id)):
        score.items = [_bare(item) for item in score.items]
        score.anger = _mute(score.anger)
        score.wording = [{**each, "words": []} for each in _mute(score.wording)]
    await _erase_blind(session, recording.id)
    for said in await session.scalars(select(Summary).where(Summary.call == recording.call)):
        said.note = _unquoted(said.note)
    for review in await session.scalars(select(Review).where(Review.recording == recording.id)):
        review.items = [_bare(item) for item in review.items]
        review.rows = _unquoted(review.rows)
        for appeal in await session.scalars(select(Appeal).where(Appeal.review == review.id)):
            appeal.text, appeal.answer, appeal.rows = map(_unquoted, (appeal.text, appeal.answer, appeal.rows))
        for event in await session.scalars(select(ReviewEvent).where(ReviewEvent.review == review.id)):
            event.data = _unquoted(event.data)
        for note in await session.scalars(select(CoachingNote).where(CoachingNote.review == review.id)):
            note.text = _unquoted(note.text)


async def erase_left(db: Database) -> None:
    """What was deleted when fewer places were known to quote it. What keeps no words is left alone."""
    heard = exists().where(ScoreRow.recording == Recording.id, or_(_speaks(ScoreRow.anger), _speaks(ScoreRow.wording)))
    marked = exists().where(BlindCall.recording == Recording.id, _speaks(BlindCall.items))
    deleted = select(Recording.id).where(Recording.state == RecordingState.DELETED)
    async with db.reading() as session:
        left = (await session.scalars(deleted.where(or_(heard, marked)))).all()
    for each in left:
        async with db.transaction() as tx:
            await erase_quotes(tx, await tx.session.get_one(Recording, each))


async def _erase_blind(session: AsyncSession, recording: str) -> None:
    """What those who marked it blind were shown, wrote and discussed."""
    for call in await session.scalars(select(BlindCall).where(BlindCall.recording == recording)):
        call.items = [_bare(item) for item in call.items]
        around = await session.get_one(BlindRound, call.round)
        around.note = _unquoted(around.note)
    for form in await session.scalars(select(BlindForm).where(BlindForm.recording == recording)):
        form.rows = _unquoted(form.rows)


def _speaks(column: InstrumentedAttribute[list[dict[str, Any]]]) -> ColumnElement[bool]:
    """Whether a text in this column is not empty."""
    return func.replace(cast(column, String), '"text": ""', "").contains('"text": "')


def _mute(said: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Evidence without the words."""
    return [{**each, "text": ""} for each in said]


def _bare(item: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the form without the words said."""
    return {**_unquoted(dict(item)), "evidence": _mute(item.get("evidence", ()))}


def _unquoted(value: Any) -> Any:
    """Every text in `value` without what is quoted in it."""
    match value:
        case str():
            return _QUOTED.sub(GONE, value)
        case dict():
            return {key: _unquoted(each) for key, each in value.items()}
        case list():
            return [_unquoted(each) for each in value]
        case _:
            return value
