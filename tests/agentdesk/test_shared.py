"""One rendering serves all who ask at once, and none older than the last change."""

import asyncio

from agentdesk.shared import LONGEST, Shared


class Kitchen:
    """Renders slowly and counts; its clock and generation are set by the test."""

    def __init__(self) -> None:
        self.made = 0
        self.now = 100.0
        self.generation = 0
        self.shared = Shared(lambda: self.generation)

    async def make(self) -> str:
        self.made += 1
        mine = self.made
        await asyncio.sleep(0)
        return f"rendering {mine}"

    async def get(self, key: str = "zh") -> str:
        return await self.shared.get(key, lambda: self.now, self.make)


async def test_two_hundred_watchers_cost_one_rendering_per_language() -> None:
    kitchen = Kitchen()
    answers = await asyncio.gather(*(kitchen.get("zh" if n % 2 else "en") for n in range(200)))
    assert kitchen.made == 2
    assert set(answers) == {"rendering 1", "rendering 2"}


async def test_a_change_and_old_age_make_a_new_one() -> None:
    kitchen = Kitchen()
    assert await kitchen.get() == "rendering 1"
    kitchen.generation += 1
    assert await kitchen.get() == "rendering 2"
    kitchen.now += LONGEST
    assert await kitchen.get() == "rendering 3"
    kitchen.now -= 3600  # the machine's clock was set back
    assert await kitchen.get() == "rendering 4"


async def test_a_change_while_it_is_made_is_not_missed() -> None:
    kitchen = Kitchen()
    first = asyncio.create_task(kitchen.get())
    await asyncio.sleep(0)
    kitchen.generation += 1
    await first
    assert await kitchen.get() == "rendering 2"
