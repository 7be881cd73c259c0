"""A form as its reader sees it: every row with what the machine and people said of it, by sections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from qa import repository
from qa import review as rules
from qa.finding import Evidence
from qa.models import Appeal, BlindCall, BlindForm, PackVersion, Review
from qa.review import Line, ReviewState
from qa.verdict import Verdict


@dataclass(frozen=True, slots=True)
class Voice:
    """What one of two blind reviewers said of a row they differ on."""

    by: str
    verdict: str
    reason: str


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
    voices: tuple[Voice, ...] = ()


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
    voices = await _voices(session, review) if any(line.disputed for line in lines) else {}
    content = await _content(session, review.pack, review.pack_version)
    return _form(lines, content, {item["id"]: item for item in review.items}, voices, language)


async def blind_form_of(session: AsyncSession, form: BlindForm, call: BlindCall, language: str) -> Form:
    """A blind form: nothing of the machine's is in it."""
    content = await _content(session, call.pack, call.pack_version)
    return _form(rules.restored(form.rows), content, {}, {}, language)


async def _content(session: AsyncSession, pack: str, version: str) -> dict[str, Any]:
    return (await session.get_one(PackVersion, (pack, version))).content


async def _voices(session: AsyncSession, review: Review) -> dict[str, tuple[Voice, ...]]:
    double = await repository.double_of(session, review.recording)
    forms = await repository.forms_of(session, double.id, review.recording) if double else []
    found: dict[str, tuple[Voice, ...]] = {}
    for form in forms:
        for line in rules.restored(form.rows):
            found[line.id] = (*found.get(line.id, ()), Voice(form.by, line.stands.value, line.reason))
    return found


def _form(
    lines: Sequence[Line], content: Mapping[str, Any], machine: Mapping[str, Mapping[str, Any]],
    voices: Mapping[str, tuple[Voice, ...]], language: str,
) -> Form:  # fmt: skip
    weights = {row: item["weight"] for row, item in content["items"].items()}
    total = rules.total(lines, weights, content["veto_section"])
    by_section: dict[str, list[FormRow]] = {}
    for line in lines:
        title = _said(content["items"][line.id]["title"], language)
        spoken = voices.get(line.id, ()) if line.disputed else ()
        row = _row(line, title, total.deductions[line.id], machine.get(line.id, {}), spoken, language)
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


def _row(
    line: Line, title: str, deduction: float, item: Mapping[str, Any], voices: tuple[Voice, ...], language: str
) -> FormRow:
    return FormRow(
        id=line.id,
        title=title,
        machine=line.machine.value,
        verdict=line.stands.value,
        confirm=line.machine.value if line.machine in rules.DECISIVE else "",
        decided=line.verdict is not None,
        changed=line.changed and line.machine is not Verdict.MANUAL,
        undecided=line.needs_decision,
        deduction=deduction,
        found="" if line.machine in (Verdict.NA, Verdict.MANUAL) else _said(item.get("reason", {}), language),
        reason=line.reason,
        by=line.by,
        evidence=proofs(item),
        voices=voices,
    )


def proofs(item: Mapping[str, Any]) -> tuple[Evidence, ...]:
    """Each sentence once a second: several phrases of it are one thing to hear."""
    found = {
        (int(each["at"]), each["text"]): Evidence(each["at"], each["speaker"], each["text"])
        for each in reversed(item.get("evidence", ()))
    }
    return tuple(reversed(found.values()))


def _said(text: Mapping[str, str], language: str) -> str:
    return text.get(language) or next(iter(text.values()), "")


async def titles_of(session: AsyncSession, versions: Sequence[tuple[str, str]], language: str) -> dict[str, str]:
    """Titles of the rows of these packs (name, version)."""
    found: dict[str, str] = {}
    for pack, version in dict.fromkeys(versions):
        items = (await _content(session, pack, version))["items"]
        found |= {row: _said(item["title"], language) for row, item in items.items()}
    return found
