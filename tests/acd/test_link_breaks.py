"""What the switch did not hear from us, or we not from it, as the link broke: nobody is cut or lost by it."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from acd import counting, inputs, repository
from acd.counting import Span
from acd.models import Offer
from acd.talks import talks
from pbx.commands import Command, Ring
from pbx.events import Departure, Unseen
from pbx.switch import LinkLost
from tests.acd.centre import centre
from tests.acd.test_clocks_that_differ import demand_in_order
from tests.acd.test_consults import consulting
from tests.acd.test_control import talking
from tests.acd.test_missed import after_a_gap
from tests.acd.test_outbound import CUSTOMER, OUTSIDE
from tests.acd.test_three import three
from tests.fake_legs import Leg
from tests.fakes import FakePbx
from tests.virtual_time import now, virtual_time


@pytest.mark.parametrize("away", [2.0, 60.0])
@virtual_time
async def test_telephone_answered_while_the_link_is_down_is_a_talk_afterwards_however_long_that_took(
    tmp_path: Path, away: float
) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=2.0)
        call, leg = await running.caller()
        rung = now()
        await asyncio.sleep(1)
        running.pbx.link_down()
        await asyncio.sleep(away)
        bridge = running.pbx.live[leg].bridge
        running.pbx.link_up()
        await asyncio.sleep(1)
        row = await running.call(call)
        assert row.state == "talking"
        assert row.connected_at == pytest.approx(rung + 2, abs=0.1)
        assert (await running.agent("8001"), await running.offers(call)) == (("talking", ""), [("8001", "accepted")])
        assert running.pbx.live[leg].bridge == bridge != ""


@virtual_time
async def test_ring_during_which_the_link_broke_and_nobody_answered_is_over_with_the_link_and_nobodys_fault(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=99.0)
        call, _ = await running.caller()
        await asyncio.sleep(1)
        running.pbx.link_down()
        await asyncio.sleep(60)
        assert (await running.call(call)).state == "ringing"
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert await running.offers(call) == [("8001", "cancelled"), ("8001", "")]
        await asyncio.sleep(30)
        assert (await running.agent("8001"), await running.offers(call)) == (
            ("not-ready", "no_answer"), [("8001", "cancelled"), ("8001", "no_answer")],
        )  # fmt: skip


@virtual_time
async def test_ring_that_the_link_may_have_lost_is_a_talk_where_it_was_answered(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=4.0)
        do = running.pbx.do

        async def and_breaks(command: Command) -> None:
            await do(command)
            if isinstance(command, Ring):
                running.pbx.link_down()
                raise LinkLost("no reply in time")

        running.pbx.do = and_breaks  # type: ignore[method-assign]
        call, _ = await running.caller()
        running.pbx.do = do  # type: ignore[method-assign]
        await asyncio.sleep(10)
        running.pbx.link_up()
        await asyncio.sleep(10)
        assert ((await running.call(call)).state, await running.offers(call)) == ("talking", [("8001", "accepted")])


@virtual_time
async def test_ring_given_up_without_the_switch_hearing_of_it_is_a_talk_where_it_was_answered(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", answers_after=4.0)
        call, leg = await running.caller()
        await running.sign_in("8002", answers_after=4.0)
        running.pbx.linked = False  # and nobody knows yet
        await running.dispatcher.carry_out(lambda _: (inputs.OfferFailed(call, "8001", "unreachable"),), "")
        await asyncio.sleep(6)
        assert running.pbx.live[leg].bridge
        running.pbx.link_up()
        await asyncio.sleep(10)
        row = await running.call(call)
        assert (row.state, row.agent, await running.agent("8001")) == ("talking", "8001", ("talking", ""))
        assert (await running.offers(call))[0] == ("8001", "accepted")
        assert await running.agent("8002") == ("ready", "")


@virtual_time
async def test_telephone_answered_just_before_a_new_engine_ends_its_ring_talks_on(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=4.0)
        call, leg = await running.caller()
        await asyncio.sleep(3.5)
        again, unseen = await running.restart(), running.pbx.unseen

        async def slowly() -> Unseen:
            if again.dispatcher._lock.locked():
                await asyncio.sleep(1)  # the legs have been looked at
            return await unseen()

        running.pbx.unseen = slowly  # type: ignore[method-assign]
        running.pbx.link_up()
        await asyncio.sleep(10)
        assert ((await again.call(call)).state, running.pbx.live[leg].bridge != "") == ("talking", True)
        assert (await again.agent("8001"), await again.offers(call)) == (("talking", ""), [("8001", "accepted")])
        await again.dispatcher.stop()


def joins_slowly(pbx: FakePbx) -> None:
    """From now on the dial plan needs a second to join whoever has answered with his caller."""
    connect = pbx._connect

    def late(agent: Leg, caller_id: str) -> None:
        pbx._answered(agent)
        asyncio.get_running_loop().call_later(1, lambda: agent.id in pbx.live and connect(agent, caller_id))

    pbx._connect = late  # type: ignore[method-assign]


@pytest.mark.parametrize("killed", [True, False])
@virtual_time
async def test_telephone_answered_as_an_engine_looks_for_the_first_time_has_its_talk(
    tmp_path: Path, killed: bool
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        joins_slowly(running.pbx)
        call, leg = await running.caller()
        await running.sign_in("8002")
        await asyncio.sleep(1)
        running.pbx.link_down()
        again = await running.restart() if killed else running
        await asyncio.sleep(0.5)
        running.pbx.link_up()
        await asyncio.sleep(10)
        assert ((await again.call(call)).state, running.pbx.live[leg].bridge != "") == ("talking", True)
        assert (await again.agent("8001"), await again.offers(call)) == (("talking", ""), [("8001", "accepted")])


@virtual_time
async def test_customer_who_answers_as_an_engine_looks_for_the_first_time_talks_with_his_agent(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE)
        joins_slowly(running.pbx)
        call = await running.dispatcher.outbound.dial("8001", CUSTOMER, "test")
        await asyncio.sleep(2.5)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(10)
        row = await again.call(call)
        assert (row.state, await again.agent("8001")) == ("talking", ("talking", ""))
        assert running.pbx.live[row.leg].bridge


@virtual_time
async def test_caller_whom_the_switchs_queue_gives_to_an_agent_as_an_engine_looks_for_the_first_time_talks_with_him(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8002", answers_after=99.0)
        call, leg = await running.caller()
        again = await running.restart()
        running.pbx.link_down()
        running.pbx.phone("phone-8001")
        running.pbx.fall_back(leg)
        await asyncio.sleep(60)
        running.pbx.live[leg].served_since = now()
        asyncio.get_running_loop().call_later(0.5, running.pbx.serve, leg, "phone-8001")
        running.pbx.link_up()
        await asyncio.sleep(10)
        row = await again.call(call)
        assert (row.state, row.agent, running.pbx.live[leg].bridge != "") == ("talking", "8001", True)


@virtual_time
async def test_telephone_that_is_answered_and_never_joined_keeps_no_engine_from_serving(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.pbx._connect = lambda agent, caller_id: running.pbx._answered(agent)  # type: ignore[method-assign]
        call, _ = await running.caller()
        await asyncio.sleep(2)
        del running.pbx._connect
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(5)
        assert ((await again.call(call)).state, await again.offers(call)) == (
            "talking", [("8001", "cancelled"), ("8001", "accepted")],
        )  # fmt: skip


@virtual_time
async def test_caller_given_on_without_the_switch_hearing_of_it_waits_when_the_link_is_back(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running, "cards")
        running.pbx.linked = False  # and nobody knows yet
        await running.dispatcher.control.transfer(call, "li.na", queue="loans")
        await asyncio.sleep(1)
        running.pbx.link_up()
        await asyncio.sleep(6)
        assert ((await running.call(call)).state, running.pbx.live[leg].place) == ("waiting", "centre-wait")


@pytest.mark.parametrize("killed", [True, False])
@virtual_time
async def test_caller_sent_back_to_the_menu_without_the_switch_hearing_of_it_comes_there(
    tmp_path: Path, killed: bool
) -> None:
    async with centre(tmp_path) as running:
        call, leg = await running.caller("cards")
        running.pbx.link_down()
        await running.dispatcher.carry_out(lambda _: (inputs.WentBack(call, "sorry"),), "")
        await asyncio.sleep(20)
        serving = await running.restart() if killed else running
        running.pbx.link_up()
        await asyncio.sleep(1)
        row = await serving.call(call)
        assert (row.state, row.queue, running.pbx.live[leg].place) == ("menu", "cards", "hotline")
        found = await serving.calls.landing(call)
        assert found is not None
        assert found.step == "sorry"
        await serving.dispatcher.stop()


@virtual_time
async def test_asker_whose_colleague_puts_his_telephone_down_while_the_link_is_down_keeps_his_caller(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running)
        asker = running.pbx.leg_of("phone-8001")
        running.pbx.link_down()
        running.pbx.hang_up(running.pbx.leg_of("phone-8002"))
        await asyncio.sleep(2)
        running.pbx.link_up()
        await asyncio.sleep(10)
        assert {each.id: each.place for each in running.pbx.live.values()} == {leg: "centre-hold", asker: "centre-idle"}
        assert (await running.agent("8001"), await running.agent("8002")) == (("on-hold", ""), ("ready", ""))
        await running.dispatcher.control.resume(call, "li.na")
        await asyncio.sleep(1)
        assert running.pbx.live[leg].bridge == running.pbx.live[asker].bridge != ""


@virtual_time
async def test_talk_that_the_agent_began_and_ended_while_the_link_was_down_is_one(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=2.0, hangs_up_after=4.0)
        call, leg = await running.caller()
        rung = now()
        await asyncio.sleep(1)
        running.pbx.link_down()
        await asyncio.sleep(7)
        assert running.pbx.live[leg].place == "centre-after"
        running.pbx.link_up()
        await asyncio.sleep(1)
        row = await running.call(call)
        assert (row.outcome, row.agent) == ("answered", "8001")
        assert row.connected_at == pytest.approx(rung + 2, abs=1.0)
        assert (await running.agent("8001"), await running.offers(call)) == (("wrap-up", ""), [("8001", "accepted")])


@pytest.mark.parametrize("killed", [True, False])
@virtual_time
async def test_talk_that_the_agent_ended_while_the_link_was_down_was_over_then_and_so_his_wrap_up_began(
    tmp_path: Path, killed: bool
) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, _ = await talking(running, "cards")
        running.pbx.link_down()
        await asyncio.sleep(2)
        over = now()
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(3)
        again = await running.restart() if killed else running
        running.pbx.link_up()
        await asyncio.sleep(1)
        row, floor = await again.call(call), again.dispatcher.floor
        assert row.talk_ended_at == pytest.approx(over, abs=0.1)
        assert (await again.agent("8001"), floor.seats["8001"].since) == (("wrap-up", ""), row.talk_ended_at)


@virtual_time
async def test_who_left_while_his_offer_was_out_and_nobody_looked_ended_with_it(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=99.0)
        call, leg = await running.caller()
        await asyncio.sleep(1)
        running.pbx.link_down()
        running.pbx.heard_at = now() - 5  # before he was offered
        running.pbx.hang_up(leg)
        assert running.pbx.departed is not None
        running.pbx.departed.pop(leg, None)
        await asyncio.sleep(2)
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert (await running.history(call))[-2:] == ["offer-ended", "ended"]
        async with running.db.reading() as session:
            [(offered, over)] = (await session.execute(select(Offer.offered_at, Offer.ended_at))).all()
        assert (await running.call(call)).ended_at == over == pytest.approx(offered, abs=0.01)


@virtual_time
async def test_who_was_called_and_spoken_to_while_the_link_was_down_was_reached(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1.0, hangs_up_after=5.0)
        running.pbx.phone(OUTSIDE, answers_after=3.0)
        call = await running.dispatcher.outbound.dial("8001", CUSTOMER, "test")
        await asyncio.sleep(2)
        running.pbx.link_down()
        await asyncio.sleep(7)
        assert [leg.place for leg in running.pbx.live.values()] == ["centre-after"]
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert (await running.call(call)).outcome == "answered"
        assert (await running.agent("8001"))[0] == "wrap-up"


@pytest.mark.parametrize("how", ["killed", "cut"])
@virtual_time
async def test_colleague_to_whom_a_caller_is_left_as_the_engine_goes_has_him_from_then_on(
    tmp_path: Path, how: str
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        began = now()
        call, leg = await three(running)
        await asyncio.sleep(60)
        left = now()
        await running.dispatcher.consults.complete(call, "li.na")
        again = await running.restart() if how == "killed" else running
        running.pbx.link_down()
        await asyncio.sleep(30)
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert (await again.call(call)).connected_at == pytest.approx(left, abs=0.01)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        await demand_in_order(again, call)
        async with again.db.reading() as session:
            spoken = await talks(session, began, now())
            told = await repository.day_figures(session, again.rules.queues, "queue", began, now(), now())
            found = await counting.stays(session, again.rules.queues, ["general"], Span(began, now(), now()))
        (counted,) = found.values()
    assert spoken["8002"] == pytest.approx((1, 31), abs=0.1)
    assert (counted.talks, told["general"]["talk"]) == (2, pytest.approx(counted.talk))


@virtual_time
async def test_caller_who_goes_as_he_is_left_to_a_colleague_was_not_gone_before(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        call, leg = await consulting(running)
        agent_leg = running.pbx.leg_of("phone-8001")
        await running.dispatcher.consults.complete(call, "li.na")
        at = now() - 1
        gone = Departure("customer", at, at - 9, device="phone-8001", since=at - 8, until=at, agent_leg=agent_leg)
        again = await after_a_gap(running, gone, legs=(leg,))
        assert await again.offers(call) == [("8001", "accepted"), ("8002", "cancelled")]
        assert (await again.call(call)).outcome == "abandoned"
        await demand_in_order(again, call)
