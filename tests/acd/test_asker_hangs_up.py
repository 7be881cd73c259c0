"""An agent who asks a colleague puts his telephone down: the caller on hold is the colleague's, or waits; in whatever
order, and however late, the switch tells whose leg ended."""

import asyncio
from pathlib import Path

import pytest

from pbx.events import LegEnded, PbxEvent
from tests.acd.centre import Centre, centre
from tests.virtual_time import virtual_time


async def asking(running: Centre, **phone: float) -> tuple[str, str, str]:
    """8001 has asked 8002 about a caller who will be asked how it was; somebody else waits: (call, his leg, other)."""
    call, leg = await running.surveyed_later("8001")
    await running.sign_in("8002", **phone)
    await running.dispatcher.consults.start(call, "8002", "li.na")
    await asyncio.sleep(2)
    other, _ = await running.caller("cards", priority=-1, caller="13922222222")
    return call, leg, other


def told_late(running: Centre, monkeypatch: pytest.MonkeyPatch, number: str, seconds: float) -> None:
    """The switch tells the end of that agent's leg so much later, after whatever it has to tell now."""
    late, tell = running.pbx.leg_of(f"phone-{number}"), running.pbx._tell

    def hold_back(event: PbxEvent) -> None:
        if isinstance(event, LegEnded) and event.leg == late:
            asyncio.get_running_loop().call_later(seconds, tell, event)
        else:
            tell(event)

    monkeypatch.setattr(running.pbx, "_tell", hold_back)


@pytest.mark.parametrize("late", ["8001", "8002"])
@pytest.mark.parametrize("seconds", [0.0, 0.01, 0.3, 0.49])
@virtual_time
async def test_the_colleague_gets_the_caller_whosever_end_is_told_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: str, seconds: float
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg, other = await asking(running)
        told_late(running, monkeypatch, late, seconds)
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(5)
        row = await running.call(call)
        assert (row.state, row.agent) == ("talking", "8002")
        assert running.pbx.live[leg].partner == running.pbx.leg_of("phone-8002")
        assert (await running.offers(other), await running.agent("8001")) == ([], ("wrap-up", ""))
        assert [kind for kind in await running.history(call) if kind in ("lost", "transfer", "menu")] == ["transfer"]


@pytest.mark.parametrize("after", [0.0, 0.3])
@virtual_time
async def test_the_colleague_gets_the_caller_also_when_he_has_put_his_telephone_down_just_before(
    tmp_path: Path, after: float
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, _, other = await asking(running)
        asker = running.pbx.leg_of("phone-8001")
        running.pbx.hang_up(running.pbx.leg_of("phone-8002"))
        await asyncio.sleep(after)
        running.pbx.hang_up(asker)
        await asyncio.sleep(5)
        row = await running.call(call)
        assert (row.state, row.agent, await running.offers(other)) == ("talking", "8002", [])


@virtual_time
async def test_a_colleague_whose_telephone_still_rings_for_the_asker_is_rung_with_the_caller(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, _, other = await asking(running, answers_after=6.0)
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(10)
        row = await running.call(call)
        assert (row.state, row.agent, await running.offers(other)) == ("talking", "8002", [])


@pytest.mark.parametrize("late", [0.0, 3.0])
@virtual_time
async def test_asker_who_hangs_up_when_the_colleague_is_long_gone_leaves_the_caller_in_his_queue_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, late: float
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg, other = await asking(running)
        told_late(running, monkeypatch, "8001", late)
        if not late:
            running.pbx.hang_up(running.pbx.leg_of("phone-8002"))
            await asyncio.sleep(3)
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(late + 1)
        row = await running.call(call)
        assert (row.state, row.queue, running.pbx.live[leg].place) == ("waiting", "cards", "centre-wait")
        assert [agent for agent, _ in await running.offers(other)] == ["8002"], "he had been free for somebody else"
        assert (await running.history(call))[-2:] == ["lost", "queued"]


@virtual_time
async def test_asker_who_goes_back_to_his_caller_and_hangs_up_has_served_him(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg, _ = await asking(running)
        await running.dispatcher.consults.resume(call, "li.na")
        await asyncio.sleep(0.1)
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(2)
        assert ((await running.call(call)).state, running.pbx.live[leg].place) == ("after", "hotline")
