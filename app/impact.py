"""Stored calls judged by two versions of the rules: read from the database in batches, judged on all cores."""

import multiprocessing
from collections.abc import AsyncIterator, Collection, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python
from sqlalchemy import ColumnElement, and_, case, literal, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from app.assignment import Assignment
from app.facts import ticket_facts
from core.database import Database
from core.errors import BadInput
from core.tongues import asks_for
from qa import pack, repository, scoring
from qa.impact import Comparison, Outcome, outcome
from qa.models import ScoreRow
from qa.pack import Ruleset
from recordings.models import TranscriptRow
from recordings.transcript import Transcript

BATCH = 50
DAY = 86400.0
Pairs = Mapping[str, tuple[Ruleset, Ruleset]]
"""The rules before and after a change, by the name of the pack that judges a call now."""
Batch = list[tuple[str, dict[str, Any]]]
"""Transcripts in the exchange format, each with the name of the pack that judges it."""
Judged = tuple[str, Outcome, Outcome]
Plain = tuple[dict[str, Any], str]
_judges: Pairs


async def find_rules(session: AsyncSession, packs_dir: Path, name: str, *, standing: bool = False) -> Ruleset:
    """`zh-bank` the installed pack, `drafts/x.yaml` a file, `zh-bank@1.0+3f2a` a version of the history.

    A version may be shortened as long as it is clear. `standing`: a file was published before.
    Raises BadInput, ConfigError.
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
        return pack.load(path.parent, path.stem, standing=standing)
    return pack.load(packs_dir, name, standing=standing)


def derived(packs_dir: Path, before: str, after: str, names: Collection[str]) -> Pairs:
    """Those of the packs `names` that are based on the one that changes: as they are beside the file of each.

    Raises ConfigError. None where one of the two is a version of the history, or lies alone; nor one that cannot be
    read before: what judges its calls now is no file's text.
    """
    first, second = _file(packs_dir, before), _file(packs_dir, after)
    if first is None or second is None or first.stem != second.stem:
        return {}
    found: dict[str, tuple[Ruleset, Ruleset]] = {}
    for name in sorted({*names} - {first.stem}):
        lies = all((file.parent / f"{name}.yaml").is_file() for file in (first, second))
        present = _readable(first.parent, name) if lies else None
        if present and first.stem in pack.bases(first.parent, name):
            found[name] = (present, pack.load(second.parent, name, standing=True))
    return found


def _readable(packs_dir: Path, name: str) -> Ruleset | None:
    with suppress(BadInput):
        return pack.load(packs_dir, name, standing=True)
    return None


async def compare(
    db: Database, pairs: Pairs, now: float, days: int, workers: int, assigned: Assignment | None = None
) -> Comparison:
    """Calls scored in the last `days` judged before and after: those that are `assigned` to one of `pairs`, or all
    calls in the language of the one pair there is."""
    return await judged(_batches(db, now, days, _judge_of(pairs, assigned), pairs), pairs, workers)


async def judged(batches: AsyncIterator[Batch], pairs: Pairs, workers: int) -> Comparison:
    """Transcripts judged before and after; with one worker in this process."""
    found = Comparison()
    plain = {name: (_plain(before), _plain(after)) for name, (before, after) in pairs.items()}
    if workers <= 1:
        _prepare(plain)
        async for batch in batches:
            _take(found, _judge(batch))
        return found
    method = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=method, initializer=_prepare, initargs=(plain,)) as pool:
        waiting = []
        async for batch in batches:
            waiting.append(pool.submit(_judge, batch))
            if len(waiting) > 4 * workers:  # a month of transcripts need not be in memory at once
                _take(found, waiting.pop(0).result())
        for each in waiting:
            _take(found, each.result())
    return found


def _file(packs_dir: Path, name: str) -> Path | None:
    if "@" in name:
        return None
    return Path(name) if name.endswith((".yaml", ".yml")) else packs_dir / f"{name}.yaml"


def _judge_of(pairs: Pairs, assigned: Assignment | None) -> ColumnElement[str]:
    """The name of the pack that judges a call."""
    if assigned is None:
        usual = [(TranscriptRow.language.startswith(before.pack.language), name) for name, (before, _) in pairs.items()]
        return case(*usual, else_="")
    spoken = TranscriptRow.language
    of_queue = [(ScoreRow.queue == queue, each, name) for (queue, each), name in assigned.queues.items()]
    own = [(and_(there, spoken == each), name) for there, each, name in of_queue]
    own += [(and_(there, asks_for(spoken, [each])), name) for there, each, name in of_queue]
    usual = [(spoken == each, name) for each, name in assigned.languages.items()]
    usual += [(asks_for(spoken, [each]), name) for each, name in assigned.languages.items()]
    return case(*own, *usual, else_="") if own or usual else literal("")


async def _batches(
    db: Database, now: float, days: int, judge: ColumnElement[str], names: Collection[str]
) -> AsyncIterator[Batch]:
    """With the tickets of today, oldest first."""
    place = tuple_(ScoreRow.scored_at, ScoreRow.recording)
    query = select(TranscriptRow, ScoreRow.scored_at, judge.label("judge"))
    query = query.join(ScoreRow, ScoreRow.recording == TranscriptRow.recording)
    query = query.where(ScoreRow.scored_at >= now - days * DAY, judge.in_(names))
    query = query.order_by(ScoreRow.scored_at, ScoreRow.recording).limit(BATCH)
    last = (0.0, "")
    while True:
        async with db.reading() as session:
            rows = (await session.execute(query.where(place > last))).all()
            batch: Batch = []
            for row, _, name in rows:
                if row.content is not None:
                    told = to_jsonable_python(await ticket_facts(session, row.call, now))
                    batch.append((name, {**row.content, "call": {**row.content["call"], **told}}))
        if not rows:
            return
        last = (rows[-1].scored_at, rows[-1][0].recording)
        yield batch


def _plain(rules: Ruleset) -> Plain:
    return rules.pack.model_dump(mode="json"), rules.version


def _prepare(plain: Mapping[str, tuple[Plain, Plain]]) -> None:
    """The packs of this process, compiled once."""
    global _judges
    _judges = {name: (pack.restore(*before), pack.restore(*after)) for name, (before, after) in plain.items()}


def _judge(batch: Batch) -> list[Judged]:
    found = []
    for name, content in batch:
        talk = Transcript.model_validate(content)
        before, after = (outcome(scoring.score(talk, rules)) for rules in _judges[name])
        found.append((talk.call.id, before, after))
    return found


def _take(found: Comparison, judged: list[Judged]) -> None:
    for call, before, after in judged:
        found.add(call, before, after)
