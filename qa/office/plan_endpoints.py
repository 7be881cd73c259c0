"""Sampling plans, the office's figures and the sheet of key figures over HTTP."""

from datetime import date, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from accounts import published
from accounts.access import CurrentUser, allow
from accounts.taken import Live
from acd.queues import Queues
from core.clock import Clock
from core.database import Database
from core.days import Day
from qa.figures.sheets import Line, figures, kpi_sheet
from qa.kpi import Assessment, Measure, Scheme
from qa.office import deeds as office
from qa.office import plans
from qa.office.answers import ReasonIn, Told, VersionOut
from qa.sampling import Plan

RIGHTS = [Depends(allow(*office.OFFICE))]
DAYS = 28


class PlansOut(BaseModel):
    """The plan that draws now, and its versions, the newest (live) first."""

    plan: Plan
    versions: list[VersionOut]


class PlanIn(BaseModel):
    plan: Plan
    reason: str = Field(default="", max_length=400, description="kept with the deed; needed")


class StandingOut(Told):
    """Scores of a group of calls."""

    calls: int
    mean: float
    vetoes: int
    reviewed: int


class RuleOut(BaseModel):
    """A rule: how often it failed, how far people agree with the machine (`kappa`) and each other (`people_kappa`).

    `precision` and `recall` of the machine's failures against people's; shares 0–1, None where there is nothing to say.
    """

    rule: str
    title: str
    judged: int
    failed: int
    hit_rate: float | None
    reviewed: int
    kappa: float | None
    precision: float | None
    recall: float | None
    people_kappa: float | None
    flagged: bool


class FiguresOut(BaseModel):
    """Scores made and reviews finished on the days from `since` to `until`."""

    since: date
    until: date
    total: StandingOut | None
    weeks: dict[str, StandingOut]
    teams: dict[str, StandingOut]
    agents: dict[str, StandingOut]
    rules: list[RuleOut]


class ResultOut(BaseModel):
    """One key figure: `reached` 0–1 of the way from floor to target; None where there is nothing to measure."""

    measure: Measure
    value: float | None
    reached: float | None


class LineOut(BaseModel):
    """An agent (number) or a team: `points` 0–100, `before` those of the period before."""

    name: str
    called: str
    points: float | None
    before: float | None
    results: list[ResultOut]

    @classmethod
    def of(cls, line: Line) -> "LineOut":
        found: Assessment = line.assessment
        results = [ResultOut(measure=each.indicator.measure, value=each.value, reached=each.reached)
                   for each in found.results]  # fmt: skip
        return cls(name=line.name, called=line.called, points=found.points, before=line.before, results=results)


class KpiOut(BaseModel):
    """The period from `first` to `last`; `scheme` holds weights, targets and floors."""

    scheme: Scheme
    first: date
    last: date
    teams: list[LineOut]
    agents: list[LineOut]


def router(
    db: Database,
    clock: Clock,
    live: Live[Plan],
    schemes: Live[Scheme],
    zone: ZoneInfo,
    queues: Queues,
) -> APIRouter:
    routes = APIRouter()
    _add_plans(routes, db, clock, live, queues)
    _add_figures(routes, db, clock, live, schemes, zone)
    return routes


def _add_plans(routes: APIRouter, db: Database, clock: Clock, live: Live[Plan], queues: Queues) -> None:
    async def told() -> PlansOut:
        async with db.reading() as session:
            history = await published.history(session, plans.KIND, plans.NAME)
            return PlansOut(
                plan=await live.current(session), versions=[VersionOut.model_validate(each) for each in history]
            )

    @routes.get("/quality/plans", dependencies=RIGHTS)
    async def sampling_plans() -> PlansOut:
        """By which plans calls are drawn for review, and who changed them when and why."""
        return await told()

    @routes.put("/quality/plans", dependencies=RIGHTS)
    async def change_plans(user: CurrentUser, wanted: PlanIn) -> PlansOut:
        """Draw by this plan from now on; for supervisors and leads of the office."""
        async with db.transaction() as tx:
            await plans.publish(tx, wanted.plan, wanted.reason.strip(), user, clock(), queues)
        return await told()

    @routes.post("/quality/plans/back", dependencies=RIGHTS)
    async def plans_back(user: CurrentUser, wanted: ReasonIn) -> PlansOut:
        """The plan before the live one; for supervisors and leads of the office."""
        async with db.transaction() as tx:
            await plans.back(tx, wanted.reason.strip(), user, clock())
        return await told()


def _add_figures(
    routes: APIRouter, db: Database, clock: Clock, live: Live[Plan], schemes: Live[Scheme], zone: ZoneInfo
) -> None:
    def today() -> date:
        return datetime.fromtimestamp(clock(), zone).date()

    @routes.get("/quality/figures", dependencies=RIGHTS)
    async def quality_figures(
        user: CurrentUser, since: Day | None = None, until: Day | None = None,
        agent: Annotated[str, Query(max_length=16)] = "",
    ) -> FiguresOut:  # fmt: skip
        """Scores by week, team and agent, and how each rule does; the last four weeks where no days are named."""
        last = until or today()
        first = min(since or last - timedelta(days=DAYS - 1), last)
        async with db.reading() as session:
            found = await figures(session, first, last, agent, await live.current(session), zone, user.locale)
        groups = {name: {key: StandingOut.model_validate(each) for key, each in getattr(found, name).items()}
                  for name in ("weeks", "teams", "agents")}  # fmt: skip
        total = StandingOut.model_validate(found.total) if found.total else None
        rules = [
            RuleOut(
                rule=each.rule, title=found.titles.get(each.rule, ""), judged=each.judged, failed=each.failed,
                hit_rate=each.hit_rate, reviewed=each.agreement.count, kappa=each.agreement.kappa,
                precision=each.hits.precision, recall=each.hits.recall, people_kappa=each.people.kappa,
                flagged=each.flagged,
            )
            for each in found.rules
        ]  # fmt: skip
        return FiguresOut(since=first, until=last, total=total, rules=rules, **groups)

    @routes.get("/quality/kpi", dependencies=RIGHTS)
    async def key_figures(day: Day | None = None) -> KpiOut:
        """Key figures of teams and agents in the period a day (today) is in, with their points."""
        async with db.reading() as session:
            found = await kpi_sheet(session, await schemes.current(session), day or today(), zone)
        return KpiOut(
            scheme=found.scheme, first=found.first, last=found.last,
            teams=[LineOut.of(each) for each in found.teams], agents=[LineOut.of(each) for each in found.agents],
        )  # fmt: skip
