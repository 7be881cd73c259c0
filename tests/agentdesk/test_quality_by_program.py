"""The quality office by program: every deed with a bearer token, under the same rules as on the pages."""

from typing import Any

import httpx
import pytest
from sqlalchemy import delete, update

from accounts.access import Role
from accounts.models import ApiToken, Person
from accounts.tokens import fingerprint
from agentdesk.roles import rights_of
from qa.models import ScoreRow
from tests.agentdesk.cast import ROLES, SOUND, TALK
from tests.agentdesk.conftest import House, Visitor

AGENT, BOSS, ZHOU, HE, ADMIN = "li.na", "sun.li", "zhou.yan", "he.jing", "admin"
PACK = "/quality/forms/zh-telecom"


class Program:
    """Asks as the person named first; a token for everybody is in the database."""

    def __init__(self, web: Visitor) -> None:
        self._web = web

    async def __call__(self, who: str, method: str, path: str, **body: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {who}"}
        return await self._web.request(method, f"/api{path}", json=body or None, headers=headers)

    async def told(self, who: str, method: str, path: str, **body: Any) -> Any:
        answer = await self(who, method, path, **body)
        assert answer.status_code < 300, answer.text
        return answer.json() if answer.content else None

    async def refused(self, who: str, method: str, path: str, **body: Any) -> tuple[int, str]:
        """Status, and the refusal's code or what is said."""
        answer = await self(who, method, path, **body)
        return answer.status_code, answer.json().get("reason") or answer.json()["detail"]


@pytest.fixture
async def ask(web: Visitor, house: House) -> Program:
    async with house.db.transaction() as tx:
        for login in (AGENT, "wang.wei", BOSS, ZHOU, HE, ADMIN):
            tx.session.add(ApiToken(token_hash=fingerprint(login), login=login, created_at=0.0))
    return Program(web)


async def _settled(ask: Program, who: str, place: str, rows: list[str]) -> Any:
    for row in rows:
        await ask.told(who, "PUT", f"{place}/rows/{row}", verdict="pass")
    return await ask.told(who, "POST", f"{place}/finish")


async def _finished(ask: Program) -> str:
    """The id of Zhou's review that is with the agent."""
    review = await ask.told(ZHOU, "POST", f"/quality/recordings/{SOUND}/review", why="veto")
    await _settled(ask, ZHOU, f"/quality/reviews/{review['id']}", review["form"]["unsettled"])
    return str(review["id"])


def _row(form: Any, row: str) -> Any:
    return next(each for section in form["sections"] for each in section["rows"] if each["id"] == row)


async def test_a_review_lives_from_the_inbox_to_the_answered_appeal(ask: Program) -> None:
    inbox = await ask.told(ZHOU, "GET", "/quality")
    assert [(each["recording"], each["why"]) for each in inbox["due"]] == [(SOUND, "veto")]
    review = await ask.told(ZHOU, "POST", f"/quality/recordings/{SOUND}/review", why="veto")
    assert (review["state"], review["reviewer"], review["edits"]) == ("open", ZHOU, True)
    assert _row(review["form"], "A2")["evidence"][0]["text"]
    assert (await ask.told(BOSS, "GET", "/quality"))["open"][0]["id"] == review["id"]
    place = f"/quality/reviews/{review['id']}"
    assert await ask.refused(ZHOU, "POST", f"{place}/finish") == (409, "undecided_rows")
    assert await ask.refused(BOSS, "PUT", f"{place}/rows/A2", verdict="pass", reason="x") == (409, "other_reviewer")
    await _settled(ask, ZHOU, place, review["form"]["unsettled"])
    await ask.told(ZHOU, "POST", f"{place}/notes", text="下次请主动核实", moment=13.0)
    mine = await ask.told(AGENT, "GET", "/my-quality")
    assert (mine["to_answer"], mine["unread"], mine["reviews"][0]["id"]) == (1, 1, review["id"])
    await ask.told(AGENT, "POST", f"/my-quality/notes/{mine['notes'][0]['id']}/read")
    appealed = await ask.told(AGENT, "POST", f"/my-quality/{review['id']}/appeal", text="工单已经建了")
    assert (appealed["state"], appealed["appeal"]["text"]) == ("appealed", "工单已经建了")
    waiting = (await ask.told(BOSS, "GET", "/quality"))["appeals"]
    assert [(each["text"], each["review"]["id"]) for each in waiting] == [("工单已经建了", review["id"])]
    assert await ask.refused(ZHOU, "POST", f"{place}/decide", answer="不") == (409, "own_review")
    proposed = await ask.told(BOSS, "PUT", f"{place}/rows/F1", verdict="pass", reason="确有工单")
    assert (proposed["decides"], _row(proposed["form"], "F1")["verdict"]) == (True, "pass")
    assert _row((await ask.told(AGENT, "GET", f"/my-quality/{review['id']}"))["form"], "F1")["verdict"] == "fail"
    decided = await ask.told(BOSS, "POST", f"{place}/decide", answer="F1 改判")
    assert (decided["state"], decided["appeal"]["decision"]) == ("decided", "changed")
    assert decided["score"] > decided["machine_score"]
    done = await ask.told(AGENT, "POST", f"/my-quality/{review['id']}/acknowledge")
    assert (done["state"], [each["what"] for each in done["history"]][-1]) == ("acknowledged", "acknowledged")
    assert "opened" not in [each["what"] for each in done["history"]]


async def test_an_agent_reaches_finished_reviews_of_the_own_calls_and_nothing_else(ask: Program, house: House) -> None:
    review = (await ask.told(ZHOU, "POST", f"/quality/recordings/{SOUND}/review"))["id"]
    assert (await ask(AGENT, "GET", f"/my-quality/{review}")).status_code == 404
    await _finished(ask)
    assert (await ask(AGENT, "GET", f"/my-quality/{review}")).status_code == 200
    note = (await ask.told(ZHOU, "POST", f"/quality/reviews/{review}/notes", text="x"))["notes"][0]["id"]
    known, unknown = [await ask("wang.wei", "GET", f"/my-quality/{each}") for each in (review, "0" * 22)]
    assert (known.status_code, known.json()) == (unknown.status_code, unknown.json()) == (404, known.json())
    for deed in ("acknowledge", "appeal"):
        assert (await ask("wang.wei", "POST", f"/my-quality/{review}/{deed}", text="x")).status_code == 404
    assert (await ask("wang.wei", "POST", f"/my-quality/notes/{note}/read")).status_code == 404
    assert (await ask.told("wang.wei", "GET", "/my-quality"))["reviews"] == []
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Person).where(Person.login == AGENT).values(number=""))
    assert (await ask.told(AGENT, "GET", "/my-quality"))["reviews"] == []
    assert (await ask(AGENT, "GET", f"/my-quality/{review}")).status_code == 404


