"""Who may wait in a queue, at which place, and what changes while he waits."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from accounts.events import PeopleChanged
from accounts.models import AuditEntry
from acd import admission, door, inputs
from acd.admission import Meant, Scene
from acd.agent_state import AgentState
from acd.comfort import Comfort
from acd.expect import Expected, HandleTimes, Told, rounded, tell
from acd.models import CallEvent
from acd.queues import Queue, Queues, Way
from acd.roster import AgentCard
from app.waiting_words import spoken_in
from core.errors import Refused
from pbx.events import CallArrived
from tests.acd.centre import Centre, centre
from tests.virtual_time import now, virtual_time

SCENE = Scene(True, 0, 1, Expected(0, 0.0))


def rules(**general: Any) -> Queues:
    other = {"name": {"en": "Second line"}, "priority": 2}
    return Queues.model_validate({"queues": {"general": {"name": {"en": "General"}} | general, "second": other}})


@pytest.mark.parametrize(
    ("entry", "scene", "reason"),
    [
        ({"hours": "business"}, Scene(False, 0, 5, Expected(0, 0.0)), "closed"),
        ({"needs_agents": True}, Scene(True, 0, 0, Expected(0, None)), "nobody_signed_in"),
        ({"most_waiting": 3}, Scene(True, 3, 5, Expected(3, 9.0)), "full"),
        ({"longest_expected": 600}, Scene(True, 9, 1, Expected(9, 601.0)), "wait_too_long"),
        ({"longest_expected": 600}, Scene(True, 0, 0, Expected(0, None)), "nobody_signed_in"),
    ],
)
def test_who_may_not_join_is_told_why(entry: dict[str, Any], scene: Scene, reason: str) -> None:
    refused = admission.refusal(Queue.model_validate({"name": {"en": "x"}, "entry": entry}), scene)
    assert refused is not None
    assert refused[0] == reason
    assert admission.refusal(Queue.model_validate({"name": {"en": "x"}, "entry": entry}), SCENE) is None


def test_stages_come_in_their_order_and_nothing_is_due_before_the_one_agent_is_given_up() -> None:
    queues = rules(
        skills={"zh": 5}, relax=[{"after": 20, "skills": {}}], overflow={"after": 60, "to": "second"},
        longest={"after": 600, "step": "sorry"}, last_agent={"wait": 30},
    )  # fmt: skip
    plain = admission.plan(queues, "general", {"en": 2}, 1, 100.0)
    assert [(each.at, each.why) for each in plain.stages] == [(120, "relaxed"), (160, "overflow"), (700, "longest")]
    assert plain.skills == {"zh": 5, "en": 2}
    assert [dict(each.skills) for each in plain.stages[:2]] == [{"en": 2}, {"en": 2}]
    assert plain.stages[1].more == 2
    alone = admission.plan(queues, "general", {}, 1, 100.0, Meant(last_agent="8001"))
    assert (alone.only, alone.why) == ("8001", "last-agent")
    at_first, *then = alone.stages
    assert (at_first.at, at_first.why) == (130, "released")
    assert [(each.at, each.why) for each in then] == [(120, "relaxed"), (160, "overflow"), (700, "longest")]


def test_what_is_told_never_grows() -> None:
    told = Told()
    for ahead, seconds, place, minutes in ((4, 200.0, 5, 4), (6, 500.0, 5, 4), (2, 100.0, 3, 2), (3, None, 3, 2)):
        told = tell(told, Expected(ahead, seconds))
        assert told == Told(place, minutes)
    assert [rounded(seconds) for seconds in (0, 60, 61, 400, 9999)] == [1, 1, 2, 8, 30]


def test_handle_times_of_a_kind_are_believed_once_there_are_enough() -> None:
    times = HandleTimes(first=100.0, doubt=10.0)
    assert times.mean(()) == 100.0
    for _ in range(200):
        times.count((("long", 1),), 400.0)
    assert times.mean((("long", 1),)) > 390
    assert 350 < times.mean((("unknown", 1),)) < 400


async def enqueue(running: Centre, caller: str = "13800000000") -> tuple[str, str]:
    return await running.caller("general", caller=caller)


@virtual_time
async def test_preferred_skill_is_given_up_in_time(tmp_path: Path) -> None:
    asked = rules(skills={"cards": 9}, relax=[{"after": 20, "skills": {"cards": 5}}])
    async with centre(tmp_path, "8001", rules=asked) as running:
        await running.sign_in("8001", answers_after=1.0)
        call, _ = await enqueue(running)
        await asyncio.sleep(15)
        assert (await running.call(call)).state == "waiting"
        await asyncio.sleep(8)
        assert (await running.call(call)).state == "talking"
        assert "restaged" in await running.history(call)


@virtual_time
async def test_what_was_due_while_he_waited_for_one_agent_begins_when_that_one_is_given_up(tmp_path: Path) -> None:
    asked = rules(
        skills={"cards": 9}, relax=[{"after": 10, "skills": {"cards": 1}}], last_agent={"within": 3600, "wait": 20}
    )
    async with centre(tmp_path, "8001", "8002", rules=asked) as running:
        running.team.cards["8001"] = AgentCard("8001", "a", {"cards": 9}, "test")
        await running.sign_in("8001", answers_after=1.0)
        _, leg = await enqueue(running)
        await asyncio.sleep(5)
        running.pbx.hang_up(leg)
        await asyncio.sleep(12)
        await enqueue(running, "13900000000")
        await asyncio.sleep(3)
        await running.sign_in("8002", answers_after=1.0)
        again, _ = await enqueue(running)
        await asyncio.sleep(15)
        assert await running.offers(again) == []
        await asyncio.sleep(10)
        assert await running.offers(again) == [("8002", "accepted")]


def test_nobody_waits_for_one_agent_longer_than_his_queue_lets_him_wait_at_all() -> None:
    queues = rules(longest={"after": 15, "step": "sorry"}, last_agent={"wait": 20})
    alone = admission.plan(queues, "general", {}, 0, 100.0, Meant(last_agent="8001"))
    assert [(each.at, each.why) for each in alone.stages] == [(115, "released"), (115, "longest")]


@virtual_time
async def test_caller_waits_for_his_last_agent_alone_and_not_for_ever(tmp_path: Path) -> None:
    asked = rules(last_agent={"within": 3600, "wait": 20})
    async with centre(tmp_path, "8001", "8002", rules=asked) as running:
        await running.sign_in("8001", answers_after=1.0, hangs_up_after=5.0)
        first, _ = await enqueue(running)
        await asyncio.sleep(8)
        assert (await running.call(first)).agent == "8001"
        await running.sign_in("8002", answers_after=1.0)
        second, leg = await enqueue(running)
        await asyncio.sleep(2)
        assert (await running.call(second)).state == "waiting"
        await asyncio.sleep(12)
        assert await running.offers(second) == [("8001", "accepted")]
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        stranger, _ = await enqueue(running, "13900000000")
        third, _ = await enqueue(running)
        await asyncio.sleep(3)
        assert (await running.call(stranger)).agent == "8002"
        assert (await running.call(third)).state == "waiting"


@virtual_time
async def test_nobody_waits_for_one_agent_alone_who_cannot_serve_him_any_more(tmp_path: Path) -> None:
    asked = rules(skills={"cards": 1}, last_agent={"within": 3600, "wait": 300})
    async with centre(tmp_path, "8001", "8002", rules=asked) as running:
        await running.sign_in("8001", answers_after=1.0)
        _, leg = await enqueue(running)
        await asyncio.sleep(5)
        running.pbx.hang_up(leg)
        await asyncio.sleep(15)
        _, busy = await enqueue(running, "13900000000")
        await asyncio.sleep(3)
        again, _ = await enqueue(running)
        await running.sign_in("8002", answers_after=1.0)
        await asyncio.sleep(3)
        assert (await running.call(again)).state == "waiting"
        running.team.cards["8001"] = AgentCard("8001", "a", {"loans": 5}, "test")
        running.bus.publish(PeopleChanged())
        await asyncio.sleep(3)
        assert await running.offers(again) == [("8002", "accepted")]
        running.pbx.hang_up(busy)
        await asyncio.sleep(15)
        assert await running.agent("8001") == ("ready", "")


@virtual_time
async def test_who_calls_again_after_a_dropped_call_has_his_old_place(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", rules=rules(return_within=60)) as running:
        _, leg = await enqueue(running, "13911111111")
        await asyncio.sleep(5)
        other, _ = await enqueue(running, "13922222222")
        running.pbx.hang_up(leg)
        await asyncio.sleep(5)
        back, _ = await enqueue(running, "13911111111")
        await running.sign_in("8001", answers_after=1.0)
        await asyncio.sleep(2)
        assert (await running.call(back)).state == "talking"
        assert (await running.call(other)).state == "waiting"
        came = select(CallEvent.data).where(CallEvent.kind == "queued").order_by(CallEvent.id)
        async with running.db.reading() as session:
            waited = [data.get("waited") for data in await session.scalars(came)]
        assert waited == [None, None, pytest.approx(10, abs=0.5)], "the history names his earlier place"


@virtual_time
async def test_a_place_that_was_lost_is_given_back_once_however_often_its_number_calls(tmp_path: Path) -> None:
    async with centre(tmp_path, rules=rules(return_within=60)) as running:
        switchboard = "01065051234"
        first, leg = await enqueue(running, switchboard)
        await asyncio.sleep(10)
        second, other = await enqueue(running, switchboard)
        await asyncio.sleep(10)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        places = [(await running.call(call)).queued_at for call in (first, second)]
        back, leg = await enqueue(running, switchboard)
        new, _ = await enqueue(running, switchboard)
        assert (await running.call(back)).queued_at == places[0]
        assert (await running.call(new)).queued_at == pytest.approx(now(), abs=0.5)
        running.pbx.hang_up(leg)
        running.pbx.hang_up(other)
        await asyncio.sleep(1)
        both = [(await enqueue(running, switchboard))[0] for _ in places]
        assert {(await running.call(call)).queued_at for call in both} == set(places)


async def test_who_has_left_by_the_key_keeps_his_place_though_the_engine_begins_anew(tmp_path: Path) -> None:
    async with centre(tmp_path, rules=rules(way_out={"key": "1", "step": "callback"})) as running:
        comfort(running)
        call, leg = await enqueue(running)
        began = (await running.call(call)).queued_at
        await asyncio.sleep(30)
        running.pbx.press(leg, "1")
        await asyncio.sleep(1)
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        await again.calls.enqueue(call, "general", {}, 0)
        assert (await again.call(call)).queued_at == began


@virtual_time
async def test_who_has_been_served_since_has_no_old_place(tmp_path: Path) -> None:
    asked = rules(return_within=120, way_out={"key": "1", "step": "callback"})
    async with centre(tmp_path, "8001", rules=asked) as running:
        comfort(running)
        _, leg = await enqueue(running, "13911111111")
        await asyncio.sleep(5)
        running.pbx.hang_up(leg)
        call, leg = await enqueue(running, "13911111111")
        await asyncio.sleep(5)
        running.pbx.press(leg, "1")
        await asyncio.sleep(1)
        await running.calls.enqueue(call, "general", {}, 0, after_step="rate")
        await running.sign_in("8001", answers_after=1.0, hangs_up_after=5.0)
        await asyncio.sleep(10)
        assert (await running.call(call)).state == "after"
        await running.dispatcher.set_state("8001", AgentState.MEAL, "", "sun.li")
        again = now()
        await running.calls.enqueue(call, "general", {}, 0)
        assert (await running.call(call)).queued_at == pytest.approx(again, abs=0.5)
        third, _ = await enqueue(running, "13911111111")
        assert (await running.call(third)).queued_at == pytest.approx(again, abs=0.5)


@virtual_time
async def test_who_can_be_served_once_preferred_skills_are_given_up_may_join(tmp_path: Path) -> None:
    asked = rules(skills={"cards": 9}, relax=[{"after": 20, "skills": {"cards": 5}}], entry={"needs_agents": True})
    async with centre(tmp_path, "8001", rules=asked) as running:
        with pytest.raises(Refused):
            await enqueue(running)
        await running.sign_in("8001", answers_after=1.0)
        call, _ = await enqueue(running)
        await asyncio.sleep(25)
        assert (await running.call(call)).state == "talking"


@virtual_time
async def test_skill_that_the_menu_names_as_his_queue_does_is_relaxed_as_the_queue_says(tmp_path: Path) -> None:
    asked = rules(skills={"cards": 5, "zh": 1}, relax=[{"after": 20, "skills": {}}])
    async with centre(tmp_path, rules=asked) as running:
        call = await running.calls.begin(CallArrived(now(), running.pbx.call(), "1", "95000"), "gold", "zh")
        await running.calls.enqueue(call, "general", {"cards": 5, "loans": 2, "zh": 1}, 0)
        assert (await running.call(call)).skills == {"cards": 5, "loans": 2, "zh": 1}
        await asyncio.sleep(25)
        assert (await running.call(call)).skills == {"loans": 2, "zh": 1}


@virtual_time
async def test_queue_is_not_full_for_who_goes_back_to_his_place_before_the_others(tmp_path: Path) -> None:
    asked = rules(entry={"most_waiting": 2}, way_out={"key": "1", "step": "callback"})
    async with centre(tmp_path, rules=asked) as running:
        comfort(running)
        call, leg = await enqueue(running)
        await asyncio.sleep(10)
        running.pbx.press(leg, "1")
        await asyncio.sleep(1)
        for number in ("13911111111", "13922222222"):
            await enqueue(running, number)
        await running.calls.enqueue(call, "general", {}, 0)
        assert (await running.call(call)).state == "waiting"
        with pytest.raises(Refused) as refused:
            await enqueue(running, "13933333333")
        assert (refused.value.reason, refused.value.problem) == ("full", "3 callers wait already")


@virtual_time
async def test_queue_is_not_full_of_call_backs(tmp_path: Path) -> None:
    async with centre(tmp_path, rules=rules(entry={"most_waiting": 1})) as running:
        promised = inputs.CallerJoined("a call back", "general", {}, 0, now(), promised=True)
        await running.dispatcher.carry_out(lambda _floor: (promised,), "")
        call, _ = await enqueue(running)
        assert (await running.call(call)).state == "waiting"


@virtual_time
async def test_of_many_who_come_at_once_no_more_are_let_in_than_may_wait(tmp_path: Path) -> None:
    async with centre(tmp_path, rules=rules(entry={"most_waiting": 2})) as running:
        coming = [enqueue(running, f"139000000{number:02}") for number in range(9)]
        came = await asyncio.gather(*coming, return_exceptions=True)
        assert [each.reason for each in came if isinstance(each, Refused)] == ["full"] * 7


@pytest.mark.parametrize("remembers", [True, False])
@virtual_time
async def test_who_comes_while_the_engine_begins_anew_finds_the_agents_who_work_or_is_let_in(
    tmp_path: Path, remembers: bool
) -> None:
    async with centre(tmp_path, "8001", rules=rules(entry={"needs_agents": True})) as running:
        await running.sign_in("8001", answers_after=1.0)
        running.pbx.link_down()
        again = await running.restart()
        leg = running.pbx.call()
        call = await again.calls.begin(CallArrived(now(), leg, "13800000000", "95000"), "gold", "zh")
        joining = asyncio.create_task(again.calls.enqueue(call, "general", {}, 0))
        await asyncio.sleep(1)
        if remembers:
            running.pbx.link_up()
        await joining
        await asyncio.sleep(3)
        assert (await again.call(call)).state == ("talking" if remembers else "waiting")


@virtual_time
async def test_refused_at_the_door_is_in_the_history_with_the_reason(tmp_path: Path) -> None:
    async with centre(tmp_path, rules=rules(entry={"needs_agents": True})) as running:
        with pytest.raises(Refused) as refused:
            await enqueue(running)
        assert refused.value.reason == "nobody_signed_in"
        async with running.db.reading() as session:
            data = await session.scalar(select(CallEvent.data).where(CallEvent.kind == "refused"))
        assert data == {"queue": "general", "reason": "nobody_signed_in"}


class Plainly:
    """Says what it is given."""

    def pieces(self, language: str, told: Told, way_out: Way | None, dialled: str) -> tuple[str, ...]:
        return (f"/{language} {told.place} {told.minutes} {way_out.key if way_out else ''}",)


def comfort(running: Centre) -> Comfort:
    talks = running.dispatcher
    made = Comfort(
        running.db, running.pbx, running.live, running.rules, now, lambda: talks.floor, talks.carry_out, Plainly()
    )
    made.listen(running.bus)
    return made


@pytest.mark.parametrize(("own", "key"), [({}, "1"), ({"way_out": {"key": "2", "step": "sorry"}}, "2")])
def test_key_of_the_queue_he_waits_in_comes_before_that_of_the_one_he_joined(own: dict[str, Any], key: str) -> None:
    joined = {
        "name": {"en": "a"},
        "overflow": {"after": 9, "to": "second"},
        "way_out": {"key": "1", "step": "callback"},
    }
    second = {"name": {"en": "b"}, "announce": {}} | own
    queues = Queues.model_validate({"queues": {"general": joined, "second": second}})
    way = queues.way_out("second", "general")
    assert way is not None
    assert way.key == key
    assert queues.way_out("second", "second") == queues.queues["second"].way_out
    assert f"press {key} and" in " ".join(each.text for each in spoken_in(queues))


@virtual_time
async def test_queue_closed_by_a_supervisor_lets_nobody_join_until_it_is_opened_and_keeps_who_waits(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001") as running:
        call, _leg = await enqueue(running)
        async with running.db.transaction() as tx:
            await door.set_open(tx, "general", "sun.li", now(), is_open=False)
        with pytest.raises(Refused) as refused:
            await enqueue(running, "13811111111")
        assert refused.value.reason == "closed"
        assert (await running.call(call)).state == "waiting"
        for _ in range(2):
            async with running.db.transaction() as tx:
                await door.set_open(tx, "general", "sun.li", now(), is_open=True)
        await enqueue(running, "13822222222")
        async with running.db.reading() as session:
            what = list(await session.scalars(select(AuditEntry.what).order_by(AuditEntry.id)))
        assert what == ["queue_closed", "queue_opened"]
