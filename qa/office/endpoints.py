"""Everything of the quality office over HTTP; each route has the address of its page, below `/api`."""

from zoneinfo import ZoneInfo

from fastapi import APIRouter

from accounts.taken import Live
from acd.queues import Queues
from core.clock import Clock
from core.database import Database
from core.problem import REFUSALS
from qa.kpi import Scheme
from qa.office import blind_endpoints, own_endpoints, pack_endpoints, plan_endpoints, review_endpoints
from qa.office.drafts import Editor
from qa.office.pack_endpoints import Words
from qa.sampling import Plan


def router(
    db: Database,
    plans: Live[Plan],
    schemes: Live[Scheme],
    editor: Editor,
    words: Words,
    zone: ZoneInfo,
    clock: Clock,
    queues: Queues,
) -> APIRouter:
    """`words` puts faults of packs into a person's language; `zone`: the site's, for days and periods."""
    routes = APIRouter(prefix="/api", tags=["quality"], responses=REFUSALS)
    routes.include_router(review_endpoints.router(db, clock, plans, zone))
    routes.include_router(own_endpoints.router(db, clock))
    routes.include_router(blind_endpoints.router(db, clock, plans))
    routes.include_router(plan_endpoints.router(db, clock, plans, schemes, zone, queues))
    routes.include_router(pack_endpoints.router(db, editor, words))
    return routes
