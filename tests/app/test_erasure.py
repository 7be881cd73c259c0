"""The words of a deleted recording are gone from its score as well."""

from pathlib import Path

from sqlalchemy import select

from acd.models import Call, Summary
from app.erasure import erase_left, erase_quotes
from core.database import Transaction
from qa.blind import Kind, RoundState
from qa.models import Appeal, BlindCall, BlindForm, BlindRound, CoachingNote, Review, ReviewEvent, ScoreRow
from qa.review import ReviewState
from recordings.keeping import deletion
from recordings.keeping.retention import DAY, Retention
from tests.recordings.conftest import CONNECTED_AT, House
from tests.speech import Turn, call


async def test_a_score_keeps_its_verdicts_but_not_the_customers_words(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.db.create_all()
    row = await house.record("call1", call([Turn("agent", "您好。")])[0])
    item = {"id": "A1", "verdict": "fail", "evidence": [{"at": 1.0, "speaker": "customer", "text": "我叫张三"}]}
    async with house.db.transaction() as tx:
        tx.session.add(
            ScoreRow(recording=row.id, call="call1", agent="8001", pack="p", pack_version="1", score=90.0, veto=[],
                     items=[item], scored_at=1.0)
        )  # fmt: skip
    rules, over = Retention(default_days=1), CONNECTED_AT + 2 * DAY
    assert (await deletion.sweep(house.db, house.vault, rules, over, also=erase_quotes)).deleted == ("call1",)
    async with house.db.reading() as session:
        (found,) = (await session.get_one(ScoreRow, row.id)).items
    assert found == {"id": "A1", "verdict": "fail", "evidence": [{"at": 1.0, "speaker": "customer", "text": ""}]}
    await house.db.close()


async def test_a_review_keeps_what_was_decided_but_not_the_words_it_quotes(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.db.create_all()
    row = await house.record("call1", call([Turn("agent", "您好。")])[0])
    reason = {"zh": "说了“我叫张三”", "en": 'said "我叫张三"'}
    item = {"id": "A1", "reason": reason, "evidence": [{"at": 1.0, "speaker": "customer", "text": "我叫张三"}]}
    rows = [{"id": "A1", "reason": "客户说「我叫张三」，不扣分"}]
    async with house.db.transaction() as tx:
        tx.session.add(Review(id="r", recording=row.id, call="call1", agent="8001", pack="p", pack_version="1",
                              machine_score=90.0, state=ReviewState.APPEALED, reviewer="q", rows=rows, items=[item],
                              score=90.0, opened_at=1.0))  # fmt: skip
        await tx.session.flush()
        tx.session.add(Appeal(review="r", agent="8001", text="他说的是“我叫张三”", filed_at=1.0, score_before=90.0))
        data = {"row": "A1", "reason": "“我叫张三”听错了"}
        tx.session.add(ReviewEvent(review="r", at=1.0, by="q", what="judged", data=data))
        tx.session.add(CoachingNote(id="n", review="r", agent="8001", author="q", text='不要重复"我叫张三"',
                                    written_at=1.0))  # fmt: skip
        tx.session.add(Call(id="call1", leg="l", caller="139", dialled="95566", arrived_at=1.0, state="ended"))
        await tx.session.flush()
        tx.session.add(Summary(call="call1", agent="8001", queue="cards", at=1.0, note="他说“我叫张三”，已核实",
                               changed_at=1.0, changed_by="li.na"))  # fmt: skip
    await deletion.sweep(house.db, house.vault, Retention(default_days=1), CONNECTED_AT + 2 * DAY, also=erase_quotes)
    async with house.db.reading() as session:
        review, appeal = await session.get_one(Review, "r"), await session.get_one(Appeal, "r")
        (event,), (note,) = (
            (await session.scalars(select(ReviewEvent))).all(),
            (await session.scalars(select(CoachingNote))).all(),
        )
        summary = await session.get_one(Summary, ("call1", "8001"))
    await house.db.close()
    assert summary.note == "他说“…”，已核实"
    assert "张三" not in f"{review.items}{review.rows}{appeal.text}{event.data}{note.text}"
    assert (review.items[0]["evidence"][0]["at"], review.rows[0]["reason"]) == (1.0, "客户说“…”，不扣分")


async def _quote(tx: Transaction, recording: str) -> None:
    """A score and a blind round that quote a recording in every way."""
    said = {"at": 1.0, "speaker": "customer", "text": "我叫张三"}
    item = {"id": "A1", "verdict": "fail", "reason": {"zh": "说了“我叫张三”"}, "evidence": [said]}
    turn = {"at": 2.0, "text": "张三你烦不烦", "words": ["张三", "烦"], "weight": 3.0}
    same = {"recording": recording, "call": "call1", "agent": "8001", "pack": "p", "pack_version": "1", "score": 90.0}
    tx.session.add(ScoreRow(**same, items=[], anger=[said], wording=[turn], wording_weight=3.0, scored_at=1.0))
    tx.session.add(BlindRound(id="b", kind=Kind.CALIBRATION, state=RoundState.CLOSED, by="q",
                              note="“我叫张三”不算违规", opened_at=1.0))  # fmt: skip
    await tx.session.flush()
    tx.session.add(BlindCall(round="b", **same, items=[item]))
    rows = [{"id": "A1", "reason": "客户说「我叫张三」"}]
    tx.session.add(BlindForm(id="f", round="b", recording=recording, by="q", rows=rows, begun_at=1.0))


async def _without_words(house: House, recording: str) -> None:
    """Nothing of what `_quote` quotes is left, and all the rest is."""
    async with house.db.reading() as session:
        score, call = await session.get_one(ScoreRow, recording), await session.get_one(BlindCall, ("b", recording))
        form, around = await session.get_one(BlindForm, "f"), await session.get_one(BlindRound, "b")
    silent = {"at": 1.0, "speaker": "customer", "text": ""}
    assert (score.anger, score.wording) == ([silent], [{"at": 2.0, "text": "", "words": [], "weight": 3.0}])
    assert call.items == [{"id": "A1", "verdict": "fail", "reason": {"zh": "说了“…”"}, "evidence": [silent]}]
    assert (form.rows, around.note) == ([{"id": "A1", "reason": "客户说“…”"}], "“…”不算违规")


async def test_lines_of_anger_wordings_and_blind_forms_keep_no_words_of_a_deleted_call(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.db.create_all()
    row = await house.record("call1", call([Turn("agent", "您好。")])[0])
    async with house.db.transaction() as tx:
        await _quote(tx, row.id)
    await deletion.sweep(house.db, house.vault, Retention(default_days=1), CONNECTED_AT + 2 * DAY, also=erase_quotes)
    await _without_words(house, row.id)
    await house.db.close()


async def test_words_left_of_a_call_deleted_earlier_are_erased_and_those_of_others_stay(tmp_path: Path) -> None:
    house = House(tmp_path)
    await house.db.create_all()
    row = await house.record("call1", call([Turn("agent", "您好。")])[0])
    async with house.db.transaction() as tx:
        await _quote(tx, row.id)
    await erase_left(house.db)
    async with house.db.reading() as session:
        assert (await session.get_one(ScoreRow, row.id)).anger[0]["text"] == "我叫张三"
    await deletion.sweep(house.db, house.vault, Retention(default_days=1), CONNECTED_AT + 2 * DAY)
    await erase_left(house.db)
    await _without_words(house, row.id)
    await house.db.close()
