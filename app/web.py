"""The web of a running centre: the pages, every part's routes, health and the metrics of the engine."""

from collections.abc import Container

from fastapi import APIRouter, FastAPI

from accounts import endpoints as accounts
from accounts import settings_endpoints as settings
from accounts.access import User
from accounts.phone_endpoints import PhoneServer
from acd import endpoints as acd
from acd import sound_endpoints
from acd.alarms import endpoints as alarm_endpoints
from acd.outward import callback_endpoints, campaign_endpoints
from acd.roster import PeopleRoster
from acd.rota import endpoints as rota_endpoints
from acd.rota import handover_endpoints
from acd.wrapup import endpoints as code_endpoints
from agentdesk.desk import Desk
from agentdesk.forms import page as forms
from agentdesk.forms import settings as settings_pages
from agentdesk.forms import specialdays
from agentdesk.pages import campaigns as campaign_pages
from agentdesk.pages import knowledge as knowledge_pages
from agentdesk.pages import menus as menu_pages
from agentdesk.pages import people as people_pages
from agentdesk.pages import reports
from agentdesk.pages import shifts as shift_pages
from agentdesk.pages import system as system_page
from agentdesk.quality import forms as quality_forms
from agentdesk.quality import kpi as quality_kpi
from agentdesk.quality import notjudged
from agentdesk.quality import pages as quality_pages
from agentdesk.reading.contact import own_caller
from agentdesk.reading.tickets import ticket_reach
from agentdesk.web import create_app
from app import health, system
from app.facts import agent_on, calling_number
from app.parts import Ground, Parts
from app.publishing import live_kpi, live_plans
from core.clock import Clock
from core.database import Database
from ivr import survey_endpoints as surveys
from ivr.messages import endpoints as ivr
from ivr.published.endpoints import menus_router
from ivr.published.fault_endpoints import faults_router
from ivr.selfservice import lock_endpoints
from ivr.selfservice.verifying import CodeLocks
from knowledge import endpoints as knowledge
from qa import endpoints as qa
from qa.office import endpoints as office_endpoints
from recordings import endpoints as recordings
from recordings import pause_endpoints
from tickets import endpoints as tickets
from tickets.reach import Reach


def compose(ground: Ground, parts: Parts) -> FastAPI:
    """Every route of the centre."""
    config, db, info, clock = ground.config, ground.db, ground.info, ground.clock
    plans, schemes, zone = live_plans(config), live_kpi(config), config.site.zone

    async def talking(call: str) -> str:
        async with db.reading() as session:
            return await agent_on(session, call)

    def steps_of(dialled: str) -> Container[str]:
        return parts.live_menus.rules.menu_for(dialled).flow.steps

    locks = CodeLocks(db, clock, lambda: parts.live_menus.rules.customers)
    return create_app(
        db,
        parts.desk,
        [
            accounts.router(PhoneServer(info.sip_host, info.sip_port)),
            acd.router(parts.dispatcher, config.queues, PeopleRoster(db), config.site.zone, steps_of),
            sound_endpoints.router(db, clock),
            rota_endpoints.router(db, parts.rota, PeopleRoster(db), clock),
            shift_pages.router(parts.desk, parts.rota, PeopleRoster(db)),
            handover_endpoints.router(parts.rota),
            callback_endpoints.router(
                parts.callbacks, config.queues, config.dialling, lambda: config.site.languages, config.language_of
            ),
            campaign_endpoints.router(parts.campaigns, config.queues, config.dialling),
            campaign_pages.router(parts.desk, parts.campaigns, config.queues),
            code_endpoints.router(config.codes, config.queues, lambda: config.site.languages),
            surveys.router(db),
            recordings.router(db, ground.vault, clock),
            alarm_endpoints.router(config.site.zone),
            pause_endpoints.router(parts.pauses, talking),
            qa.router(db, clock),
            notjudged.router(parts.desk),
            office_endpoints.router(db, plans, schemes, parts.editor, parts.desk.fault, zone, clock, config.queues),
            quality_pages.router(parts.desk, plans),
            quality_kpi.router(parts.desk, schemes),
            quality_forms.router(parts.desk, parts.editor),
            ivr.router(db, ground.vault, clock),
            _tickets(db, clock, parts.desk),
            menus_router(parts.menus),
            faults_router(parts.menus),
            menu_pages.router(parts.desk, parts.menus, locks),
            lock_endpoints.router(locks),
            settings.router(parts.settings),
            settings_pages.router(parts.desk, parts.settings),
            forms.router(parts.desk, parts.settings),
            specialdays.router(parts.desk, parts.settings),
            people_pages.router(parts.desk, config.queues),
            knowledge.router(parts.desk.library, parts.knowledge, lambda: config.site.zone),
            knowledge_pages.router(parts.desk, parts.knowledge),
            reports.router(parts.desk, parts.mailing),
            health.engine_routes(db, parts.desk, info, parts.leftovers, ground.lease, ground.settings.data_dir),
            system_page.router(parts.desk, system.looker(ground, parts.desk.switch)),
        ],
        phone=parts.phone,
    )


def _tickets(db: Database, clock: Clock, desk: Desk) -> APIRouter:
    async def customer_of(call: str) -> str:
        async with db.reading() as session:
            return await calling_number(session, call)

    async def own_customer_of(call: str, number: str) -> str:
        async with db.reading() as session:
            return await own_caller(session, call, number, clock())

    async def reach_of(user: User) -> Reach:
        async with db.reading() as session:
            return await ticket_reach(session, user, clock(), desk.under_way)

    return tickets.router(db, clock, customer_of, own_customer_of, reach_of)
