"""What the call list is asked for, as conditions on calls. What others know of a call is looked up by its id.

Words, scores and states of the text are looked for in a reader's own parts of a call only: nobody finds out by asking
what may not be read.
"""

from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Float, cast, func, select

from accounts.access import Role, User
from accounts.masking import SEES_NUMBERS
from acd.models import Call
from acd.repository import talked_on
from agentdesk.asking import Asked, begin_of, end_of
from qa.models import ScoreRow
from recordings.models import Recording, TranscriptRow
from tickets.life import State
from tickets.models import Ticket

Condition = ColumnElement[bool]


def conditions(asked: Asked, user: User, zone: ZoneInfo, now: float) -> list[Condition]:
    """All of them must hold; agents find only calls they talked on."""
    whose = user.number if user.role is Role.AGENT else ""
    same = (
        (Call.queue, asked.queue), (Call.outcome, asked.outcome), (Call.agent, "" if whose else asked.agent),
        (Call.language, asked.language), (Call.tier, asked.tier), (Call.ended_by, asked.ended_by),
    )  # fmt: skip
    wanted: list[Condition] = [column == value for column, value in same if value]
    if user.role is Role.AGENT:
        wanted.append(talked_on(user.number))
    if asked.since:
        wanted.append(Call.arrived_at >= begin_of(asked.since, zone))
    if asked.until:
        wanted.append(Call.arrived_at < end_of(asked.until, zone))
    if asked.number:
        wanted.append(_number(asked.number, user))
    talked = cast(func.coalesce(Call.talk_ended_at, Call.ended_at, now) - Call.connected_at, Float)
    if asked.longer:
        wanted.append(talked >= float(asked.longer))
    if asked.shorter:
        wanted.append(talked <= float(asked.shorter))
    return [*wanted, *_of_score(asked, whose), *_of_ticket(asked), *_of_text(asked, whose)]


def _of_score(asked: Asked, whose: str) -> list[Condition]:
    scores = select(ScoreRow.call).where(ScoreRow.agent == whose) if whose else select(ScoreRow.call)
    found: list[Condition] = []
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


def _of_ticket(asked: Asked) -> list[Condition]:
    tickets = select(Ticket.call)
    match asked.ticket:
        case "open":
            return [Call.id.in_(tickets.where(Ticket.state != State.CLOSED))]
        case "closed":
            return [Call.id.in_(tickets.where(Ticket.state == State.CLOSED))]
        case "any":
            return [Call.id.in_(tickets)]
        case "none":
            return [Call.id.not_in(tickets)]
    return []


def _of_text(asked: Asked, whose: str) -> list[Condition]:
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


def _number(number: str, user: User) -> Condition:
    """Who does not see numbers can look for a whole one or its last four digits only: no guessing piece by piece."""
    if user.role in SEES_NUMBERS:
        return Call.caller.contains(number, autoescape=True)
    return Call.caller.endswith(number, autoescape=True) if len(number) <= 4 else Call.caller == number
