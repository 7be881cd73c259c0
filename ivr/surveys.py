"""What callers answered to surveys, stored with the call and the agent they had talked with."""

from sqlalchemy import select

from acd.calls import Landing
from core.clock import Clock, new_id
from core.database import Database
from ivr.effects import KeepAnswer
from ivr.models import SurveyAnswer


class Surveys:
    """Opens the transactions for the calls in the menu."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db = db
        self._clock = clock

    async def keep(self, call: str, given: KeepAnswer, talk: Landing | None) -> None:
        """Who is asked again about the same talk, because the engine was gone meanwhile, has answered once."""
        now, agent = self._clock(), talk.agent if talk else ""
        of_this = (SurveyAnswer.call == call, SurveyAnswer.step == given.step, SurveyAnswer.agent == agent)
        async with self._db.transaction() as tx:
            row = await tx.session.scalar(select(SurveyAnswer).where(*of_this))
            if row is None:
                row = SurveyAnswer(
                    id=new_id(now), call=call, agent=agent, queue=talk.queue if talk else "", step=given.step,
                    question=given.question,
                )  # fmt: skip
                tx.session.add(row)
            row.answer, row.answered_at = given.answer, now
            row.lowest, row.highest = given.lowest, given.highest
