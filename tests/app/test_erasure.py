"""The words of a deleted recording are gone from its score as well."""

from pathlib import Path

from app.erasure import erase_quotes
from qa.models import ScoreRow
from recordings import deletion
from recordings.retention import DAY, Retention
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
