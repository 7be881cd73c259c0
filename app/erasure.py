"""When a recording's words are deleted, what other parts quoted of them goes as well."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from acd.models import Summary
from core.database import Transaction
from qa.models import Appeal, CoachingNote, Review, ReviewEvent, ScoreRow
from recordings.models import Recording

_QUOTED = re.compile(r"“[^“”]*”|「[^「」]*」|‘[^‘’]*’|\"[^\"]*\"")
GONE = "“…”"


async def erase_quotes(tx: Transaction, recording: Recording) -> None:
    """Scores and reviews stay, with moments and reasons; the words in their evidence go, and what is in quotation
    marks wherever the machine or a person gave a reason."""
    session = tx.session
    for score in await session.scalars(select(ScoreRow).where(ScoreRow.recording == recording.id)):
        score.items = [_bare(item) for item in score.items]
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


def _bare(item: Mapping[str, Any]) -> dict[str, Any]:
    """A row of the form without the words said."""
    evidence: Iterable[Mapping[str, Any]] = item.get("evidence", ())
    return {**_unquoted(dict(item)), "evidence": [{**each, "text": ""} for each in evidence]}


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
