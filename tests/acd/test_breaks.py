"""A break that an agent asks for in a contact begins after it only if his group can spare him then."""

import asyncio
from pathlib import Path

import pytest

from acd import breaks, inputs, repository
from acd.agent_state import AgentState
from acd.breaks import Break, Breaks
from acd.decisions import AgentMoved
from acd.floor import Floor
from acd.outlook import Group
from acd.rule import QueueRule
from agentdesk.reading import ownday
from core.errors import Refused
from core.settings import ROOT
from tests.acd.centre import QUEUES, Centre, centre
from tests.virtual_time import now, virtual_time

MEAL, READY, WRAP_UP = AgentState.MEAL, AgentState.READY, AgentState.WRAP_UP
ALL = [str(number) for number in range(1, 11)]
SKILLS = {"zh": 5}


def floor_of(talking: int, of: int = 10, wrap_up: float = 30.0, pauses: Breaks | None = None) -> Floor:
    """The first `talking` agents talk, each to the call named after him; the rest is free."""
    rules = pauses or Breaks()
    floor = Floor(QUEUES.new_policy(), lambda _queue: QueueRule(20.0, wrap_up), lambda: rules)
    for agent in ALL[:of]:
        floor.handle(0.0, inputs.AgentSignedIn(agent, SKILLS))
        if int(agent) <= talking:
            floor.handle(0.0, inputs.CallerJoined(agent, "general", SKILLS, 0, 0.0))
            floor.handle(0.0, inputs.OfferAccepted(agent, agent))
    assert [seat.state for seat in floor.seats.values()].count(AgentState.TALKING) == talking
    return floor


def wish(agent: str, *, forced: bool = False) -> inputs.AgentWished:
    return inputs.AgentWished(agent, MEAL, "", "chief" if forced else agent, forced)


def end(floor: Floor, agent: str, at: float = 10.0) -> tuple[AgentState, str]:
    """His talk ends, and his wrap-up: what he is then."""
    floor.handle(at, inputs.TalkEnded(agent, agent, "customer"))
    floor.handle(at + 30.0, inputs.Tick())
    return floor.seats[agent].state, floor.seats[agent].reason


def test_break_begins_after_the_contact_where_enough_are_free_then() -> None:
    floor = floor_of(6)
    floor.handle(1.0, wish("1"))
    assert end(floor, "1") == (MEAL, "")


def test_of_many_who_wished_for_a_break_no_more_go_than_the_group_can_spare() -> None:
    floor = floor_of(6)
    floor.handle(1.0, *(wish(agent) for agent in ALL[:6]), wish("9"), wish("10"))
    for agent in ALL[:6]:
        floor.handle(5.0, inputs.TalkEnded(agent, agent, "customer"))
    decided = floor.handle(60.0, inputs.Tick())
    moved = {each.agent: (each.state, each.reason) for each in decided if isinstance(each, AgentMoved)}
    # 7 and 8 are free and he would be the third; he is refused and free from then on: the next is the fourth.
    assert (moved["1"], moved["2"]) == ((READY, "few_free"), (MEAL, ""))
    assert sum(seat.state is READY for seat in floor.seats.values()) == 3
    assert all(seat.wish is None for seat in floor.seats.values())


def test_at_the_end_of_a_contact_he_counts_himself_as_he_would_a_second_later() -> None:
    floor = floor_of(1, of=4)
    floor.handle(1.0, wish("1"))
    assert end(floor, "1") == (MEAL, "")


def test_while_a_caller_waits_who_wished_for_a_break_is_ready_instead_and_serves_him() -> None:
    floor = floor_of(3, of=3)
    floor.handle(1.0, wish("1"), inputs.CallerJoined("c", "general", SKILLS, 0, 1.0))
    floor.handle(2.0, inputs.TalkEnded("1", "1", "customer"))
    decided = floor.handle(40.0, inputs.Tick())
    told = [(each.state, each.reason, each.wish) for each in decided if isinstance(each, AgentMoved)]
    assert told == [(READY, "callers_wait", None), (AgentState.RINGING, "", None)]


def test_who_has_his_telephone_in_use_is_not_free_to_stay_for_another() -> None:
    floor = floor_of(0, of=4)
    floor.handle(1.0, inputs.LineChanged("2", True))
    assert floor.outlook.group_of("1") == Group(staff=4, free=3, waiting=0)
    assert floor.outlook.group_of("2").free == 4  # it is his own, by which he asks
    floor.handle(9.0, inputs.LineChanged("2", False))
    assert floor.outlook.group_of("1").free == 4


@pytest.mark.parametrize(("of", "may_rest"), [(1, 1), (2, 1), (3, 1), (4, 1), (5, 2), (8, 5)])
def test_however_many_ask_for_a_break_some_stay(of: int, may_rest: int) -> None:
    """Who is on a break is of the group still: else the last few would be one too small to be asked for anything."""
    floor = floor_of(0, of=of)
    for agent in ALL[:of]:
        group = floor.outlook.group_of(agent)
        if breaks.unspared(Breaks(), MEAL, staff=group.staff, free=group.free, waiting=group.waiting) is None:
            floor.handle(1.0, wish(agent))
    assert sum(seat.state is MEAL for seat in floor.seats.values()) == may_rest


def test_break_that_was_forced_begins_whoever_waits() -> None:
    floor = floor_of(3, of=3)
    floor.handle(1.0, wish("1", forced=True), inputs.CallerJoined("c", "general", SKILLS, 0, 1.0))
    assert end(floor, "1") == (MEAL, "")


