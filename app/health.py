"""How this process is, for whoever watches the machine: the engine, or one that stands by for it."""

from pathlib import Path
from typing import Literal

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse, PlainTextResponse, Response
from pydantic import BaseModel

from accounts.access import anyone
from agentdesk.desk import Desk
from app.metrics import of_centre, of_process, page, standing
from core.database import Database
from core.leasing import Holding
from pbx.leftovers import Leftovers
from pbx.server import AsteriskInfo

AGAIN = 5
"""Seconds after which a page that found no engine asks again by itself."""
ELSEWHERE = ("本进程待命，服务由另一引擎提供。", "This process stands by: the engine works elsewhere.")
PAGE = f"""<!doctype html>
<html lang="zh"><head><meta charset="utf-8"><meta http-equiv="refresh" content="{AGAIN}">
<title>待命 · Standing by</title><meta name="viewport" content="width=device-width"></head>
<body><main><h1>待命 · Standing by</h1><p>{ELSEWHERE[0]}接替后本页自动打开。</p>
<p lang="en">{ELSEWHERE[1]} This page opens by itself when this one takes over.</p></main></body></html>
"""


class Health(BaseModel):
    """`link`: whether Asterisk is reachable and reconciled. A `standby` serves nothing else than this."""

    role: Literal["engine", "standby"]
    link: Literal["up", "down"]
    asterisk: str


def engine_routes(
    db: Database, desk: Desk, info: AsteriskInfo, leftovers: Leftovers, lease: Holding, data_dir: Path
) -> APIRouter:  # fmt: skip
    routes = APIRouter(tags=["health"])

    @routes.get("/api/health", dependencies=[Depends(anyone())])
    async def health() -> Health:
        """Open to anyone: for whoever watches the machine."""
        return Health(role="engine", link="up" if desk.switch.state.up else "down", asterisk=info.version)

    @routes.get("/api/ready", dependencies=[Depends(anyone())])
    async def ready() -> Health:
        """Open to anyone: 200 from the engine alone, for a load balancer; one that stands by answers 503."""
        return await health()

    @routes.get("/metrics", dependencies=[Depends(anyone())])
    async def metrics() -> PlainTextResponse:
        """For Prometheus; counts only, nobody's data."""
        now, lost = await standing(db), len(leftovers.lasting)
        up = desk.switch.state.up
        return page(of_centre(now, data_dir, link=up, left=lost, stores=lease.stores))

    return routes


def standby_app() -> FastAPI:
    """Says that it stands by; everything else is 503, so that a proxy in front asks the engine."""
    app = FastAPI(openapi_url=None)

    @app.get("/api/health")
    async def health() -> Health:
        return Health(role="standby", link="down", asterisk="")

    @app.get("/metrics")
    async def metrics() -> PlainTextResponse:
        return page(of_process(engine=False))

    @app.api_route("/{path:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"])
    async def elsewhere(path: str, request: Request) -> Response:
        later = {"Retry-After": str(AGAIN), "Cache-Control": "no-store"}
        if "text/html" in request.headers.get("accept", ""):
            return HTMLResponse(PAGE, 503, later)
        return PlainTextResponse(" ".join(reversed(ELSEWHERE)) + "\n", 503, later)

    return app
