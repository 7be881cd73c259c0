"""The web of a running centre: the pages, every part's routes, health and the metrics of the engine."""

from collections.abc import Container
from typing import Literal

from fastapi import APIRouter, Depends, FastAPI
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from pydantic import BaseModel

from accounts import endpoints as accounts
from accounts import settings_endpoints as settings
from accounts.access import anyone
from accounts.phone_endpoints import PhoneServer
from acd import callback_endpoints, campaign_endpoints, sound_endpoints
from acd import endpoints as acd
from acd.campaigns import Campaigns
from acd.roster import PeopleRoster
from agentdesk import menupage, notjudged, peoplepage, quality, qualityforms, qualitykpi, settingspage
from agentdesk.desk import Desk
from agentdesk.reports import endpoints as reports
from agentdesk.web import create_app
from app.facts import agent_on, calling_number
from app.parts import Ground, Parts
from app.publishing import live_kpi, live_plans
from core.database import Database
from ivr import endpoints as ivr
from ivr import survey_endpoints as surveys
from ivr.menu_endpoints import menus_router
from pbx.server import AsteriskInfo
from qa import endpoints as qa
from qa import office_endpoints
from recordings import endpoints as recordings
from recordings import pause_endpoints
from recordings import repository as recorded
from tickets import endpoints as tickets


class Health(BaseModel):
    """`link`: whether Asterisk is reachable and reconciled."""

    link: Literal["up", "down"]
    asterisk: str


def compose(ground: Ground, parts: Parts) -> FastAPI:
    """Every route of the centre."""
    config, db, info, clock = ground.config, ground.db, ground.info, ground.clock
    plans, schemes = live_plans(config), live_kpi(config)

    async def customer_of(call: str) -> str:
        async with db.reading() as session:
            return await calling_number(session, call)

    async def talking(call: str) -> str:
        async with db.reading() as session:
            return await agent_on(session, call)

    def steps_of(dialled: str) -> Container[str]:
        return parts.live_menus.rules.menu_for(dialled).flow.steps

    return create_app(
        db,
        parts.desk,
        [
            accounts.router(PhoneServer(info.sip_host, info.sip_port)),
            acd.router(parts.dispatcher, config.queues, PeopleRoster(db), config.site.zone, steps_of),
            sound_endpoints.router(db, clock),
            callback_endpoints.router(parts.callbacks, config.queues, config.dialling),
            campaign_endpoints.router(
                Campaigns(db, clock, parts.dispatcher.outbound, config.dialling), config.queues, config.dialling
            ),
            surveys.router(db),
            recordings.router(db, ground.vault, clock),
            pause_endpoints.router(parts.pauses, talking),
            qa.router(db, clock),
            notjudged.router(parts.desk),
            office_endpoints.router(db, plans, schemes, parts.editor, parts.desk.fault, config.site.zone, clock),
            quality.router(parts.desk, plans),
            qualitykpi.router(parts.desk, schemes),
            qualityforms.router(parts.desk, parts.editor),
            ivr.router(db, ground.vault, clock),
            tickets.router(db, clock, customer_of),
            menus_router(parts.menus),
            menupage.router(parts.desk, parts.menus),
            settings.router(parts.settings),
            settingspage.router(parts.desk, parts.settings),
            peoplepage.router(parts.desk, config.queues),
            reports.router(parts.desk, parts.mailing),
            _health(db, parts.desk, info),
        ],
        phone=parts.phone,
    )


def _health(db: Database, desk: Desk, info: AsteriskInfo) -> APIRouter:
    routes = APIRouter(tags=["health"])

    @routes.get("/api/health", dependencies=[Depends(anyone())])
    async def health() -> Health:
        """Open to anyone: for whoever watches the machine."""
        return Health(link="up" if desk.switch.state.up else "down", asterisk=info.version)

    @routes.get("/metrics", dependencies=[Depends(anyone())])
    async def metrics() -> PlainTextResponse:
        """For Prometheus; counts only, nobody's data."""
        registry = CollectorRegistry()
        Gauge("hotline_link_up", "AMI link up and reconciled", registry=registry).set(desk.switch.state.up)
        async with db.reading() as session:
            waiting = await recorded.backlog(session)
        Gauge("hotline_speech_backlog", "recordings waiting for their transcript", registry=registry).set(waiting)
        return PlainTextResponse(generate_latest(registry), media_type="text/plain; version=0.0.4")

    return routes
