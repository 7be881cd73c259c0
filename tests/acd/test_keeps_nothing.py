"""However a call goes, nothing of it stays in the distributor's memory when it is over: a day must not fill it."""

import asyncio
from pathlib import Path

from pbx.commands import SpyMode
from tests.acd.centre import Centre, centre
from tests.acd.test_outbound import CUSTOMER, OUTSIDE, in_menu
from tests.kept import kept
from tests.virtual_time import virtual_time

ROOM = {"LiveCalls._ended": 1000}
"""What is kept on purpose, at most so many."""


async def handed_over(running: Centre) -> None:
    """One is listened to, a colleague is asked and takes the caller."""
    way = running.dispatcher
    call, leg = await running.caller()
    await asyncio.sleep(3)
    await way.supervision.start(call, SpyMode.LISTEN, "9001", "sun.li")
    asker = (await running.call(call)).agent
    await way.control.hold(call, "li.na")
    await way.consults.start(call, "8002" if asker == "8001" else "8001", "li.na")
    await asyncio.sleep(3)
    await way.consults.complete(call, "li.na")
    await asyncio.sleep(3)
    running.pbx.hang_up(leg)
    await asyncio.sleep(60)


async def not_served(running: Centre) -> None:
    """One gives up in the queue, one while it rings, one in the menu."""
    for number in ("8001", "8002"):
        running.pbx.phone(f"phone-{number}", answers_after=60)
    legs = [(await running.caller())[1] for _ in range(3)]
    legs.append((await in_menu(running))[1])
    for leg in legs:
        await asyncio.sleep(1)
        running.pbx.hang_up(leg)
    await asyncio.sleep(60)


async def outwards(running: Centre) -> None:
    """An agent dials; of two callers who talk outside one ends while the link is down."""
    pbx, way = running.pbx, running.dispatcher
    await running.sign_in("8001", "8002", answers_after=1)
    pbx.phone(OUTSIDE, answers_after=1)
    pbx.phone("110@trunk", answers_after=1)
    await way.outbound.dial("8001", CUSTOMER, "li.na", queue="cards")
    await asyncio.sleep(6)
    pbx.hang_up(pbx.leg_of(OUTSIDE))
    await asyncio.sleep(60)
    for broken in (False, True):
        call, leg = await in_menu(running)
        assert await way.outside.connect(call, "110") == ""
        if broken:
            pbx.link_down()
        pbx.hang_up(leg)
        await asyncio.sleep(2)
        if broken:
            pbx.link_up()
            await asyncio.sleep(2)


async def every_kind_of_call(running: Centre) -> None:
    await running.sign_in("8001", "8002", answers_after=1)
    await handed_over(running)
    await not_served(running)
    await outwards(running)
    await asyncio.sleep(120)
    assert running.pbx.live == {}


@virtual_time
async def test_a_second_round_of_every_kind_of_call_leaves_no_more_than_the_first(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        running.pbx.phone("phone-9001")
        await every_kind_of_call(running)
        before = kept(running.dispatcher, running.calls, running.live)
        await every_kind_of_call(running)
        after = kept(running.dispatcher, running.calls, running.live)
        assert {name: more for name, more in (after - before).items() if after[name] > ROOM.get(name, 0)} == {}
