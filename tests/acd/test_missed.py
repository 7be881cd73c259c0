"""Who came to his end while no engine was there is booked as what became of him."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from acd import missed, repository
from acd.models import AgentEvent, Call, Offer
from core.database import Transaction
from core.lease import PATIENCE
from core.leasing import EngineRow, Holding, stored
from core.portions import MOST
from pbx.events import CallArrived, Departure, Unseen
from tests.acd.centre import QUEUES, Centre, centre
from tests.acd.test_control import talking
from tests.acd.test_outbound import CUSTOMER, OUTSIDE
from tests.acd.test_storage import database_gone
from tests.statements import values_of_statements
from tests.virtual_time import now, virtual_time

GAP = 60.0


async def after_a_gap(running: Centre, *departures: Departure, legs: tuple[str, ...]) -> Centre:
    """The engine dies; these legs end as told; another engine begins a minute later."""
    running.pbx.link_down()
    await asyncio.sleep(0.1)
    assert running.pbx.departed is not None
    for leg, gone in zip(legs, departures, strict=True):
        if leg in running.pbx.live:
            running.pbx.hang_up(leg)
        running.pbx.departed[leg] = gone
    again = await running.restart()
    await asyncio.sleep(GAP)
    running.pbx.link_up()
    await asyncio.sleep(1)
    return again


def served(by: str = "customer", device: str = "phone-8001") -> Departure:
    """From 5 to 35 s from now on."""
    at = now()
    return Departure(by, at + 37, at - 20, "13900000001", "95000", False, device, at + 5, at + 35)


@virtual_time
async def test_caller_whose_agent_answered_when_the_engine_had_gone_was_served_by_him(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=30.0)
        call, leg = await running.caller()
        await asyncio.sleep(1)
        began, gone = now(), served()
        again = await after_a_gap(running, gone, legs=(leg,))
        row = await again.call(call)
        assert (row.state, row.outcome, row.agent, row.ended_by) == ("ended", "answered", "8001", "customer")
        assert (row.connected_at, row.talk_ended_at, row.ended_at) == (gone.since, gone.until, gone.at)
        assert await again.offers(call) == [("8001", "accepted")]
        assert (await again.history(call))[-3:] == ["connected", "disconnected", "ended"]
        assert await again.agent("8001") == ("ready", "")
        async with again.db.reading() as session:
            day = await repository.day_figures(session, QUEUES.queues, "queue", began - 60, now(), now())
        figures = day["general"]
        assert (figures["offered"], figures["answered"], figures["abandoned"]) == (1, 1, 0)
        assert figures["service_level"] == 1.0
        await again.dispatcher.stop()


@virtual_time
async def test_caller_of_the_menu_whom_the_switchs_queue_gave_to_an_agent_was_served(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        leg, gone = running.pbx.call("13900000002"), served("agent", "phone-8002")
        call = await running.calls.begin(CallArrived(now(), leg, "13900000002", "95000"), "gold", "zh")
        again = await after_a_gap(running, gone, legs=(leg,))
        row = await again.call(call)
        assert (row.outcome, row.agent, row.queue, row.ended_by) == ("answered", "8002", "general", "agent")
        assert row.talk_ended_at == gone.until
        assert await again.offers(call) == [("8002", "accepted")]
        await again.dispatcher.stop()


@virtual_time
async def test_held_caller_whom_the_switchs_queue_gave_to_another_was_served_by_both(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, leg = await talking(running, "cards")
        await running.sign_in("8002")
        await running.dispatcher.control.hold(call, "li.na")
        await asyncio.sleep(5)
        left = now()
        gone = Departure(
            "customer", left + 50, left - 20, queued=True, device="phone-8002", since=left + 20, until=left + 50
        )
        again = await after_a_gap(running, gone, legs=(leg,))
        row = await again.call(call)
        assert (row.outcome, row.agent, row.queue, row.ended_by) == ("answered", "8002", "cards", "customer")
        assert (row.connected_at, row.talk_ended_at) == (left + 20, left + 50)
        assert (await again.history(call))[-6:] == [
            "disconnected", "lost", "queued", "connected", "disconnected", "ended",
        ]  # fmt: skip
        assert await again.offers(call) == [("8001", "accepted"), ("8002", "accepted")]
        await again.dispatcher.stop()


@virtual_time
@pytest.mark.parametrize(("by", "outcome"), [("customer", "abandoned"), ("system", "failed")])
async def test_held_caller_whom_nobody_took_in_the_switchs_queue_has_waited_there_since_his_agent_left(
    tmp_path: Path, by: str, outcome: str
) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running, "cards")
        await running.dispatcher.control.hold(call, "li.na")
        await asyncio.sleep(5)
        left = now()
        gone = Departure(by, left + 50, left - 20, queued=True, until=left + 50)
        again = await after_a_gap(running, gone, legs=(leg,))
        row = await again.call(call)
        assert (row.outcome, row.queue, row.ended_by, row.ended_at) == (outcome, "cards", by, left + 50)
        assert (await again.history(call))[-4:] == ["disconnected", "lost", "queued", "ended"]
        assert await again.offers(call) == [("8001", "accepted")]
        states = (await states_of(again, "8001"))[-2:]
        assert [state for state, _ in states] == ["wrap-up", "ready"]
        assert [at for _, at in states] == pytest.approx([left, left + 10], abs=0.01)
        async with again.db.reading() as session:
            day = await repository.day_figures(session, QUEUES.queues, "queue", left - 60, now(), now())
        figures = day["cards"]
        assert (figures["offered"], figures["answered"], figures["abandoned"]) == (2, 1, by == "customer")


@virtual_time
@pytest.mark.parametrize("queued", [False, True])
async def test_caller_whom_his_agent_sent_to_the_menu_has_given_up_only_in_the_queue(
    tmp_path: Path, queued: bool
) -> None:
    async with centre(tmp_path, "8001") as running:
        call, leg = await running.sent_to_menu("8001")
        gone = Departure("customer", now() + 45, now() - 20, "13900000001", "95000", queued)
        again = await after_a_gap(running, gone, legs=(leg,))
        row = await again.call(call)
        told = (row.outcome, row.queue, row.ended_by)
        assert told == (("abandoned", "general", "customer") if queued else ("answered", "cards", "agent"))
        assert row.ended_at == gone.at
        await again.dispatcher.stop()


@pytest.mark.parametrize("ahead", [0, 90, -90])
@virtual_time
async def test_talk_that_is_booked_when_its_caller_leaves_before_the_menu_has_him_is_not_booked_again(
    tmp_path: Path, ahead: int
) -> None:
    """Whatever the switch's clock says, that is so far ahead."""
    async with centre(tmp_path, "8001") as running:
        call, leg = await running.surveyed("8001")
        talk = await running.call(call)
        assert talk.connected_at is not None
        assert talk.talk_ended_at is not None
        async with running.db.reading() as session:
            agent_leg = await session.scalar(select(Offer.id).where(Offer.call == call)) or ""
        spoke = (int(talk.connected_at) + ahead, int(talk.talk_ended_at) + ahead, agent_leg)
        left, arrived = int(now()) + ahead, talk.arrived_at + ahead
        gone = Departure("agent", left, arrived, "13900000001", "95000", False, "phone-8001", *spoke)
        again = await after_a_gap(running, gone, legs=(leg,))
        assert await again.offers(call) == [("8001", "accepted")]
        assert (await again.history(call)).count("connected") == 1
        row = await again.call(call)
        assert (row.outcome, row.ended_by, row.agent) == ("answered", "agent", "8001")
        assert row.ended_at is not None
        assert row.ended_at >= talk.talk_ended_at


