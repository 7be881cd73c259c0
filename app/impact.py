"""Stored calls judged by two packs: read from the database in batches, judged on all cores."""

import multiprocessing
from collections.abc import AsyncIterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.facts import ticket_fact
from core.database import Database
from core.errors import BadInput
from qa import pack, repository, scoring
from qa.impact import Comparison, Outcome, outcome
from qa.models import ScoreRow
from qa.pack import Ruleset
from recordings.models import TranscriptRow
from recordings.transcript import Transcript

BATCH = 50
DAY = 86400.0
Pair = tuple[str, Outcome, Outcome]
_judges: tuple[Ruleset, Ruleset]


async def find_rules(session: AsyncSession, packs_dir: Path, name: str) -> Ruleset:
    """`zh-bank` the installed pack, `drafts/x.yaml` a file, `zh-bank@1.0+3f2a` a version of the history.

    A version may be shortened as long as it is clear. Raises BadInput, ConfigError.
    """
    if "@" in name:
        title, _, version = name.partition("@")
        known = await repository.pack_versions(session, title)
        found = [each for each in known if each.version.startswith(version) or each.version.endswith(version)]
        if len(found) != 1:
            told = ", ".join(each.version for each in known) or "none"
            raise BadInput(f"{name}: {len(found)} versions fit", f"versions of {title} in the history: {told}")
        return pack.restore(found[0].content, found[0].version)
    if name.endswith((".yaml", ".yml")):
        path = Path(name)
        return pack.load(path.parent, path.stem)
    return pack.load(packs_dir, name)


async def compare(db: Database, before: Ruleset, after: Ruleset, now: float, days: int, workers: int) -> Comparison:
    """Calls scored in the last `days` judged by both."""
    return await judged(_batches(db, now, days, before.pack.language), before, after, workers)


async def judged(
    batches: AsyncIterator[list[dict[str, Any]]], before: Ruleset, after: Ruleset, workers: int
) -> Comparison:
    """Transcripts in the exchange format judged by both; with one worker in this process."""
    found = Comparison()
    if workers <= 1:
        _prepare(_plain(before), _plain(after))
        async for batch in batches:
            _take(found, _judge(batch))
        return found
    method = multiprocessing.get_context("spawn")
    packs = (_plain(before), _plain(after))
    with ProcessPoolExecutor(workers, mp_context=method, initializer=_prepare, initargs=packs) as pool:
        waiting = []
        async for batch in batches:
            waiting.append(pool.submit(_judge, batch))
            if len(waiting) > 4 * workers:  # a month of transcripts need not be in memory at once
                _take(found, waiting.pop(0).result())
        for each in waiting:
            _take(found, each.result())
    return found


async def _batches(db: Database, now: float, days: int, language: str) -> AsyncIterator[list[dict[str, Any]]]:
    """Transcripts in the exchange format with the tickets of today, oldest first."""
    place = tuple_(ScoreRow.scored_at, ScoreRow.recording)
    query = select(TranscriptRow, ScoreRow.scored_at).join(ScoreRow, ScoreRow.recording == TranscriptRow.recording)
    query = query.where(ScoreRow.scored_at >= now - days * DAY, TranscriptRow.language.startswith(language))
    query = query.order_by(ScoreRow.scored_at, ScoreRow.recording).limit(BATCH)
    last = (0.0, "")
    while True:
        async with db.reading() as session:
            rows = (await session.execute(query.where(place > last))).all()
            batch = []
            for row, _ in rows:
                if row.content is not None:
                    ticket = await ticket_fact(session, row.call, now)
                    told = ticket.model_dump(mode="json") if ticket else None
                    batch.append({**row.content, "call": {**row.content["call"], "ticket": told}})
        if not rows:
            return
        last = (rows[-1].scored_at, rows[-1][0].recording)
        yield batch


def _plain(rules: Ruleset) -> tuple[dict[str, Any], str]:
    return rules.pack.model_dump(mode="json"), rules.version


def _prepare(before: tuple[dict[str, Any], str], after: tuple[dict[str, Any], str]) -> None:
    """The packs of this process, compiled once."""
    global _judges
    _judges = (pack.restore(*before), pack.restore(*after))


def _judge(batch: list[dict[str, Any]]) -> list[Pair]:
    talks = [Transcript.model_validate(content) for content in batch]
    first, second = _judges
    return [(talk.call.id, outcome(scoring.score(talk, first)), outcome(scoring.score(talk, second))) for talk in talks]


def _take(found: Comparison, pairs: list[Pair]) -> None:
    for call, before, after in pairs:
        found.add(call, before, after)