@pytest.mark.parametrize("role", list(Role))
async def test_every_route_of_the_office_lets_in_the_roles_it_names_only(
    ask: Program, house: House, role: Role
) -> None:
    routes = [each for each in rights_of(house.app) if each.path.startswith(("/api/quality", "/api/my-quality"))]
    assert len(routes) > 30
    for route in routes:
        answer = await ask(ROLES[role], route.method, route.path.removeprefix("/api"))
        assert (answer.status_code == 403) == (role not in (route.roles or ())), f"{route}: {answer.status_code}"


async def test_two_mark_blind_and_see_nothing_of_the_machine_or_each_other(ask: Program) -> None:
    form = await ask.told(ZHOU, "POST", f"/quality/recordings/{SOUND}/blind")
    assert {row["verdict"] for row in form["rows"]} == {None}
    assert form["unsettled"] == [row["id"] for row in form["rows"]]
    place = f"/quality/blind/{form['id']}"
    for deed, path in (("GET", ""), ("PUT", "/rows/A1"), ("POST", "/finish")):
        assert (await ask(BOSS, deed, place + path, verdict="pass")).status_code == 404
    for who in (ZHOU, BOSS):
        assert (await ask(who, "GET", f"/calls/{TALK}/score")).status_code == 404
        assert await ask.refused(who, "POST", f"/quality/recordings/{SOUND}/review") == (409, "blind_first")
        assert SOUND not in [each["recording"] for each in (await ask.told(who, "GET", "/quality"))["due"]]
    handed_in = await _settled(ask, ZHOU, place, form["unsettled"])
    assert (handed_in["edits"], handed_in["unsettled"]) == (False, [])
    second = await ask.told(BOSS, "POST", f"/quality/recordings/{SOUND}/blind")
    await _settled(ask, BOSS, f"/quality/blind/{second['id']}", second["unsettled"])
    found = await ask.told(HE, "GET", "/quality/reviews?state=finished")
    assert [(each["recording"], each["why"], each["reviewer"]) for each in found] == [(SOUND, "sample", BOSS)]


