"""The menus' pages: what is live and how callers use it, versions and their differences, the editor, trials."""

from typing import Annotated, Any, get_args
from urllib.parse import quote

from fastapi import APIRouter, Depends, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from markupsafe import Markup

from accounts.access import CurrentUser, Role, User, allow
from accounts.intake import form_sent
from accounts.masking import number_for
from agentdesk.desk import PLACES, Desk, is_fragment, persons_of
from agentdesk.reading.textfault import fault_parts, file_fault
from core.errors import BadInput, HotlineError, NotFound, Refused
from core.numbers import Number
from core.texts import Line
from ivr import draw
from ivr.customers import Customers
from ivr.fault import REMEDIES
from ivr.published.checking import Checked
from ivr.published.deeds import MenuOffice, Published
from ivr.published.endpoints import asked_period
from ivr.schema import Refusal
from ivr.selfservice.verifying import CodeLocks
from ivr.usage.comparison import SOURCE
from ivr.walk import Answer

SEES = [Depends(allow(*PLACES["/menus"]))]
CHANGES = [Depends(allow(Role.ADMIN))]
Text = Annotated[str, Form(max_length=400_000)]
Short = Annotated[Line, Form(max_length=400)]
Day = Annotated[str, Query(max_length=10)]
Seen = Annotated[Number, Form()]
"""The live version that the page showed, or the challenger."""


def router(desk: Desk, office: MenuOffice, locks: CodeLocks) -> APIRouter:
    """`/menus` and a page for each menu; who may not change them sees the same without the buttons."""
    routes = APIRouter(include_in_schema=False)
    _overview(routes, desk, office, locks)
    _look(routes, desk, office)
    _edit(routes, desk, office)
    _change(routes, desk, office)
    return routes


def _overview(routes: APIRouter, desk: Desk, office: MenuOffice, locks: CodeLocks) -> None:
    @routes.get("/menus", dependencies=SEES)
    async def menus(request: Request, user: CurrentUser) -> HTMLResponse:
        today = asked_period(office, "")
        rows = []
        for live in await office.live():
            numbers = [number for number, menu in office.rules().menus.items() if menu.name == live.menu]
            rows.append((live, numbers, await office.calls(live.menu, today), await office.running_trial(live.menu)))
        page = "_menus.html" if is_fragment(request) else "menus.html"
        wrong, persons = await office.fault_counts(), await persons_of(request)
        locked = [(each, number_for(user, each.customer)) for each in await locks.standing()]
        return await desk.show(request, page, rows=rows, wrong=wrong, persons=persons, locked=locked)


def _look(routes: APIRouter, desk: Desk, office: MenuOffice) -> None:
    @routes.get("/menus/{menu}", dependencies=SEES)
    async def menu(
        menu: str, request: Request, user: CurrentUser, day: Day = "",
        version: Number = 0,
    ) -> HTMLResponse:  # fmt: skip
        """The fragment is the day's figures and the drawing anew."""
        values = await _day(desk, office, request, user, menu, day, version)
        if is_fragment(request):
            return await desk.show(request, "_menu_day.html", anew=True, **values)
        trial = await _trial(office, menu)
        return await desk.show(
            request, "menu.html", anew=False, versions=await office.history(menu), live=await office.version(menu),
            trial=trial, may_change=user.role is Role.ADMIN, test=SOURCE, faults=await office.faults(menu),
            remedies=REMEDIES, seen=False, persons=await persons_of(request), **values,
        )  # fmt: skip

    @routes.get("/menus/{menu}/faults", dependencies=SEES)
    async def faults(menu: str, request: Request, seen: bool = False) -> HTMLResponse:
        """Those nobody has acknowledged; `seen`: the others too."""
        found = await office.faults(menu, seen=seen)
        page = "_menu_faults.html" if is_fragment(request) else "menu_faults.html"
        values: dict[str, Any] = {"menu": menu, "faults": found, "remedies": REMEDIES, "seen": seen}
        return await desk.show(request, page, persons=await persons_of(request), **values)

    @routes.get("/menus/{menu}/difference", dependencies=SEES)
    async def difference(menu: str, request: Request, before: Number = 0, after: Number = 0) -> HTMLResponse:
        lines = await office.difference(menu, before, after)
        old, new = await office.version(menu, before), await office.version(menu, after)
        values: dict[str, Any] = {"menu": menu, "lines": lines, "old": old, "new": new}
        return await desk.show(request, "menu_difference.html", persons=await persons_of(request), **values)