@virtual_time
async def test_callers_nobody_knew_have_calls_of_their_own_one_served_and_one_who_gave_up(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        began = now()
        gave_up = Departure("customer", began + 40, began + 15, "13900000003", "95000", queued=True)
        again = await after_a_gap(running, served(), gave_up, legs=("n1-1.1", "n1-1.2"))
        async with again.db.reading() as session:
            rows = (await session.scalars(select(Call).order_by(Call.leg))).all()
        assert [(row.caller, row.outcome, row.queue) for row in rows] == [
            ("13900000001", "answered", "general"), ("13900000003", "abandoned", "general"),
        ]  # fmt: skip
        assert (rows[1].queued_at, rows[1].ended_at) == (began + 15, began + 40)
        await again.dispatcher.stop()


@virtual_time
async def test_caller_nobody_knew_is_spoken_to_in_the_language_of_his_last_call_and_who_hides_in_the_sites(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path) as running:
        for number in ("13900000003", ""):
            leg = running.pbx.call(number)
            call = await running.calls.begin(CallArrived(now(), leg, number, "95000"), "gold", "en")
            await running.calls.finish(call, "self-service", "customer")
            running.pbx.hang_up(leg)
        at = now()
        left = [Departure("customer", at + 40, at + 15, number, "95000", queued=True) for number in ("13900000003", "")]
        lives = running.pbx.call("13900000003")
        running.pbx.live[lives].place = "fallback"
        again = await after_a_gap(running, *left, legs=("n1-1.1", "n1-1.2"))
        async with again.db.reading() as session:
            found = (await session.execute(select(Call.caller, Call.language).where(Call.arrived_at >= at))).all()
            assert sorted((caller, language) for caller, language in found) == [
                ("", "zh"),
                ("13900000003", "en"),
                ("13900000003", "en"),
            ]
        await again.dispatcher.stop()


@virtual_time
@pytest.mark.parametrize("by", ["customer", "agent", "nobody knows"])
async def test_talk_that_ended_in_the_gap_ended_when_it_did_and_so_did_the_wrap_up(tmp_path: Path, by: str) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=1.0)
        call, leg = await running.caller()
        await asyncio.sleep(3)
        began, at = now(), now() + 20
        gone = [Departure("agent" if by == "agent" else "customer", at + (by == "agent") * 5, began, until=at)]
        again = await after_a_gap(running, *gone[: by != "nobody knows"], legs=(leg,)[: by != "nobody knows"])
        if by == "nobody knows":  # he hung up within seconds of the last heartbeat, which the switch does not note
            again.pbx.link_down()
            running.pbx.hang_up(leg)
            at = now()
            await asyncio.sleep(GAP)
            again.pbx.link_up()
            await asyncio.sleep(1)
        row = await again.call(call)
        assert (row.outcome, row.ended_by) == ("answered", "agent" if by == "agent" else "customer")
        assert row.talk_ended_at == pytest.approx(at, abs=0.01)
        assert row.ended_at == pytest.approx(at + (by == "agent") * 5, abs=0.01)
        assert await again.agent("8001") == ("ready", "")
        states = await states_of(again, "8001")
        assert [state for state, _ in states[-2:]] == ["wrap-up", "ready"]
        assert [moment for _, moment in states[-2:]] == pytest.approx([at, at + 10], abs=0.01)
        await again.dispatcher.stop()


