"""Scoring a transcript and keeping the score, and the rules that made it."""

from dataclasses import asdict
from typing import Any

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from core.database import Transaction
from qa import sampling
from qa.events import CallScored
from qa.models import PackVersion, ScoreFault, ScoreRow
from qa.pack import Ruleset
from qa.scoring import Item, Score, score, told
from qa.verdict import Verdict, packed
from recordings.transcript import Transcript


async def score_and_store(
    tx: Transaction, transcript: Transcript, rules: Ruleset, now: float, *, recording: str
) -> Score:
    """Judge `transcript` by `rules`; the score takes the place of an earlier one of the same recording, and its time
    too: a call stays in the week and month in which it was first scored."""
    result = score(transcript, rules)
    await keep_version(tx, rules, now)
    await tx.session.execute(delete(ScoreFault).where(ScoreFault.recording == recording))
    known = await tx.session.get(ScoreRow, recording)
    await tx.session.merge(
        ScoreRow(
            recording=recording,
            call=transcript.call.id,
            agent=transcript.call.agent,
            pack=result.pack,
            pack_version=result.version,
            score=result.score,
            veto=list(result.veto),
            items=[_stored(item) for item in result.items],
            verdicts=packed((item.id, item.verdict) for item in result.items),
            doubts=sum(item.verdict is Verdict.REVIEW for item in result.items),
            anger=told(result.anger),
            wording=[asdict(each) for each in result.wording],
            wording_weight=max((each.weight for each in result.wording), default=0.0),
            queue=transcript.call.queue,
            lot=sampling.lot(recording),
            vetoed=bool(result.veto),
            scored_at=known.scored_at if known else now,
            judged_at=now,
        )
    )
    tx.publish(CallScored(now, transcript.call.id, result.pack, result.score, bool(result.veto)))
    return result


async def set_aside(tx: Transaction, recording: str, call: str, version: str, why: str, now: float) -> None:
    """The rules of `version` stumble over this transcript: people are told, the others go on."""
    await tx.session.merge(
        ScoreFault(recording=recording, call=call, pack_version=version, why=why[:400], failed_at=now)
    )


async def keep_version(tx: Transaction, rules: Ruleset, now: float) -> None:
    """Note the pack as it is when it is used for the first time."""
    if await tx.session.get(PackVersion, (rules.pack.pack, rules.version)) is not None:
        return
    content = rules.pack.model_dump(mode="json")
    row = PackVersion(pack=rules.pack.pack, version=rules.version, content=content, first_used_at=now)
    try:
        async with tx.session.begin_nested():
            tx.session.add(row)
    except IntegrityError:
        pass  # another worker has just noted the same version


def _stored(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "verdict": item.verdict.value,
        "deduction": item.deduction,
        "share": item.share,
        "reason": {"zh": item.reason.zh, "en": item.reason.en},
        "evidence": told(item.evidence),
    }
