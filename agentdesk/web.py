"""The web application: pages, the parts' own routes, protection, and faults answered as pages or JSON."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException as AnyHTTPException

from accounts.access import Role, allow
from accounts.guard import Guard
from agentdesk import deskpage, endpoints, floorpage, screens, signin, softphone
from agentdesk.desk import Desk
from agentdesk.softphone import PhoneLine
from core.database import Database
from core.errors import BadInput, HotlineError, NotFound, Refused


def create_app(
    db: Database, desk: Desk, routers: Sequence[APIRouter] = (), version: str = "", phone: PhoneLine | None = None
) -> FastAPI:
    """`routers` are those of the other parts; `phone` lets browsers be telephones.

    The OpenAPI document is at /api/openapi.json.
    """
    app = FastAPI(title="Hotline", version=version or "0", docs_url=None, redoc_url=None, openapi_url=None)
    app.state.db = db
    app.state.desk = desk
    app.add_middleware(Guard)
    app.include_router(signin.router(desk))
    app.include_router(endpoints.router(desk))
    app.include_router(screens.router(desk))
    if phone is not None:
        app.include_router(softphone.router(phone))
    app.include_router(floorpage.router(desk))
    app.include_router(deskpage.router(desk, soft_phone=phone is not None))
    for each in routers:
        app.include_router(each)

    @app.get("/api/openapi.json", include_in_schema=False, dependencies=[Depends(allow(*Role))])
    async def description() -> dict[str, Any]:
        return app.openapi()

    app.add_exception_handler(HotlineError, _fault)
    app.add_exception_handler(AnyHTTPException, _http_fault)
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
        return JSONResponse({"detail": fault.problem, "remedy": fault.remedy, **extra}, status)
    return await _page(request, status, fault.problem)


async def _http_fault(request: Request, fault: Exception) -> Response:
    if not isinstance(fault, AnyHTTPException):
        raise fault
    headers = dict(fault.headers or {})
    if _for_program(request) or "Location" in headers:
        return JSONResponse({"detail": fault.detail}, fault.status_code, headers)
    answer = await _page(request, fault.status_code, str(fault.detail))
    answer.headers.update(headers)
    return answer


def _for_program(request: Request) -> bool:
    return request.url.path.startswith("/api/") or bool(request.headers.get("authorization"))


async def _page(request: Request, status: int, problem: str) -> Response:
    desk: Desk = request.app.state.desk
    return await desk.show(request, "problem.html", status=status, code=status, problem=problem)
