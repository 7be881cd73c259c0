"""What `walk` tells of a flow is what happens to a caller with the same keys in the running engine."""

import asyncio
import itertools
import tempfile
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ivr.menus import LoadedMenu
from ivr.refusing import reasons
from ivr.rules import Rules
from ivr.schema import Flow, Transfer, Verify
from ivr.walk import Walk, World, spoken_seconds, walk
from tests.ivr.material import SERVICE, shipped, write_menu
from tests.ivr.test_any_flow import flows
from tests.ivr.test_runner import NUMBER, House, house
from tests.virtual_time import now, virtual_time

KNOWN, STRANGER = "13800000001", "13800000099"
KEYS = st.text("0123456789*#--", max_size=14)
CALLS = st.lists(st.tuples(KEYS, st.sampled_from([KNOWN, STRANGER])), min_size=10, max_size=10)
STEP = 0.2
"""Seconds between two looks at whether the menu waits."""


async def steer(home: House, leg: str, keys: str) -> None:
    """Press each key as soon as the menu waits for one; let a question pass for `-`; then be silent."""
    clock = asyncio.get_running_loop().time
    visit = home.runner._visits.get(leg)
    for key in keys:
        while visit and leg in home.runner._visits and not (visit._timer and visit._timer.when() > clock()):  # noqa: ASYNC110
            await asyncio.sleep(STEP)
        if not visit or leg not in home.runner._visits:
            return
        if key != "-":
            home.pbx.press(leg, key)
            await asyncio.sleep(0.1)
            continue
        waited = visit._timer
        if waited:
            await asyncio.sleep(waited.when() - clock() + STEP)
    while leg in home.runner._visits:  # noqa: ASYNC110
        await asyncio.sleep(1)


def told(walked: Walk) -> tuple[list[tuple[str, str]], str]:
    """The path with its keys, and the queue at its end, or the outcome."""
    steps = [line.text.removesuffix(")").partition(" (after ") for line in walked.lines if line.kind == "step"]
    return [(step, keys) for step, _, keys in steps], walked.end.queue or walked.end.outcome


def heard(walked: Walk) -> str:
    return "".join(line.text for line in walked.lines if line.kind == "hears").replace(" ", "")


def world_of(menu: LoadedMenu, rules: Rules, refused: frozenset[str]) -> World:
    """Nobody knows his PIN, services fail, and there is no line out."""
    answers = {
        name: "wrong" if isinstance(step, Verify) else "no_outside_line"
        for name, step in menu.flow.steps.items()
        if isinstance(step, Verify | Transfer)
    }
    return World(rules.is_open, rules.customers, answers, reasons(refused))


async def compared(home: House, menu: LoadedMenu, calls: list[tuple[str, str]], refused: frozenset[str]) -> None:
    """What each caller hears, his way and his end, played as text and on the switch."""
    rules = home.runner._rules
    rules = Rules({NUMBER: menu}, rules.customers, rules.hours, rules.zone)
    home.runner.use_rules(rules)
    home.runner._service.lookups._transport = httpx.MockTransport(lambda request: httpx.Response(503))
    home.calls.refused = set(refused)
    texts = {f"/{each.language}/{each.name}": each.text for each in menu.all_spoken()}
    for each in menu.all_spoken():
        home.pbx.durations[f"/{each.language}/{each.name}"] = spoken_seconds(each.text, each.language)
    for keys, caller in calls:
        seen, queued, finished = len(home.calls.path), len(home.calls.queued), len(home.calls.finished)
        begun = len(home.pbx.heard)
        walked = walk(menu, world_of(menu, rules, refused), keys, rules.started(now(), caller, NUMBER))
        leg = home.pbx.call(caller, NUMBER)
        await asyncio.sleep(0.01)
        await steer(home, leg, keys)
        ends = [queue for _, queue, _, _ in home.calls.queued[queued:]]
        ends += [outcome for _, outcome, _ in home.calls.finished[finished:]]
        assert (home.calls.path[seen:], ends) == (told(walked)[0], [told(walked)[1]]), (keys, caller)
        said = "".join(texts[sound] for _, sound in home.pbx.heard[begun:])
        assert said.replace(" ", "") == heard(walked), (keys, caller)
        if leg in home.pbx.live:
            home.pbx.hang_up(leg)
        await asyncio.sleep(3600 * 24)  # no secret stays locked


@pytest.mark.parametrize("text", ["", SERVICE])
@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(calls=CALLS)
def test_the_same_keys_give_the_same_path_in_walk_and_in_the_engine(text: str, calls: list[tuple[str, str]]) -> None:
    @virtual_time
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with house(Path(folder)) as home:
                menu = write_menu(Path(folder), text) if text else shipped()
                await compared(home, menu, calls, frozenset())

    run()


def told_apart(menu: LoadedMenu) -> LoadedMenu:
    """Each prompt in words of its own."""
    count = itertools.count(10)

    def anew(part: Any) -> Any:
        match part:
            case {"zh": "话"}:
                number = next(count)
                return {"zh": f"话{number}", "en": f"words {number}"}
            case dict():
                return {key: anew(each) for key, each in part.items()}
            case list() | tuple():
                return [anew(each) for each in part]
        return part

    flow = Flow.model_validate(anew(menu.flow.model_dump(by_alias=True)))
    return LoadedMenu("any", Path("any.yaml"), flow)


CALLERS = st.lists(st.tuples(KEYS, st.sampled_from([KNOWN, STRANGER])), min_size=3, max_size=3)
REFUSED = st.sampled_from([frozenset[str](), frozenset({"general"}), frozenset({"general", "cards"})])
ANY_CALL = st.tuples(flows(), CALLERS, REFUSED)


@settings(max_examples=2, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(ANY_CALL, min_size=10, max_size=10))
def test_callers_of_any_flow_hear_in_the_engine_what_walk_says(
    calls: list[tuple[LoadedMenu, list[tuple[str, str]], frozenset[str]]],
) -> None:
    @virtual_time
    async def run() -> None:
        with tempfile.TemporaryDirectory() as folder:
            async with house(Path(folder)) as home:
                for menu, callers, refused in calls:
                    await compared(home, told_apart(menu), callers, refused)

    run()
