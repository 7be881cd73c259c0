"""The office's deeds on a database: who may do what, what is kept, what is told."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accounts import repository as people
from accounts.access import Role, User
from core.bus import Bus
from core.database import Database
from core.errors import NotFound, Refused
from qa import repository, review, service
from qa.events import ReviewChanged
from qa.models import Review
from qa.office import deeds as office
from qa.pack import Ruleset
from qa.sampling import Plan, Why
from qa.verdict import Verdict
from tests.qa.calls import BYE, HELLO, call

ZHOU = User("zhou.yan", "周燕", Role.QUALITY, "", "zh")
SUN = User("sun.li", "孙丽", Role.SUPERVISOR, "", "zh")
HE = User("he.jing", "何静", Role.QUALITY, "", "zh")
ANN = User("ann", "Ann", Role.AGENT, "8001", "zh")
BOB = User("bob", "Bob", Role.AGENT, "8002", "zh")
LOST = User("lost", "Lost", Role.AGENT, "", "zh")
PLAN = Plan()
DAY = 86400.0


class Told:
    def __init__(self, bus: Bus) -> None:
        self.states: list[str] = []
        bus.subscribe("test", ReviewChanged, self.hear)

    async def hear(self, event: ReviewChanged) -> None:
        self.states.append(event.state)


@pytest.fixture
async def db(tmp_path: Path, bank: Ruleset) -> AsyncIterator[Database]:
    made = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", Bus())
    await made.create_all()
    talk = call(HELLO, {"customer": "怎么办"}, {"agent": "这个不归我管"}, BYE, agent="8001", id="call1")
    async with made.transaction() as tx:
        await service.score_and_store(tx, talk, bank, 10.0, recording="r1")
    yield made
    await made.close()


async def _opened(db: Database) -> Review:
    async with db.transaction() as tx:
        return await office.open_review(tx, "r1", ZHOU, Why.LOW, 100.0)


async def _settled(db: Database, row: Review) -> None:
    """Whatever the machine left open is fine."""
    async with db.transaction() as tx:
        for name in review.unsettled(review.restored(row.rows)):
            await office.judge_row(tx, row.id, name, Verdict.PASS, "", ZHOU, 101.0)


async def _finished(db: Database) -> Review:
    row = await _opened(db)
    await _settled(db, row)
    async with db.transaction() as tx:
        return await office.finish(tx, row.id, ZHOU, PLAN, 200.0)


async def _read(db: Database, row: Review) -> Review:
    async with db.reading() as session:
        return await session.get_one(Review, row.id)


async def test_a_review_begins_with_the_machines_score_and_is_one_per_recording(db: Database) -> None:
    row, again = await _opened(db), await _opened(db)
    assert row.id == again.id
    async with db.reading() as session:
        score = await repository.score_of(session, "call1")
    assert score is not None
    assert (row.score, row.machine_score) == (score.score, score.score)


async def test_a_confirmed_form_keeps_the_score_to_the_cent(db: Database) -> None:
    row = await _finished(db)
    assert row.score == row.machine_score
    assert row.appeal_until_at == 200.0 + 3 * DAY


async def test_a_changed_row_changes_the_score_and_leaves_its_trace(db: Database) -> None:
    row = await _opened(db)
    async with db.transaction() as tx:
        total = await office.judge_row(tx, row.id, "A2", Verdict.PASS, "he quotes the customer", ZHOU, 120.0)
    assert total.score > row.machine_score
    assert (await _read(db, row)).score == total.score
    async with db.reading() as session:
        last = (await repository.history_of(session, row.id))[-1]
        trail = await people.trail(session, f"review:{row.id}")
    assert (last.by, last.what, last.at) == ("zhou.yan", "judged", 120.0)
    assert last.data == {"row": "A2", "from": "fail", "to": "pass", "reason": "he quotes the customer"}
    assert [entry.what for entry in trail] == ["review_opened", "review_judged"]
    assert "fail → pass" in trail[-1].reason


async def test_only_the_reviewer_judges_and_nothing_after_the_end(db: Database) -> None:
    row = await _opened(db)
    async with db.transaction() as tx:
        with pytest.raises(Refused, match=r"zhou\.yan"):
            await office.judge_row(tx, row.id, "A2", Verdict.PASS, "x", SUN, 120.0)
    row = await _finished(db)
    async with db.transaction() as tx:
        with pytest.raises(Refused, match="finished"):
            await office.judge_row(tx, row.id, "A2", Verdict.PASS, "x", ZHOU, 220.0)


async def test_doubts_of_the_machine_must_be_settled_before_the_end(db: Database, bank: Ruleset) -> None:
    lines = (HELLO, {"customer": "你们说不知道"}, {"agent": "您刚才说这个不归我管"}, BYE)
    async with db.transaction() as tx:
        await service.score_and_store(tx, call(*lines, id="call2"), bank, 11.0, recording="r2")
        row = await office.open_review(tx, "r2", ZHOU, Why.DOUBT, 100.0)
        assert review.unsettled(review.restored(row.rows)) != ()
        with pytest.raises(Refused, match="decide first"):
            await office.finish(tx, row.id, ZHOU, PLAN, 200.0)


async def test_the_agent_reaches_the_own_finished_review_only(db: Database) -> None:
    row = await _opened(db)
    for user in (ANN, BOB, LOST):
        async with db.transaction() as tx:
            with pytest.raises(NotFound):
                await office.acknowledge(tx, row.id, user, 150.0)
    row = await _finished(db)
    for user in (BOB, LOST):
        async with db.transaction() as tx:
            with pytest.raises(NotFound):
                await office.appeal(tx, row.id, "not mine", user, 250.0)
    async with db.transaction() as tx:
        await office.acknowledge(tx, row.id, ANN, 250.0)
    assert ((await _read(db, row)).state, (await _read(db, row)).acknowledged_at) == ("acknowledged", 250.0)


async def test_an_appeal_comes_in_time_with_a_reason_and_only_once(db: Database) -> None:
    row = await _finished(db)
    deadline = row.appeal_until_at or 0.0
    async with db.transaction() as tx:
        with pytest.raises(Refused, match="over"):
            await office.appeal(tx, row.id, "too late", ANN, deadline)
        with pytest.raises(Refused, match="say what is wrong"):
            await office.appeal(tx, row.id, "", ANN, deadline - 1)
        await office.appeal(tx, row.id, "I quoted the customer", ANN, deadline - 1)
    async with db.transaction() as tx:
        with pytest.raises(Refused, match="allows no appeal"):
            await office.appeal(tx, row.id, "again", ANN, deadline - 1)


async def test_somebody_else_decides_the_appeal_and_the_score_follows_only_then(db: Database) -> None:
    told = Told(db.bus)
    row = await _finished(db)
    async with db.transaction() as tx:
        await office.appeal(tx, row.id, "I quoted the customer", ANN, 300.0)
    async with db.transaction() as tx:
        with pytest.raises(Refused, match="somebody else"):
            await office.decide(tx, row.id, "no", ZHOU, 400.0)
        with pytest.raises(Refused, match="somebody else"):
            await office.judge_row(tx, row.id, "A2", Verdict.PASS, "x", ZHOU, 400.0)
        total = await office.judge_row(tx, row.id, "A2", Verdict.PASS, "a quotation", SUN, 400.0)
    assert (await _read(db, row)).score == row.score
    async with db.transaction() as tx:
        await office.decide(tx, row.id, "You are right about A2", SUN, 500.0)
    decided = await _read(db, row)
    async with db.reading() as session:
        filed = await repository.appeal_of(session, row.id)
        history = [event.what for event in await repository.history_of(session, row.id)]
    assert filed is not None
    assert (filed.decision, filed.decided_by, filed.score_before) == ("changed", "sun.li", row.score)
    assert (decided.score, decided.state) == (total.score, "decided")
    assert history[-4:] == ["finished", "appealed", "judged", "decided"]
    await db.bus.drain()
    assert told.states == ["open", "finished", "appealed", "decided"]


async def test_rows_a_colleague_judged_in_an_appeal_stay_and_who_answers_judges_them_first(db: Database) -> None:
    row = await _finished(db)
    async with db.transaction() as tx:
        await office.appeal(tx, row.id, "I quoted the customer", ANN, 300.0)
        await office.judge_row(tx, row.id, "A2", Verdict.PASS, "a quotation", SUN, 400.0)
    async with db.transaction() as tx:
        await office.judge_row(tx, row.id, "A1", Verdict.FAIL, "no greeting", HE, 410.0)
    async with db.reading() as session:
        filed = await repository.appeal_of(session, row.id)
    assert filed is not None
    assert {line["id"]: line["by"] for line in filed.rows} == {"A1": "he.jing", "A2": "sun.li"}
    async with db.transaction() as tx:
        with pytest.raises(Refused, match="yourself first: A1") as refused:
            await office.decide(tx, row.id, "You are right about A2", SUN, 420.0)
    assert refused.value.reason == "others_rows"
    async with db.transaction() as tx:
        total = await office.judge_row(tx, row.id, "A1", Verdict.PASS, "", SUN, 430.0)
        decided = await office.decide(tx, row.id, "You are right about A2", SUN, 440.0)
    assert (decided.state, decided.score) == ("decided", total.score)


async def test_an_appeal_that_changes_nothing_is_upheld_and_can_be_acknowledged(db: Database) -> None:
    row = await _finished(db)
    async with db.transaction() as tx:
        await office.appeal(tx, row.id, "please look again", ANN, 300.0)
        await office.decide(tx, row.id, "the recording is clear", SUN, 400.0)
        await office.acknowledge(tx, row.id, ANN, 500.0)
    async with db.reading() as session:
        filed = await repository.appeal_of(session, row.id)
    assert filed is not None
    assert filed.decision == "upheld"
    assert (await _read(db, row)).score == row.score


async def test_coaching_reaches_its_agent_with_the_finished_review_and_is_marked_read_once(db: Database) -> None:
    row = await _opened(db)
    async with db.transaction() as tx:
        await office.coach(tx, row.id, "Offer to find out instead", 12.5, ZHOU, 150.0)
    async with db.reading() as session:
        assert await repository.notes_of_agent(session, "8001", 9) == []
    await _finished(db)
    async with db.reading() as session:
        note = (await repository.notes_of_agent(session, "8001", 9))[0]
    async with db.transaction() as tx:
        with pytest.raises(NotFound):
            await office.read_note(tx, note.id, BOB, 300.0)
        await office.read_note(tx, note.id, ANN, 310.0)
        await office.read_note(tx, note.id, ANN, 320.0)
    async with db.reading() as session:
        assert [each.read_at for each in await repository.notes_of_agent(session, "8001", 9)] == [310.0]


async def test_a_score_made_again_leaves_the_review_as_it_was(db: Database, bank: Ruleset) -> None:
    row = await _finished(db)
    async with db.transaction() as tx:
        await service.score_and_store(tx, call(HELLO, BYE, id="call1"), bank, 900.0, recording="r1")
    assert (await _read(db, row)).score == row.score
    async with db.reading() as session:
        assert [score.taken for score in await repository.scores_by_recording(session, ["r1"])] == [True]


async def test_a_pack_is_kept_once_for_each_version_used(db: Database, bank: Ruleset) -> None:
    async with db.transaction() as tx:
        await service.keep_version(tx, bank, 99.0)
    async with db.reading() as session:
        kept = await repository.pack_versions(session, "zh-bank")
    assert [(each.version, each.first_used_at) for each in kept] == [(bank.version, 10.0)]
    assert kept[0].content["items"]["A1"]["weight"] == bank.pack.items["A1"].weight
