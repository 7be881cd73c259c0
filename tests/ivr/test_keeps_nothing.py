"""However a caller leaves the menu, nothing of the visit stays in memory: a day must not fill it."""

import asyncio
from pathlib import Path

from tests.ivr.test_runner import House, house
from tests.kept import kept
from tests.virtual_time import virtual_time


async def every_kind_of_visit(home: House) -> None:
    """Put through, refused, hung up in a word, in a question and before the first word; silent to the end."""
    await home.call("121", caller="13800000001")
    await home.call("1299*#")
    home.calls.refused.add("cards")
    await home.call("121")
    home.calls.refused.clear()
    for keys, seconds in (("", 0.0), ("1", 0.3), ("12", 2.0)):
        leg = await home.call(keys)
        await asyncio.sleep(seconds)
        home.pbx.hang_up(leg)
    home.prompts.missing.add("main.main.prompt")
    await home.call("1")
    home.prompts.missing.clear()
    home.calls.broken.add("begin")
    await home.call("1")
    home.calls.broken.clear()
    await home.call()
    await asyncio.sleep(300)


@virtual_time
async def test_a_second_round_of_visits_leaves_no_more_than_the_first(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await every_kind_of_visit(home)
        before = kept(home.runner)
        await every_kind_of_visit(home)
        assert home.runner.visits == 0
        assert kept(home.runner) - before == {}