def _edit(routes: APIRouter, desk: Desk, office: MenuOffice) -> None:
    @routes.get("/menus/{menu}/edit", dependencies=SEES)
    async def edit(
        menu: str, request: Request, user: CurrentUser, version: Number = 0, ordered: Day = ""
    ) -> HTMLResponse:  # fmt: skip
        """A draft from a version; `ordered` is the day by whose use its options are put in order."""
        live = await office.version(menu)
        base = await office.version(menu, version) if version else live
        text = base.text
        if ordered:
            text = await office.reordered(menu, asked_period(office, ordered), base.number)
        return await desk.show(
            request, "menu_edit.html", menu=menu, base=base, text=text, ordered=bool(ordered), live=live,
            may_change=user.role is Role.ADMIN, callers=callers_of(office.rules().customers),
        )  # fmt: skip

    @routes.post("/menus/{menu}/check", dependencies=SEES)
    async def check(menu: str, request: Request, text: Text = "") -> HTMLResponse:
        return await desk.show(request, "_menu_check.html", **told(await office.check(menu, text)))

    @routes.post("/menus/{menu}/walk", dependencies=SEES)
    async def walk(
        menu: str, request: Request, user: CurrentUser, text: Text = "", keys: Short = "", caller: Short = "",
        at: Short = "", answers: Short = "", refused: Short = "",
    ) -> HTMLResponse:  # fmt: skip
        """What he hears, and the draft drawn with his way."""
        try:
            given = answers_of(answers)
            whose = (keys, caller.strip(), at.strip(), user.login, given)
            draft, walked = await office.walk(menu, text, *whose, refused=refusals_of(refused), patient=True)
        except BadInput as fault:
            return await desk.show(request, "_menu_walk.html", walked=None, faults=fault_parts(fault))
        steps = [line.text.partition(" ")[0] for line in walked.lines if line.kind == "step"]
        reader = desk.language(request, user)
        picture = Markup(draw.draw(draft, walked.end.language, walked=steps, reader=reader))
        lines = {step: draft.line("steps", step) for step in steps}
        return await desk.show(request, "_menu_walk.html", walked=walked, faults=(), picture=picture, lines=lines)

    @routes.post("/menus/{menu}/changes", dependencies=SEES)
    async def changes(menu: str, request: Request, text: Text = "") -> HTMLResponse:
        """What the draft says otherwise than the live version."""
        return await desk.show(request, "_menu_changes.html", lines=await office.changes(menu, text))


