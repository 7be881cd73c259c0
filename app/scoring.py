"""Which calls are due for scoring, and their scores: decided from tables alone, so that a killed worker loses none."""

from collections.abc import Mapping

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.taken import Live
from acd.models import Call
from acd.queues import Queues
from app.facts import ticket_fact
from core.clock import Clock
from core.database import Database
from qa import service
from qa.models import ScoreRow
from qa.pack import Ruleset
from recordings.models import TranscriptRow, TranscriptState
from recordings.transcript import Transcript
from tickets.models import Ticket

AT_ONCE = 20


class Scoring:
    """Scores what is due. A call is due when its transcript is ready and its agent's wrap-up is over or its ticket
    opened; and again whenever its ticket moved after the score was made."""

    def __init__(self, db: Database, queues: Queues, packs: Live[Mapping[str, Ruleset]], clock: Clock) -> None:
        self._db = db
        self._queues = queues
        self._packs = packs
        self._clock = clock

    async def run_due(self) -> int:
        """Score up to AT_ONCE calls; returns how many."""
        async with self._db.reading() as session:
            packs = await self._packs.current(session)
            due = await self._due(session, packs)
        for recording in due:
            await self._score(recording, packs)
        return len(due)

    async def _due(self, session: AsyncSession, packs: Mapping[str, Ruleset]) -> list[str]:
        now = self._clock()
        wrap_up = max(queue.wrap_up for queue in self._queues.queues.values())
        moved = select(Ticket.moved_at).where(Ticket.call == TranscriptRow.call).order_by(Ticket.moved_at.desc())
        newest = moved.limit(1).scalar_subquery()
        query = (
            select(TranscriptRow.recording)
            .join(Call, Call.id == TranscriptRow.call)
            .outerjoin(ScoreRow, ScoreRow.recording == TranscriptRow.recording)
            .where(TranscriptRow.state == TranscriptState.READY, TranscriptRow.language.in_(packs))
            .where(
                or_(
                    and_(ScoreRow.recording.is_(None), or_(newest.is_not(None), Call.talk_ended_at < now - wrap_up)),
                    newest > ScoreRow.scored_at,
                )
            )
            .limit(AT_ONCE)
        )
        return list(await session.scalars(query))

    async def _score(self, recording: str, packs: Mapping[str, Ruleset]) -> None:
        async with self._db.transaction() as tx:
            row = await tx.session.get_one(TranscriptRow, recording)
            transcript = Transcript.model_validate(row.content)
            ticket = await ticket_fact(tx.session, row.call, self._clock())
            facts = transcript.call.model_copy(update={"ticket": ticket})
            rules = packs[row.language]
            judged = transcript.model_copy(update={"call": facts})
            await service.score_and_store(tx, judged, rules, self._clock(), recording=recording)