@pytest.mark.parametrize("query", ["mark=veto", "mark=scored", "below=100"])
async def test_nobody_finds_out_by_searching_how_a_call_that_is_marked_blind_was_scored(
    ask: Program, query: str
) -> None:
    async def found(who: str, asked: str) -> bool:
        return TALK in [each["id"] for each in (await ask.told(who, "GET", f"/call-search?{asked}"))["rows"]]

    people = (ZHOU, BOSS, ADMIN, AGENT)
    assert [await found(who, query) for who in people] == [True] * 4
    await ask.told(ZHOU, "POST", f"/quality/recordings/{SOUND}/blind")
    assert [await found(who, query) for who in people] == [False, False, False, True]
    assert not await found(ZHOU, "mark=unscored")
    assert await found(ZHOU, "tier=gold")


async def test_a_session_tells_verdicts_once_it_is_closed_and_only_its_people(ask: Program) -> None:
    reviewed = (await ask.told(HE, "POST", f"/quality/recordings/{SOUND}/review"))["id"]
    offered = await ask.told(BOSS, "GET", "/quality/calibrations")
    assert set(offered["calls"][0]) == {"recording", "call", "agent", "scored_at"}
    wanted: dict[str, Any] = {"title": "十一月", "recordings": [SOUND], "invited": [ZHOU, BOSS]}
    stranger = await ask.refused(BOSS, "POST", "/quality/calibrations", **{**wanted, "invited": [ZHOU, AGENT]})
    assert stranger == (409, "not_of_office")
    session = await ask.told(BOSS, "POST", "/quality/calibrations", **wanted)
    place = f"/quality/calibrations/{session['id']}"
    assert (await ask(HE, "GET", place)).status_code == 404
    assert (await ask(HE, "POST", f"{place}/recordings/{SOUND}")).status_code == 404
    assert await ask.refused(ZHOU, "GET", f"/quality/reviews/{reviewed}") == (409, "blind_first")
    assert await ask.told(ZHOU, "GET", "/quality/reviews") == []
    assert (await ask.told(ZHOU, "GET", "/quality"))["open"] == []
    for who in (ZHOU, BOSS):
        form = await ask.told(who, "POST", f"{place}/recordings/{SOUND}")
        await _settled(ask, who, f"/quality/blind/{form['id']}", form["unsettled"])
    open_still = await ask.told(ZHOU, "GET", place)
    assert (open_still["calls"][0]["score"], open_still["calls"][0]["matrix"]) == (None, [])
    assert (open_still["closes"], open_still["calls"][0]["done"]) == (False, [ZHOU, BOSS])
    assert await ask.refused(ZHOU, "POST", f"{place}/close") == (409, "not_yours")
    closed = await ask.told(BOSS, "POST", f"{place}/close")
    assert closed["judges"] == ["", BOSS, ZHOU]
    row = next(each for each in closed["calls"][0]["matrix"] if each["row"] == "A2")
    assert row["verdicts"] == ["fail", "pass", "pass"]
    assert (await ask.told(ZHOU, "PUT", f"{place}/note", note="A2 从严"))["note"] == "A2 从严"


