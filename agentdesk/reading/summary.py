"""Read model of wrap-up codes: the form of a conversation, an agent's open list, and what was said of earlier calls."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from accounts.access import Role, User
from accounts.masking import text_for
from acd.queues import Queues
from acd.repository import DAY
from acd.wrapup import coding
from acd.wrapup.codes import Choice, Codes, by_use
from acd.wrapup.coding import Coded, Talk
from agentdesk.sought import sought
from agentdesk.words.titles import title

JOINT = " › "


@dataclass(frozen=True, slots=True)
class CodeChoice:
    """A code in the form. `find`: what it is found by: its words in every language, their sounds and first letters."""

    name: str
    words: str
    chosen: bool
    note: bool
    ticket: bool
    find: str


@dataclass(frozen=True, slots=True)
class SummaryForm:
    """`own`: the reader's own conversation."""

    said: Coded
    choices: tuple[CodeChoice, ...]
    own: bool


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """What one agent said of a call, in words."""

    agent: str
    codes: tuple[str, ...]
    note: str
    changed_at: float
    changed_by: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenTalk:
    call: str
    arrived_at: float
    caller: str
    queue: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SummaryReader:
    """`languages` of the site."""

    rules: Codes
    queues: Queues
    languages: tuple[str, ...]

    async def form(self, session: AsyncSession, talk: Talk, user: User, language: str) -> SummaryForm:
        said = await coding.of_talk(session, self.rules, talk)
        queue = self.queues.queues.get(talk.queue)
        offered = self.rules.offered(talk.queue, queue.skills if queue else ())
        return SummaryForm(said, self.listed(offered, said.codes, await coding.used_by(session, talk.agent), language),
                           talk.agent == user.number)  # fmt: skip

    def listed(
        self, offered: Sequence[Choice], chosen: Collection[str], used: Sequence[str], language: str
    ) -> tuple[CodeChoice, ...]:
        """The chosen ones first, retired ones among them; then those the agent uses most."""
        known = self.rules.choices
        kept = [known[name] for name in chosen if name in known]
        rest = [each for each in by_use(offered, used) if each.name not in chosen]
        return tuple(
            CodeChoice(each.name, JOINT.join(each.titles(language)), each.name in chosen, each.note, each.ticket,
                       found_by(each, self.languages))
            for each in (*kept, *rest)
        )  # fmt: skip

    async def forms(
        self, session: AsyncSession, call: str, user: User, language: str, now: float
    ) -> tuple[SummaryForm, ...]:  # fmt: skip
        """Of a call's page: those the reader may change."""
        if not self.rules.codes or user.role not in (Role.AGENT, Role.SUPERVISOR):
            return ()
        talks = await coding.talks_of_call(session, call)
        mine = [each for each in talks if user.role is Role.SUPERVISOR or self._may(each, user, now)]
        return tuple([await self.form(session, each, user, language) for each in mine])

    async def lines(
        self, session: AsyncSession, calls: Collection[str], user: User, language: str
    ) -> Mapping[str, tuple[SummaryLine, ...]]:
        """What was said of calls, by call."""
        found = await coding.of_calls(session, self.rules, calls)
        return {call: tuple(self._line(each, user, language) for each in said) for call, said in found.items()}

    async def open_talks(self, session: AsyncSession, user: User, language: str, now: float) -> tuple[OpenTalk, ...]:
        found = await coding.open_talks(session, self.rules, user.number, now)
        names = {name: title(queue.name, language) for name, queue in self.queues.queues.items()}
        return tuple(
            OpenTalk(talk.call, talk.arrived_at, talk.caller, names.get(talk.queue, talk.queue), said.missing)
            for talk, said in found
        )

    def titles(self, language: str) -> dict[str, str]:
        """Code → its words from the topic down, retired ones too."""
        return {name: JOINT.join(each.titles(language)) for name, each in self.rules.choices.items()}

    def topics(self, language: str) -> dict[str, str]:
        """As `titles`, each topic before its codes."""
        found: dict[str, str] = {}
        for choice in self.rules.choices.values():
            names, words = list(choice.way), choice.titles(language)
            for depth, name in enumerate(names, 1):
                found.setdefault(name, JOINT.join(words[:depth]))
        return found

    def _may(self, talk: Talk, user: User, now: float) -> bool:
        return talk.agent == user.number and talk.at >= now - self.rules.open_days * DAY

    def _line(self, said: Coded, user: User, language: str) -> SummaryLine:
        words = tuple(JOINT.join(self.rules.titles(name, language)) for name in said.codes)
        note = text_for(user, said.note)
        return SummaryLine(said.agent, words, note, said.changed_at, said.changed_by, said.missing)


def found_by(choice: Choice, languages: Collection[str]) -> str:
    return sought([choice.name, *(words for language in languages for words in choice.titles(language))])
