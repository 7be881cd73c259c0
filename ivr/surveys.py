"""What callers answered to surveys, stored with the call and the agent they had talked with."""

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
        now = self._clock()
        row = SurveyAnswer(
            id=new_id(now), call=call, agent=talk.agent if talk else "", queue=talk.queue if talk else "",
            step=given.step, question=given.question, answer=given.answer, answered_at=now,
        )  # fmt: skip
        async with self._db.transaction() as tx:
            tx.session.add(row)
