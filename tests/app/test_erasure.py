"""The words of a deleted recording are gone from its score as well."""

from pathlib import Path

from sqlalchemy import select

from acd.models import Call, Summary
from app.erasure import erase_quotes
from qa.models import Appeal, CoachingNote, Review, ReviewEvent, ScoreRow
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
