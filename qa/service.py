"""Scoring a transcript and keeping the score."""

from typing import Any

from core.database import Transaction
from qa.events import CallScored
from qa.models import ScoreRow
from qa.pack import Ruleset
from qa.scoring import Item, Score, score
from recordings.transcript import Transcript


async def score_and_store(
    tx: Transaction, transcript: Transcript, rules: Ruleset, now: float, *, recording: str
) -> Score:
    """Judge `transcript` by `rules`; the score takes the place of an earlier one of the same recording."""
    result = score(transcript, rules)
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
            scored_at=now,
        )
    )
    tx.publish(CallScored(now, transcript.call.id, result.pack, result.score, bool(result.veto)))
    return result


def _stored(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "verdict": item.verdict.value,
        "deduction": item.deduction,
        "reason": {"zh": item.reason.zh, "en": item.reason.en},
        "evidence": [{"at": one.at, "speaker": one.speaker, "text": one.text} for one in item.evidence],
    }
