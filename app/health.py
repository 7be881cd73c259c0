"""How this process is, for whoever watches the machine: the engine, or one that stands by for it."""

from typing import Literal

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel

from accounts.access import anyone
from agentdesk.desk import Desk
from core.database import Database
from pbx.server import AsteriskInfo
from recordings import repository as recorded

ELSEWHERE = "This process stands by: the engine works elsewhere. 本进程待命，服务由另一引擎提供。\n"


class Health(BaseModel):
    """`link`: whether Asterisk is reachable and reconciled. A `standby` serves nothing else than this."""

    role: Literal["engine", "standby"]
    link: Literal["up", "down"]
    asterisk: str


def engine_routes(db: Database, desk: Desk, info: AsteriskInfo) -> APIRouter:
    routes = APIRouter(tags=["health"])

    @routes.get("/api/health", dependencies=[Depends(anyone())])
    async def health() -> Health:
        """Open to anyone: for whoever watches the machine."""
        return Health(role="engine", link="up" if desk.switch.state.up else "down", asterisk=info.version)

    @routes.get("/metrics", dependencies=[Depends(anyone())])
    async def metrics() -> PlainTextResponse:
        """For Prometheus; counts only, nobody's data."""
        async with db.reading() as session:
            waiting = await recorded.backlog(session)
        return _metrics(engine=True, link=desk.switch.state.up, backlog=waiting)

    return routes


def standby_app() -> FastAPI:
    """Says that it stands by; everything else is 503, so that a proxy in front asks the engine."""
    app = FastAPI(openapi_url=None)

    @app.get("/api/health")
    async def health() -> Health:
        return Health(role="standby", link="down", asterisk="")

    @app.get("/metrics")
    async def metrics() -> PlainTextResponse:
        return _metrics(engine=False, link=False, backlog=0)

    @app.api_route("/{path:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    async def elsewhere(path: str) -> PlainTextResponse:
        return PlainTextResponse(ELSEWHERE, 503, {"Retry-After": "5"})

    return app


def _metrics(*, engine: bool, link: bool, backlog: int) -> PlainTextResponse:
    registry = CollectorRegistry()
    for name, what, value in (
        ("hotline_engine", "this process is the engine", engine),
        ("hotline_link_up", "AMI link up and reconciled", link),
        ("hotline_speech_backlog", "recordings waiting for their transcript", backlog),
    ):
        Gauge(name, what, registry=registry).set(value)
    return PlainTextResponse(generate_latest(registry), media_type="text/plain; version=0.0.4")
