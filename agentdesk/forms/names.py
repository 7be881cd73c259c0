"""What a setting may name: queues, schedules, skills, menus, people … as they are now, and as a draft has them."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from accounts import published
from accounts import repository as people
from accounts.settings import SettingsOffice
from acd.routing.policies import POLICIES
from agentdesk.desk import Desk
from agentdesk.forms.view import Names
from agentdesk.words.codes import WORDS
from agentdesk.words.titles import title
from core import yamlfile
from core.errors import ConfigError
from ivr.published import versions
from qa import shelf

REACHES = ("local", "domestic", "international")


class NameBook:
    """For a reader's `language`; the draft of the setting `name` says `content`."""

    def __init__(self, desk: Desk, office: SettingsOffice) -> None:
        self._desk = desk
        self._office = office

    async def names(self, session: AsyncSession, name: str, content: Any, language: str) -> Names:
        said = {each: content if each == name else await self._said(each) for each in ("queues", "hours", "site")}
        queues = {str(key): _titled(key, value, language) for key, value in _part(said["queues"], "queues").items()}
        everybody = await people.people(session)
        agents = {each.number: f"{each.number} {each.name}" for each in everybody if each.number}
        asked = (_part(each, "skills") for each in _part(said["queues"], "queues").values())
        had = (each.skills for each in everybody)
        called = {str(key): _titled(key, each, language) for key, each in _part(said["queues"], "skills").items()}
        skills = sorted({*called, *(str(skill) for each in (*asked, *had) for skill in each)})
        menus = await versions.live_texts(session)
        translate = self._desk.pages.translator(language)
        languages = _part(said["site"], "languages", [])
        reaches = {each: translate(WORDS.get(f"reach-{each}", each)) for each in REACHES}
        return {
            "queue": queues,
            "schedule": {str(each): str(each) for each in _part(said["hours"], "schedules")},
            "skill": {each: called.get(each, translate(WORDS.get(each, each))) for each in skills},
            "agent": agents,
            "agent-or-default": {"default": translate(WORDS["everybody-else"]), **agents},
            "queue-or-class": {**queues, **reaches},
            "team": {each.team: each.team for each in everybody if each.team},
            "menu": {each: each for each in sorted({*menus, *map(str, _part(said["site"], "numbers").values())})},
            "step": {step: step for text in menus.values() for step in _part(_read(text), "steps")},
            "language": {str(each): translate(WORDS.get(str(each), str(each))) for each in languages},
            "pack": {each: each for each in sorted(await published.newest(session, shelf.KIND))},
            "row": self._rows(language),
            "policy": {each: translate(WORDS[f"policy-{each}"]) for each in POLICIES},
        }  # fmt: skip

    async def _said(self, name: str) -> Any:
        return _read(await self._office.text(name))

    def _rows(self, language: str) -> dict[str, str]:
        items = (item for rules in self._desk.scripts.rules for item in rules.pack.items.items())
        return {row: f"{row} {title(each.title.model_dump(), language)}" for row, each in items}


def _read(text: str) -> Any:
    try:
        return yamlfile.parse(text, Path("setting.yaml"))
    except ConfigError:
        return None


def _part(content: Any, name: str, otherwise: Any = None) -> Any:
    """Of a content that may be anything: what it says of `name`, where that is as expected."""
    empty = {} if otherwise is None else otherwise
    found = content.get(name) if isinstance(content, Mapping) else None
    return found if isinstance(found, type(empty)) else empty


def _titled(key: object, queue: Any, language: str) -> str:
    named = {each: text for each, text in _part(queue, "name").items() if isinstance(text, str)}
    return f"{title(named, language)} ({key})" if named else str(key)
