"""The database fails under the distributor, or another engine goes on from it: nothing decided is lost or invented."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from accounts.events import PeopleChanged
from acd.agent_state import AgentState
from acd.roster import AgentCard
from acd.routing.ours import Balanced
from acd.waiting import Contact, Waiting
from core.bus import Bus
from core.database import Database, Transaction
from core.errors import HotlineError, Refused
from core.leasing import EngineRow, Holding, Overtaken, stored
from pbx.commands import Command, HangUp, Ring, Wait
from pbx.events import CallArrived
from tests.acd.centre import QUEUES, Centre, centre
from tests.acd.test_outbound import CUSTOMER, OUTSIDE
from tests.virtual_time import now, virtual_time


@asynccontextmanager
async def database_gone(running: Centre, fault: Exception) -> AsyncIterator[None]:
    whole = running.db.transaction

    @asynccontextmanager
    async def broken(**how: bool) -> AsyncIterator[Transaction]:
        async with whole(**how) as tx:
            yield tx
            raise fault

    running.db.transaction = broken  # type: ignore[method-assign]  # the database as its users meet it
    try:
        yield
    finally:
        running.db.transaction = whole  # type: ignore[method-assign]  # as before


@pytest.mark.parametrize("fault", [OSError("connection refused"), ValueError("whatever")])
def test_what_cannot_be_stored_is_not_done_and_all_goes_on_from_what_is_stored(
    tmp_path: Path, fault: Exception
) -> None:
    @virtual_time
    async def story() -> None:
        async with centre(tmp_path, "8001", "8002") as running:
            await running.sign_in("8001", answers_after=1.0)
            talks, leg = await running.caller()
            await asyncio.sleep(3)
            waits, _ = await running.caller()
            await asyncio.sleep(1)
            commands = len(running.pbx.commands)
            async with database_gone(running, fault):
                running.pbx.hang_up(leg)
                await asyncio.sleep(1)
                assert not await running.dispatcher.healthy()
                with pytest.raises(Refused) as refused:
                    await running.dispatcher.set_state("8002", AgentState.READY, "", "test")
                assert refused.value.reason == "not_stored"
                await asyncio.sleep(5)
            assert len(running.pbx.commands) == commands
            await asyncio.sleep(2)
            assert await running.dispatcher.healthy()
            ended = await running.call(talks)
            assert (ended.state, ended.outcome) == ("ended", "answered")
            await asyncio.sleep(12)
            assert (await running.call(waits)).state == "talking"
            assert running.dispatcher.floor.waiting == 0

    story()


@virtual_time
async def test_phone_rings_while_its_offer_is_being_stored_and_what_it_does_is_heard_after_that(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=0.5)
        commit = running.db._commit

        async def slow(unit: Transaction) -> None:
            await asyncio.sleep(1)
            await commit(unit)

        running.db._commit = slow  # type: ignore[method-assign]  # a database that is far away
        coming = asyncio.create_task(running.caller())
        await asyncio.sleep(1.9)
        caller, agent = running.pbx.live.values()
        assert (caller.place, agent.bridge) == ("centre-wait", caller.bridge)
        assert await running.offers() == []
        call, _ = await coming
        await asyncio.sleep(3)
        assert (await running.call(call)).state == "talking"
        assert await running.offers(call) == [("8001", "accepted")]


@virtual_time
async def test_next_caller_rings_while_it_is_being_stored_that_the_agent_has_hung_up_on_the_one_before(
    tmp_path: Path,
) -> None:
    unpaused = {name: queue.model_copy(update={"wrap_up": 0}) for name, queue in QUEUES.queues.items()}
    async with centre(tmp_path, "8001", rules=QUEUES.model_copy(update={"queues": unpaused})) as running:
        await running.sign_in("8001", answers_after=0.5)
        first, _ = await running.caller()
        await asyncio.sleep(2)
        waits, _ = await running.caller()
        commit = running.db._commit

        async def slow(unit: Transaction) -> None:
            await asyncio.sleep(1)
            await commit(unit)

        running.db._commit = slow  # type: ignore[method-assign]  # a database that is far away
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(0.1)
        assert [command for command in running.pbx.commands if isinstance(command, Ring)][1:]
        assert not [command for command in running.pbx.commands if isinstance(command, HangUp)]
        assert await running.offers(waits) == []
        await asyncio.sleep(3)
        assert (await running.call(first)).outcome == "answered"
        assert (await running.call(waits)).state == "talking"


@virtual_time
async def test_telephone_is_told_that_a_ring_is_over_before_it_rings_for_the_next_caller(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=60)
        _, leg = await running.caller()
        await running.caller()
        sent, do = list[str](), running.pbx.do

        async def tell(command: Command) -> None:
            sent.append(type(command).__name__)
            await do(command)

        def obey(command: Command) -> Coroutine[Any, Any, None]:
            """As on a real switch: a ring is sent at once, anything else when it is waited for."""
            if isinstance(command, Ring):
                sent.append("Ring")
                return do(command)
            return tell(command)

        monkeypatch.setattr(running.pbx, "do", obey)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert sent.index("HangUp") < sent.index("Ring")


@virtual_time
async def test_phone_is_rung_before_the_caller_is_sent_to_the_music(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        await running.caller()
        assert [type(command) for command in running.pbx.commands[-2:]] == [Ring, Wait]


@pytest.mark.parametrize("killed", [True, False])
@pytest.mark.parametrize("answers", [True, False])
def test_caller_and_phone_that_went_ahead_of_a_write_that_failed_talk_on_or_begin_again(
    tmp_path: Path, killed: bool, answers: bool
) -> None:
    @virtual_time
    async def story() -> None:
        async with centre(tmp_path, "8001", "8002") as running:
            await running.sign_in("8001", answers_after=0.5 if answers else 8)
            await running.sign_in("8002")
            leg = running.pbx.call("13800000000")
            in_menu = await running.calls.begin(CallArrived(now(), leg, "13800000000", "95000"), "gold", "zh")
            async with database_gone(running, OSError("disk full")):
                with pytest.raises(HotlineError, match="nothing was changed"):
                    await running.calls.enqueue(in_menu, "cards", {}, 0)
                await asyncio.sleep(1.5)
            assert await running.offers() == []
            rang = running.pbx.leg_of("phone-8001")
            serving = await running.restart() if killed else running
            if killed:
                running.pbx.link_up()
            await asyncio.sleep(2)
            (call,) = serving.live
            offered = [command.device for command in running.pbx.commands if isinstance(command, Ring)]
            if answers:
                assert (call.state, call.agent, call.offer) == ("talking", "8001", rang)
                assert offered == ["phone-8001"]
                serving = await serving.restart()
                running.pbx.link_up()
                await asyncio.sleep(2)
                (call,) = serving.live
                assert (call.state, call.agent, call.offer) == ("talking", "8001", rang)
                assert await serving.offers(call.id) == [("8001", "accepted")]
            else:
                assert (call.state, rang in running.pbx.live) == ("ringing", False)
                assert offered == ["phone-8001", "phone-8001"]
            running.pbx.hang_up(call.leg)
            await asyncio.sleep(1)
            assert (await serving.call(call.id)).outcome == ("answered" if answers else "abandoned")
            assert not running.pbx.live
            await serving.dispatcher.stop()

    story()


@virtual_time
async def test_link_that_comes_up_while_the_database_is_gone_serves_as_soon_as_it_is_back(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1.0)
        running.pbx.link_down()
        await asyncio.sleep(1)
        async with database_gone(running, OSError("connection refused")):
            running.pbx.link_up()
            await asyncio.sleep(10)
            assert not running.dispatcher.serving
        await asyncio.sleep(2)
        call, _ = await running.caller()
        await asyncio.sleep(2)
        assert (await running.call(call)).state == "talking"


@virtual_time
async def test_free_agents_keep_their_places_over_a_restart(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        await asyncio.sleep(10)
        await running.sign_in("8002")
        _, leg = await running.caller()
        await asyncio.sleep(0.5)
        running.pbx.hang_up(leg)  # while 8001 rings: his place is the old one, though his state has changed since
        await asyncio.sleep(0.5)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        call, _ = await again.caller()
        await asyncio.sleep(2)
        assert await again.offers(call) == [("8001", "accepted")]
        await again.dispatcher.stop()


@virtual_time
async def test_policy_knows_after_a_restart_what_it_had_learned(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", "8002", hangs_up_after=40.0)
        for queue in ("cards", "loans", "cards", "general", "cards"):
            await running.caller(queue)
            await asyncio.sleep(20)
        await asyncio.sleep(100)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)

        def learned(one: Centre) -> list[object]:
            floor = one.dispatcher.floor
            probes = [Contact("x", "q", need, 0, now() - 50, 0) for need in ((("cards", 1),), (("loans", 1),), ())]
            free = floor._free  # what the policy sees, which nobody else does
            return [floor.policy.explain(each, (), Waiting(), free, now()) for each in probes]

        assert learned(again) == learned(running)
        assert len({str(each) for each in learned(again)}) > 1
        await again.dispatcher.stop()


@virtual_time
async def test_policy_knows_after_a_restart_who_came_and_since_when_he_waits(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        again, _ = await running.sent_to_menu("8001")
        await running.dispatcher.set_state("8001", AgentState.NOT_READY, "", "sun.li")
        await running.sign_in("8002")
        running.pbx.phone(OUTSIDE, answers_after=1.0)
        out = await running.dispatcher.outbound.dial("8002", CUSTOMER, "test")
        await asyncio.sleep(10)
        await running.dispatcher.set_state("8002", AgentState.NOT_READY, "", "sun.li")
        await running.dispatcher.control.transfer(out, "test", queue="cards")
        await running.calls.enqueue(again, "cards", {}, 0)
        _, leg = await running.caller(caller="13700000001")
        await asyncio.sleep(90)
        running.pbx.hang_up(leg)
        await asyncio.sleep(5)
        await running.caller(caller="13700000001")
        heir = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)

        def learned(one: Centre) -> tuple[list[float], object]:
            policy = one.dispatcher.floor.policy
            assert isinstance(policy, Balanced)
            lines = policy._strict._lines
            places = [at for need in sorted(lines) for at, *_ in lines[need].places]
            return places, (policy._tiers._counts, policy._demand._counts)

        (were, came), (are, has_come) = learned(running), learned(heir)
        assert are == pytest.approx(were, abs=0.01)
        assert (has_come, len(are)) == (came, 3)


@virtual_time
async def test_changed_skills_count_at_once_and_who_is_no_agent_any_more_leaves_after_his_contact(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", "8002", answers_after=1.0)
        cards, team = running.team.cards, running.team
        team.cards = {"8001": AgentCard("8001", "one", {"cards": 9}), "8002": cards["8002"]}
        running.bus.publish(PeopleChanged())
        await asyncio.sleep(0.1)
        first, leg = await running.caller("loans")
        await asyncio.sleep(2)
        assert await running.offers(first) == [("8002", "accepted")]
        team.cards = {"8001": team.cards["8001"]}
        running.bus.publish(PeopleChanged())
        await asyncio.sleep(0.1)
        assert await running.agent("8002") == ("talking", "")
        running.pbx.hang_up(leg)
        await asyncio.sleep(11)
        assert await running.agent("8002") == ("signed-out", "no_agent")
        waits, _ = await running.caller("loans")
        await asyncio.sleep(2)
        assert await running.offers(waits) == []
        team.cards = {"8001": AgentCard("8001", "one", {"loans": 3})}
        running.bus.publish(PeopleChanged())
        await asyncio.sleep(2)
        assert await running.offers(waits) == [("8001", "accepted")]


@virtual_time
async def test_phone_that_could_not_be_rung_though_it_is_there_is_tried_again(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1.0)
        running.pbx.phones["phone-8001"].registered = False  # gone, and nobody has noticed yet
        call, _ = await running.caller()
        await asyncio.sleep(1)
        assert await running.agent("8001") == ("not-ready", "unreachable")
        running.pbx.phones["phone-8001"].registered = True
        await asyncio.sleep(12)
        assert (await running.call(call)).state == "talking"


@virtual_time
async def test_who_reaches_nobody_while_his_phone_was_to_be_left_alone_is_given_calls_again(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1.0)
        running.pbx.phones["phone-8001"].registered = False
        call, _ = await running.caller()
        await asyncio.sleep(1)
        running.pbx.phones["phone-8001"].registered = True
        assert await running.agent("8001") == ("not-ready", "unreachable")
        running.pbx.phone(OUTSIDE, busy=True)
        await running.dispatcher.outbound.dial("8001", CUSTOMER, "test")
        await asyncio.sleep(5)
        assert (await running.call(call)).state == "talking"


@virtual_time
async def test_phone_that_was_lost_while_it_rang_for_a_call_out_is_back_with_it(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=99.0)
        await running.dispatcher.outbound.dial("8001", CUSTOMER, "test")
        await asyncio.sleep(1)
        running.pbx.phone("phone-8001", registered=False)
        await asyncio.sleep(30)
        assert await running.agent("8001") == ("not-ready", "unreachable")
        running.pbx.phone("phone-8001", registered=True)
        await asyncio.sleep(1)
        assert await running.agent("8001") == ("ready", "")


@virtual_time
async def test_engine_that_was_stopped_and_overtaken_does_nothing_when_it_goes_on(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        async with running.db.transaction() as tx:
            tx.session.add(EngineRow(id=1, beat_at=0.0))
        await holding(running.db)
        await running.sign_in("8001", "8002", answers_after=5.0)
        talks, leg = await running.caller()
        await asyncio.sleep(10)
        assert (await running.call(talks)).state == "talking"
        other = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
        await holding(other)

        commands, history = len(running.pbx.commands), await running.history(talks)
        running.pbx.hang_up(leg)  # it learns now what happened while it was stopped
        with pytest.raises(Overtaken):
            await running.caller()
        with pytest.raises(Refused):
            await running.dispatcher.set_state("8002", AgentState.NOT_READY, "", "test")
        await asyncio.sleep(30)
        assert not await running.dispatcher.healthy()
        assert len(running.pbx.commands) == commands
        assert (await running.history(talks), (await running.call(talks)).state) == (history, "talking")

        again = await running.restart(other)
        running.pbx.link_up()
        await asyncio.sleep(1)
        assert (await again.call(talks)).outcome == "answered"
        await again.dispatcher.stop()
        await other.close()


async def holding(db: Database) -> Holding:
    """Another has the lease no more."""
    async with db.reading() as session:
        seen = await stored(session)
    found = Holding(db, now, now)
    assert await found.take(seen, "name", "")
    return found
