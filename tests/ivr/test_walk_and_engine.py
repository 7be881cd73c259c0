"""What `walk` tells of a flow is what happens to a caller with the same keys in the running engine."""

import asyncio
import tempfile
from pathlib import Path

import httpx
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from ivr.rules import Rules
from ivr.walk import Walk, World, spoken_seconds, walk
from tests.ivr.material import SERVICE, shipped, write_menu
from tests.ivr.test_runner import NUMBER, House, house
from tests.virtual_time import now, virtual_time

KNOWN, STRANGER = "13800000001", "13800000099"
KEYS = st.text("0123456789*#--", max_size=14)
CALLS = st.lists(st.tuples(KEYS, st.sampled_from([KNOWN, STRANGER])), min_size=10, max_size=10)
STEP = 0.2
"""Seconds between two looks at whether the menu waits."""
NOT_LINED = {"outside": "no_outside_line"}


async def steer(home: House, leg: str, keys: str) -> None:
    """Press each key as soon as the menu waits for one; let a question pass for `-`; then be silent."""
    clock = asyncio.get_running_loop().time
    visit = home.runner._visits[leg]
    for key in keys:
        while leg in home.runner._visits and not (visit._timer and visit._timer.when() > clock()):  # noqa: ASYNC110
            await asyncio.sleep(STEP)
        if leg not in home.runner._visits:
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


async def compared(folder: Path, text: str, calls: list[tuple[str, str]]) -> None:
    async with house(folder) as home:
        menu = write_menu(folder, text) if text else shipped()
        rules = home.runner._rules
        rules = Rules({NUMBER: menu}, rules.customers, rules.hours, rules.zone)
        home.runner.use_rules(rules)
        home.runner._service.lookups._transport = httpx.MockTransport(lambda request: httpx.Response(503))
        for each in menu.all_spoken():
            home.pbx.durations[f"/{each.language}/{each.name}"] = spoken_seconds(each.text, each.language)
        for keys, caller in calls:
            seen, queued, finished = len(home.calls.path), len(home.calls.queued), len(home.calls.finished)
            world = World(rules.is_open, rules.customers, {"pin": "wrong"} | (NOT_LINED if text else {}))
            walked = walk(menu, world, keys, rules.started(now(), caller, NUMBER))
            leg = home.pbx.call(caller, NUMBER)
            await asyncio.sleep(0.01)
            await steer(home, leg, keys)
            ends = [queue for _, queue, _, _ in home.calls.queued[queued:]]
            ends += [outcome for _, outcome, _ in home.calls.finished[finished:]]
            assert (home.calls.path[seen:], ends) == (told(walked)[0], [told(walked)[1]]), (keys, caller)
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
            await compared(Path(folder), text, calls)

    run()
