"""What callers did after their conversations: right figures of a history that is known, and the calls behind them."""

from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update

from accounts.models import Person
from acd.models import Call, CallEvent, Offer, QueueVisit
from core.database import Database, Transaction
from ivr.models import SurveyAnswer
from tests.agentdesk.conftest import House, Visitor, enter
from tests.agentdesk.test_reports import listed, report
from tickets.models import Ticket

WEEK = 7 * 86400.0
DAYS = "period=days&since=2026-03-02&until=2026-03-02&step=60"
LI, WANG, ZHAO = "7101", "7102", "7103"


class Told:
    """Calls as a test tells them, in seconds since `begin`."""

    def __init__(self, tx: Transaction, begin: float) -> None:
        self._tx = tx
        self._begin = begin

    async def call(self, name: str, at: float, caller: str = "", **more: Any) -> None:
        arrived = self._begin + at
        self._tx.session.add(
            Call(id=name, leg=name, caller=caller, dialled="95566", arrived_at=arrived, state="ended", **more)
        )
        await self._tx.session.flush()

    def talk(self, call: str, agent: str, at: float, over: float, queue: str = "cards") -> None:
        """Offered and taken at once."""
        begin = self._begin + at
        visit = {"queued_at": begin, "waits_since": begin, "until_at": begin, "result": "answered"}
        self._tx.session.add(QueueVisit(call=call, queue=queue, **visit))
        self._tx.session.add(
            Offer(id=f"{call}-{agent}", call=call, agent=agent, device=f"phone-{agent}", caller="", waited=0.0,
                  offered_at=begin, ended_at=begin, result="accepted")
        )  # fmt: skip
        self._tx.session.add(CallEvent(call=call, at=self._begin + over, kind="disconnected", agent=agent, data={}))

    def answer(self, call: str, agent: str, at: float, answer: int, **more: Any) -> None:
        scale = {"question": "score", "lowest": 1, "highest": 5} | more
        self._tx.session.add(
            SurveyAnswer(id=f"{call}-{at}", call=call, agent=agent, queue="cards", step="rate", answer=answer,
                         answered_at=self._begin + at, **scale)
        )  # fmt: skip

    def ticket(self, call: str, by: str, at: float, category: str = "complaint") -> None:
        opened = self._begin + at
        self._tx.session.add(
            Ticket(id=f"T{call}-{at}", call=call, customer="", category=category, summary="", state="accepted",
                   opened_by=by, opened_at=opened, moved_at=opened, due_at=opened)
        )  # fmt: skip


async def tell(db: Database, begin: float) -> None:
    async with db.transaction() as tx:
        for number, team in ((LI, "一组"), (WANG, "一组"), (ZHAO, "二组")):
            tx.session.add(Person(login=f"a{number}", name=f"A {number}", role="agent", number=number, team=team))
        told = Told(tx, begin)
        # Given on within the call, he calls again a week to the second after Wang, which is later than that after Li.
        await told.call("given-on", 0, "1390001")
        told.talk("given-on", LI, 10, 100)
        told.talk("given-on", WANG, 100, 200, queue="loans")
        told.answer("given-on", WANG, 210, 2)
        told.answer("given-on", WANG, 220, 4)
        told.answer("given-on", WANG, 230, 1, question="other")
        told.ticket("given-on", f"a{LI}", 150)
        told.ticket("given-on", "sun.li", 9000)
        told.ticket("given-on", f"a{WANG}", 160, "service")
        await told.call("week-later", 200 + WEEK, "1390001")
        # Who calls a moment later than a week has not called again.
        await told.call("once", 600, "1390002")
        told.talk("once", LI, 610, 700)
        told.answer("once", LI, 710, 9, lowest=0, highest=9)
        await told.call("too-late", 700.5 + WEEK, "1390002")
        # Withheld numbers are nobody's.
        await told.call("withheld", 4000)
        told.talk("withheld", ZHAO, 4010, 4100)
        await told.call("withheld-too", 4200)
        # Called twice more, and called back in between: one conversation was repeated, and the second one too.
        await told.call("first", 5000, "1390003")
        told.talk("first", LI, 5010, 5100)
        await told.call("back", 5200, "1390004", direction="outbound")
        told.talk("back", ZHAO, 5210, 5300)
        await told.call("second", 5400, "1390003")
        told.talk("second", ZHAO, 5410, 5500)
        await told.call("third", 5600, "1390003", queue="")
        # Called by us alone afterwards: not again.
        await told.call("quiet", 8000, "1390005")
        told.talk("quiet", ZHAO, 8010, 8100)
        await told.call("called-back", 8200, "1390005", direction="outbound")
        # An opinion of the menu is nobody's, and a complaint without a call is of no conversation.
        told.answer("third", "", 5650, 1)
        told.ticket("", f"a{LI}", 300)


