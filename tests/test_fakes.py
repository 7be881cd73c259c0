"""The fake switch as other tests use it."""

import asyncio

import pytest

from core.bus import Bus
from pbx.commands import Answer, HangUp, Play, Played, Ring, Wait
from pbx.events import CallerReleased, LegEnded, LegJoined, LinkUp, RingFailed
from pbx.switch import LegGone, LinkLost
from tests.fakes import FakePbx
from tests.virtual_time import virtual_time


def ring(caller_leg: str, device: str = "phone-8001") -> Ring:
    return Ring(leg="agent-leg", device=device, caller_leg=caller_leg, shown_number="1", shown_name="x", seconds=15)


@virtual_time
async def test_an_answering_phone_joins_the_caller_and_releases_him() -> None:
    pbx = FakePbx(Bus())
    pbx.phone("phone-8001", answers_after=2, hangs_up_after=60)
    leg = pbx.call()
    await pbx.do(Answer(leg))
    await pbx.do(Wait(leg))
    await pbx.do(ring(leg))
    await asyncio.sleep(5)
    assert {event.leg for event in pbx.events if isinstance(event, LegJoined)} == {leg, "agent-leg"}
    await asyncio.sleep(60)
    assert any(isinstance(event, CallerReleased) and event.leg == leg for event in pbx.events)
    assert [x.leg for x in await pbx.legs()] == [leg]


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        ({"registered": False}, 20),
        ({"busy": True}, 17),
        ({"answers_after": 99.0}, 19),
        ({"declines_after": 1.0, "answers_after": 9.0}, 21),
    ],
)
def test_a_phone_that_does_not_answer_fails_once_with_its_cause(behaviour: dict[str, float], cause: int) -> None:
    @virtual_time
    async def story() -> None:
        pbx = FakePbx(Bus())
        pbx.phone("phone-8001", **behaviour)
        leg = pbx.call()
        await pbx.do(Wait(leg))
        await pbx.do(ring(leg))
        await asyncio.sleep(30)
        assert [event.cause for event in pbx.events if isinstance(event, RingFailed)] == [cause]

    story()


@virtual_time
async def test_a_prompt_ends_with_its_sound_a_key_or_the_call() -> None:
    pbx = FakePbx(Bus())
    leg = pbx.call()
    assert await pbx.play(Play(leg, "/hello")) == Played.FINISHED
    asyncio.get_running_loop().call_later(1, pbx.press, leg, "2")
    assert await pbx.play(Play(leg, "/hello")) == Played.INTERRUPTED
    pbx.missing.add("/none")
    assert await pbx.play(Play(leg, "/none")) == Played.MISSING
    asyncio.get_running_loop().call_later(1, pbx.hang_up, leg)
    with pytest.raises(LegGone):
        await pbx.play(Play(leg, "/hello"))
    assert isinstance(pbx.events[-1], LegEnded)


@virtual_time
async def test_commands_fail_while_the_link_is_down_and_calls_survive() -> None:
    pbx = FakePbx(Bus())
    leg = pbx.call()
    pbx.link_down()
    with pytest.raises(LinkLost):
        await pbx.do(HangUp(leg))
    pbx.link_up()
    assert [x.leg for x in await pbx.legs()] == [leg]


@virtual_time
async def test_a_crash_takes_every_leg_and_ends_prompts() -> None:
    pbx = FakePbx(Bus())
    pbx.phone("phone-8001", answers_after=5)
    leg = pbx.call()
    playing = asyncio.ensure_future(pbx.play(Play(leg, "/hello")))
    await asyncio.sleep(1)
    pbx.crash()
    with pytest.raises(LinkLost):
        await playing
    pbx.link_up()
    up = pbx.events[-1]
    assert isinstance(up, LinkUp)
    assert (up.legs, up.phones) == ((), frozenset({"phone-8001"}))


@virtual_time
async def test_events_while_the_link_is_down_are_lost_and_the_snapshot_makes_up_for_them() -> None:
    pbx = FakePbx(Bus())
    pbx.phone("phone-8001", answers_after=5)
    leg = pbx.call()
    await pbx.do(Wait(leg))
    await pbx.do(ring(leg))
    pbx.link_down()
    await asyncio.sleep(10)
    pbx.link_up()
    assert not any(isinstance(event, LegJoined) for event in pbx.events)
    up = pbx.events[-1]
    assert isinstance(up, LinkUp)
    assert {x.leg for x in up.legs if x.bridge} == {leg, "agent-leg"}
