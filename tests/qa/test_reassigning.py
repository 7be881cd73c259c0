"""What somebody who is away has in hand goes to another person: reviews, double blind forms, sessions."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from accounts import repository as people
from accounts.access import Role, User
from accounts.models import PeopleChange, Person, PersonChange
from core.bus import Bus
from core.database import Database
from core.errors import NotFound, Refused
from qa import repository, review, service
from qa.blind import RoundState
from qa.models import BlindForm, Review
from qa.office import deeds as office
from qa.office import reassigning, rounds
from qa.office.reading import blind_view, held_form, review_view, session_view
from qa.office.reassigning import Reassignment
from qa.pack import Ruleset
from qa.sampling import Plan, Why
from qa.verdict import Verdict
from tests.qa.calls import BYE, HELLO, call

ZHOU = User("zhou.yan", "周燕", Role.QUALITY, "", "zh")
HE = User("he.jing", "何静", Role.QUALITY, "", "zh")
WU = User("wu.di", "吴迪", Role.QUALITY, "", "zh", lead=True)
SUN = User("sun.li", "孙丽", Role.SUPERVISOR, "", "zh")
ANN = User("ann", "Ann", Role.AGENT, "8001", "zh")
OFFICE = (ZHOU, HE, WU, SUN)
PLAN = Plan()
ILL = "she is ill"


@pytest.fixture
async def db(tmp_path: Path, bank: Ruleset) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", Bus())
    await made.create_all()
    async with made.transaction() as tx:
        for each in (*OFFICE, ANN):
            tx.session.add(Person(login=each.login, name=each.name, role=each.role, number=each.number))
        talk = call(HELLO, {"agent": "这个不归我管"}, BYE, agent="8001", id="call1")
        await service.score_and_store(tx, talk, bank, 10.0, recording="r1")
    yield made
    await made.close()


async def _opened(db: Database) -> Review:
    async with db.transaction() as tx:
        row = await office.open_review(tx, "r1", ZHOU, Why.LOW, 15.0)
        await office.judge_row(tx, row.id, "A2", Verdict.PASS, "a quotation", ZHOU, 16.0)
    return row


async def _begun(db: Database, user: User = ZHOU) -> BlindForm:
    """A form half filled in."""
    async with db.transaction() as tx:
        form = await rounds.take_double(tx, "r1", user, 15.0)
        await rounds.mark_row(tx, form.id, "A2", Verdict.FAIL, "I heard it", user, 16.0)
    return form


async def _give(db: Database, what: Review | BlindForm, wanted: Reassignment, user: User = WU) -> Any:
    deed: Any = reassigning.reassign_review if isinstance(what, Review) else reassigning.reassign_form
    async with db.transaction() as tx:
        return await deed(tx, what.id, wanted, user, 20.0)


async def _refused(db: Database, what: Review | BlindForm, wanted: Reassignment, user: User = WU) -> str:
    with pytest.raises(Refused) as caught:
        await _give(db, what, wanted, user)
    return caught.value.reason


async def _hand_in(db: Database, form: BlindForm, user: User) -> None:
    async with db.transaction() as tx:
        for row in form.rows:
            await rounds.mark_row(tx, form.id, row["id"], Verdict.PASS, "", user, 30.0)
        await rounds.finish_form(tx, form.id, user, PLAN, 31.0)


async def test_a_lead_gives_an_open_review_on_and_the_former_reviewer_saves_nothing_more(db: Database) -> None:
    row = await _opened(db)
    await _give(db, row, Reassignment("zhou.yan", ILL, "he.jing"))
    async with db.transaction() as tx:
        with pytest.raises(Refused, match="taken from you, 何静 goes on") as caught:
            await office.judge_row(tx, row.id, "A2", Verdict.FAIL, "x", ZHOU, 21.0)
        with pytest.raises(Refused, match="taken from you"):
            await office.finish(tx, row.id, ZHOU, PLAN, 21.0)
    assert caught.value.reason == "review_taken"
    async with db.transaction() as tx:
        for name in review.unsettled(review.restored((await office.review_of(tx, row.id)).rows)):
            await office.judge_row(tx, row.id, name, Verdict.PASS, "", HE, 22.0)
        done = await office.finish(tx, row.id, HE, PLAN, 23.0)
    lines = {line.id: line for line in review.restored(done.rows)}
    assert (done.reviewer, lines["A2"].by, lines["A2"].verdict) == ("he.jing", "zhou.yan", Verdict.PASS)


async def test_who_gave_it_on_and_why_is_in_the_history_and_the_audit_trail(db: Database) -> None:
    row = await _opened(db)
    await _give(db, row, Reassignment("zhou.yan", ILL), SUN)
    async with db.reading() as session:
        last = (await repository.history_of(session, row.id))[-1]
        noted = (await people.trail(session, f"review:{row.id}"))[-1]
    assert (last.by, last.what) == ("sun.li", "reassigned")
    assert last.data == {"from": "zhou.yan", "to": "sun.li", "reason": ILL}
    assert (noted.who, noted.what, noted.reason) == ("sun.li", "review_reassigned", f"zhou.yan → sun.li. {ILL}")


async def test_who_judged_rows_of_a_review_that_was_taken_does_not_decide_its_appeal(db: Database) -> None:
    row = await _opened(db)
    await _give(db, row, Reassignment("zhou.yan", ILL, "he.jing"))
    async with db.transaction() as tx:
        for name in review.unsettled(review.restored((await office.review_of(tx, row.id)).rows)):
            await office.judge_row(tx, row.id, name, Verdict.PASS, "", HE, 22.0)
        await office.finish(tx, row.id, HE, PLAN, 23.0)
        await office.appeal(tx, row.id, "I quoted him", ANN, 24.0)
        for user in (ZHOU, HE):
            with pytest.raises(Refused, match="decides an appeal"):
                await office.decide(tx, row.id, "no", user, 25.0)
    async with db.reading() as session:
        assert [(await review_view(session, row.id, user, "zh")).decides for user in (ZHOU, SUN)] == [False, True]


@pytest.mark.parametrize("what", [_opened, _begun], ids=["review", "form"])
async def test_it_takes_a_lead_a_reason_and_somebody_of_the_office(db: Database, what: Any) -> None:
    held = await what(db)
    wanted = Reassignment("zhou.yan", ILL, "he.jing")
    assert await _refused(db, held, wanted, HE) == "not_lead"
    assert await _refused(db, held, wanted, ZHOU) == "not_lead"
    assert await _refused(db, held, replace(wanted, reason="")) == "reason_missing"
    assert await _refused(db, held, replace(wanted, to="ann")) == "not_of_office"
    assert await _refused(db, held, replace(wanted, to="zhou.yan")) == "has_part"
    async with db.transaction() as tx:
        (await tx.session.get_one(Person, "he.jing")).active = False
    assert await _refused(db, held, wanted) == "not_of_office"


@pytest.mark.parametrize("what", [_opened, _begun], ids=["review", "form"])
async def test_whoever_was_the_agent_of_the_call_does_not_judge_it(db: Database, what: Any) -> None:
    held = await what(db)
    async with db.transaction() as tx:
        tx.session.add(PeopleChange(id=1, at=12.0, by="admin"))
        await tx.session.flush()
        tx.session.add(PersonChange(change=1, login="he.jing", fields={"number": ["8001", ""]}))
    assert await _refused(db, held, Reassignment("zhou.yan", ILL, "he.jing")) == "has_part"


@pytest.mark.parametrize("what", [_opened, _begun], ids=["review", "form"])
async def test_two_leads_do_not_take_it_from_each_other_unseen(db: Database, what: Any) -> None:
    held = await what(db)
    await _give(db, held, Reassignment("zhou.yan", ILL, "he.jing"))
    assert await _refused(db, held, Reassignment("zhou.yan", ILL, "sun.li"), SUN) == "holder_changed"


async def test_a_review_goes_to_nobody_who_marked_the_call_or_is_still_to_mark_it_blind(db: Database) -> None:
    forms = [await _begun(db, user) for user in (ZHOU, SUN)]
    await _hand_in(db, forms[0], ZHOU)
    async with db.transaction() as tx:
        for row in forms[1].rows:
            await rounds.mark_row(tx, forms[1].id, row["id"], Verdict.FAIL, "I heard it", SUN, 17.0)
        await rounds.finish_form(tx, forms[1].id, SUN, PLAN, 18.0)
    async with db.transaction() as tx:
        settling = await office.open_review(tx, "r1", HE, Why.ASKED, 19.0)
    assert await _refused(db, settling, Reassignment("he.jing", ILL, "sun.li")) == "has_part"
    async with db.transaction() as tx:
        session = await rounds.open_calibration(tx, "November", ["r1"], ["wu.di", "zhou.yan"], SUN, 19.0)
    assert await _refused(db, settling, Reassignment("he.jing", ILL, "wu.di"), SUN) == "has_part"
    assert await _refused(db, settling, Reassignment("he.jing", ILL)) == "blind_first"
    async with db.transaction() as tx:
        await rounds.close_calibration(tx, session.id, SUN, 20.0, "nobody has time")
    await _give(db, settling, Reassignment("he.jing", ILL))


async def test_a_blind_form_begins_anew_and_tells_nothing_of_what_was_marked(db: Database) -> None:
    form = await _begun(db)
    await _give(db, form, Reassignment("zhou.yan", ILL, "he.jing"))
    async with db.transaction() as tx:
        for deed in (
            rounds.mark_row(tx, form.id, "A1", Verdict.PASS, "", ZHOU, 21.0),
            rounds.finish_form(tx, form.id, ZHOU, PLAN, 21.0),
            blind_view(tx.session, form.id, ZHOU, "zh"),
        ):
            with pytest.raises(Refused, match="taken from you, 何静 marks") as caught:
                await deed
            assert caught.value.reason == "form_taken"
        with pytest.raises(NotFound):
            await rounds.mark_row(tx, form.id, "A1", Verdict.PASS, "", WU, 21.0)
        view = await blind_view(tx.session, form.id, HE, "zh")
        noted = (await people.trail(tx.session, f"round:{view.round.id}"))[-1]
    assert (view.form.decided, view.edits) == (0, True)
    assert "I heard it" not in str(view)
    assert (noted.who, noted.what, noted.reason) == ("wu.di", "blind_reassigned", f"zhou.yan → he.jing. {ILL}")


async def test_two_different_people_mark_a_call_whoever_takes_a_form(db: Database) -> None:
    mine, _ = await _begun(db), await _begun(db, SUN)
    assert await _refused(db, mine, Reassignment("zhou.yan", ILL), SUN) == "has_part"
    assert await _refused(db, mine, Reassignment("zhou.yan", ILL, "sun.li")) == "has_part"
    taken = await _give(db, mine, Reassignment("zhou.yan", ILL))
    async with db.transaction() as tx:
        with pytest.raises(Refused, match="two colleagues"):
            await rounds.take_double(tx, "r1", ZHOU, 22.0)
    await _hand_in(db, taken, WU)
    async with db.reading() as session:
        forms = await repository.forms_of(session, mine.round)
    assert sorted(form.by for form in forms) == ["sun.li", "wu.di"]


async def test_who_is_back_may_have_the_form_again_and_begins_with_an_empty_one(db: Database) -> None:
    form = await _begun(db)
    await _give(db, form, Reassignment("zhou.yan", ILL, "he.jing"))
    await _give(db, form, Reassignment("he.jing", "Zhou is back", "zhou.yan"))
    async with db.reading() as session:
        view = await blind_view(session, form.id, ZHOU, "zh")
        assert (view.form.decided, view.edits) == (0, True)
        with pytest.raises(Refused, match="周燕 marks"):
            await blind_view(session, form.id, HE, "zh")


async def test_what_is_handed_in_or_finished_is_nobody_elses_any_more(db: Database) -> None:
    form = await _begun(db)
    await _hand_in(db, form, ZHOU)
    assert await _refused(db, form, Reassignment("zhou.yan", ILL, "he.jing")) == "wrong_state"
    second = await _begun(db, SUN)
    await _hand_in(db, second, SUN)
    async with db.reading() as session:
        done = await repository.review_of_recording(session, "r1")
        assert done is not None
        with pytest.raises(Refused):
            await held_form(session, form.id, WU)
    assert await _refused(db, done, Reassignment("sun.li", ILL, "he.jing")) == "wrong_state"


@pytest.mark.parametrize("first", ["finish", "take"])
@pytest.mark.parametrize("what", [_opened, _begun], ids=["review", "form"])
async def test_of_finishing_and_taking_at_the_same_moment_exactly_one_wins(db: Database, what: Any, first: str) -> None:
    held = await what(db)
    async with db.transaction() as tx:
        for line in review.restored(held.rows):
            judge = office.judge_row if isinstance(held, Review) else rounds.mark_row
            await judge(tx, held.id, line.id, Verdict.PASS, "I heard it", ZHOU, 17.0)

    async def finish() -> None:
        deed: Any = office.finish if isinstance(held, Review) else rounds.finish_form
        async with db.transaction() as tx:
            await deed(tx, held.id, ZHOU, PLAN, 20.0)

    take = _give(db, held, Reassignment("zhou.yan", ILL, "he.jing"))
    deeds = (finish(), take) if first == "finish" else (take, finish())
    outcomes = await asyncio.gather(*deeds, return_exceptions=True)
    assert [isinstance(each, Refused) for each in outcomes] == [False, True]
    async with db.reading() as session:
        kept: Any = await session.get_one(type(held), held.id)
    holder = kept.reviewer if isinstance(kept, Review) else kept.by
    finished = kept.finished_at if isinstance(kept, Review) else kept.done_at
    assert (holder, finished) == (("zhou.yan", 20.0) if first == "finish" else ("he.jing", None))


async def test_a_lead_closes_a_session_for_an_opener_who_is_away_with_a_reason(db: Database) -> None:
    async with db.transaction() as tx:
        found = await rounds.open_calibration(tx, "November", ["r1"], ["zhou.yan", "he.jing"], ZHOU, 15.0)
        form = await rounds.take(tx, found.id, "r1", HE, 16.0)
        with pytest.raises(Refused, match="everybody marks for himself"):
            await reassigning.reassign_form(tx, form.id, Reassignment("he.jing", ILL), WU, 17.0)
        with pytest.raises(Refused, match="周燕 opened"):
            await rounds.close_calibration(tx, found.id, HE, 17.0, ILL)
        with pytest.raises(Refused, match="say why you do it instead"):
            await rounds.close_calibration(tx, found.id, WU, 17.0)
        assert (await session_view(tx.session, found.id, WU, "zh")).ends
        closed = await rounds.close_calibration(tx, found.id, WU, 18.0, ILL)
        assert (closed.state, closed.closed_at) == (RoundState.CLOSED, 18.0)
        with pytest.raises(Refused, match="not open"):
            await rounds.mark_row(tx, form.id, "A1", Verdict.PASS, "", HE, 19.0)
        with pytest.raises(Refused, match="allows no close"):
            await rounds.close_calibration(tx, found.id, ZHOU, 19.0, ILL)
        noted = (await people.trail(tx.session, f"round:{found.id}"))[-1]
        assert (noted.who, noted.what, noted.reason) == ("wu.di", "calibration_closed", ILL)
        view = await session_view(tx.session, found.id, WU, "zh")
        assert (view.judges, view.ends, view.calls[0].done) == (("",), False, ())
        assert await repository.veiled(tx.session, "zhou.yan") == set()


async def test_while_a_session_is_marked_its_lead_sees_who_has_handed_in_and_no_verdict(db: Database) -> None:
    async with db.transaction() as tx:
        found = await rounds.open_calibration(tx, "November", ["r1"], ["zhou.yan", "he.jing"], ZHOU, 15.0)
        form = await rounds.take(tx, found.id, "r1", HE, 16.0)
    await _hand_in(db, form, HE)
    async with db.reading() as session:
        (each,) = (await session_view(session, found.id, WU, "zh")).calls
    assert (each.done, each.score, each.matrix, each.mine) == (("he.jing",), None, (), None)
