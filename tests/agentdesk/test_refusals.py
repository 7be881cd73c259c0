"""Why the API does not do what somebody asks is told in his language, whatever refuses it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from fastapi import HTTPException

from acd.agent_state import WISHES, AgentState, refusal
from core.settings import ROOT
from tests.agentdesk.conftest import House, Visitor, enter
from tests.agentdesk.test_faults import RAISED, chinese, left_in_english, raised_in, untold

PARTS = ("acd", "accounts", "tickets", "knowledge", "ivr/messages", "recordings/listening", "agentdesk/pages")
AT_STARTS = {"queues", "policies", "call", "live", "calls", "outside", "access"}
"""What these raise is told where the centre starts, or to who writes programs."""
DIAGNOSED = RAISED | {"SwitchError", "LinkLost", "LegGone"}


def asked_of(part: str) -> list[Path]:
    paths = sorted((ROOT / part).rglob("*.py"))
    return [path for path in paths if path.stem not in AT_STARTS and "simulation" not in path.parts]


def pairs_in(path: Path) -> Iterator[str]:
    """Reason and words together, as the pure modules give them."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Return(
                value=ast.Tuple(elts=[ast.Constant(value=str() as reason), ast.Constant() | ast.JoinedStr() as words])
            ):
                if re.fullmatch(r"[a-z_]+", reason):
                    yield said_by(words)


def said_by(words: ast.expr) -> str:
    parts = words.values if isinstance(words, ast.JoinedStr) else [words]
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "x1" for part in parts)


@pytest.mark.parametrize("part", PARTS)
def test_whatever_refuses_a_request_has_chinese_words(part: str) -> None:
    found = {each for path in asked_of(part) for each in raised_in(path, DIAGNOSED)}
    assert found
    assert untold(found) == {}


def test_rules_that_give_reason_and_words_have_chinese_ones() -> None:
    said = {each for path in asked_of("acd") for each in pairs_in(path)}
    assert len(said) > 6
    assert {each: left for each in said if (left := left_in_english(each))} == {}


@pytest.mark.parametrize("state", AgentState)
def test_why_a_state_cannot_be_chosen_is_told_with_the_words_of_states(state: AgentState) -> None:
    told = [refused.problem for move in WISHES.values() if (refused := refusal(state, move))]
    assert [each for each in told if re.search("[A-Za-z]", chinese(each))] == []


def english_in(answer: httpx.Response) -> list[str]:
    """What it says to people that has no Chinese."""
    detail = answer.json()["detail"]
    said = [each["msg"] for each in detail] if isinstance(detail, list) else [detail]
    said = [each["problem"] if isinstance(each, dict) else each for each in said]
    return [each for each in said if not re.search("[㐀-鿿]", each)]


async def test_reason_and_problem_are_told_in_the_askers_language_and_the_reason_stays(
    house: House, web: Visitor
) -> None:
    @house.app.get("/api/refused")
    async def refuses() -> None:
        detail = {"reason": "already_held", "problem": "the caller is on hold already", "states": ["ready"]}
        raise HTTPException(409, detail)

    await enter(web, "agent")
    told = (await web.get("/api/refused")).json()["detail"]
    assert told == {"reason": "already_held", "problem": "来电者已在保持中", "states": ["ready"]}


SAME_SITE = {"sec-fetch-site": "same-origin"}
BROKEN = {"content": "{", "headers": SAME_SITE | {"content-type": "application/json"}}


async def test_what_is_wrong_with_a_request_is_told_in_the_askers_language(web: Visitor) -> None:
    await enter(web, "admin")
    answers = [
        await web.post("/api/settings/queues/check", **BROKEN),  # type: ignore[arg-type]
        await web.post("/api/settings/queues/publish", json={"text": 1, "reason": "x" * 401}, headers=SAME_SITE),
        await web.get("/api/people/nobody/none"),
        await web.get("/api/shifts?day=2026-02-30"),
        await web.get("/api/shifts?day=1850-01-01"),
        await web.get("/api/settings/nothing"),
        await web.get("/api/knowledge/nothing.zh"),
        await web.post("/api/settings/queues/check", json={"text": ""}, headers={"origin": "http://evil.test"}),
    ]
    assert {str(each.request.url): said for each in answers if (said := english_in(each))} == {}
    assert answers[-1].status_code == 403


@pytest.mark.parametrize(
    ("path", "text"),
    [("settings/queues", "queues: ["), ("settings/breaks", "wrong: 1"), ("knowledge/lost-card.zh", "x"),
     ("menus/main", "start: ["), ("menus/main", "start: nowhere\nsteps: {}")],
)  # fmt: skip
async def test_a_check_tells_what_is_wrong_in_the_askers_language(web: Visitor, path: str, text: str) -> None:
    await enter(web, "admin")
    found = (await web.post(f"/api/{path}/check", json={"text": text}, headers=SAME_SITE)).json()
    said = found.get("fault") or " ".join(each["what"] for each in found["faults"])
    assert not found["passed"]
    assert re.search("[㐀-鿿]", said), said


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("PATCH", "people/li.na", {"name": "中文\r\nX-Evil: 1"}),
        ("PATCH", "people/li.na", {"team": "\0"}),
        ("POST", "notices", {"text": "a\0b"}),
        ("POST", "campaigns", {"name": "秋\n季", "queue": "cards"}),
        ("POST", "settings/queues/publish", {"text": "queues: {}", "reason": "a\nb"}),
        ("POST", "settings/queues/publish", {"text": "queues: \0", "reason": "a"}),
    ],
)  # fmt: skip
async def test_control_characters_are_stored_nowhere(web: Visitor, method: str, path: str, body: object) -> None:
    await enter(web, "admin")
    answer = await web.request(method, f"/api/{path}", json=body, headers=SAME_SITE)
    assert answer.status_code in (409, 422), answer.text
    assert "控制字符" in answer.text


async def test_a_reason_for_playing_is_one_line(web: Visitor) -> None:
    await enter(web, "quality")
    answer = await web.post("/api/recordings/any/playings", json={"reason": "a\nartist=x"}, headers=SAME_SITE)
    assert (answer.status_code, "控制字符" in answer.text) == (422, True)
