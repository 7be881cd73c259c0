"""An agent who came to the quality office has no part in judging the calls she took before."""

from collections.abc import AsyncIterator, Awaitable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from accounts.access import Role, User
from accounts.models import PeopleChange, Person, PersonChange
from core.bus import Bus
from core.database import Database
from core.errors import Refused
from qa import review as rules
from qa import service
from qa.models import BlindForm, Review
from qa.office import deeds as office
from qa.office import reassigning, rounds
from qa.office.due import Draws
from qa.office.inbox import Inbox, inbox
from qa.office.owncalls import is_own_call
from qa.office.reading import blind_view, review_view, session_view
from qa.office.reassigning import Reassignment
from qa.pack import Ruleset
from qa.sampling import Plan, Why
from qa.verdict import Verdict
from tests.qa.calls import BYE, HELLO, call

ZHOU = User("zhou.yan", "周燕", Role.QUALITY, "", "zh")
HE = User("he.jing", "何静", Role.QUALITY, "", "zh")
ANN = User("ann", "Ann", Role.AGENT, "8001", "zh")
PROMOTED = User("ann", "Ann", Role.QUALITY, "", "zh", lead=True)
PLAN = Plan()


@pytest.fixture
async def db(tmp_path: Path, bank: Ruleset) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", Bus())
    await made.create_all()
    async with made.transaction() as tx:
        for each in (ZHOU, HE, ANN):
            tx.session.add(Person(login=each.login, name=each.name, role=each.role, number=each.number))
        for agent, name in (("8001", "r1"), ("8002", "r2")):
            talk = call(HELLO, {"agent": "这个不归我管"}, BYE, agent=agent, id=name)
            await service.score_and_store(tx, talk, bank, 10.0, recording=name)
    yield made
    await made.close()


async def _promote(db: Database) -> None:
    async with db.transaction() as tx:
        (await tx.session.get_one(Person, "ann")).number = ""
        (await tx.session.get_one(Person, "ann")).role = Role.QUALITY
        tx.session.add(PeopleChange(id=1, at=12.0, by="admin"))
        await tx.session.flush()
        tx.session.add(PersonChange(change=1, login="ann", fields={"number": ["8001", ""]}))


async def _reviewed(db: Database) -> Review:
    async with db.transaction() as tx:
        row = await office.open_review(tx, "r1", ZHOU, Why.LOW, 15.0)
        for name in rules.unsettled(rules.restored(row.rows)):
            await office.judge_row(tx, row.id, name, Verdict.PASS, "", ZHOU, 16.0)
    return row


async def _appealed(db: Database) -> Review:
    row = await _reviewed(db)
    async with db.transaction() as tx:
        await office.finish(tx, row.id, ZHOU, PLAN, 17.0)
        await office.appeal(tx, row.id, "I quoted him", ANN, 18.0)
    return row


async def _begun(db: Database) -> BlindForm:
    async with db.transaction() as tx:
        return await rounds.take_double(tx, "r1", ZHOU, 15.0)


async def _hers(db: Database, held: Review | BlindForm) -> None:
    """What she took in hand before anybody asked whose the call was."""
    async with db.transaction() as tx:
        found: Any = await tx.session.get_one(type(held), held.id)
        setattr(found, "reviewer" if isinstance(held, Review) else "by", "ann")


async def _inbox(db: Database, user: User) -> Inbox:
    async with db.reading() as session:
        return await inbox(session, PLAN, Draws(), ZoneInfo("Asia/Shanghai"), 20.0, user)


async def _refused(deed: Awaitable[object]) -> None:
    with pytest.raises(Refused) as caught:
        await deed
    assert caught.value.reason == "own_call"


async def test_a_call_is_own_by_the_number_of_now_and_by_the_number_given_up_and_nobodys_without_one(
    db: Database,
) -> None:
    async with db.reading() as session:
        assert await is_own_call(session, "8001", ANN)
        assert not await is_own_call(session, "8001", PROMOTED)
    await _promote(db)
    async with db.reading() as session:
        assert await is_own_call(session, "8001", PROMOTED)
        assert not await is_own_call(session, "8002", PROMOTED)
        assert not await is_own_call(session, "8001", ZHOU)
        assert not await is_own_call(session, "", PROMOTED)


