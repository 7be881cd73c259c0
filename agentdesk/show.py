"""How values are written on pages: times, spans, percentages, numbers with their middle hidden."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache
from math import isfinite
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import pass_context
from jinja2.runtime import Context

from accounts.access import User
from accounts.masking import masked
from agentdesk.words.checks import check_word
from agentdesk.words.codes import STEPS, WORDS
from agentdesk.words.deeds import deed_words
from agentdesk.words.definitions import DEFINITIONS
from agentdesk.words.faults import fault_words
from agentdesk.words.menus import RULES
from tickets.life import Category, State, steps_after
from tickets.reach import Reach


def span(seconds: float) -> str:
    """Minutes and seconds, with hours from the first hour on: 0:07, 12:30, 1:02:05."""
    whole = max(int(seconds), 0) if isfinite(seconds) else 0
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def percent(share: float | None) -> str:
    return "–" if share is None else f"{share * 100:.0f}%"


def points(value: float) -> str:
    """A score without needless decimals: 100, 87.5."""
    return f"{value:.1f}".removesuffix(".0")


def written(at: float, zone: ZoneInfo, pattern: str) -> str:
    """A time; a dash for what no calendar holds, lest one line keep a whole page from being shown."""
    try:
        return datetime.fromtimestamp(at, zone).strftime(pattern)
    except (ValueError, OverflowError, OSError):
        return "–"


@pass_context
def person(page: Context, login: str) -> str:
    """What somebody is called, from the page's `persons`."""
    persons: Mapping[str, str] = page["persons"]
    return persons.get(login, login)


@pass_context
def next_steps(page: Context, ticket: Any) -> list[str]:
    """The steps of a ticket that the page's reader may take now."""
    user: User = page["user"]
    if not Reach(user.login, user.role).moves(ticket):
        return []
    following = steps_after(State(ticket.state), Category(ticket.category))
    return [each.value for each in State if each in following]


@cache
def filters(zone: ZoneInfo) -> Callable[[Callable[[str], str]], Mapping[str, Callable[..., Any]]]:
    """What templates use, for `core.pages.Pages`."""

    def local(at: float, pattern: str) -> str:
        return written(at, zone, pattern) if at else "–"

    def made(translate: Callable[[str], str]) -> Mapping[str, Callable[..., Any]]:
        return {
            "word": lambda code: translate(WORDS[code]) if code in WORDS else code,
            "definition": lambda code: translate(DEFINITIONS[code]),
            "step": lambda code: translate(STEPS[code]) if code in STEPS else code,
            "deed": deed_words(translate),
            "person": person,
            "rule": lambda name: translate(RULES[name]) if name in RULES else name,
            "fault": lambda text: fault_words(text, translate),
            "check": lambda each: translate(check_word(each.check, each.name)),
            "ticket_step": lambda code: translate(WORDS["accepted-ticket" if code == "accepted" else code]),
            "next_steps": next_steps,
            "masked": masked,
            "span": span,
            "percent": percent,
            "points": points,
            "clock": lambda at: local(at, "%H:%M:%S"),
            "minute": lambda at: local(at, "%H:%M"),
            "day": lambda at: local(at, "%Y-%m-%d"),
            "moment": lambda at: local(at, "%m-%d %H:%M:%S"),
        }

    return made