async def test_plans_are_changed_by_leads_and_one_step_back_undoes_it(ask: Program, house: House) -> None:
    plan = (await ask.told(HE, "GET", "/quality/plans"))["plan"]
    changed = {**plan, "low_score": 50}
    assert await ask.refused(HE, "PUT", "/quality/plans", plan=changed, reason="x") == (409, "not_lead")
    assert await ask.refused(ZHOU, "PUT", "/quality/plans", plan=changed) == (409, "reason_missing")
    for low in (50, 45):
        told = await ask.told(ZHOU, "PUT", "/quality/plans", plan={**plan, "low_score": low}, reason=f"{low}")
    assert (told["plan"]["low_score"], told["versions"][0]["reason"]) == (45, "45")
    nowhere = {**plan, "draws": [{"name": "x", "of": "queue", "only": ["nowhere"], "count": 1}]}
    assert await ask.refused(ZHOU, "PUT", "/quality/plans", plan=nowhere, reason="x") == (409, "plan_unknown")
    back = await ask.told(BOSS, "POST", "/quality/plans/back", reason="降多了")
    assert (back["plan"]["low_score"], back["versions"][0]["restores"]) == (50, 1)
    twice = [{"name": "x", "count": 1}, {"name": "x", "count": 2}]
    unfit = await ask(ZHOU, "PUT", "/quality/plans", plan={"draws": twice}, reason="x")
    assert (unfit.status_code, unfit.json()["detail"][0]["msg"]) == (422, "有两个计划同名")


async def test_a_pack_is_changed_tried_published_and_put_back(ask: Program) -> None:
    work = await ask.told(HE, "GET", PACK)
    change = {"values": {"weight.A7": "5", "weight.C1": "1"}, "seen": work["seen"]}
    assert await ask.refused(HE, "PUT", f"{PACK}/values", **change) == (409, "not_lead")
    draft = await ask.told(ZHOU, "PUT", f"{PACK}/values", **change)
    assert next(row["weight"] for row in draft["rows"] if row["id"] == "A7") == 5
    assert await ask.refused(ZHOU, "PUT", f"{PACK}/values", **change) == (409, "draft_moved")
    assert await ask.refused(ZHOU, "POST", f"{PACK}/publish", reason="x") == (409, "not_tried")
    tried = await ask.told(ZHOU, "POST", f"{PACK}/trial")
    while tried["running"]:
        tried = await ask.told(ZHOU, "GET", PACK)
    assert tried["tried"]["passed"]
    live = await ask.told(ZHOU, "POST", f"{PACK}/publish", reason="语速更重要")
    assert (live["draft"], live["live"]["reason"]) == (None, "语速更重要")
    listed = {each["pack"]: each for each in await ask.told(HE, "GET", "/quality/forms")}
    assert listed["zh-telecom"]["live"]["number"] == 1
    assert "weight: 5" in (await ask(HE, "GET", f"{PACK}/versions/1")).text
    assert await ask.refused(ZHOU, "POST", f"{PACK}/back", reason="x") == (409, "no_former")


async def test_a_broken_text_is_kept_with_its_fault_in_the_askers_language_and_dropped(
    ask: Program, house: House
) -> None:
    work = await ask.told(ZHOU, "GET", PACK)
    broken = await ask.told(ZHOU, "PUT", f"{PACK}/text", text="pack: x\n  y: z\n", seen=work["seen"])
    assert broken["fault"].startswith("zh-telecom.yaml:2: 不是有效的 YAML: ")
    assert broken["rows"] == []
    assert await ask.refused(ZHOU, "PUT", f"{PACK}/values", values={}, seen=broken["seen"]) == (409, "draft_broken")
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Person).where(Person.login == ZHOU).values(locale="en"))
    assert "not valid YAML" in (await ask.told(ZHOU, "GET", PACK))["fault"]
    assert (await ask.told(ZHOU, "POST", f"{PACK}/drop"))["draft"] is None


