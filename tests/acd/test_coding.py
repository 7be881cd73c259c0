"""Wrap-up codes of live conversations: needed before an agent's own wish, not at the end of the time."""

import asyncio
from collections import Counter
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.dialects import sqlite

from acd import forgetting
from acd.agent_state import AgentState
from acd.counting import Span
from acd.models import Summary
from acd.tally import Said
from acd.wrapup import coding, counts
from acd.wrapup.codes import Codes
from core.errors import NotFound, Refused
from pbx.commands import Confirm
from tests.acd.centre import Centre, centre
from tests.acd.test_control import audited, reason_of, talking
from tests.virtual_time import now, virtual_time

RULES = Codes.model_validate({
    "required": ["general"],
    "codes": {"a": {"name": {"zh": "甲"}}, "b": {"name": {"zh": "乙"}, "note": True}},
})  # fmt: skip


async def say(running: Centre, call: str, *codes: str, note: str = "", agent: str = "8001") -> None:
    async with running.db.transaction() as tx:
        talk = await coding.talk_of(tx.session, call, agent)
        await coding.put(tx, RULES, running.rules, talk, codes, note, "test", now())


async def open_calls(running: Centre, agent: str = "8001") -> list[str]:
    async with running.db.reading() as session:
        return [talk.call for talk, _ in await coding.open_talks(session, RULES, agent, now())]


@virtual_time
async def test_agent_ends_the_wrap_up_himself_only_with_a_code_and_what_it_demands(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        running.dispatcher.agents.codes = RULES
        set_state = running.dispatcher.set_state
        await running.sign_in("8001")
        call, leg = await talking(running)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert await running.agent("8001") == ("wrap-up", "")
        assert await reason_of(set_state("8001", AgentState.READY, "", "test")) == "code_missing"
        assert await reason_of(set_state("8001", AgentState.MEAL, "", "test")) == "code_missing"
        await say(running, call, "b")
        assert await reason_of(set_state("8001", AgentState.READY, "", "test")) == "note_missing"
        await say(running, call, "b", note="twice")
        await set_state("8001", AgentState.READY, "", "test")
        assert await running.agent("8001") == ("ready", "")
        assert await open_calls(running) == []


@virtual_time
async def test_agent_who_lacks_a_code_is_told_at_his_telephone_that_he_cannot_be_ready_yet(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        running.dispatcher.agents.codes = RULES
        await running.sign_in("8001")
        call, leg = await talking(running)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        states = []
        for code in ("", "a"):
            if code:
                await say(running, call, code)
            running.pbx.dial_code("phone-8001", "1")
            await asyncio.sleep(1)
            states.append((await running.agent("8001"))[0])
        assert states == ["wrap-up", "ready"]
        assert [each.done for each in running.pbx.commands if isinstance(each, Confirm)] == [False, True]
        assert ("phone", "state_refused", "agent:8001", "ready: code_missing") in await audited(running)


@virtual_time
async def test_agent_is_ready_when_the_time_ends_and_the_call_stays_on_his_list(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        running.dispatcher.agents.codes = RULES
        await running.sign_in("8001")
        call, leg = await talking(running)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        assert await open_calls(running) == []
        await asyncio.sleep(10)
        assert await running.agent("8001") == ("ready", "")
        assert await open_calls(running) == [call]
        await say(running, call, "a")
        assert await open_calls(running) == []


@virtual_time
async def test_agent_may_sign_out_and_a_supervisor_may_move_him_without_a_code(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        running.dispatcher.agents.codes = RULES
        await running.sign_in("8001")
        _, leg = await talking(running)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        await running.dispatcher.set_state("8001", AgentState.TRAINING, "", "sun.li")
        await running.dispatcher.set_state("8001", AgentState.SIGNED_OUT, "", "test")
        assert await running.agent("8001") == ("signed-out", "")


@virtual_time
async def test_each_agent_of_a_transferred_call_has_codes_of_his_own(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        await running.sign_in("8002")
        await running.dispatcher.control.transfer(call, "li.na", queue="loans")
        await asyncio.sleep(3)
        await say(running, call, "a")
        await say(running, call, "b", agent="8002")
        async with running.db.reading() as session:
            said = (await coding.of_calls(session, RULES, [call]))[call]
        assert [(each.agent, each.queue, each.codes) for each in said] == [
            ("8001", "general", ("a",)), ("8002", "loans", ("b",)),
        ]  # fmt: skip


@virtual_time
async def test_agent_who_has_a_caller_twice_is_counted_once_as_he_chooses_codes_once(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        since = now()
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.dispatcher.control.reclaim(call, "li.na")
        sums = [await counted(running, since)]
        await asyncio.sleep(3)
        await say(running, call, "a")
        sums.append(await counted(running, since))
        await running.sign_in("8002")
        await running.dispatcher.control.transfer(call, "li.na", queue="loans", agent="8002")
        await asyncio.sleep(15)
        await running.dispatcher.control.transfer(call, "li.na", queue="cards", agent="8001")
        await asyncio.sleep(3)
        running.pbx.hang_up(leg)
        await asyncio.sleep(12)
        sums.append(await counted(running, since))
        one, coded = Said(talks=1), Said(talks=1, coded=1, times=Counter({"a": 1}))
        assert sums[0] == {("general", "8001"): one}
        assert sums[1] == {("general", "8001"): coded}
        assert sums[2] == {("cards", "8001"): coded, ("loans", "8002"): one}


@virtual_time
async def test_a_call_that_an_agent_had_twice_is_open_once(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        await running.dispatcher.control.reclaim(call, "li.na")
        await asyncio.sleep(3)
        running.pbx.hang_up(leg)
        await asyncio.sleep(12)
        assert await open_calls(running) == [call]


@virtual_time
async def test_his_later_talks_are_looked_for_in_the_call_and_not_among_all_that_an_agent_ever_had(
    tmp_path: Path,
) -> None:
    talks = counts.calls_said("talks", RULES, counts.Asked(), Span(0.0, 1.0, 1.0))
    said = talks.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True})
    async with centre(tmp_path) as running, running.db.reading() as session:
        plan = [step for *_, step in await session.execute(text(f"EXPLAIN QUERY PLAN {said}"))]
    assert not [step for step in plan if "(agent=?)" in step]


async def counted(running: Centre, since: float) -> dict[tuple[str, str], Said]:
    """By queue and agent."""
    async with running.db.reading() as session:
        found = await counts.said(session, RULES, counts.Asked(), Span(since, now() + 1, now()))
    return {(queue, agent): each for (queue, agent, _), each in found.items()}


@virtual_time
async def test_notes_are_forgotten_with_the_caller_and_codes_stay(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await talking(running)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        await say(running, call, "a", note="of Ms Wang")
        async with running.db.transaction() as tx:
            await forgetting.forget(tx, now() + 1)
        async with running.db.reading() as session:
            assert (await session.get_one(Summary, (call, "8001"))).note == ""
            assert (await coding.of_calls(session, RULES, [call]))[call][0].codes == ("a",)


@virtual_time
async def test_codes_of_a_call_that_one_did_not_have_are_refused(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        for agent, codes, kind in (("8002", "a", NotFound), ("8001", "zzz", Refused)):
            try:
                await say(running, call, codes, agent=agent)
            except kind:
                continue
            raise AssertionError((agent, codes))
