"""The web of a running centre: the pages, every part's routes, health and the metrics of the engine."""

from collections.abc import Container

from fastapi import FastAPI

from accounts import endpoints as accounts
from accounts import settings_endpoints as settings
from accounts.phone_endpoints import PhoneServer
from acd import (
    alarm_endpoints,
    callback_endpoints,
    campaign_endpoints,
    code_endpoints,
    handover_endpoints,
    rota_endpoints,
    sound_endpoints,
)
from acd import endpoints as acd
from acd.campaigns import Campaigns
from acd.roster import PeopleRoster
from agentdesk import (
    campaignpage,
    knowledgepage,
    menupage,
    notjudged,
    peoplepage,
    quality,
    qualityforms,
    qualitykpi,
    settingspage,
    shiftpage,
    specialdays,
    systempage,
)
from agentdesk.forms import page as forms
from agentdesk.reports import endpoints as reports
from agentdesk.web import create_app
from app import health, system
from app.facts import agent_on, calling_number
from app.parts import Ground, Parts
from app.publishing import live_kpi, live_plans
from ivr import endpoints as ivr
from ivr import survey_endpoints as surveys
from ivr.fault_endpoints import faults_router
from ivr.menu_endpoints import menus_router
from knowledge import endpoints as knowledge
from qa import endpoints as qa
from qa import office_endpoints
from recordings import endpoints as recordings
from recordings import pause_endpoints
from tickets import endpoints as tickets


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

    campaigns = Campaigns(db, clock, parts.dispatcher.outbound, config.dialling)
    return create_app(
        db,
        parts.desk,
        [
            accounts.router(PhoneServer(info.sip_host, info.sip_port)),
            acd.router(parts.dispatcher, config.queues, PeopleRoster(db), config.site.zone, steps_of),
            sound_endpoints.router(db, clock),
            rota_endpoints.router(db, parts.rota, PeopleRoster(db), clock),
            shiftpage.router(parts.desk, parts.rota, PeopleRoster(db)),
            handover_endpoints.router(parts.rota),
            callback_endpoints.router(parts.callbacks, config.queues, config.dialling),
            campaign_endpoints.router(campaigns, config.queues, config.dialling),
            campaignpage.router(parts.desk, campaigns, config.queues),
            code_endpoints.router(config.codes, config.queues, lambda: config.site.languages),
            surveys.router(db),
            recordings.router(db, ground.vault, clock),
            alarm_endpoints.router(config.site.zone),
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
            faults_router(parts.menus),
            menupage.router(parts.desk, parts.menus),
            settings.router(parts.settings),
            settingspage.router(parts.desk, parts.settings),
            forms.router(parts.desk, parts.settings),
            specialdays.router(parts.desk, parts.settings),
            peoplepage.router(parts.desk, config.queues),
            knowledge.router(parts.desk.library, parts.knowledge, lambda: config.site.zone),
            knowledgepage.router(parts.desk, parts.knowledge),
            reports.router(parts.desk, parts.mailing),
            health.engine_routes(db, parts.desk, info, parts.leftovers),
            systempage.router(parts.desk, system.looker(ground, parts.desk.switch)),
        ],
        phone=parts.phone,
    )
