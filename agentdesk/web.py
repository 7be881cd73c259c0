"""The web application: pages, the parts' own routes, protection, and faults answered as pages or JSON."""

import json
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as AnyHTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from accounts.access import Role, allow, user_or_none
from accounts.guard import Guard
from accounts.intake import NO_OWN, Intake
from agentdesk.desk import Desk, page_above
from agentdesk.live import Live
from agentdesk.pages import alarms as alarm_lines
from agentdesk.pages import audit as audit_page
from agentdesk.pages import common as common_pages
from agentdesk.pages import desk as desk_page
from agentdesk.pages import floor as floor_page
from agentdesk.pages import floorwork, ownpassword, screens, secondfactor, signin
from agentdesk.pages import tickets as ticket_pages
from agentdesk.softphone import endpoints as softphone
from agentdesk.softphone.endpoints import PhoneLine
from core import shapes
from core.database import Database
from core.errors import BadInput, HotlineError, NotFound, Refused
from core.problem import TOO_LARGE, Problem


def create_app(
    db: Database, desk: Desk, routers: Sequence[APIRouter] = (), version: str = "", phone: PhoneLine | None = None
) -> FastAPI:
    """`routers` are those of the other parts; `phone` lets browsers be telephones.

    The OpenAPI document is at /api/openapi.json.
    """
    app = _Described(
        title="Hotline", version=version or "0", docs_url=None, redoc_url=None, openapi_url=None, form_limits=NO_OWN,
    )  # fmt: skip
    app.state.db = db
    app.state.desk = desk
    app.state.second_factor = lambda: desk.site.second_factor
    app.state.in_words = _told
    app.add_middleware(Intake)
    app.add_middleware(Guard)
    app.add_middleware(Told, live=desk.live)
    own = [
        common_pages.router(desk),
        desk.presence.router(),
        screens.router(desk),
        floor_page.router(desk),
        floorwork.router(desk),
        alarm_lines.router(desk),
        ticket_pages.router(desk),
        desk_page.router(desk, soft_phone=phone is not None),
        signin.router(desk),
        ownpassword.router(desk),
        secondfactor.router(desk),
        audit_page.router(desk),
    ]
    if phone is not None:
        own.append(softphone.router(phone))
    for each in (*own, *routers):
        # Included, each route would be made a second time at its first request, and looked for twice at every one.
        app.router.routes.extend(each.routes)

    @app.get("/api/openapi.json", include_in_schema=False, dependencies=[Depends(allow(*Role))])
    async def description() -> dict[str, Any]:
        return app.openapi()

    app.add_exception_handler(HotlineError, _fault)
    app.add_exception_handler(AnyHTTPException, _http_fault)
    app.add_exception_handler(RequestValidationError, _unfit)
    return app


class _Described(FastAPI):
    """Whatever is described to take a body is described to refuse one that is too large: `Intake` asks no route."""

    def openapi(self) -> dict[str, Any]:
        document = super().openapi()
        for operation in (each for methods in document["paths"].values() for each in methods.values()):
            if "requestBody" in operation:
                operation["responses"].setdefault("413", TOO_LARGE)
        return document


class Told:
    """Notes on each request, before anything is read for it, what pages have been told so far (`request.state.told`):
    what changes from then on they are told, or show already."""

    def __init__(self, app: ASGIApp, live: Live) -> None:
        self._app = app
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["told"] = self._live.told
        await self._app(scope, receive, send)


class _Written(JSONResponse):
    """What people sent is named in faults; a half of a character pair, which JSON can bring in, cannot be written."""

    def render(self, content: Any) -> bytes:
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


async def _fault(request: Request, fault: Exception) -> Response:
    """Faults that parts raise for people, with the status that fits."""
    match fault:
        case NotFound():
            status, extra = 404, {}
        case Refused():
            status, extra = 409, {"reason": fault.reason}
        case BadInput():
            status, extra = 400, {}
        case HotlineError():
            status, extra = 503, {}
        case _:
            raise fault
    if _for_program(request):
        also = {"also": [await _problem(request, each) for each in fault.also]} if fault.also else {}
        problem = await _problem(request, fault, **extra, **also)
        return _Written(problem.model_dump(exclude_unset=True), status)
    return await _page(request, status, fault.problem)


async def _problem(request: Request, fault: HotlineError, **more: Any) -> Problem:
    detail, remedy = await _told(request, fault.problem), await _told(request, fault.remedy)
    return Problem(detail=detail, remedy=remedy, **more)


async def _http_fault(request: Request, fault: Exception) -> Response:
    if not isinstance(fault, AnyHTTPException):
        raise fault
    headers = dict(fault.headers or {})
    if _for_program(request) or "Location" in headers:
        return _Written({"detail": await _detail(request, fault.detail)}, fault.status_code, headers)
    answer = await _page(request, fault.status_code, str(fault.detail))
    answer.headers.update(headers)
    return answer


async def _detail(request: Request, detail: Any) -> Any:
    match detail:
        case str():
            return await _told(request, detail)
        case {"problem": str(problem)}:
            return {**detail, "problem": await _told(request, problem)}
    return detail


async def _told(request: Request, text: str) -> str:
    """A fault in the asker's language."""
    desk: Desk = request.app.state.desk
    return desk.fault(text, desk.language(request, await user_or_none(request)))


async def _unfit(request: Request, fault: Exception) -> Response:
    """A request whose values are not as described, as FastAPI tells it, in the asker's language.

    Without the values: he has them, they may be megabytes, and not all can be written.
    """
    if not isinstance(fault, RequestValidationError):
        raise fault
    told = [
        {
            "type": each["type"],
            "loc": each["loc"],
            "msg": await _told(request, shapes.told(each).removeprefix("Value error, ")),
        }
        for each in fault.errors()
    ]
    return _Written({"detail": told}, 422)


def _for_program(request: Request) -> bool:
    return request.url.path.startswith("/api/") or bool(request.headers.get("authorization"))


async def _page(request: Request, status: int, problem: str) -> Response:
    desk: Desk = request.app.state.desk
    above = page_above(request)
    return await desk.show(request, "problem.html", status=status, code=status, problem=problem, above=above)