def row_of(table: dict[str, Any], key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(row["values"] for row in table["rows"] if row["key"] == key)
    return found


@pytest.fixture
async def told(web: Visitor, house: House) -> House:
    await tell(house.db, datetime(2026, 3, 2, 10, tzinfo=house.desk.site.zone).timestamp())
    await enter(web, "supervisor")
    return house


async def test_a_caller_has_called_again_within_seven_days_of_the_conversation_and_not_a_moment_later(
    web: Visitor, told: House
) -> None:
    queues, agents, hours = (await report(web, "callers", DAYS))["tables"]
    total = agents["total"]["values"]
    assert (total["conversations"], total["known"], total["again"]) == (8, 7, 3)
    assert total["again_rate"] == pytest.approx(3 / 7)
    assert {each: row_of(agents, each)["again"] for each in (LI, WANG, ZHAO)} == {LI: 1, WANG: 1, ZHAO: 1}
    assert (row_of(agents, ZHAO)["conversations"], row_of(agents, ZHAO)["known"]) == (4, 3)
    assert (row_of(queues, "cards")["again"], row_of(queues, "loans")["again"]) == (2, 1)
    assert [row["values"]["again"] for row in hours["rows"]] == [1, 2, 0]
    assert queues["total"] == hours["total"] | {"calls": queues["total"]["calls"]}


async def test_satisfaction_is_that_of_the_last_conversation_before_the_survey_on_one_scale(
    web: Visitor, told: House
) -> None:
    _, agents, _ = (await report(web, "callers", DAYS))["tables"]
    given, alone = row_of(agents, WANG), row_of(agents, LI)
    assert (given["surveyed"], given["satisfaction"]) == (1, 4.0)
    assert (alone["surveyed"], alone["satisfaction"]) == (1, 5.0)
    assert row_of(agents, ZHAO)["satisfaction"] is None
    total = agents["total"]["values"]
    assert (total["surveyed"], total["satisfaction"]) == (2, 4.5)


async def test_a_complaint_counts_with_the_conversation_of_who_took_it_down_else_with_the_last_before_it(
    web: Visitor, told: House
) -> None:
    queues, agents, _ = (await report(web, "callers", DAYS))["tables"]
    assert {each: row_of(agents, each)["complaints"] for each in (LI, WANG, ZHAO)} == {LI: 1, WANG: 1, ZHAO: 0}
    assert row_of(queues, "loans")["complaint_rate"] == 1.0
    assert queues["total"]["values"]["complaint_rate"] == pytest.approx(2 / 8)


async def test_counts_of_callers_afterwards_lead_to_their_calls_and_filters_narrow_both(
    web: Visitor, told: House
) -> None:
    for narrowed, expected in (("", 3), ("&queue=loans", 1), ("&team=一组", 2), (f"&agent={ZHAO}", 1)):
        found = await report(web, "callers", f"{DAYS}{narrowed}")
        assert found["tables"][0]["total"]["values"]["again"] == expected, narrowed
        for row in found["tables"][1]["rows"]:
            for code, address in row["calls"].items():
                assert await listed(web, address) == row["values"][code], (row["label"], code)


async def test_a_number_that_has_been_forgotten_is_no_caller_who_stayed_away(web: Visitor, told: House) -> None:
    async with told.db.transaction() as tx:
        await tx.session.execute(update(Call).values(caller=""))
    total = (await report(web, "callers", DAYS))["tables"][0]["total"]["values"]
    assert (total["conversations"], total["known"], total["again_rate"]) == (8, 0, None)