@virtual_time
async def test_wrap_up_of_a_talk_that_ended_just_now_in_the_gap_goes_on_for_the_rest_of_it(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001", answers_after=5.0)
        call, leg = await running.caller()
        await asyncio.sleep(1)
        began = now()
        gone = Departure("customer", began + 55, began, device="phone-8001", since=began + 4, until=began + 55)
        again = await after_a_gap(running, gone, legs=(leg,))
        assert (await again.call(call)).talk_ended_at == began + 55
        assert await again.agent("8001") == ("wrap-up", "")
        await asyncio.sleep(began + 66 - now())
        assert await again.agent("8001") == ("ready", "")
        assert ("talking", began + 4) in await states_of(again, "8001")
        await again.dispatcher.stop()


@virtual_time
async def test_who_gave_up_in_the_first_seconds_of_the_gap_has_not_waited_to_its_end(tmp_path: Path) -> None:
    async with centre(tmp_path) as running:
        call, leg = await running.caller()
        other, in_menu = await caller_in_menu(running)
        at = now()
        running.pbx.link_down()
        for each in (leg, in_menu):
            running.pbx.hang_up(each)
        await asyncio.sleep(GAP)
        running.pbx.link_up()
        await asyncio.sleep(1)
        for each in (call, other):
            row = await running.call(each)
            assert row.outcome == "abandoned"
            assert row.ended_at == pytest.approx(at, abs=0.01)


@virtual_time
@pytest.mark.parametrize(("rings", "by"), [(True, "customer"), (True, "agent"), (False, "agent")])
async def test_talk_with_a_number_outside_that_ended_in_the_gap_was_one(tmp_path: Path, rings: bool, by: str) -> None:
    async with centre(tmp_path) as running:
        running.pbx.phone("110@trunk", answers_after=5)
        call, leg = await caller_in_menu(running)
        connecting = asyncio.ensure_future(running.dispatcher.outside.connect(call, "110"))
        await asyncio.sleep(1 if rings else 7)
        began = now()
        gone = Departure(by, began + 30, began, device="110@trunk", since=began + 5, until=began + 30)
        again = await after_a_gap(running, gone, legs=(leg,))
        row = await again.call(call)
        assert (row.outcome, row.ended_by) == ("transferred", "outside" if by == "agent" else by)
        assert row.ended_at == began + 30
        connecting.cancel()
        await again.dispatcher.stop()


@virtual_time
@pytest.mark.parametrize("talks", [False, True])
async def test_talk_that_an_agent_has_dialled_and_that_ended_in_the_gap_was_one(tmp_path: Path, talks: bool) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=4)
        call = await running.dispatcher.outbound.dial("8001", CUSTOMER, "li.na")
        await asyncio.sleep(8 if talks else 2)
        began, leg = now(), (await running.call(call)).leg
        gone = Departure("agent", began + 35, began, device="phone-8001", since=began + 3, until=began + 30)
        again = await after_a_gap(running, gone, legs=(leg,))
        row = await again.call(call)
        assert (row.outcome, row.ended_by, row.talk_ended_at, row.ended_at) == (
            "answered", "agent", began + 30, began + 35,
        )  # fmt: skip
        assert await again.offers(call) == [("8001", "accepted")]
        assert await again.agent("8001") == ("ready", "")
        await again.dispatcher.stop()


