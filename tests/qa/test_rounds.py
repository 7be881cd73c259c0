"""Double blind reviews and calibration sessions on a database: who sees and does what, and what comes of it."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accounts import repository as people
from accounts.access import Role, User
from accounts.models import Person
from core.bus import Bus
from core.database import Database
from core.errors import NotFound, Refused
from qa import repository, review, service
from qa.blind import RoundState
from qa.models import BlindForm, BlindRound, Review
from qa.office import deeds as office
from qa.office import rounds
from qa.pack import Ruleset
from qa.sampling import Plan, Why
from qa.verdict import Verdict
from tests.qa.calls import BYE, HELLO, call

ZHOU = User("zhou.yan", "周燕", Role.QUALITY, "", "zh")
HE = User("he.jing", "何静", Role.QUALITY, "", "zh")
SUN = User("sun.li", "孙丽", Role.SUPERVISOR, "", "zh")
ANN = User("ann", "Ann", Role.AGENT, "8001", "zh")
PLAN = Plan()


@pytest.fixture
async def db(tmp_path: Path, bank: Ruleset) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", Bus())
    await made.create_all()
    async with made.transaction() as tx:
        tx.session.add_all(Person(login=each.login, name=each.name, role=each.role) for each in (ZHOU, HE, SUN, ANN))
        for number in (1, 2):
            talk = call(HELLO, {"agent": "这个不归我管"}, BYE, agent="8001", id=f"call{number}")
            await service.score_and_store(tx, talk, bank, 10.0, recording=f"r{number}")
    yield made
    await made.close()


async def _fill(db: Database, form: BlindForm, user: User, failed: str = "") -> None:
    async with db.transaction() as tx:
        for row in form.rows:
            verdict = Verdict.FAIL if row["id"] == failed else Verdict.PASS
            await rounds.mark_row(tx, form.id, row["id"], verdict, "I heard it", user, 20.0)
        await rounds.finish_form(tx, form.id, user, PLAN, 21.0)


async def _marked(db: Database, user: User, failed: str = "") -> BlindForm:
    async with db.transaction() as tx:
        form = await rounds.take_double(tx, "r1", user, 15.0 + (user is not ZHOU))
    await _fill(db, form, user, failed)
    return form


async def _round(db: Database) -> BlindRound:
    async with db.reading() as session:
        found = await repository.double_of(session, "r1")
    assert found is not None
    return found


async def test_two_equal_forms_become_a_finished_review(db: Database) -> None:
    await _marked(db, ZHOU, "A2")
    await _marked(db, SUN, "A2")
    assert (await _round(db)).state == RoundState.CLOSED
    async with db.reading() as session:
        found = await repository.review_of_recording(session, "r1")
    assert found is not None
    assert (found.state, found.why, found.reviewer) == ("finished", "sample", "sun.li")
    lines = {line.id: line for line in review.restored(found.rows)}
    assert (lines["A2"].verdict, lines["A2"].by) == (Verdict.FAIL, "zhou.yan, sun.li")
    assert found.score < 100


async def test_rows_that_differ_go_to_a_third_person_and_to_nobody_of_the_two(db: Database) -> None:
    await _marked(db, ZHOU, "A2")
    await _marked(db, SUN)
    assert (await _round(db)).state == RoundState.DIFFERING
    async with db.transaction() as tx:
        for user in (ZHOU, SUN):
            with pytest.raises(Refused, match="somebody else"):
                await office.open_review(tx, "r1", user, Why.ASKED, 30.0)
        row = await office.open_review(tx, "r1", HE, Why.ASKED, 30.0)
        assert review.unsettled(review.restored(row.rows)) == ("A2",)
        with pytest.raises(Refused, match="A2"):
            await office.finish(tx, row.id, HE, PLAN, 31.0)
        await office.judge_row(tx, row.id, "A2", Verdict.FAIL, "", HE, 32.0)
        await office.finish(tx, row.id, HE, PLAN, 33.0)
    found = await _round(db)
    assert (found.state, found.closed_at) == (RoundState.CLOSED, 33.0)


async def test_nobody_decides_an_appeal_against_the_own_blind_form(db: Database) -> None:
    await _marked(db, ZHOU, "A2")
    await _marked(db, SUN, "A2")
    async with db.reading() as session:
        found = await repository.review_of_recording(session, "r1")
    assert found is not None
    async with db.transaction() as tx:
        await office.appeal(tx, found.id, "I quoted him", ANN, 40.0)
        for user in (ZHOU, SUN):
            with pytest.raises(Refused, match="appeal"):
                await office.decide(tx, found.id, "no", user, 50.0)
        await office.decide(tx, found.id, "no", HE, 50.0)


async def test_while_two_mark_nobody_reviews_and_a_third_form_is_refused(db: Database) -> None:
    async with db.transaction() as tx:
        mine = await rounds.take_double(tx, "r1", ZHOU, 15.0)
        assert (await rounds.take_double(tx, "r1", ZHOU, 16.0)).id == mine.id
        with pytest.raises(Refused, match="blind first"):
            await office.open_review(tx, "r1", HE, Why.LOW, 17.0)
        await rounds.take_double(tx, "r1", SUN, 17.0)
        with pytest.raises(Refused, match="two colleagues"):
            await rounds.take_double(tx, "r1", HE, 18.0)


async def test_a_call_under_ordinary_review_is_not_marked_blind(db: Database) -> None:
    async with db.transaction() as tx:
        await office.open_review(tx, "r1", HE, Why.LOW, 17.0)
        with pytest.raises(Refused, match="under review already"):
            await rounds.take_double(tx, "r1", ZHOU, 18.0)


async def test_a_form_is_its_owners_alone_whole_and_final(db: Database) -> None:
    async with db.transaction() as tx:
        form = await rounds.take_double(tx, "r1", ZHOU, 15.0)
        with pytest.raises(NotFound):
            await rounds.mark_row(tx, form.id, "A1", Verdict.PASS, "", SUN, 16.0)
        with pytest.raises(Refused, match="A1"):
            await rounds.finish_form(tx, form.id, ZHOU, PLAN, 16.0)
        with pytest.raises(Refused, match="points are deducted"):
            await rounds.mark_row(tx, form.id, "A1", Verdict.FAIL, "", ZHOU, 16.0)
    await _fill(db, form, ZHOU)
    async with db.transaction() as tx:
        with pytest.raises(Refused, match="finished"):
            await rounds.mark_row(tx, form.id, "A1", Verdict.NA, "", ZHOU, 30.0)


async def test_scores_are_veiled_from_those_who_mark_until_they_have(db: Database) -> None:
    async with db.transaction() as tx:
        await rounds.take_double(tx, "r1", ZHOU, 15.0)
        session = await rounds.open_calibration(tx, "November", ["r2"], ["zhou.yan", "he.jing"], SUN, 15.0)
    async with db.reading() as reading:
        assert await repository.veiled(reading, "zhou.yan") == {"call1", "call2"}
        assert await repository.veiled(reading, "sun.li") == {"call1"}
    async with db.transaction() as tx:
        with pytest.raises(Refused, match="blind first"):
            await office.open_review(tx, "r2", HE, Why.ASKED, 15.5)
    await _marked(db, ZHOU)
    await _marked(db, SUN)
    for user in (ZHOU, HE):
        async with db.transaction() as tx:
            form = await rounds.take(tx, session.id, "r2", user, 16.0)
        await _fill(db, form, user)
    async with db.transaction() as tx:
        await rounds.close_calibration(tx, session.id, SUN, 40.0)
    async with db.reading() as reading:
        assert await repository.veiled(reading, "zhou.yan") == set()


async def test_a_session_is_for_the_invited_closed_by_its_opener_and_then_discussed(db: Database) -> None:
    async with db.transaction() as tx:
        found = await rounds.open_calibration(tx, "November", ["r1", "r2"], ["zhou.yan", "sun.li"], SUN, 15.0)
        with pytest.raises(NotFound):
            await rounds.take(tx, found.id, "r1", HE, 16.0)
        with pytest.raises(Refused, match="two people"):
            await rounds.close_calibration(tx, found.id, SUN, 17.0)
        with pytest.raises(Refused, match="still open"):
            await rounds.discuss(tx, found.id, "early", SUN, 17.0)
    for user in (ZHOU, SUN):
        async with db.transaction() as tx:
            form = await rounds.take(tx, found.id, "r1", user, 18.0)
        await _fill(db, form, user)
    async with db.transaction() as tx:
        with pytest.raises(Refused, match=r"孙丽 opened"):
            await rounds.close_calibration(tx, found.id, ZHOU, 19.0)
        await rounds.close_calibration(tx, found.id, SUN, 20.0)
        with pytest.raises(Refused, match="not open"):
            await rounds.take(tx, found.id, "r2", ZHOU, 21.0)
        await rounds.discuss(tx, found.id, "A2: quoting is no failure", ZHOU, 22.0)
        with pytest.raises(NotFound):
            await rounds.discuss(tx, found.id, "me too", HE, 22.0)
    async with db.reading() as session:
        trail = [entry.what for entry in await people.trail(session, f"round:{found.id}")]
        assert await session.get(Review, "r1") is None
    assert trail[0] == "calibration_opened"
    assert trail[-2:] == ["calibration_closed", "calibration_discussed"]


@pytest.mark.parametrize(
    ("title", "calls", "invited", "reason"),
    [
        ("", ["r1"], ["a", "b"], "title_missing"),
        ("x", ["r1"], ["a", "a"], "too_few_people"),
        ("x", [], ["a", "b"], "no_calls"),
        ("x", ["r1"], ["ann", "sun.li"], "not_of_office"),
    ],
)
async def test_a_session_needs_a_title_calls_and_people(
    db: Database, title: str, calls: list[str], invited: list[str], reason: str
) -> None:
    async with db.transaction() as tx:
        with pytest.raises(Refused) as caught:
            await rounds.open_calibration(tx, title, calls, invited, SUN, 15.0)
    assert caught.value.reason == reason