def test_training_and_going_home_are_no_breaks() -> None:
    for state in (AgentState.TRAINING, AgentState.SIGNED_OUT):
        floor = floor_of(3, of=3)
        waits = inputs.CallerJoined("c", "general", SKILLS, 0, 1.0)
        floor.handle(1.0, inputs.AgentWished("1", state, "", "1"), waits)
        assert end(floor, "1") == (state, "")


def test_rules_are_those_in_force_when_the_break_would_begin() -> None:
    floor = floor_of(6, pauses=Breaks(free_agents=5))
    floor.handle(1.0, wish("1"))
    assert end(floor, "1") == (READY, "few_free")


def test_who_is_ready_with_a_reason_and_says_so_again_keeps_his_place() -> None:
    floor = floor_of(6, pauses=Breaks(free_agents=5))
    floor.handle(1.0, wish("1"))
    end(floor, "1")
    before = floor.seats["1"].idle_since
    floor.handle(50.0, inputs.AgentWished("1", READY, "", "1"))
    assert (floor.seats["1"].reason, floor.seats["1"].idle_since) == ("", before)
    floor.handle(51.0, inputs.AgentWished("1", AgentState.TRAINING, "", "1"))
    assert floor.free == 4


@pytest.mark.parametrize("others", [{"zh": 5, "cards": 5}, {"zh": 5, "en": 5}])
def test_language_that_all_of_the_site_speak_makes_no_group(others: dict[str, int]) -> None:
    """The loans agents may not all leave because others are free."""
    floor = Floor(QUEUES.new_policy(), QUEUES.rule_of, languages=lambda: ("zh", "en"))
    floor.handle(0.0, *(inputs.AgentSignedIn(f"loans{n}", {"zh": 5, "loans": n}) for n in (1, 2, 3, 4)))
    floor.handle(0.0, *(inputs.AgentSignedIn(f"other{n}", others) for n in range(6)))
    assert floor.outlook.group_of("loans1") == Group(staff=4, free=4, waiting=0)
    floor.handle(1.0, wish("loans2"))
    assert floor.outlook.group_of("loans1").free == 3


@pytest.mark.parametrize("skills", [{}, {"zh": 5}, {"en": 5}])
def test_agents_without_any_skill_but_languages_are_one_group(skills: dict[str, int]) -> None:
    floor = Floor(QUEUES.new_policy(), QUEUES.rule_of, languages=lambda: ("zh", "en"))
    floor.handle(0.0, inputs.AgentSignedIn("1", skills), inputs.AgentSignedIn("2", {}))
    floor.handle(0.0, inputs.AgentSignedIn("3", {"zh": 5}), inputs.AgentSignedIn("4", {"zh": 5, "cards": 5}))
    assert floor.outlook.group_of("1") == Group(staff=3, free=3, waiting=0)


def test_shipped_rules_allow_one_meal_a_shift() -> None:
    rules = breaks.load(ROOT / "config")
    assert breaks.used_up(rules, MEAL, 0.0) is None
    assert breaks.used_up(rules, MEAL, 1800.0) == ("break_used_up", "30 of 30 minutes of this shift are used up")


async def busy(running: Centre) -> str:
    """The only agent talks, and another caller waits: the leg he talks to."""
    await running.sign_in("8001", answers_after=1.0)
    _, leg = await running.caller()
    await asyncio.sleep(2)
    await running.caller()
    return leg


async def refused(running: Centre) -> tuple[str, str]:
    """What his desk says: his state, and why his break did not begin."""
    async with running.db.reading() as session:
        me = await ownday.me(session, "8001", Breaks(), now())
    return me.state, me.refused


@virtual_time
async def test_desk_says_why_the_break_did_not_begin_until_the_next_contact_is_over(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        leg = await busy(running)
        await running.dispatcher.set_state("8001", MEAL, "", "test")
        assert await refused(running) == ("talking", "")
        running.pbx.hang_up(leg)
        await asyncio.sleep(15)
        assert await refused(running) == ("talking", "callers_wait")
        async with running.db.reading() as session:
            history = await repository.agent_history(session, "8001", 0.0)
        assert [(each.state, each.reason) for each in history][-3:-1] == [("ready", "callers_wait"), ("ringing", "")]
        await running.dispatcher.set_state("8001", MEAL, "", "test")
        assert await refused(running) == ("talking", "")
        running.pbx.hang_up(running.pbx.leg_of("phone-8001"))
        await asyncio.sleep(1)
        assert await refused(running) == ("wrap-up", "")
        await asyncio.sleep(15)
        assert await refused(running) == ("meal", "")


@virtual_time
async def test_break_that_is_used_up_is_refused_in_the_contact_already(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        running.dispatcher.agents.rules = lambda: Breaks(short_break=Break(each=60, total=60))
        running.pbx.link_up()
        await asyncio.sleep(1)
        await running.sign_in("8001", answers_after=1.0)
        await running.dispatcher.set_state("8001", AgentState.SHORT_BREAK, "", "test")
        await asyncio.sleep(60)
        await running.dispatcher.set_state("8001", READY, "", "test")
        await busy(running)
        with pytest.raises(Refused) as told:
            await running.dispatcher.set_state("8001", AgentState.SHORT_BREAK, "", "test")
        assert told.value.reason == "break_used_up"
        assert running.dispatcher.floor._crew._pauses is running.dispatcher.agents.rules
