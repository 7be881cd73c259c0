"""The same stories on the fake switch and on a real Asterisk tell the same events."""

from pathlib import Path
from random import Random

import pytest

from tests.asterisk import RunningAsterisk
from tests.stories import STORIES, Story
from tests.virtual_time import virtual_time
from tests.worlds import play_on_asterisk, play_on_fake


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
def test_the_fake_tells_the_story(story: Story, tmp_path: Path) -> None:
    @virtual_time
    async def play() -> None:
        assert await play_on_fake(story, tmp_path) == ""

    play()


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("story", [story for story in STORIES if "talk" in story.name], ids=lambda story: story.name)
def test_the_fake_parts_two_legs_in_any_order_a_real_switch_may_choose(story: Story, seed: int, tmp_path: Path) -> None:
    @virtual_time
    async def play() -> None:
        assert await play_on_fake(story, tmp_path, Random(seed)) == ""

    play()


@pytest.mark.real
@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
@pytest.mark.asyncio(loop_scope="session")
async def test_a_real_asterisk_tells_the_story(story: Story, asterisk: RunningAsterisk) -> None:
    assert await play_on_asterisk(story, asterisk.info) == ""
