"""AsyncAGI commands and what ends their waiting."""

import asyncio

import pytest

from pbx.agi import AgiCommands, result_code
from pbx.framing import Headers
from pbx.switch import LegGone, LinkLost
from tests.virtual_time import virtual_time


def executed(command: str, result: str) -> Headers:
    return {"event": "AsyncAGIExec", "uniqueid": "1.1", "commandid": command, "result": result}


def inside() -> AgiCommands:
    agi = AgiCommands("p")
    agi.found(["1.1", "1.2"])
    return agi


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("200 result=0 endpos=8000", 0),
        ("200 result=49 endpos=800", 49),
        ("200 result=-1", -1),
        ("510 Invalid or unknown command", -2),
        ("", -2),
        ("200 result=x", -2),
    ],
)
def test_a_result_is_a_number(text: str, code: int) -> None:
    assert result_code(text) == code


@virtual_time
async def test_each_command_gets_its_own_result() -> None:
    agi = inside()
    (first, one), (second, two) = agi.begin("1.1"), agi.begin("1.1")
    agi.hear(executed(second, "200%20result%3D2%0A"))
    agi.hear(executed(first, "200%20result%3D1%0A"))
    agi.hear(executed("of another engine", "200%20result%3D3%0A"))
    assert (await one, await two) == ("200 result=1", "200 result=2")


@pytest.mark.parametrize("end", ["AsyncAGIEnd", "Hangup"])
def test_a_leg_that_leaves_ends_the_waiting_of_its_own_commands(end: str) -> None:
    @virtual_time
    async def leave() -> None:
        agi = inside()
        (_, mine), (_, other) = agi.begin("1.1"), agi.begin("1.2")
        agi.hear({"event": end, "uniqueid": "1.1"})
        with pytest.raises(LegGone):
            await mine
        assert not other.done()

    leave()


@virtual_time
async def test_a_failed_command_of_a_caller_who_hangs_up_means_that_he_is_gone() -> None:
    agi = inside()
    command, future = agi.begin("1.1")
    agi.hear({"event": "HangupRequest", "uniqueid": "1.1"})
    agi.hear(executed(command, "200%20result%3D-1"))
    with pytest.raises(LegGone):
        await future


@virtual_time
async def test_a_leg_that_stumbled_is_back_when_the_dial_plan_starts_anew_and_that_is_no_news() -> None:
    agi = inside()
    command, future = agi.begin("1.1")
    agi.hear(executed(command, "200%20result%3D-1"))
    agi.hear({"event": "AsyncAGIEnd", "uniqueid": "1.1"})
    assert await future == "200 result=-1"
    back = asyncio.create_task(agi.came_back("1.1"))
    await asyncio.sleep(0.2)
    assert agi.hear({"event": "AsyncAGIStart", "uniqueid": "1.1"})
    assert await back
    assert not agi.hear({"event": "AsyncAGIStart", "uniqueid": "1.1"})


@virtual_time
async def test_a_leg_that_stumbled_and_then_hung_up_is_gone() -> None:
    agi = inside()
    command, future = agi.begin("1.1")
    agi.hear(executed(command, "200%20result%3D-1"))
    await future
    back = asyncio.create_task(agi.came_back("1.1"))
    await asyncio.sleep(0)
    agi.hear({"event": "Hangup", "uniqueid": "1.1"})
    assert not await back


@virtual_time
async def test_nothing_is_kept_of_legs_that_hung_up_however_they_left() -> None:
    agi, fresh = inside(), AgiCommands("p")
    agi.leaves("1.2")
    command, future = agi.begin("1.1")
    agi.hear(executed(command, "200%20result%3D-1"))
    await future
    agi.end(command)
    back = asyncio.create_task(agi.came_back("1.1"))
    await asyncio.sleep(0)
    for leg in ("1.1", "1.2"):
        agi.hear({"event": "HangupRequest", "uniqueid": leg})
        agi.hear({"event": "Hangup", "uniqueid": leg})
    assert not await back
    for name, kept in vars(fresh).items():
        assert name == "_ids" or vars(agi)[name] == kept


@virtual_time
async def test_a_lost_link_ends_all_waiting() -> None:
    agi = inside()
    _, future = agi.begin("1.1")
    agi.link_lost("cut")
    with pytest.raises(LinkLost):
        await future


@virtual_time
async def test_a_leg_outside_the_menu_takes_no_commands_until_it_is_back() -> None:
    agi = inside()
    with pytest.raises(LegGone):
        agi.begin("9.9")
    agi.leaves("1.1")
    with pytest.raises(LegGone):
        agi.begin("1.1")
    agi.hear({"event": "AsyncAGIStart", "uniqueid": "1.1"})
    agi.begin("1.1")
