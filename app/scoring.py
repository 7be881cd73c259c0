"""Which calls are due for scoring, and their scores: decided from tables alone, so that a killed worker loses none."""

from collections.abc import Mapping
from dataclasses import dataclass

import structlog
from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.taken import Live
from acd.models import Call
from acd.queues import Queues
from app.facts import ticket_facts
from core.clock import Clock
from core.database import AWAY, Database
from core.tongues import asks_for, names_of
from qa import service
from qa.models import ScoreFault, ScoreRow
from qa.pack import Ruleset
from qa.standing import SetAside
from recordings.models import TranscriptRow, TranscriptState
from recordings.transcript import Transcript
from tickets.models import Ticket

log = structlog.get_logger(__name__)

AT_ONCE = 20
LATELY = 7 * 86400.0
"""Seconds. A deadline that passed longer ago has no call judged anew: weeks that are over keep their scores."""


@dataclass(frozen=True, slots=True)
class Packs:
    """The rules that judge calls, by language, and those of queues that have their own, by queue and language.

    Where they are set aside the calls wait: other rules are not theirs.
    """

    languages: Mapping[str, Ruleset | SetAside]
    queues: Mapping[tuple[str, str], Ruleset | SetAside]

    def of(self, queue: str, language: str) -> Ruleset | SetAside:
        names = names_of(language)
        own = [self.queues[queue, name] for name in names if (queue, name) in self.queues]
        return (own or [self.languages[name] for name in names if name in self.languages])[0]

    @property
    def versions(self) -> set[str]:
        """Of all that judge, or would."""
        return {rules.version for rules in (*self.languages.values(), *self.queues.values())}


def _changed_at(now: float) -> ColumnElement[float]:
    """When a ticket last came to be something else to a judge: moved, or overdue."""
    lately = and_(Ticket.due_at < now, Ticket.due_at > now - LATELY)
    became_late = and_(Ticket.told_at.is_(None), lately, Ticket.due_at > Ticket.moved_at)
    return case((became_late, Ticket.due_at), else_=Ticket.moved_at)


class Scoring:
    """Scores what is due, the oldest talk first. A call is due when its transcript is ready and its agent's wrap-up is
    over or its ticket opened; and again whenever its ticket moved or became overdue after it was last judged. One that
    cannot be scored is set aside with the reason, for as long as the rules stay the same."""

    def __init__(self, db: Database, queues: Queues, packs: Live[Packs], clock: Clock) -> None:
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
            try:
                await self._score(recording, packs)
            except AWAY:
                raise  # no fault of this transcript
            except Exception as fault:
                # Whatever a rule stumbles over must not keep the other calls from being scored.
                log.exception("transcript not scored", recording=recording)
                await self._set_aside(recording, packs, f"{type(fault).__name__}: {fault}")
        return len(due)

    async def _due(self, session: AsyncSession, packs: Packs) -> list[str]:
        now = self._clock()
        wrap_up = max(queue.wrap_up for queue in self._queues.queues.values())
        newest = select(func.max(_changed_at(now))).where(Ticket.call == TranscriptRow.call).scalar_subquery()
        query = (
            select(TranscriptRow.recording)
            .join(Call, Call.id == TranscriptRow.call)
            .outerjoin(ScoreRow, ScoreRow.recording == TranscriptRow.recording)
            .outerjoin(ScoreFault, ScoreFault.recording == TranscriptRow.recording)
            .where(TranscriptRow.state == TranscriptState.READY, asks_for(TranscriptRow.language, packs.languages))
            .where(or_(ScoreFault.recording.is_(None), ScoreFault.pack_version.not_in(packs.versions)))
            .where(
                or_(
                    and_(ScoreRow.recording.is_(None), or_(newest.is_not(None), Call.talk_ended_at < now - wrap_up)),
                    newest > ScoreRow.judged_at,
                )
            )
            .order_by(Call.talk_ended_at, TranscriptRow.recording)
            .limit(AT_ONCE)
        )
        return list(await session.scalars(query))

    async def _score(self, recording: str, packs: Packs) -> None:
        # What happens to the ticket from now on, its deadline too, has the call judged again.
        now = self._clock()
        async with self._db.transaction() as tx:
            row = await tx.session.get_one(TranscriptRow, recording, with_for_update=True)
            if row.state != TranscriptState.READY:
                return  # deleted meanwhile: a score would keep its words
            transcript = Transcript.model_validate(row.content)
            facts = transcript.call.model_copy(update=await ticket_facts(tx.session, row.call, now))
            rules = packs.of(facts.queue, row.language)
            if isinstance(rules, SetAside):
                await service.set_aside(tx, recording, row.call, rules.version, rules.why, now)
                return
            judged = transcript.model_copy(update={"call": facts})
            await service.score_and_store(tx, judged, rules, now, recording=recording)

    async def _set_aside(self, recording: str, packs: Packs, why: str) -> None:
        async with self._db.transaction() as tx:
            row = await tx.session.get_one(TranscriptRow, recording)
            told = (row.content or {}).get("call")  # what is set aside may be no transcript at all
            queue = str(told.get("queue", "")) if isinstance(told, dict) else ""
            rules = packs.of(queue, row.language)
            await service.set_aside(tx, recording, row.call, rules.version, why, self._clock())