@pytest.mark.parametrize(("locale", "detail"), [("zh", "请先判定：C"), ("en", "decide first: C")])
async def test_refusals_are_told_in_the_language_of_whoever_asks(
    ask: Program, house: House, locale: str, detail: str
) -> None:
    async with house.db.transaction() as tx:
        await tx.session.execute(update(Person).where(Person.login == ZHOU).values(locale=locale))
    review = (await ask.told(ZHOU, "POST", f"/quality/recordings/{SOUND}/review"))["id"]
    answer = (await ask(ZHOU, "POST", f"/quality/reviews/{review}/finish")).json()
    assert (answer["reason"], answer["detail"][: len(detail)]) == ("undecided_rows", detail)


async def test_figures_and_key_figures_are_those_of_the_pages(ask: Program, house: House) -> None:
    async with house.db.transaction() as tx:
        await tx.session.execute(update(ScoreRow).values(score=82.5, veto=[]))
    sheet = await ask.told(HE, "GET", "/quality/kpi")
    line = next(each for each in sheet["agents"] if each["name"] == "8001")
    assert (line["called"], {each["measure"]: each["value"] for each in line["results"]}["score"]) == ("李娜", 82.5)
    assert (await ask.told(HE, "GET", "/quality/kpi?day=2001-03-05"))["first"] == "2001-03-01"
    found = await ask.told(HE, "GET", "/quality/figures")
    assert (found["agents"]["8001"]["mean"], found["total"]["calls"]) == (82.5, 1)
    assert next(each for each in found["rules"] if each["rule"] == "A2")["failed"] == 1
    assert (await ask.told(HE, "GET", "/quality/figures?agent=8003"))["total"] is None


async def test_a_call_drawn_for_two_tells_nothing_of_its_score_before_it_is_marked(ask: Program, house: House) -> None:
    async with house.db.transaction() as tx:
        await tx.session.execute(update(ScoreRow).values(score=90.0, veto=[], vetoed=False, doubts=0, anger=[]))
    plan = (await ask.told(ZHOU, "GET", "/quality/plans"))["plan"]
    await ask.told(ZHOU, "PUT", "/quality/plans", plan={**plan, "double_blind": 1}, reason="all of them")
    [drawn] = (await ask.told(HE, "GET", "/quality"))["due"]
    assert (drawn["recording"], drawn["why"], drawn["double"]) == (SOUND, "sample", True)
    assert (drawn["score"], drawn["veto"], drawn["doubts"]) == (None, [], 0)


async def test_looking_by_program_is_in_the_audit_trail_and_a_token_withdrawn_ends_it(
    ask: Program, house: House
) -> None:
    review = await _finished(ask)
    await ask.told(HE, "GET", f"/quality/reviews/{review}")
    history = [each["what"] for each in (await ask.told(HE, "GET", f"/quality/reviews/{review}"))["history"]]
    assert (history[0], history[-1]) == ("opened", "finished")
    async with house.db.transaction() as tx:
        await tx.session.execute(delete(ApiToken).where(ApiToken.login == HE))
    assert (await ask(HE, "GET", f"/quality/reviews/{review}")).status_code == 401


async def test_every_route_of_the_office_is_described(house: House) -> None:
    described = house.app.openapi()
    routes = {(path, method): deed for path, deeds in described["paths"].items() for method, deed in deeds.items()
              if path.startswith(("/api/quality", "/api/my-quality"))}  # fmt: skip
    assert [place for place, deed in routes.items() if not (deed.get("summary") and deed.get("description"))] == []
    for place, deed in routes.items():
        assert {"404", "409"} <= deed["responses"].keys(), place
        content = next(each for code, each in deed["responses"].items() if code.startswith("2")).get("content", {})
        assert "schema" in content.get("application/json", {"schema": 1}), place
