"""Changing what the quality office draws by: its leads publish sampling plans with a reason, and go one step back."""

from accounts import published
from accounts import repository as people
from accounts.access import User
from accounts.published_models import Published
from acd.queues import Queues
from core.database import Transaction
from core.errors import Refused
from qa import sampling
from qa.office import deeds as office
from qa.sampling import Plan

KIND, NAME = "sampling", "plan"


async def publish(tx: Transaction, plan: Plan, reason: str, user: User, now: float, queues: Queues) -> Published:
    """Draw by this plan from now on. Raises Refused (not_lead, reason_missing, unchanged, plan_unknown)."""
    _demand(user, reason)
    teams = await people.teams(tx.session)
    known = {
        "agent": frozenset(await people.names(tx.session)), "team": frozenset(teams.values()),
        "queue": frozenset(queues.queues),
    }  # fmt: skip
    for draw in plan.draws:
        if unknown := sorted(set(draw.only) - known.get(draw.of, frozenset(draw.only))):
            raise Refused("plan_unknown", f"{draw.name} draws of {', '.join(unknown)}, whom nobody knows")
    return await published.publish(tx, KIND, NAME, sampling.written(plan), user.login, reason, now)


async def back(tx: Transaction, reason: str, user: User, now: float) -> Published:
    """The plan before the live one is live again. Raises Refused (not_lead, reason_missing, no_former)."""
    _demand(user, reason)
    return await published.back(tx, KIND, NAME, user.login, reason, now)


def _demand(user: User, reason: str) -> None:
    office.demand_lead(user)
    if not reason:
        raise Refused("reason_missing", "say why the plans change")