async def test_who_was_promoted_answers_no_appeal_of_her_own(db: Database) -> None:
    row = await _appealed(db)
    await _promote(db)
    async with db.transaction() as tx:
        await _refused(office.judge_row(tx, row.id, "A2", Verdict.PASS, "I quoted him", PROMOTED, 21.0))
        await _refused(office.decide(tx, row.id, "I was right", PROMOTED, 21.0))
        await _refused(office.coach(tx, row.id, "well done", None, PROMOTED, 21.0))
        mine = await review_view(tx.session, row.id, PROMOTED, "zh")
        theirs = await review_view(tx.session, row.id, HE, "zh")
    assert (mine.decides, mine.edits, mine.was_own) == (False, False, True)
    assert (theirs.decides, theirs.edits, theirs.was_own) == (True, True, False)
    assert ((await _inbox(db, PROMOTED)).appeals, len((await _inbox(db, HE)).appeals)) == ([], 1)


async def test_who_was_promoted_reviews_calls_of_others_only(db: Database) -> None:
    await _promote(db)
    async with db.transaction() as tx:
        await _refused(office.open_review(tx, "r1", PROMOTED, Why.ASKED, 21.0))
        assert (await office.open_review(tx, "r2", PROMOTED, Why.ASKED, 21.0)).reviewer == "ann"
    assert [each.recording for each in (await _inbox(db, PROMOTED)).due] == []
    assert [each.recording for each in (await _inbox(db, HE)).due] == ["r1"]


async def test_who_was_promoted_is_told_of_as_many_calls_as_she_is_shown(db: Database) -> None:
    await _promote(db)
    hers, anothers = await _inbox(db, PROMOTED), await _inbox(db, HE)
    assert (sum(hers.counts.values()), [each.recording for each in hers.due]) == (1, ["r2"])
    assert sum(anothers.counts.values()) == len(anothers.due) == 2


async def test_a_review_of_her_own_call_that_she_has_in_hand_goes_no_further(db: Database) -> None:
    row = await _reviewed(db)
    await _promote(db)
    await _hers(db, row)
    async with db.transaction() as tx:
        await _refused(office.judge_row(tx, row.id, "A2", Verdict.PASS, "I quoted him", PROMOTED, 21.0))
        await _refused(office.finish(tx, row.id, PROMOTED, PLAN, 21.0))
        away = Reassignment("ann", "I must not", "he.jing")
        await _refused(reassigning.reassign_review(tx, row.id, away, PROMOTED, 21.0))
        view = await review_view(tx.session, row.id, PROMOTED, "zh")
    assert (view.edits, view.takers) == (False, ())
    assert ((await _inbox(db, PROMOTED)).open, len((await _inbox(db, HE)).open)) == ([], 1)


async def test_who_was_promoted_marks_no_call_of_her_own_blind(db: Database) -> None:
    form = await _begun(db)
    await _promote(db)
    async with db.transaction() as tx:
        await _refused(rounds.take_double(tx, "r1", PROMOTED, 21.0))
        await _refused(rounds.take(tx, form.round, "r1", PROMOTED, 21.0))
        away = Reassignment("zhou.yan", "she is ill", "he.jing")
        await _refused(reassigning.reassign_form(tx, form.id, away, PROMOTED, 21.0))
    assert ((await _inbox(db, PROMOTED)).doubles, len((await _inbox(db, HE)).doubles)) == ([], 1)


async def test_a_blind_form_of_her_own_call_that_she_has_in_hand_is_not_handed_in(db: Database) -> None:
    form = await _begun(db)
    await _promote(db)
    await _hers(db, form)
    async with db.transaction() as tx:
        await _refused(rounds.mark_row(tx, form.id, "A1", Verdict.PASS, "", PROMOTED, 21.0))
        await _refused(rounds.finish_form(tx, form.id, PROMOTED, PLAN, 21.0))
        view = await blind_view(tx.session, form.id, PROMOTED, "zh")
    assert (view.edits, view.was_own) == (False, True)


async def test_a_session_offers_everybody_the_calls_that_were_not_his_own(db: Database) -> None:
    await _promote(db)
    async with db.transaction() as tx:
        found = await rounds.open_calibration(tx, "March", ["r1", "r2"], ["ann", "he.jing"], ZHOU, 20.0)
        await _refused(rounds.take(tx, found.id, "r1", PROMOTED, 21.0))
        assert (await rounds.take(tx, found.id, "r2", PROMOTED, 21.0)).by == "ann"
        mine = await session_view(tx.session, found.id, PROMOTED, "zh")
        theirs = await session_view(tx.session, found.id, HE, "zh")
    assert [(each.call.recording, each.was_own) for each in mine.calls] == [("r1", True), ("r2", False)]
    assert not any(each.was_own for each in theirs.calls)
