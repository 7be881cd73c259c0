"""Read model of a review's form: every row with what the machine and people said of it, by sections."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from agentdesk.views import Evidence
from qa import review as rules
from qa.models import Appeal, PackVersion, Review
from qa.review import Line, ReviewState
from qa.verdict import Verdict


@dataclass(frozen=True, slots=True)
class FormRow:
    """`verdict`: what stands. `confirm`: the machine's verdict where it is one a person can confirm, else ''."""

    id: str
    title: str
    machine: str
    verdict: str
    confirm: str
    decided: bool
    changed: bool
    undecided: bool
    deduction: float
    found: str
    reason: str
    by: str
    evidence: tuple[Evidence, ...]


@dataclass(frozen=True, slots=True)
class FormSection:
    id: str
    title: str
    rows: tuple[FormRow, ...]
    deducted: float


@dataclass(frozen=True, slots=True)
class Form:
    """`unsettled`: rows that must be decided before the end; `score` is the proposed one during an appeal."""

    sections: tuple[FormSection, ...]
    score: float
    veto: tuple[str, ...]
    unsettled: tuple[str, ...]
    decided: int
    count: int


async def form_of(session: AsyncSession, review: Review, appeal: Appeal | None, language: str) -> Form:
    """The form as its reader may see it: with the second reviewer's rows when `appeal` is given."""
    lines = rules.restored(review.rows)
    if appeal is not None and review.state == ReviewState.APPEALED:
        lines = rules.merged(lines, rules.restored(appeal.rows))
    version = await session.get_one(PackVersion, (review.pack, review.pack_version))
    content: dict[str, Any] = version.content
    weights = {row: item["weight"] for row, item in content["items"].items()}
    total = rules.total(lines, weights, content["veto_section"])
    machine = {item["id"]: item for item in review.items}
    by_section: dict[str, list[FormRow]] = {}
    for line in lines:
        title = _said(content["items"][line.id]["title"], language)
        row = _row(line, title, total.deductions[line.id], machine[line.id], language)
        by_section.setdefault(line.id[:1], []).append(row)
    return Form(
        sections=tuple(
            FormSection(
                letter, _said(content["sections"].get(letter, {}), language), tuple(rows),
                sum(row.deduction for row in rows),
            )
            for letter, rows in by_section.items()
        ),
        score=total.score,
        veto=total.veto,
        unsettled=rules.unsettled(lines),
        decided=sum(line.verdict is not None for line in lines),
        count=len(lines),
    )  # fmt: skip


def _row(line: Line, title: str, deduction: float, item: Mapping[str, Any], language: str) -> FormRow:
    return FormRow(
        id=line.id,
        title=title,
        machine=line.machine.value,
        verdict=line.stands.value,
        confirm=line.machine.value if line.machine in rules.DECISIVE else "",
        decided=line.verdict is not None,
        changed=line.changed,
        undecided=line.needs_decision,
        deduction=deduction,
        found="" if line.machine in (Verdict.NA, Verdict.MANUAL) else _said(item["reason"], language),
        reason=line.reason,
        by=line.by,
        evidence=tuple(Evidence(each["at"], each["speaker"], each["text"]) for each in item["evidence"]),
    )


def _said(text: Mapping[str, str], language: str) -> str:
    return text.get(language) or next(iter(text.values()), "")
