"""What the pages of reviews and of blind forms share: the call beside the form, marking its rows, giving it away."""

from collections.abc import Awaitable, Callable
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import repository as people
from accounts.access import CurrentUser, User, allow, clock, database
from agentdesk.desk import PLACES, Desk, is_fragment
from agentdesk.quality.beside import scored_call
from core.database import Transaction
from core.errors import Refused
from core.texts import Line
from qa.office.reassigning import Reassignment
from qa.verdict import Verdict

SOUND_BASE = "/api/recordings"
Mark = Callable[[Transaction, str, str, Verdict, str, User, float], Awaitable[object]]
"""Decides a row of a form: the form's id, the row, the verdict, the reason. Raises NotFound, Refused."""
Show = Callable[[Request, User, str, str], Awaitable[Response]]
"""The fragment with the form; the last argument is the code of a refusal to show in it, or ''."""


def add_marking(routes: APIRouter, place: str, mark: Mark, show: Show) -> None:
    """POST `place`/{form}/rows/{row}."""

    @routes.post(f"{place}/{{form}}/rows/{{row}}", dependencies=[Depends(allow(*PLACES["/quality"]))])
    async def judge(
        form: str, row: str, request: Request, user: CurrentUser, verdict: Verdict = Form(),
        reason: Annotated[Line, Form(max_length=400)] = "",
    ) -> Response:  # fmt: skip
        """The form anew for the page's script, with the refusal in it where there is one."""
        fault = ""
        try:
            async with database(request).transaction() as tx:
                await mark(tx, form, row, verdict, reason.strip(), user, clock(request)())
        except Refused as refusal:
            fault = refusal.reason
            if not is_fragment(request):
                raise
        return (
            await show(request, user, form, fault) if is_fragment(request) else RedirectResponse(f"{place}/{form}", 303)
        )


def reassignment(
    to: Annotated[str, Form(max_length=64)] = "", held_by: Annotated[str, Form(max_length=64)] = "",
    reason: Annotated[Line, Form(max_length=400)] = "",
) -> Reassignment:  # fmt: skip
    """What the form of `_reassign.html` says."""
    return Reassignment(held_by=held_by, reason=reason.strip(), to=to)


async def beside(
    desk: Desk, session: AsyncSession, request: Request, user: User, call: str, recording: str
) -> dict[str, Any]:
    """What a page shows beside a form: the call that was scored, and what people and queues are called."""
    names, now = await people.names(session), clock(request)()
    queues = desk.board.titles(desk.language(request, user))
    return {
        "call": await scored_call(session, call, recording, user, now, queues, names),
        "names": names, "queues": queues, "now": now, "sound_base": SOUND_BASE,
        "persons": await people.persons(session),
    }  # fmt: skip
