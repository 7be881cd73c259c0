"""A day of waiting, of breaks and of shifts, in a whole centre with real telephones: what is told, who is spared."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

from tests.app.test_days import (
    CHINESE,
    COMPLAINTS,
    DIAMOND,
    DROPPED,
    LATE,
    PERSON,
    agent,
    back,
    becomes,
    call,
    comes_to,
    kinds,
    pause,
    story,
    talks,
    telephone,
    waits,
)  # fmt: skip
from tests.app.test_led_days import CARDS, SECOND, THIRD, refused_for
from tests.app.test_survival import dial
from tests.centre import RunningCentre, open_at_night, running_centre, until

pytestmark = pytest.mark.real

TOO_LONG = 200
"""Seconds: two callers' talks, while one agent alone is at work; of one a caller may wait for the end."""
READY_BEFORE = 180
SITE = ZoneInfo("Asia/Shanghai")


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[RunningCentre]:
    async with running_centre(with_rules(tmp_path / "config")) as centre:
        yield centre


def with_rules(folder: Path) -> Path:
    """The shipped site; callers are told something every few seconds, complainers do not wait for long, and one agent
    of a group must stay free."""
    open_at_night(folder)
    yaml = YAML()
    rules = yaml.load(folder / "queues.yaml")
    queues = rules["queues"]
    for queue in queues.values():
        queue |= {"wrap_up": 1}
    queues["general"] |= {"announce": {"first": 1, "every": 3}}
    queues["complaints"] |= {"entry": {"longest_expected": TOO_LONG}}
    yaml.dump(rules, folder / "queues.yaml")
    pauses = yaml.load(folder / "breaks.yaml")
    pauses["free_agents"] = 1
    yaml.dump(pauses, folder / "breaks.yaml")
    return folder


async def test_what_a_waiting_caller_is_told_never_grows_and_nobody_begins_to_wait_for_too_long(
    centre: RunningCentre,
) -> None:
    async with telephone(centre, "8002"):
        await centre.ready_agent("8002")
        busy = await dial(centre, DROPPED)
        busy.press(CHINESE + PERSON)
        await talks(centre, DROPPED, "8002")

        first, second = await waits(centre, LATE, PERSON), await waits(centre, SECOND, PERSON)
        await until(lambda: _is_told(centre, SECOND, 2), 15, "the second is told that one waits before him")
        await until(lambda: _hears_words(centre, SECOND), 15, "he hears it")
        diamond = await waits(centre, DIAMOND, PERSON)
        await until(lambda: _is_told(centre, DIAMOND, 1), 15, "the highest tier is told to be next")
        before = len(await _told(centre, SECOND))
        await until(lambda: _is_told_more(centre, SECOND, before), 15, "the second is told again")
        diamond.hang_up()
        first.hang_up()
        await until(lambda: _is_told(centre, SECOND, 1), 15, "the second is told to be next")
        places, minutes = zip(*await _told(centre, SECOND), strict=True)
        assert list(places) == sorted(places, reverse=True)
        assert list(minutes) == sorted(minutes, reverse=True)

        # One may wait for the end of a talk, another after him would wait for too long.
        one = await waits(centre, LATE, COMPLAINTS)
        other = await dial(centre, THIRD)
        other.press(CHINESE + COMPLAINTS)
        await until(lambda: refused_for(centre, THIRD, "wait_too_long"), 15, "nobody begins to wait for so long")
        for each in (one, other, second, busy):
            each.hang_up()


