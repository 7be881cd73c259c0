"""What a waiting caller is told, and the key by which he leaves."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from acd.agent_state import AgentState
from acd.models import CallEvent
from acd.queues import Queues
from pbx.commands import Announce
from tests.acd.centre import Centre, centre
from tests.acd.test_admission import comfort, enqueue, rules
from tests.virtual_time import now, virtual_time


async def told(running: Centre, call: str) -> list[tuple[float, int | None]]:
    """When he was told something, and his place as he was told it."""
    said = select(CallEvent.at, CallEvent.data).where(CallEvent.call == call, CallEvent.kind == "announced")
    async with running.db.reading() as session:
        return [(at, data["place"]) for at, data in (await session.execute(said.order_by(CallEvent.id))).all()]


@virtual_time
async def test_caller_is_told_his_place_which_never_grows_and_leaves_by_a_key_with_his_place(tmp_path: Path) -> None:
    asked = rules(announce={"first": 10, "every": 20}, way_out={"key": "1", "step": "callback"})
    async with centre(tmp_path, "8001", rules=asked) as running:
        telling = comfort(running)
        await running.sign_in("8001", answers_after=1.0)
        await enqueue(running)
        await asyncio.sleep(2)
        call, leg = await enqueue(running)
        began = (await running.call(call)).queued_at
        for seconds in (5, 6, 1):
            await asyncio.sleep(seconds)
            await telling.look()
        await running.caller("general", priority=5)
        await asyncio.sleep(20)
        await comfort(running).look()  # another engine, which has told him nothing itself
        await asyncio.sleep(0.1)
        await telling.look()
        said = [each.sounds[0] for each in running.pbx.commands if isinstance(each, Announce) and each.leg == leg]
        assert said[0] == "/zh 1 3 1"
        assert set(said) == {"/zh 1 3 1"}
        running.pbx.press(leg, "1")
        await asyncio.sleep(0.2)
        row = await running.call(call)
        assert (row.state, row.queued_at) == ("menu", began)
        landing = await running.calls.landing(call)
        assert landing is not None
        assert landing.step == "callback"
        assert running.pbx.live[leg].place == "hotline"
        assert (await running.history(call))[-1] == "sent-back"
        await running.calls.enqueue(call, "general", {}, 0)
        assert (await running.call(call)).queued_at == began


@virtual_time
async def test_caller_who_waits_again_after_a_talk_is_told_his_place_of_now(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules(announce={"first": 10, "every": 20})) as running:
        telling = comfort(running)
        call, _ = await enqueue(running)
        await asyncio.sleep(11)
        await telling.look()
        await running.sign_in("8001", answers_after=1.0)
        await asyncio.sleep(3)
        for _ in range(2):
            await running.caller("general", priority=5)
        await telling.look()
        await running.dispatcher.set_state("8001", AgentState.MEAL, "", "li.na")
        await running.dispatcher.control.transfer(call, "li.na", queue="general")
        await asyncio.sleep(12)
        await telling.look()
        async with running.db.reading() as session:
            told = select(CallEvent.data).where(CallEvent.call == call, CallEvent.kind == "announced")
            places = [each["place"] for each in await session.scalars(told.order_by(CallEvent.id))]
        assert places == [1, 3]


@virtual_time
async def test_who_came_after_a_caller_that_waits_for_his_last_agent_alone_is_told_a_place_behind_him(
    tmp_path: Path,
) -> None:
    asked = rules(announce={"first": 10, "every": 20}, last_agent={"within": 3600, "wait": 20})
    async with centre(tmp_path, "8001", rules=asked) as running:
        telling = comfort(running)
        await running.sign_in("8001", answers_after=1.0)
        _, leg = await enqueue(running)
        await asyncio.sleep(5)
        running.pbx.hang_up(leg)
        await asyncio.sleep(12)
        await enqueue(running, "13900000000")
        await asyncio.sleep(3)
        first, _ = await enqueue(running)
        call, _ = await enqueue(running, "13900000002")
        await asyncio.sleep(11)
        assert (await running.call(first)).meant_for == "8001"
        await telling.look()
        await asyncio.sleep(20)
        await telling.look()
        assert (await running.call(first)).meant_for == ""
        assert [place for _, place in await told(running, call)] == [2, 2]


@virtual_time
async def test_caller_who_has_flowed_over_is_still_told_of_the_key_and_leaves_by_it_after_a_restart_too(
    tmp_path: Path,
) -> None:
    asked = rules(
        skills={"none": 1}, overflow={"after": 20, "to": "second"}, announce={"first": 10, "every": 20},
        way_out={"key": "1", "step": "callback"},
    )  # fmt: skip
    async with centre(tmp_path, "8001", rules=asked) as running:
        await running.sign_in("8001")
        await running.caller("second")
        call, leg = await enqueue(running)
        await asyncio.sleep(25)
        assert (await running.call(call)).queue == "second"
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        await comfort(again).look()
        said = [each.sounds[0] for each in running.pbx.commands if isinstance(each, Announce) and each.leg == leg]
        assert [each[-2:] for each in said] == [" 1"]
        running.pbx.press(leg, "1")
        await asyncio.sleep(0.2)
        assert (await again.call(call)).state == "menu"
        landing = await again.calls.landing(call)
        assert landing is not None
        assert landing.step == "callback"
        await again.dispatcher.stop()


@virtual_time
async def test_caller_who_has_left_for_another_queue_is_told_his_place_there(tmp_path: Path) -> None:
    talks: dict[str, Any] = {"announce": {"first": 10, "every": 20}, "way_out": {"key": "1", "step": "menu"}}
    both = {name: {"name": {"en": name}} | talks for name in ("general", "second")}
    async with centre(tmp_path, rules=Queues.model_validate({"queues": both})) as running:
        telling = comfort(running)
        call, leg = await enqueue(running)
        await asyncio.sleep(11)
        await telling.look()
        for _ in range(3):
            await running.caller("second")
        running.pbx.press(leg, "1")
        await asyncio.sleep(0.2)
        await running.calls.enqueue(call, "second", {}, 0)
        await asyncio.sleep(11)
        await telling.look()
        assert [place for _, place in await told(running, call)] == [1, 4]


@virtual_time
async def test_ring_that_nobody_answers_does_not_make_the_caller_hear_it_sooner(tmp_path: Path) -> None:
    asked = rules(announce={"first": 10, "every": 60}, ring_seconds=5)
    async with centre(tmp_path, "8001", "8002", rules=asked) as running:
        telling = asyncio.create_task(comfort(running).run())
        call, _ = await enqueue(running)
        await asyncio.sleep(15)
        for agent in ("8001", "8002"):
            await running.sign_in(agent, answers_after=99)
            await asyncio.sleep(10)
        await asyncio.sleep(40)
        telling.cancel()
        assert await running.offers(call) == [("8001", "no_answer"), ("8002", "no_answer")]
        first, again = [at for at, _ in await told(running, call)]
        assert again - first == pytest.approx(60, abs=0.5)


@pytest.mark.parametrize(
    ("second", "times"),
    [
        ({"announce": {"first": 5, "every": 20}, "way_out": {"key": "2", "step": "menu"}}, [10, 36, 56, 76]),
        ({"way_out": {"key": "2", "step": "menu"}}, [10, 41]),
        ({}, [10, 310]),
    ],
)
@virtual_time
async def test_caller_who_has_flowed_over_is_told_by_the_rule_of_the_queue_he_is_in(
    tmp_path: Path, second: dict[str, Any], times: list[float]
) -> None:
    asked = Queues.model_validate({
        "queues": {
            "general": {
                "name": {"en": "a"}, "skills": {"none": 1}, "overflow": {"after": 30, "to": "second"},
                "announce": {"first": 10, "every": 300}, "way_out": {"key": "1", "step": "callback"},
            },
            "second": {"name": {"en": "b"}} | second,
        }
    })  # fmt: skip
    async with centre(tmp_path, "8001", rules=asked) as running:
        await running.sign_in("8001")
        await running.caller("second")
        telling = asyncio.create_task(comfort(running).run())
        began = now()
        call, leg = await enqueue(running)
        await asyncio.sleep(times[-1] + 5)
        telling.cancel()
        said = [(at - began, place) for at, place in await told(running, call)]
        assert [at for at, _ in said] == pytest.approx(times, abs=1.5)
        assert {place for _, place in said} == {said[0][1]}
        keys = [each.sounds[0][-1] for each in running.pbx.commands if isinstance(each, Announce) and each.leg == leg]
        assert keys == ["1"] + ["2" if second else "1"] * (len(times) - 1)
