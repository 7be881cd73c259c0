"""A menu that breaks in a running centre: what its callers hear, who is told, and how it is over."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.menus import Spoken
from ivr.prompts.store import PromptStore
from pbx.home import Home
from pbx.state import asterisk_home
from tests.app.test_fallback import agent, dial, sounds_heard, talk, waiting
from tests.centre import RunningCentre, running_centre, until
from tests.ivr.material import shipped

pytestmark = pytest.mark.real

TO_CARDS = "12"
OLD, NEW = "账户和银行卡。", "账户和各种银行卡。"


@pytest.fixture
async def centre() -> AsyncIterator[RunningCentre]:
    async with running_centre() as centre:
        yield centre


async def sound_of(centre: RunningCentre, spoken: Spoken) -> Path:
    """Where the switch has these words, without a suffix."""
    store = PromptStore(Home(asterisk_home(centre.data)).sounds / "prompts", centre.config / "prompts")
    assert await store.prepare([spoken]) == []
    found = store.sound(spoken)
    assert found is not None
    return found


async def test_callers_at_a_step_that_cannot_be_heard_reach_a_person_and_the_next_version_mends_it(
    centre: RunningCentre,
) -> None:
    menu = shipped()
    cards = await sound_of(centre, menu.say(("steps", "cards", "prompt"), {"zh": OLD}, "zh"))
    trouble = await sound_of(centre, menu.say(*menu.flow.phrases.trouble_part, "zh"))
    for file in cards.parent.glob(f"{cards.name}.*"):
        file.unlink()
    async with agent(centre, "8001") as phone:
        first = await dial(centre, "13900000001")
        first.press(TO_CARDS)
        await until(lambda: talk(first, phone), 40, "the caller and the agent hear each other")
        assert sounds_heard(centre, first)[f"prompts/zh/{trouble.name}"] == 1
        second = await dial(centre, "13900000002")
        second.press(TO_CARDS)

        async def queued() -> bool:
            return await waiting(centre) == ["13900000002"]

        await until(queued, 40, "the next one waits for a person")
        await until(lambda: told(centre, 2), 10, "the fault is known")
        (fault,) = await centre.get("/api/menu-faults")
        assert (fault["menu"], fault["version"], fault["step"], fault["kind"]) == ("main", 1, "cards", "prompt")
        assert fault["line"] == menu.line("steps", "cards")
        assert len([line for line in centre.log().splitlines() if "menu fault " in line]) == 1
        await until(lambda: alarmed(centre, fault["id"]), 20, "the floor is told")

        text = (centre.config / "menus" / "main.yaml").read_text(encoding="utf-8")
        body = {"text": text.replace(OLD, NEW), "reason": "can be heard"}
        assert (await centre.post("/api/menus/main/publish", body, "admin"))["number"] == 2
        await until(lambda: told(centre, 0), 40, "nothing is wrong any more")
        (fault,) = await centre.get("/api/menu-faults?seen=true")
        assert (fault["seen_by"], fault["over"]) == ("system", "version 2 has this step otherwise")
        await until(lambda: quiet(centre), 20, "the alarm is over")

        third = await dial(centre, "13900000003")
        third.press(TO_CARDS)
        mended = await sound_of(centre, menu.say(("steps", "cards", "prompt"), {"zh": NEW}, "zh"))

        async def heard() -> bool:
            return sounds_heard(centre, third)[f"prompts/zh/{mended.name}"] >= 1

        await until(heard, 20, "the new words are heard")
        assert await told(centre, 0)
        for caller in (first, second, third):
            caller.hang_up()


async def told(centre: RunningCentre, calls: int) -> bool:
    """Whether what is wrong has met so many calls."""
    return calls == sum(int(each["calls"]) for each in await centre.get("/api/menu-faults"))


async def alarmed(centre: RunningCentre, fault: str) -> bool:
    return [each["about"] for each in await centre.get("/api/alarms") if each["kind"] == "menu-fault"] == [fault]


async def quiet(centre: RunningCentre) -> bool:
    return not any(each["kind"] == "menu-fault" for each in await centre.get("/api/alarms"))
