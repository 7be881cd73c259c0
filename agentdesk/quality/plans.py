"""Sampling plans over HTTP: shown to the office, changed by its leads, every version kept with who, when and why."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import ValidationError
from starlette.datastructures import FormData

from accounts import published
from accounts import repository as people
from accounts.access import CurrentUser, allow, clock, database
from accounts.intake import form_sent
from accounts.taken import Live
from agentdesk.desk import PLACES, Desk
from core.errors import Refused
from core.texts import Line
from qa.office import plans as changing
from qa.sampling import Draw, Plan

COLUMNS = ("name", "of", "only", "period", "count", "share")
SHARES = ("double_blind",)
NUMBERS = ("low_score", "appeal_days", "poor_kappa", "from_reviews")
"""Single numbers of the plan, as fields of the form."""
Short = Annotated[Line, Form(max_length=400)]


def router(desk: Desk, plans: Live[Plan]) -> APIRouter:
    """`/quality/plans`."""
    routes = APIRouter(include_in_schema=False)
    rights = [Depends(allow(*PLACES["/quality"]))]

    @routes.get("/quality/plans", dependencies=rights)
    async def show(request: Request) -> HTMLResponse:
        return await _page(desk, request, plans)

    @routes.post("/quality/plans", dependencies=rights)
    async def change(request: Request, user: CurrentUser) -> Response:
        """Fields `name`, `of`, `only`, `period`, `count`, `share` once a plan, the single numbers, and `reason`."""
        form = await form_sent(request)
        try:
            async with database(request).transaction() as tx:
                plan = plan_of(form, await plans.current(tx.session))
                await changing.publish(
                    tx, plan, str(form.get("reason", "")).strip(), user, clock(request)(), desk.contacts.queues
                )
        except Refused as fault:
            if fault.reason == "not_lead":
                raise
            return await _page(desk, request, plans, fault.reason, form)
        return RedirectResponse("/quality/plans", 303)

    @routes.post("/quality/plans/back", dependencies=rights)
    async def back(request: Request, user: CurrentUser, reason: Short = "") -> Response:
        async with database(request).transaction() as tx:
            await changing.back(tx, reason.strip(), user, clock(request)())
        return RedirectResponse("/quality/plans", 303)

    return routes


def plan_of(form: FormData, known: Plan) -> Plan:
    """The plan a form describes; lines without a name are none, and one that is `known` keeps its title.

    Raises Refused with what is wrong.
    """
    titles = {draw.name: draw.title for draw in known.draws}
    columns = {key: [str(each).strip() for each in form.getlist(key)] for key in COLUMNS}
    lines = [dict(zip(columns, values, strict=False)) for values in zip(*columns.values(), strict=False)]
    draws = [_draw(line, titles.get(line["name"])) for line in lines if line["name"]]
    if len({draw.name for draw in draws}) < len(draws):
        raise Refused("plan_name_twice", "two plans have the same name")
    single: dict[str, Any] = {key: _number(str(form.get(key, ""))) for key in NUMBERS}
    single |= {key: (_number(str(form.get(key, ""))) or 0) / 100 for key in SHARES}
    try:
        return Plan.model_validate({"draws": draws, **{k: v for k, v in single.items() if v is not None}})
    except ValidationError:
        raise Refused("plan_number", "a number is out of its range") from None


def _draw(line: Mapping[str, str], title: dict[str, str] | None) -> Draw:
    count, share = _number(line["count"]), _number(line["share"])
    if (count is None) == (share is None):
        raise Refused("plan_size", "a plan has a count or a share, one of them")
    only = [each.strip() for each in line["only"].replace("，", ",").split(",") if each.strip()]
    if only and line["of"] == "all":
        raise Refused("plan_only", "a plan of all calls names none")
    given = {"name": line["name"], "title": title, "of": line["of"], "only": only, "period": line["period"]}
    try:
        return Draw.model_validate({**given, "count": count, "share": None if share is None else share / 100})
    except ValidationError:
        raise Refused("plan_number", "a number is out of its range") from None


def _number(text: str) -> float | None:
    try:
        return float(text.strip().rstrip("%")) if text.strip() else None
    except ValueError:
        raise Refused("plan_number", f"{text!r} is no number") from None


def fields_of(plan: Plan) -> dict[str, Any]:
    """The plan as the form's fields; `lines` are its columns by line."""

    def percents(share: float | None) -> str:
        return "" if share is None else f"{share * 100:g}"

    lines = [
        {"name": each.name, "of": each.of, "only": ", ".join(each.only), "period": each.period,
         "count": "" if each.count is None else str(each.count), "share": percents(each.share)}
        for each in plan.draws
    ]  # fmt: skip
    singles = {key: f"{getattr(plan, key):g}" for key in NUMBERS} | {
        key: percents(getattr(plan, key)) for key in SHARES
    }
    return {"lines": [*lines, dict.fromkeys(COLUMNS, "") | {"of": "agent", "period": "week"}], "reason": "", **singles}


def fields_sent(form: FormData) -> dict[str, Any]:
    """The same as somebody sent them, to be mended."""
    lines = [dict(zip(COLUMNS, map(str, each), strict=True))
             for each in zip(*(form.getlist(key) for key in COLUMNS), strict=False)]  # fmt: skip
    return {"lines": lines, **{key: str(form.get(key, "")) for key in (*NUMBERS, *SHARES, "reason")}}


async def _page(
    desk: Desk, request: Request, plans: Live[Plan], fault: str = "", sent: FormData | None = None
) -> HTMLResponse:
    async with database(request).reading() as session:
        plan = await plans.current(session)
        history = await published.history(session, changing.KIND, changing.NAME)
        persons = await people.persons(session)
        teams = sorted(set((await people.teams(session)).values()))
        agents = await people.names(session)
    hints = [*agents, *desk.board.titles("zh"), *teams]
    fields = fields_of(plan) if sent is None else fields_sent(sent)
    values: dict[str, Any] = {
        "fields": fields, "history": history, "persons": persons, "hints": hints, "fault": fault,
    }  # fmt: skip
    return await desk.show(request, "plans.html", **values)
