"""What the call list is asked for, as conditions on calls."""

from collections.abc import Collection
from zoneinfo import ZoneInfo

from sqlalchemy import Float, cast, func

from accounts.access import Role, User
from accounts.masking import SEES_NUMBERS
from acd.models import Call
from acd.repository import talked_on
from acd.wrapup.codes import Codes
from agentdesk.reading.asking import Asked, begin_of, end_of
from agentdesk.reading.papers import Condition, of_code, of_score, of_text, of_ticket


def conditions(
    asked: Asked, user: User, zone: ZoneInfo, now: float, codes: Codes, veiled: Collection[str] = ()
) -> list[Condition]:
    """All of them must hold; agents find only calls they talked on. `veiled`: as for `papers`."""
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
    wanted += [*of_score(asked, whose, veiled), *of_ticket(asked, now)]
    return [*wanted, *of_text(asked, whose), *of_code(asked, whose, codes)]


def _number(number: str, user: User) -> Condition:
    """Who does not see numbers can look for a whole one or its last four digits only: no guessing piece by piece."""
    if user.role in SEES_NUMBERS:
        return Call.caller.contains(number, autoescape=True)
    return Call.caller.endswith(number, autoescape=True) if len(number) <= 4 else Call.caller == number
