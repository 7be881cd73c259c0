"""A day in the queues and a day of an agent, in a whole centre with real telephones: what callers and agents meet."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.phones.light_sip import Dialog, Party
from tests.app.test_survival import TO_CARDS, dial
from tests.centre import RunningCentre, open_at_night, running_centre, until
from tests.tones import CLEAR, RATE, amplitude

pytestmark = pytest.mark.real

CHINESE, LOST_CARD, COMPLAINTS, PERSON = "1", "1", "4", "0"
LATE, DIAMOND, DROPPED = "13900000001", "13800000001", "13900000002"
DONE, REFUSED = 1175, 425
"""Hertz of what a telephone hears after a code: the end of the tone for done, and of the one for refused."""
RELAXED, OVERFLOWN, LONGEST = 3, 4, 6


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[RunningCentre]:
    async with running_centre(with_rules(tmp_path / "config")) as centre:
        yield centre


def with_rules(folder: Path) -> Path:
    """The shipped site; its queues relax, flow over, are full and end waits within seconds."""
    open_at_night(folder)
    yaml = YAML()
    rules = yaml.load(folder / "queues.yaml")
    queues = rules["queues"]
    for queue in queues.values():
        queue |= {"wrap_up": 1}
    queues["lost-card"] |= {"skills": {"cards": 9}, "relax": [{"after": RELAXED, "skills": {"cards": 5}}]}
    queues["cards"] |= {"overflow": {"after": OVERFLOWN, "to": "general"}}
    queues["complaints"] |= {"entry": {"most_waiting": 1}, "longest": {"after": LONGEST, "step": "call-back"}}
    yaml.dump(rules, folder / "queues.yaml")
    return folder


async def test_callers_wait_as_their_queues_say_and_the_right_one_is_served_next(centre: RunningCentre) -> None:
    """8002 has cards at 6 and complaints at 7, 8005 neither."""
    async with telephone(centre, "8002"):
        await centre.ready_agent("8002")

        # The lost card desk asks for cards at 9, and of whom has waited, for 5.
        caller = await waits(centre, LATE, LOST_CARD)
        await talks(centre, LATE, "8002")
        assert await waited(centre, LATE) > RELAXED - 0.1
        assert "restaged" in await kinds(centre, LATE)
        caller.hang_up()

        # The highest tier goes before whoever came earlier.
        await pause(centre, "8002")
        ordinary, diamond = await waits(centre, LATE, PERSON), await waits(centre, DIAMOND, PERSON)
        await back(centre, "8002")
        await talks(centre, DIAMOND, "8002")
        assert await state(centre, LATE) == "waiting"
        diamond.hang_up()
        await talks(centre, LATE, "8002")
        ordinary.hang_up()

        # Who is cut off and calls again has his old place.
        await pause(centre, "8002")
        dropped, later = await waits(centre, DROPPED, PERSON), await waits(centre, LATE, PERSON)
        dropped.hang_up()
        await comes_to(centre, DROPPED, "ended")
        again = await waits(centre, DROPPED, PERSON)
        await back(centre, "8002")
        await talks(centre, DROPPED, "8002")
        assert await state(centre, LATE) == "waiting"
        again.hang_up()
        await talks(centre, LATE, "8002")
        later.hang_up()

        # A full queue lets nobody in, and who has waited longest of all is offered a call back.
        await pause(centre, "8002")
        first = await waits(centre, LATE, COMPLAINTS)
        second = await dial(centre, DROPPED)
        second.press(CHINESE + COMPLAINTS)
        await until(lambda: _met(centre, DROPPED, "refused"), 15, "the second is told that the queue is full")
        await until(lambda: _is_at(centre, LATE, "call-back"), 15, "the first is asked about a call back")
        assert await waited(centre, LATE, "sent-back") > LONGEST - 0.1
        first.hang_up()
        second.hang_up()


async def test_a_caller_nobody_of_his_queue_can_serve_flows_over_to_another(centre: RunningCentre) -> None:
    async with telephone(centre, "8005"):
        await centre.ready_agent("8005")
        caller = await dial(centre, LATE)
        caller.press(TO_CARDS)
        await talks(centre, LATE, "8005")
        assert await waited(centre, LATE, "offered") > OVERFLOWN - 0.1
        events = await story(centre, LATE)
        assert [each["data"]["queue"] for each in events if each["kind"] == "restaged"] == ["general"]
        caller.hang_up()


async def test_an_agent_works_with_nothing_but_his_telephone(centre: RunningCentre) -> None:
    async with telephone(centre, "8001") as phone:
        assert await dialled(phone, "*2") == "refused"  # he is not signed in
        assert await dialled(phone, "*1") == "done"
        await becomes(centre, "8001", "ready")

        # A break that is wished for in a talk begins after its wrap-up.
        caller = await dial(centre, LATE)
        caller.press(TO_CARDS)
        await talks(centre, LATE, "8001")
        assert await dialled(phone, "*4") == "done"
        assert (await agent(centre, "8001"))[0] == "talking"
        caller.hang_up()
        await becomes(centre, "8001", "meal")
        assert await dialled(phone, "*1") == "done"
        await becomes(centre, "8001", "ready")

        # A telephone that leaves takes its agent out of the queues; one that comes back brings him back.
        await phone.register(0)
        gone = await becomes(centre, "8001", "not-ready", "unreachable")
        assert gone < 10
        await phone.register()
        await becomes(centre, "8001", "ready")

        assert await dialled(phone, "*0") == "done"
        await becomes(centre, "8001", "signed-out")


@asynccontextmanager
async def telephone(centre: RunningCentre, number: str) -> AsyncIterator[Party]:
    phone = await centre.phone(number)
    phone.on_invite = phone.answer
    try:
        yield phone
    finally:
        phone.close()


async def waits(centre: RunningCentre, number: str, wish: str) -> Dialog:
    """A caller who has keyed his way to where he waits."""
    dialog = await dial(centre, number)
    dialog.press(CHINESE + wish)
    await comes_to(centre, number, "waiting")
    return dialog


async def pause(centre: RunningCentre, number: str) -> None:
    await until(lambda: centre.is_ready(number), 15, f"{number} has wrapped up")
    await centre.put(f"/api/agents/{number}/state", {"state": "not-ready"})


async def back(centre: RunningCentre, number: str) -> None:
    """Ready, though perhaps for a moment only: callers wait."""
    await centre.put(f"/api/agents/{number}/state", {"state": "ready"})


async def talks(centre: RunningCentre, number: str, with_agent: str) -> None:
    await comes_to(centre, number, "talking")
    assert (await call(centre, number))["agent"] == with_agent


async def comes_to(centre: RunningCentre, number: str, wanted: str) -> None:
    async def is_there() -> bool:
        return await state(centre, number) == wanted

    await until(is_there, 20, f"the call of {number} is {wanted}")


async def call(centre: RunningCentre, number: str) -> dict[str, Any]:
    """The last one from there."""
    calls = (await centre.get(f"/api/calls?caller={number}"))["calls"]
    return dict(max(calls, key=lambda each: each["arrived_at"], default={}))


async def state(centre: RunningCentre, number: str) -> str:
    return str((await call(centre, number)).get("state", ""))


async def story(centre: RunningCentre, number: str) -> list[dict[str, Any]]:
    return list((await centre.get(f"/api/calls/{(await call(centre, number))['id']}"))["events"])


async def kinds(centre: RunningCentre, number: str) -> list[str]:
    return [each["kind"] for each in await story(centre, number)]


async def waited(centre: RunningCentre, number: str, until_kind: str = "connected") -> float:
    """Seconds from the queue to what happened then."""
    at = {each["kind"]: each["at"] for each in reversed(await story(centre, number))}
    return float(at[until_kind] - at["queued"])


async def agent(centre: RunningCentre, number: str) -> tuple[str, str]:
    found = {each["number"]: (each["state"], each["reason"]) for each in await centre.get("/api/agents")}
    return found[number]


async def becomes(centre: RunningCentre, number: str, *wanted: str) -> float:
    """Seconds until that is his state, for the reason where one is named."""

    async def is_so() -> bool:
        return (await agent(centre, number))[: len(wanted)] == wanted

    try:
        return await until(is_so, 20, f"{number} is {wanted}")
    except AssertionError:
        found = await agent(centre, number)
        raise AssertionError(f"{number} is {found}, not {wanted}: {centre.log()[-2000:]}") from None


async def dialled(phone: Party, code: str) -> str:
    """What the telephone heard when the line was free again: done, refused or nothing."""
    dialog = await phone.dial(code)
    await asyncio.wait_for(dialog.ended.wait(), 30)
    heard = bytes(dialog.media.heard)
    for hertz, meaning in ((DONE, "done"), (REFUSED, "refused")):
        if _has(heard, hertz):
            return meaning
    return "nothing"


def _has(heard: bytes, hertz: int) -> bool:
    part = RATE // 10
    return any(amplitude(heard[at : at + part], hertz) > CLEAR / 2 for at in range(0, len(heard) - part, part // 2))


async def _met(centre: RunningCentre, number: str, kind: str) -> bool:
    return bool(await state(centre, number)) and kind in await kinds(centre, number)


async def _is_at(centre: RunningCentre, number: str, step: str) -> bool:
    return bool((await call(centre, number))["path"][-1]["step"] == step)
