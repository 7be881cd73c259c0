"""A day that a supervisor leads, in a whole centre with real telephones: who may rest, who is next, who is meant."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from app.phones.light_sip import Dialog
from tests.app.test_days import (
    CHINESE,
    COMPLAINTS,
    DIAMOND,
    LATE,
    LOST_CARD,
    PERSON,
    agent,
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
from tests.app.test_survival import dial
from tests.centre import RunningCentre, open_at_night, running_centre, until

pytestmark = pytest.mark.real

SECOND, THIRD, CARDS = "13900000003", "13900000004", "21"
RING = 3


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[RunningCentre]:
    async with running_centre(with_rules(tmp_path / "config")) as centre:
        yield centre


def with_rules(folder: Path) -> Path:
    """The shipped site; it rings for seconds, lost cards are wrapped up until the agent says so, account managers are
    waited for, and nobody complains to nobody."""
    open_at_night(folder)
    yaml = YAML()
    rules = yaml.load(folder / "queues.yaml")
    queues = rules["queues"]
    for queue in queues.values():
        queue |= {"ring_seconds": RING, "wrap_up": 1, "wrap_up_extra": 60}
    queues["general"] |= {"manager_wait": 30}
    queues["lost-card"] |= {"wrap_up_ends": "agent"}
    queues["complaints"] |= {"entry": {"needs_agents": True}}
    yaml.dump(rules, folder / "queues.yaml")
    return folder


async def test_who_does_not_answer_is_not_ready_and_his_caller_is_next_for_a_colleague(centre: RunningCentre) -> None:
    async with telephone(centre, "8001") as silent, telephone(centre, "8002"):
        silent.on_invite = _ring
        await centre.ready_agent("8001")
        caller = await dial(centre, LATE)
        caller.press(CHINESE + PERSON)
        await becomes(centre, "8001", "not-ready", "no_answer")
        joined = (await call(centre, LATE))["queued_at"]
        later = await waits(centre, SECOND, PERSON)
        await centre.put("/api/agents/8002/state", {"state": "ready"})
        await talks(centre, LATE, "8002")
        assert (await call(centre, LATE))["queued_at"] == joined
        for each in (caller, later):
            each.hang_up()


async def test_nobody_rests_while_callers_wait_unless_the_supervisor_says_so(centre: RunningCentre) -> None:
    async with telephone(centre, "8002"):
        caller = await dial(centre, LATE)
        caller.press(CHINESE + COMPLAINTS)
        await until(lambda: refused_for(centre, LATE, "nobody_signed_in"), 15, "nobody is there to complain to")
        caller.hang_up()

        await centre.put("/api/agents/8002/state", {"state": "not-ready"})
        caller = await waits(centre, LATE, PERSON)
        with pytest.raises(AssertionError, match="callers_wait"):
            await centre.put("/api/agents/8002/state", {"state": "short-break"}, "wang.wei")
        await centre.put("/api/agents/8002/state", {"state": "short-break"})
        assert (await agent(centre, "8002"))[0] == "short-break"

        # One whom he calls back from it is rung at once.
        await centre.put("/api/agents/8002/state", {"state": "ready"})
        await talks(centre, LATE, "8002")

        # What is decided for him in a talk follows its wrap-up, and he cannot wish for something else.
        await centre.put("/api/agents/8002/state", {"state": "training"})
        with pytest.raises(AssertionError, match="decided"):
            await centre.put("/api/agents/8002/state", {"state": "meal"}, "wang.wei")
        caller.hang_up()
        await becomes(centre, "8002", "training")


async def test_a_wrap_up_that_only_the_agent_ends_lasts_until_he_or_the_supervisor_ends_it(
    centre: RunningCentre,
) -> None:
    async with telephone(centre, "8001"):
        await centre.ready_agent("8001")
        for ends, login in (("ready", "li.na"), ("not-ready", "sun.li")):
            caller = await dial(centre, LATE)
            caller.press(CHINESE + LOST_CARD)
            await talks(centre, LATE, "8001")
            caller.hang_up()
            await becomes(centre, "8001", "wrap-up")
            second = await waits(centre, SECOND, PERSON)  # for longer than any timer here
            assert (await agent(centre, "8001"))[0] == "wrap-up"
            second.hang_up()
            await comes_to(centre, SECOND, "ended")
            if login == "li.na":
                with pytest.raises(AssertionError, match="code_missing"):
                    await centre.put("/api/agents/8001/state", {"state": ends}, login)
                talk = (await call(centre, LATE))["id"]
                await centre.put(f"/api/calls/{talk}/codes", {"codes": ["blocked"]}, login)
            await centre.put("/api/agents/8001/state", {"state": ends}, login)
            await becomes(centre, "8001", ends)

        # One that ends by itself is lengthened as far as its queue allows.
        await centre.ready_agent("8001")
        caller = await dial(centre, LATE)
        caller.press(CHINESE + PERSON)
        await talks(centre, LATE, "8001")
        caller.hang_up()
        await becomes(centre, "8001", "wrap-up")
        await centre.put("/api/agents/8001/wrap-up", {"seconds": 4}, "li.na")
        with pytest.raises(AssertionError, match="409"):
            await centre.put("/api/agents/8001/wrap-up", {"seconds": 57}, "li.na")
        assert await becomes(centre, "8001", "ready") > 3


async def test_the_supervisor_says_who_is_next_and_closes_a_queue(centre: RunningCentre) -> None:
    """8002 has cards, 8005 has not."""
    async with telephone(centre, "8002"), telephone(centre, "8005"):
        await centre.ready_agent("8005")
        first, second, third = [await waits(centre, each, CARDS) for each in (LATE, SECOND, THIRD)]

        await centre.put("/api/queues/cards/open", {"open": False})
        fourth = await dial(centre, DIAMOND)
        fourth.press(CHINESE + CARDS)
        await until(lambda: refused_for(centre, DIAMOND, "closed"), 15, "nobody joins a queue that is closed")
        fourth.hang_up()
        await centre.put("/api/queues/cards/open", {"open": True})

        waiting = {each["caller"]: each["id"] for each in await centre.live_calls("waiting")}
        await centre.post(f"/api/calls/{waiting[THIRD]}/pick", {"agent": "8005"})
        await talks(centre, THIRD, "8005")
        third.hang_up()
        await centre.post(f"/api/calls/{waiting[SECOND]}/priority", {"priority": 40})
        await centre.put("/api/agents/8002/state", {"state": "ready"})
        await talks(centre, SECOND, "8002")
        second.hang_up()
        await talks(centre, LATE, "8002")
        first.hang_up()


async def test_a_caller_is_first_for_who_looks_after_him_and_for_who_spoke_to_him_last(
    centre: RunningCentre,
) -> None:
    """8001 looks after the diamond customer; 8002 and 8006 take complaints, 8006 with the higher level."""
    async with telephone(centre, "8001"), telephone(centre, "8002"), telephone(centre, "8006"):
        await centre.ready_agent("8001")
        other = await dial(centre, LATE)
        other.press(CHINESE + PERSON)
        await talks(centre, LATE, "8001")
        await centre.ready_agent("8002")
        customer = await waits(centre, DIAMOND, PERSON)
        assert await centre.is_ready("8002")
        other.hang_up()
        await talks(centre, DIAMOND, "8001")
        customer.hang_up()
        offers = [each["data"]["policy"] for each in await story(centre, DIAMOND) if each["kind"] == "offered"]
        assert offers == ["manager"]

        caller = await dial(centre, SECOND)
        caller.press(CHINESE + COMPLAINTS)
        await talks(centre, SECOND, "8002")
        await centre.ready_agent("8006")
        caller.hang_up()
        await becomes(centre, "8002", "ready")
        caller = await dial(centre, SECOND)
        caller.press(CHINESE + COMPLAINTS)
        await talks(centre, SECOND, "8002")
        offers = [each["data"]["policy"] for each in await story(centre, SECOND) if each["kind"] == "offered"]
        assert offers == ["last-agent"]
        caller.hang_up()
        await pause(centre, "8002")


def _ring(_dialog: Dialog) -> None:
    """Nobody goes to the telephone."""


async def refused_for(centre: RunningCentre, number: str, reason: str) -> bool:
    if not await call(centre, number) or "refused" not in await kinds(centre, number):
        return False
    return reason in [each["data"].get("reason") for each in await story(centre, number) if each["kind"] == "refused"]