async def test_breaks_begin_one_after_the_other_and_who_keeps_his_shift_is_counted(centre: RunningCentre) -> None:
    """8001, 8002 and 8004 have cards; nobody else is there."""
    logins = {"8001": "li.na", "8002": "wang.wei", "8004": "chen.jie"}
    now = datetime.now(SITE)
    begun, ends = now - timedelta(minutes=30), now + timedelta(minutes=30)
    shift = {"start": f"{begun:%H:%M}", "end": f"{ends:%H:%M}"}
    await centre.put(f"/api/shifts/{begun:%Y-%m-%d}/8001", {"shifts": [shift]})
    async with telephone(centre, "8001"), telephone(centre, "8002"), telephone(centre, "8004"):
        for number in logins:
            await centre.ready_agent(number)
        for number in ("8001", "8002"):
            await centre.put(f"/api/agents/{number}/state", {"state": "short-break"}, logins[number])
            assert (await agent(centre, number))[0] == "short-break"
        with pytest.raises(AssertionError, match="few_free"):
            await centre.put("/api/agents/8004/state", {"state": "short-break"}, logins["8004"])

        # The last one is rung for whoever comes, and a break wished for in his talk begins when others are back.
        caller = await dial(centre, LATE)
        caller.press(CHINESE + CARDS)
        await talks(centre, LATE, "8004")
        caller.hang_up()
        await becomes(centre, "8004", "ready")
        await centre.put("/api/agents/8001/state", {"state": "ready"}, logins["8001"])
        await centre.put("/api/agents/8004/state", {"state": "meal"}, logins["8004"])
        assert (await agent(centre, "8004"))[0] == "meal"

    found = {each["agent"]: each for each in (await centre.get(f"/api/shifts?day={begun:%Y-%m-%d}"))["agents"]}
    kept = found["8001"]
    assert kept["shifts"][0]["end_at"] - kept["shifts"][0]["start_at"] == 3600
    assert kept["kept"] > 0
    assert kept["late"] + kept["kept"] == pytest.approx(kept["planned"] + READY_BEFORE, abs=5)
    assert kept["adherence"] == pytest.approx(kept["kept"] / kept["planned"])


async def test_a_caller_is_sent_on_to_another_queue_and_back_to_the_menu(centre: RunningCentre) -> None:
    """8002 takes complaints and cards, 8001 cards."""
    async with telephone(centre, "8001"), telephone(centre, "8002"):
        await centre.ready_agent("8001")
        caller = await dial(centre, LATE)
        caller.press(CHINESE + CARDS)
        await talks(centre, LATE, "8001")
        talk = (await call(centre, LATE))["id"]
        await centre.put("/api/agents/8002/state", {"state": "not-ready"})
        await centre.post(f"/api/calls/{talk}/transfer", {"queue": "complaints"}, "li.na")
        await comes_to(centre, LATE, "waiting")
        await becomes(centre, "8001", "ready")
        await back(centre, "8002")
        await talks(centre, LATE, "8002")

        with pytest.raises(AssertionError, match="unknown_step"):
            await centre.post(f"/api/calls/{talk}/transfer", {"step": "nowhere"}, "wang.wei")
        await centre.post(f"/api/calls/{talk}/transfer", {"step": "main"}, "wang.wei")
        await comes_to(centre, LATE, "after")
        await pause(centre, "8002")
        caller.press(CARDS)
        await talks(centre, LATE, "8001")
        assert (await call(centre, LATE))["id"] == talk
        assert (await kinds(centre, LATE)).count("connected") == 3
        caller.hang_up()
        await pause(centre, "8001")


async def _told(centre: RunningCentre, number: str) -> list[tuple[int, int]]:
    """Place and minutes, each time."""
    said = [each["data"] for each in await story(centre, number) if each["kind"] == "announced"]
    return [(each["place"], each["minutes"]) for each in said]


async def _is_told(centre: RunningCentre, number: str, place: int) -> bool:
    return place in [said for said, _ in await _told(centre, number)]


async def _is_told_more(centre: RunningCentre, number: str, before: int) -> bool:
    return len(await _told(centre, number)) > before


async def _hears_words(centre: RunningCentre, number: str) -> bool:
    legs = [line.split("!") for line in (await centre.asterisk("core show channels concise")).splitlines()]
    return any(leg[5] == "Playback" and leg[7] == number for leg in legs if len(leg) > 7)
