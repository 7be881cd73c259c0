"""Callers who wait when the rules of their queue change: pure, and as a story on a fake switch."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from acd import admission
from acd.admission import Meant
from acd.models import CallEvent
from acd.queues import Queues
from acd.rewait import Own, rules_changed
from acd.roster import AgentCard
from acd.waiting import Contact, need_of
from pbx.events import CallArrived
from tests.acd.centre import Centre, centre
from tests.virtual_time import now, virtual_time

STRICT = {"skills": {"loans": 9}}


def rules(policy: str = "balanced", **queues: dict[str, Any]) -> Queues:
    named = {"general": {}, **queues}
    said = {name: {"name": {"en": name}} | rules for name, rules in named.items()}
    return Queues.model_validate({"queues": said, "policy": policy})


def waiting(said: Queues, queue: str, own: dict[str, int], priority: int = 0, only: str = "") -> Contact:
    """Somebody who joined at 100, by these rules."""
    wait = admission.plan(said, queue, own, priority, 100.0, Meant(last_agent=only))
    contact = Contact("c", queue, need_of(wait.skills), wait.priority, 100.0, 1)
    contact.stages, contact.only, contact.why = wait.stages, wait.only, wait.why
    return contact


def english(_call: str) -> Own:
    return {"en": 4}, 0


def urgent(_call: str) -> Own:
    return {"en": 4}, 5


async def restaged(running: Centre) -> list[tuple[str, str]]:
    """Who waited differently, and why, each time."""
    async with running.db.reading() as session:
        told = (await session.scalars(select(CallEvent).where(CallEvent.kind == "restaged"))).all()
    return [(each.call, each.data["why"]) for each in told]


BEFORE = rules(
    loans={"skills": {"loans": 3}, "priority": 2, "longest": {"after": 600, "step": "sorry"},
           "last_agent": {"wait": 20}, "relax": [{"after": 30, "skills": {}}]},
)  # fmt: skip


@pytest.mark.parametrize("only", ["", "8001"])
@pytest.mark.parametrize(
    "after",
    [
        rules(loans={"skills": {"loans": 5, "zh": 1}, "priority": 1}),
        rules(loans={"longest": {"after": 60, "step": "menu"}, "overflow": {"after": 30, "to": "general"}}),
        rules(loans={"last_agent": {"wait": 90}, "relax": [{"after": 10, "skills": {"loans": 1}}]}),
    ],
)
def test_he_waits_as_if_the_new_rules_had_counted_when_he_joined(after: Queues, only: str) -> None:
    him = waiting(BEFORE, "loans", {"en": 4, "loans": 7}, 5, only)
    queue, wait = rules_changed(BEFORE, after, [him], lambda _call: ({"en": 4, "loans": 7}, 5)).waits["c"]
    assert (queue, wait) == ("loans", admission.plan(after, "loans", {"en": 4, "loans": 7}, 5, 100.0, Meant("", only)))


def test_who_waits_by_rules_that_stay_the_same_is_left_alone() -> None:
    other = rules(loans=BEFORE.queues["loans"].model_dump(), cards={"priority": 3})
    told = rules_changed(BEFORE, other, [waiting(BEFORE, "loans", {"en": 4})], english)
    assert (told.waits, told.policy) == ({}, None)


def test_in_place_of_a_queue_that_is_gone_he_waits_in_the_general_one() -> None:
    queue, wait = rules_changed(BEFORE, rules(), [waiting(BEFORE, "loans", {"en": 4}, 5)], urgent).waits["c"]
    assert (queue, wait.skills, wait.priority, wait.stages) == ("general", {"en": 4}, 5, ())


def test_who_has_flowed_over_waits_as_if_the_new_rules_of_his_own_queue_had_counted_when_he_joined() -> None:
    left = {"overflow": {"after": 10, "to": "second"}, "longest": {"after": 600, "step": "sorry"}, "priority": 1}
    before = rules(loans=left, second={"priority": 3})
    him = waiting(before, "loans", {"en": 4}, 5)
    flows = him.stages[0]
    him.stages, him.queue = him.still_after(flows), "second"
    him.change(need_of(flows.skills), him.priority + flows.more)
    told = rules_changed(before, rules(loans=left, second={"priority": 3}), [him], urgent)
    assert told.waits == {}
    after = rules(loans={"overflow": {"after": 20, "to": "second"}}, second={"skills": {"zh": 2}})
    queue, wait = rules_changed(before, after, [him], urgent).waits["c"]
    assert (queue, wait) == ("loans", admission.plan(after, "loans", {"en": 4}, 5, 100.0))


@pytest.mark.parametrize("gone", [True, False])
def test_who_has_flowed_over_to_where_no_rule_sends_him_any_more_is_at_home(gone: bool) -> None:
    over = rules(loans={"overflow": {"after": 10, "to": "second"}}, second={})
    him = waiting(over, "loans", {"en": 4})
    flows = him.stages[0]
    him.stages, him.queue = him.still_after(flows), "second"
    him.change(need_of(flows.skills), him.priority + flows.more)
    without = rules(loans={}, second={})
    queue, wait = rules_changed(without, rules(loans={}) if gone else without, [him], english).waits["c"]
    assert (queue, wait) == ("loans", admission.plan(without, "loans", {"en": 4}, 0, 100.0))


def test_caller_whose_queue_asks_for_his_language_no_more_still_needs_it() -> None:
    before = rules(loans={"skills": {"en": 5, "loans": 3}})
    him = waiting(before, "loans", {"en": 1})
    told = rules_changed(before, rules(loans={"skills": {"loans": 3}}), [him], lambda _call: ({"en": 1}, 0))
    _, wait = told.waits["c"]
    assert wait.skills == {"en": 1, "loans": 3}


@virtual_time
async def test_rules_that_are_published_and_taken_back_count_for_those_who_wait(tmp_path: Path) -> None:
    strict, mild = rules(loans=STRICT), rules("fifo", loans={"skills": {"loans": 5}})
    async with centre(tmp_path, "8001", rules=strict.as_now()) as running:
        await running.sign_in("8001")
        first, _ = await running.caller("loans")
        second, _ = await running.caller("loans")
        await asyncio.sleep(10)
        assert await running.offers() == []
        began = (await running.call(first)).queued_at
        await running.go_by(mild)
        await asyncio.sleep(5)
        assert await running.offers() == [("8001", "accepted")]
        assert (await running.history(first))[1:4] == ["queued", "restaged", "offered"]
        assert ((await running.call(first)).queued_at, (await running.call(second)).skills) == (began, {"loans": 5})
        assert running.dispatcher.floor.policy.name == "fifo"
        await running.go_by(strict)
        assert (await running.call(second)).skills == {"loans": 9}
        again = await running.restart()
        again.pbx.link_up()
        await asyncio.sleep(30)
        assert again.dispatcher.floor.contacts[second].need == (("loans", 9),)
        await again.dispatcher.stop()


def at_work(running: Centre, number: str, **skills: int) -> None:
    running.team.cards[number] = AgentCard(number, "", skills, "test")


CARDS = {"skills": {"cards": 5, "kyc": 1}, "priority": 2, "relax": [{"after": 20, "skills": {"backup": 1}}]}
CHANGED: dict[str, dict[str, dict[str, Any]]] = {
    "he was relaxed to another skill": {"cards": CARDS},
    "his queue has another name by now": {"plastic": CARDS},
    "his queue asks for less by now": {"cards": {"skills": {"cards": 1}}},
    "his queue asks for more by now": {"cards": {"skills": {"cards": 7, "kyc": 3, "vip": 5}, "priority": 9}},
}


@virtual_time
@pytest.mark.parametrize("now_said", CHANGED.values(), ids=CHANGED)
async def test_who_is_given_away_needs_his_own_skills_and_not_what_his_old_queue_ever_asked_for(
    tmp_path: Path, now_said: dict[str, dict[str, Any]]
) -> None:
    loans = {"skills": {"loans": 1}, "priority": 1}
    async with centre(tmp_path, rules=rules(loans=loans, cards=CARDS).as_now()) as running:
        at_work(running, "8001", backup=5, zh=5, vip=5)
        at_work(running, "8002", loans=5, zh=5, vip=5)
        await running.sign_in("8001", "8002")
        call = await running.calls.begin(CallArrived(now(), running.pbx.call(), "1", "95000"), "diamond", "zh")
        await running.calls.enqueue(call, "cards", {"zh": 1, "vip": 5}, 50)
        await asyncio.sleep(40)
        assert (await running.call(call)).agent == "8001"
        await running.go_by(rules("balanced", loans=loans, **now_said))
        await running.dispatcher.control.transfer(call, "8001", queue="loans")
        await asyncio.sleep(20)
        row = await running.call(call)
        assert (row.skills, row.priority) == ({"zh": 1, "vip": 5, "loans": 1}, 51)
        assert (row.state, row.agent) == ("talking", "8002")


@virtual_time
async def test_who_waits_relaxed_to_another_skill_needs_it_no_more_when_his_queue_is_gone(tmp_path: Path) -> None:
    async with centre(tmp_path, rules=rules(cards=CARDS).as_now()) as running:
        call, _ = await running.caller("cards", priority=5)
        await asyncio.sleep(30)
        assert (await running.call(call)).skills == {"backup": 1}
        await running.go_by(rules())
        row = await running.call(call)
        assert (row.queue, row.skills, row.priority) == ("general", {}, 5)


@virtual_time
async def test_what_a_supervisor_has_added_to_a_priority_is_his_own_also_after_a_restart(tmp_path: Path) -> None:
    async with centre(tmp_path, rules=rules(cards={"priority": 2}).as_now()) as running:
        call, _ = await running.caller("cards", priority=5)
        await running.dispatcher.control.set_priority(call, 17, "sun.li")
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(1)
        await again.go_by(rules(cards={"priority": 3}))
        assert (await again.call(call)).priority == 18


@virtual_time
async def test_who_waits_goes_by_rules_that_were_published_as_the_engine_died(tmp_path: Path) -> None:
    said = rules(general={"skills": {"loans": 9}, "relax": [{"after": 300, "skills": {"loans": 8}}]})
    async with centre(tmp_path, "8001", rules=said) as running:
        await running.sign_in("8001", answers_after=1.0)
        call, _ = await running.caller()
        await asyncio.sleep(30)
        running.pbx.link_down()
        running.rules.become(rules(general={"priority": 4}))
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(3)
        row = await again.call(call)
        assert (row.state, row.agent, row.priority, row.skills) == ("talking", "8001", 4, {})


@virtual_time
async def test_a_new_engine_tells_nobody_who_waits_by_its_rules_to_wait_differently(tmp_path: Path) -> None:
    said = rules(
        general={"skills": {"loans": 9}, "overflow": {"after": 30, "to": "cards"},
                 "longest": {"after": 900, "step": "x"}},
        cards={"skills": {"cards": 5}, "priority": 3},
        loans={"skills": {"loans": 9}, "relax": [{"after": 10, "skills": {"loans": 8}}], "last_agent": {"wait": 60}},
    )  # fmt: skip
    async with centre(tmp_path, "8001", rules=said) as running:
        await running.sign_in("8001", answers_after=1.0)
        for queue in ("cards", "general", "loans", "general", "loans"):
            await running.caller(queue, priority=2)
        await asyncio.sleep(50)
        before = await restaged(running)
        assert [why for _, why in before].count("overflow") == 2
        running.pbx.link_down()
        again = await running.restart()
        running.pbx.link_up()
        await asyncio.sleep(3)
        assert await restaged(again) == before
