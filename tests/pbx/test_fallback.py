"""Who is in Asterisk's own queue, on a real Asterisk, and the channel that watches over callers in the menu."""

import pytest

from pbx.asterisk import AsteriskSwitch
from pbx.commands import SetFallback
from pbx.fallback import members
from pbx.switch import LinkLost
from tests.asterisk import RunningAsterisk
from tests.centre import until
from tests.worlds import linked

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]


async def inside(asterisk: RunningAsterisk) -> set[str]:
    lines = (await asterisk.server.command("queue show fallback")).splitlines()
    return {word for line in lines for word in line.split() if word.startswith("phone-")}


async def test_members_are_exactly_those_asked_for_last(asterisk: RunningAsterisk) -> None:
    async with linked(asterisk.info) as (switch, *_):
        await switch.do(SetFallback(("phone-8001", "phone-8002")))
        assert await inside(asterisk) == {"phone-8001", "phone-8002"}
        await switch.do(SetFallback(("phone-8002", "phone-8003")))
        assert await inside(asterisk) == {"phone-8002", "phone-8003"}


async def test_next_engine_finds_who_is_in_and_removes_who_must_not_be(asterisk: RunningAsterisk) -> None:
    async with linked(asterisk.info) as (switch, *_):
        await switch.do(SetFallback(("phone-8001", "phone-8002")))
    async with linked(asterisk.info) as (switch, *_):
        await switch.do(SetFallback(("phone-8002",)))
        assert await inside(asterisk) == {"phone-8002"}
        await switch.do(SetFallback(()))
        assert await inside(asterisk) == set()


async def test_without_a_link_nobody_can_be_made_a_member(asterisk: RunningAsterisk) -> None:
    async with linked(asterisk.info) as (switch, *_):
        await switch.close()
        with pytest.raises(LinkLost):
            await switch.do(SetFallback(("phone-8001",)))


async def test_one_watcher_stands_by_for_all_engines_and_is_nobodys_leg(asterisk: RunningAsterisk) -> None:
    async def alone() -> bool:
        return (await asterisk.server.command("core show channels concise")).count("centre-watch-2") == 1

    for _ in range(2):
        async with linked(asterisk.info) as (switch, *_):
            await switch.do(SetFallback(()))
            await until(alone, 5, "one stands by")
            await until(lambda: nobody(switch), 5, "nobody calls")


async def nobody(switch: AsteriskSwitch) -> bool:
    return await switch.legs() == ()


@pytest.mark.asyncio(loop_scope="session")
async def test_members_are_read_from_what_asterisk_lists() -> None:
    listed = [
        {"event": "QueueParams", "queue": "fallback"},
        {"event": "QueueMember", "location": "PJSIP/phone-8001"},
        {"event": "QueueEntry", "channel": "PJSIP/trunk-00000002"},
    ]
    assert members(listed) == {"phone-8001"}