def _change(routes: APIRouter, desk: Desk, office: MenuOffice) -> None:
    @routes.post("/menus/{menu}/publish", dependencies=CHANGES)
    async def publish(
        menu: str, request: Request, user: CurrentUser, text: Text = "", reason: Short = "", seen: Seen = 0,
    ) -> Response:  # fmt: skip
        """For all calls, or, where the form has a `share` in percent, as a challenger; the check's answer where it may
        not."""
        checked = await office.check(menu, text)
        if not checked.passed:
            return await desk.show(request, "_menu_check.html", **told(checked))
        done: Published | None = None
        # An empty share reads as none where it is a parameter: all callers would get what is meant for some.
        share = (await form_sent(request)).get("share")
        try:
            if share is not None:
                await office.start_trial(menu, text, share_of(str(share)), user.login, reason.strip(), seen)
            else:
                done = await office.publish(menu, text, user.login, reason.strip(), seen)
        except (Refused, BadInput) as fault:
            return await desk.show(request, "_menu_check.html", **told(checked) | {"refusal": _reason(fault)})
        if done and done.prompt_faults:
            more = {"prompts": done.prompt_faults, "live": done.version}
            return await desk.show(request, "_menu_check.html", **told(checked) | more)
        return Response(status_code=204, headers={"HX-Redirect": f"/menus/{quote(menu)}"})

    @routes.post("/menus/{menu}/back", dependencies=CHANGES)
    async def back(menu: str, user: CurrentUser, reason: Short = "", seen: Seen = 0) -> RedirectResponse:
        await office.back(menu, user.login, reason.strip(), seen)
        return RedirectResponse(f"/menus/{quote(menu)}", 303)

    @routes.post("/menus/{menu}/trial/end", dependencies=CHANGES)
    async def end(
        menu: str, user: CurrentUser, how: Short = "", reason: Short = "", seen: Seen = 0
    ) -> RedirectResponse:  # fmt: skip
        await office.end_trial(menu, user.login, reason.strip(), take=how == "take", seen=seen)
        return RedirectResponse(f"/menus/{quote(menu)}", 303)


def callers_of(table: Customers) -> dict[str, str]:
    """One number of each tier, to try a draft as its customer."""
    tiers = {each.tier: number for number, each in reversed(list(table.customers.items()))}
    return {number: tier for tier, number in tiers.items()}


def told(checked: Checked) -> dict[str, Any]:
    """For `_menu_check.html`."""
    faults = [file_fault(each) for each in checked.faults]
    return {"passed": checked.passed, "faults": faults, "findings": checked.findings, "refusal": "", "prompts": ()}


def answers_of(text: str) -> dict[str, Answer]:
    """`pin: wrong; web: limit=500 name=王` as steps and what they get."""
    found: dict[str, Answer] = {}
    for part in filter(None, (each.strip() for each in text.replace("；", ";").split(";"))):
        step, colon, given = (each.strip() for each in part.replace("：", ":").partition(":"))
        if not colon or not given:
            raise BadInput(f"{part!r} is no answer", "write for example pin: wrong; web: limit=500")
        pairs = dict(each.split("=", 1) for each in given.split() if "=" in each)
        found[step] = pairs or given
    return found


def refusals_of(text: str) -> dict[str, str]:
    """`cards: full; loans` as queues that take nobody, with the reason; without one they are closed."""
    found: dict[str, str] = {}
    for part in filter(None, (each.strip() for each in text.replace("；", ";").split(";"))):
        queue, _, reason = (each.strip() for each in part.replace("：", ":").partition(":"))
        found[queue] = reason or "closed"
        if found[queue] not in get_args(Refusal):
            raise BadInput(f"there is no reason {reason!r}", f"reasons are: {', '.join(get_args(Refusal))}")
    return found


def share_of(percent: str) -> float:
    try:
        share = float(percent)
    except ValueError:
        share = 0.0
    if not 1 <= share <= 99:
        raise BadInput(f"{percent!r} is no share" if percent else "say for how many calls", "give 1 to 99 percent")
    return share / 100


def _reason(fault: HotlineError) -> str:
    return fault.reason if isinstance(fault, Refused) else str(fault)


async def _day(
    desk: Desk, office: MenuOffice, request: Request, user: User, menu: str, day: str, version: int
) -> dict[str, Any]:
    try:
        span = asked_period(office, day)
    except BadInput:
        span = asked_period(office, "")  # somebody typed in the address bar
    found = await office.figures_of_day(menu, span, version)
    language = desk.language(request, user)
    today = asked_period(office, "").day
    return {
        "menu": menu, "dropped": await office.dropped(menu), "found": found, "day": span.day, "today": today,
        "chosen": version,
        "picture": Markup(draw.draw(found.menu, language, found.use, await office.faulty_steps(found.menu))),
    }  # fmt: skip


async def _trial(office: MenuOffice, menu: str) -> Any:
    try:
        return await office.trial(menu)
    except NotFound:
        return None
