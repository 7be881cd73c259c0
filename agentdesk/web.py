"""The web application: pages, the parts' own routes, protection, and faults answered as pages or JSON."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.encoders import jsonable_encoder
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as AnyHTTPException

from accounts.access import Role, allow, user_or_none
from accounts.guard import Guard
from agentdesk import (
    alarmlines,
    auditpage,
    deskpage,
    endpoints,
    floorpage,
    floorwork,
    ownpassword,
    screens,
    secondfactor,
    signin,
    softphone,
)
from agentdesk.desk import Desk
from agentdesk.softphone import PhoneLine
from core.database import Database
from core.errors import BadInput, HotlineError, NotFound, Refused
from core.problem import Problem


def create_app(
    db: Database, desk: Desk, routers: Sequence[APIRouter] = (), version: str = "", phone: PhoneLine | None = None
) -> FastAPI:
    """`routers` are those of the other parts; `phone` lets browsers be telephones.

    The OpenAPI document is at /api/openapi.json.
    """
    app = FastAPI(title="Hotline", version=version or "0", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.db = db
    app.state.desk = desk
    app.state.second_factor = frozenset(desk.site.second_factor)
    app.add_middleware(Guard)
    own = [
        signin.router(desk),
        ownpassword.router(desk),
        secondfactor.router(desk),
        auditpage.router(desk),
        endpoints.router(desk),
        screens.router(desk),
        *([softphone.router(phone)] if phone is not None else []),
        floorpage.router(desk),
        floorwork.router(desk),
        alarmlines.router(desk),
        deskpage.router(desk, soft_phone=phone is not None),
    ]
    for each in (*own, *routers):
        # As they are: a router that is included has each of its routes built once more.
        app.router.routes.extend(each.routes)

    @app.get("/api/openapi.json", include_in_schema=False, dependencies=[Depends(allow(*Role))])
    async def description() -> dict[str, Any]:
        return app.openapi()

    app.add_exception_handler(HotlineError, _fault)
    app.add_exception_handler(AnyHTTPException, _http_fault)
    app.add_exception_handler(RequestValidationError, _unfit)
    return app


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
        detail, remedy = await _told(request, fault.problem), await _told(request, fault.remedy)
        problem = Problem(detail=detail, remedy=remedy, **extra)
        return JSONResponse(problem.model_dump(exclude_unset=True), status)
    return await _page(request, status, fault.problem)


async def _http_fault(request: Request, fault: Exception) -> Response:
    if not isinstance(fault, AnyHTTPException):
        raise fault
    headers = dict(fault.headers or {})
    if _for_program(request) or "Location" in headers:
        detail = await _told(request, fault.detail) if isinstance(fault.detail, str) else fault.detail
        return JSONResponse({"detail": detail}, fault.status_code, headers)
    answer = await _page(request, fault.status_code, str(fault.detail))
    answer.headers.update(headers)
    return answer


async def _told(request: Request, text: str) -> str:
    """A fault in the asker's language."""
    desk: Desk = request.app.state.desk
    return desk.fault(text, desk.language(request, await user_or_none(request)))


async def _unfit(request: Request, fault: Exception) -> Response:
    """A request whose values are not as described, as FastAPI tells it, in the asker's language."""
    if not isinstance(fault, RequestValidationError):
        raise fault
    found = jsonable_encoder(fault.errors())
    told = [{**each, "msg": await _told(request, each["msg"].removeprefix("Value error, "))} for each in found]
    return JSONResponse({"detail": told}, 422)


def _for_program(request: Request) -> bool:
    return request.url.path.startswith("/api/") or bool(request.headers.get("authorization"))


async def _page(request: Request, status: int, problem: str) -> Response:
    desk: Desk = request.app.state.desk
    return await desk.show(request, "problem.html", status=status, code=status, problem=problem)
