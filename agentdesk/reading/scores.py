"""Read model of scores: the mark in a list, and the sheet of a call by sections with the pack's titles."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import Role, User
from agentdesk.reading.views import ScoreItem, ScoreSection, ScoreSheet
from qa import repository
from qa.checks import Text
from qa.models import ScoreRow
from qa.office.form import proofs
from qa.pack import Pack, Ruleset


@dataclass(frozen=True, slots=True)
class Mark:
    """A call's score, 0–100, and whether a veto made it 0."""

    score: float
    veto: bool


async def marks_of(session: AsyncSession, calls: Sequence[str], user: User) -> dict[str, Mark]:
    """The newest score of each call that has one: agents' own only, and none of a call this person marks blind."""
    rows = await repository.scores_of(session, calls, user.number if user.role is Role.AGENT else "")
    veiled = await veiled_for(session, user)
    return {call: Mark(row.score, bool(row.veto)) for call, row in rows.items() if call not in veiled}


async def veiled_for(session: AsyncSession, user: User) -> set[str]:
    """Calls of whose scores this person may know nothing yet, neither by reading nor by asking."""
    return set() if user.role is Role.AGENT else await repository.veiled(session, user.login)


class ScoreSheets:
    """Turns a stored score into a sheet; rows of a pack that is no longer installed keep their ids as titles."""

    def __init__(self, rules: Sequence[Ruleset]) -> None:
        self._packs = {each.pack.pack: each.pack for each in rules}

    async def sheet_of(self, session: AsyncSession, recording: str, user: User, language: str) -> ScoreSheet | None:
        """The score of one part of a call; agents see that of their own parts, nobody that of a call he marks blind."""
        row = await session.get(ScoreRow, recording)
        if row is None or (user.role is Role.AGENT and row.agent != user.number):
            return None
        return None if row.call in await veiled_for(session, user) else self._sheet(row, language)

    def _sheet(self, row: ScoreRow, language: str) -> ScoreSheet:
        pack = self._packs.get(row.pack)
        sections: dict[str, list[ScoreItem]] = {}
        for item in row.items:
            sections.setdefault(item["id"][:1], []).append(_item(item, pack, language))
        return ScoreSheet(
            pack=row.pack,
            version=row.pack_version,
            score=row.score,
            veto=tuple(f"{each} {_title(each, pack, language)}".strip() for each in row.veto),
            sections=tuple(
                ScoreSection(
                    id=letter,
                    title=_said(pack.sections.get(letter), language) if pack else "",
                    items=tuple(items),
                    deducted=sum(each.deduction for each in items),
                )
                for letter, items in sections.items()
            ),
        )


def _item(item: Mapping[str, Any], pack: Pack | None, language: str) -> ScoreItem:
    reason: Mapping[str, str] = item["reason"]
    return ScoreItem(
        id=item["id"],
        title=_title(item["id"], pack, language),
        verdict=item["verdict"],
        deduction=item["deduction"],
        reason=reason.get(language) or next(iter(reason.values()), ""),
        evidence=proofs(item),
    )


def _title(rule: str, pack: Pack | None, language: str) -> str:
    found = pack.items.get(rule) if pack else None
    return _said(found.title if found else None, language)


def _said(text: Text | None, language: str) -> str:
    return "" if text is None else text.en if language == "en" else text.zh
