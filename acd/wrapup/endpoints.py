"""Wrap-up codes over HTTP: the catalogue, what was said of a call, and an agent's calls that still need a word."""

from collections.abc import Callable

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field

from accounts.access import CurrentUser, Role, User, allow, clock, database
from accounts.masking import text_for
from acd import repository
from acd.queues import Queues
from acd.wrapup import coding
from acd.wrapup.codes import Choice, Codes
from acd.wrapup.coding import Coded
from core.errors import NotFound
from core.problem import REFUSALS
from core.texts import Line, Text

READERS = [Depends(allow(*Role))]
WRITERS = [Depends(allow(Role.AGENT, Role.SUPERVISOR))]
AGENTS = [Depends(allow(Role.AGENT))]


class CodeOut(BaseModel):
    """`titles` by language, from the topic down; `note`, `ticket`: not complete without one."""

    code: str
    titles: dict[str, tuple[str, ...]]
    note: bool
    ticket: bool
    resolved: bool
    retired: bool

    @classmethod
    def of(cls, choice: Choice, languages: tuple[str, ...]) -> "CodeOut":
        return cls(
            code=choice.name, titles={each: choice.titles(each) for each in languages}, note=choice.note,
            ticket=choice.ticket, resolved=choice.resolved, retired=choice.retired,
        )  # fmt: skip


class CodedOut(BaseModel):
    """What `agent` said of his conversation. `missing`: code, note, ticket, as far as this call still needs them."""

    model_config = ConfigDict(from_attributes=True)

    call: str
    agent: str
    queue: str
    at: float
    codes: tuple[str, ...]
    note: str
    changed_at: float
    changed_by: str
    missing: tuple[str, ...]

    @classmethod
    def told(cls, said: Coded, user: User) -> "CodedOut":
        return cls.model_validate(said).model_copy(update={"note": text_for(user, said.note)})


class CodedIn(BaseModel):
    """All that is said from now on. `agent`: of whose conversation, where a supervisor says it."""

    codes: list[str] = Field(default=[], max_length=40)
    note: Text = Field(default="", max_length=2000)
    agent: Line = Field(default="", max_length=16)


def router(rules: Codes, queues: Queues, languages: Callable[[], tuple[str, ...]]) -> APIRouter:
    routes = APIRouter(prefix="/api", tags=["distributor"], responses=REFUSALS)

    @routes.get("/codes", dependencies=READERS)
    async def catalogue(queue: str = "") -> list[CodeOut]:
        """In the order of the configuration; with a `queue` those that are offered after its calls."""
        found = queues.queues.get(queue)
        choices = rules.offered(queue, found.skills) if found else rules.choices.values()
        return [CodeOut.of(each, languages()) for each in choices]

    @routes.get("/calls/{call}/codes", dependencies=READERS)
    async def said(call: str, request: Request, user: CurrentUser) -> list[CodedOut]:
        """By every agent who talked on the call; agents see the calls they had."""
        async with database(request).reading() as session:
            await repository.story_for(session, call, user)
            found = await coding.of_calls(session, rules, [call])
        return [CodedOut.told(each, user) for each in found.get(call, ())]

    @routes.put("/calls/{call}/codes", dependencies=WRITERS)
    async def say(call: str, wanted: CodedIn, request: Request, user: CurrentUser) -> CodedOut:
        """An agent of a conversation of his own, in the days in which it may be changed; a supervisor of anybody's.

        404 for another's call; 409: unknown_code, too_many_codes. What is missing is stored all the same.
        """
        now = clock(request)()
        async with database(request).transaction() as tx:
            talk = await coding.talk_of(tx.session, call, user.number if user.role is Role.AGENT else wanted.agent)
            if user.role is Role.AGENT and talk.at < now - rules.open_days * repository.DAY:
                raise NotFound("this call is not one of your latest")
            said = await coding.put(tx, rules, queues, talk, wanted.codes, wanted.note, user.login, now)
        return CodedOut.told(said, user)

    @routes.get("/me/uncoded", dependencies=AGENTS)
    async def uncoded(request: Request, user: CurrentUser) -> list[CodedOut]:
        """Own conversations that still need a code, a note or a ticket, the oldest first."""
        async with database(request).reading() as session:
            found = await coding.open_talks(session, rules, user.number, clock(request)())
        return [CodedOut.told(each, user) for _, each in found]

    return routes
