"""Calls by what other parts know of them: score, ticket, text, wrap-up codes. Each is looked up by the call's id.

Words, scores and states of the text are looked for in a reader's own parts of a call only: nobody finds out by asking
what may not be read. `whose` is the reader's number where he is so bound, '' for those who read everything; `veiled`
are calls of whose scores he may not know yet (`agentdesk.reading.scores`).
"""

from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select

from acd.models import Call, ChosenCode
from acd.wrapup import counts as code_counts
from acd.wrapup.codes import Codes
from agentdesk.reading.asking import NOT_CODED, Asked
from qa.models import ScoreRow
from recordings.models import Recording, TranscriptRow
from tickets.life import State
from tickets.models import Ticket

Condition = ColumnElement[bool]


def of_score(asked: Asked, whose: str, veiled: Collection[str]) -> list[Condition]:
    scores = select(ScoreRow.call).where(ScoreRow.agent == whose) if whose else select(ScoreRow.call)
    found: list[Condition] = []
    if veiled and asked.by_score:
        found.append(Call.id.not_in(sorted(veiled)))
    if asked.below:
        found.append(Call.id.in_(scores.where(ScoreRow.score < float(asked.below))))
    match asked.mark:
        case "veto":
            found.append(Call.id.in_(scores.where(func.json_array_length(ScoreRow.veto) > 0)))
        case "scored":
            found.append(Call.id.in_(scores))
        case "unscored":
            found += [Call.id.not_in(scores), Call.connected_at.is_not(None)]
    return found


def of_ticket(asked: Asked, now: float) -> list[Condition]:
    tickets = select(Ticket.call)
    match asked.ticket:
        case "open":
            return [Call.id.in_(tickets.where(Ticket.state != State.CLOSED))]
        case "late":
            return [Call.id.in_(tickets.where(Ticket.told_at.is_(None), Ticket.due_at < now))]
        case "closed":
            return [Call.id.in_(tickets.where(Ticket.state == State.CLOSED))]
        case "any":
            return [Call.id.in_(tickets)]
        case "none":
            return [Call.id.not_in(tickets)]
    return []


def of_text(asked: Asked, whose: str) -> list[Condition]:
    texts = select(TranscriptRow.call)
    if whose:
        own = select(Recording.id).where(Recording.facts["agent"].as_string() == whose)
        texts = texts.where(TranscriptRow.recording.in_(own))
    found: list[Condition] = []
    if asked.speech:
        found.append(Call.id.in_(texts.where(TranscriptRow.state == asked.speech)))
    if words := asked.words.split():
        said = [TranscriptRow.said.contains(word, autoescape=True) for word in words]
        found.append(Call.id.in_(texts.where(*said)))
    return found


def of_code(asked: Asked, whose: str, rules: Codes) -> list[Condition]:
    if not asked.code:
        return []
    if asked.code == NOT_CODED:
        return [code_counts.not_coded(rules, whose)]
    chosen = select(ChosenCode.call).where(ChosenCode.code.in_(code_counts.leaves(rules, asked.code)))
    return [Call.id.in_(chosen.where(ChosenCode.agent == whose) if whose else chosen)]
