"""When a recording's words are deleted, what other parts quoted of them goes as well."""

from sqlalchemy import select

from core.database import Transaction
from qa.models import ScoreRow
from recordings.models import Recording


async def erase_quotes(tx: Transaction, recording: Recording) -> None:
    """The scores stay, with moments and reasons; the words in their evidence go."""
    for score in await tx.session.scalars(select(ScoreRow).where(ScoreRow.recording == recording.id)):
        score.items = [
            {**item, "evidence": [{**each, "text": ""} for each in item.get("evidence", ())]} for item in score.items
        ]