@virtual_time
async def test_who_was_served_while_the_database_was_away_is_booked_as_the_switch_has_noted(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await caller_in_menu(running)
        async with database_gone(running, OSError("connection refused")):
            assert not await running.dispatcher.healthy()
            running.pbx.departed = {leg: served("agent")}
            running.pbx.hang_up(leg)
            await asyncio.sleep(GAP)
        await asyncio.sleep(2)
        row = await running.call(call)
        assert (row.outcome, row.agent, row.ended_by) == ("answered", "8001", "agent")


@virtual_time
async def test_lease_is_kept_while_an_hour_of_what_the_switch_did_alone_is_booked(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", "8002", answers_after=1.0)
        talks = [await running.caller() for _ in range(2)]
        await asyncio.sleep(3)
        holding = await lease_of(running)
        keeper = asyncio.create_task(holding.keep())
        running.pbx.link_down()
        began = now()
        for number in range(200):
            running.pbx.departed |= {f"n1-{int(began)}.{number}": served()}  # type: ignore[operator]  # it is known
        for _, leg in talks:
            running.pbx.hang_up(leg)
        await asyncio.sleep(GAP)
        far_away(running)
        running.pbx.link_up()
        silent = 0
        while not running.dispatcher.serving:
            silent += not holding.may_command()
            await asyncio.sleep(0.1)
        assert now() - began - GAP > 2 * PATIENCE
        assert silent == 0
        async with running.db.reading() as session:
            found = (await session.scalars(select(Call.outcome).where(Call.leg.like("n1-%")))).all()
        assert found == ["answered"] * 200
        keeper.cancel()


@virtual_time
async def test_what_was_booked_before_the_database_went_away_again_is_not_booked_twice(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        running.pbx.link_down()
        running.pbx.departed = {f"n1-{int(now())}.{number}": served() for number in range(120)}
        commit, left = running.db._commit, 1

        async def once(unit: Transaction) -> None:
            nonlocal left
            left -= 1
            if left == -1:
                raise OSError("connection refused")
            await commit(unit)

        running.db._commit = once  # type: ignore[method-assign]  # a database that fails in the middle of it
        running.pbx.link_up()
        await asyncio.sleep(10)
        assert running.dispatcher.serving
        async with running.db.reading() as session:
            assert await session.scalar(select(func.count()).select_from(Call)) == 120
            assert await session.scalar(select(func.count()).select_from(Offer)) == 120


@virtual_time
async def test_talk_in_the_gap_and_its_wrap_up_have_their_times_also_when_all_had_to_be_looked_at_twice(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001", "8002", answers_after=1000.0)
        _, rings = await running.caller()
        other = running.pbx.call("13900000009")
        await asyncio.sleep(1)
        running.pbx.link_down()
        await asyncio.sleep(0.1)
        gone = served()
        running.pbx.hang_up(rings)
        running.pbx.departed = {rings: gone}
        running.pbx.fall_back(other)
        again = await running.restart()
        await asyncio.sleep(GAP)
        far_away(again)
        running.pbx.link_up()
        await asyncio.sleep(0.02)
        running.pbx.serve(other, "phone-8002")
        await asyncio.sleep(2)
        assert [(call.state, call.agent) for call in again.live] == [("talking", "8002")]
        states = await states_of(again, "8001")
        assert [state for state, _ in states[-3:]] == ["talking", "wrap-up", "ready"]
        assert [at for _, at in states[-3:]] == [gone.since, gone.until, pytest.approx(gone.until + 10)]


async def lease_of(running: Centre) -> Holding:
    """The running engine's, renewed the way it is in a centre."""
    async with running.db.transaction() as tx:
        tx.session.add(EngineRow(id=1, beat_at=0.0))
    holding = Holding(running.db, now, now)
    async with running.db.reading() as session:
        seen = await stored(session)
    assert await holding.take(seen, "name", "place")
    holding.pulse = running.dispatcher.stores
    return holding


def far_away(running: Centre) -> None:
    """Every statement takes its time from now on."""
    commit = running.db._commit

    async def late(unit: Transaction) -> None:
        await asyncio.sleep(0.005 * len(unit.writes))
        await commit(unit)

    running.db._commit = late  # type: ignore[method-assign]  # the database as its users meet it


async def caller_in_menu(running: Centre) -> tuple[str, str]:
    leg = running.pbx.call("13900000002")
    return await running.calls.begin(CallArrived(now(), leg, "13900000002", "95000"), "gold", "zh"), leg


async def states_of(running: Centre, agent: str) -> list[tuple[str, float]]:
    """What the agent's history says, in order of time."""
    async with running.db.reading() as session:
        query = select(AgentEvent).where(AgentEvent.agent == agent).order_by(AgentEvent.at, AgentEvent.id)
        return [(each.state, each.at) for each in await session.scalars(query)]


@virtual_time
async def test_those_who_left_are_looked_up_in_portions_however_many_they_are(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        left = {f"leg{number}": served() for number in range(1200)}
        async with running.db.transaction() as tx:
            rows = [
                {"id": leg, "leg": leg, "caller": "", "dialled": "", "state": "ended", "arrived_at": 1.0}
                for leg in left
            ]
            await tx.session.execute(insert(Call), rows)
        counts = values_of_statements(running.db)
        async with running.db.transaction() as tx:
            await missed.book(tx, QUEUES, running.dispatcher._language_of, Unseen(left), {}, running.live, now())
        assert sum(counts) == 1200
        assert max(counts) <= MOST
        async with running.db.reading() as session:
            assert await session.scalar(select(func.count()).select_from(Call)) == 1200
