"""How the centre is set up on its server, read-only: settings without their secrets, parts, certificates, versions."""

from collections.abc import Awaitable, Callable
from typing import Literal

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict

from accounts.access import allow
from agentdesk.desk import PLACES, Desk
from agentdesk.reading.system import State, System
from core.problem import REFUSALS

RIGHTS = [Depends(allow(*PLACES["/system"]))]
Look = Callable[[], Awaitable[System]]


class GivenOut(BaseModel):
    """`where`: environment, start (said when it was started), or default. Secrets are left out of `value`."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    value: str
    where: Literal["environment", "start", "default"]


class PartOut(BaseModel):
    """`state` is good, fair, poor, or '' where there is nothing to judge; `fault` says why it is poor."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    state: State
    told: str
    fault: str


class CertificateOut(BaseModel):
    """`days` until it ends, below 0 when it has; `setting` names its file."""

    model_config = ConfigDict(from_attributes=True)

    setting: str
    subject: str
    until: float
    days: float
    state: State


class SystemOut(BaseModel):
    settings: list[GivenOut]
    parts: list[PartOut]
    certificates: list[CertificateOut]
    versions: dict[str, str]

    @classmethod
    def of(cls, system: System) -> "SystemOut":
        return cls(
            settings=[GivenOut.model_validate(each) for each in system.settings],
            parts=[PartOut.model_validate(each) for each in system.parts],
            certificates=[CertificateOut.model_validate(each) for each in system.certificates],
            versions=dict(system.versions),
        )


def router(desk: Desk, look: Look) -> APIRouter:
    """`/system` and `/api/system`."""
    routes = APIRouter(tags=["health"], responses=REFUSALS)

    @routes.get("/system", dependencies=RIGHTS, include_in_schema=False)
    async def page(request: Request) -> HTMLResponse:
        return await desk.show(request, "system.html", system=await look())

    @routes.get("/api/system", dependencies=RIGHTS)
    async def system() -> SystemOut:
        """How the server is set up and how its parts are; nothing of it can be changed here."""
        return SystemOut.of(await look())

    return routes
