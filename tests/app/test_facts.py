"""What is told of a conversation, from the history of a call on a fake switch."""

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

from accounts.models import Person
from app.facts import facts_of
from recordings.transcript import CallEvent, CallFacts
from tests.acd.centre import QUEUES, Centre, centre
from tests.virtual_time import now, virtual_time

ZONE = ZoneInfo("Asia/Shanghai")


async def facts(running: Centre, call: str, at: float | None = None) -> tuple[CallFacts, list[CallEvent]]:
    async with running.db.reading() as session:
        found = await facts_of(session, call, QUEUES, ZONE, now() if at is None else at, now())
    assert found is not None
    return found[0], list(found[1])


@virtual_time
async def test_each_conversation_of_a_transferred_call_has_its_own_agent_queue_and_events(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, leg = await running.caller("general")
        await asyncio.sleep(11)
        await running.sign_in("8002")
        control = running.dispatcher.control
        await control.hold(call, "li.na")
        await asyncio.sleep(5)
        await control.transfer(call, "li.na", queue="cards", agent="8002")
        await asyncio.sleep(20)
        first, events = await facts(running, call)
        assert (first.agent, first.queue, round(first.duration), first.ended_by) == ("8001", "general", 15, "agent")
        assert [(event.type, event.mode, event.target) for event in events] == [
            ("transfer", "blind", "8002"),
            ("hold", None, None),
        ]
        assert (events[1].end, events[0].at) == (first.duration, first.duration)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        second, events = await facts(running, call)
        assert (second.agent, second.queue, second.ended_by) == ("8002", "cards", "customer")
        assert (round(second.duration), events) == (19, [])
        during = [told.connected_at.timestamp() + 1 for told in (first, second)]
        assert [(await facts(running, call, at))[0] for at in during] == [first, second]


@virtual_time
async def test_a_call_out_is_outbound_and_tells_when_the_agent_was_mute(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.pbx.phone("13900000077@trunk")
        outbound, control = running.dispatcher.outbound, running.dispatcher.control
        call = await outbound.dial("8001", "13900000077", "li.na", queue="cards", purpose="callback")
        await asyncio.sleep(5)
        await control.mute(call, "li.na", muted=True)
        await asyncio.sleep(4)
        await control.mute(call, "li.na", muted=False)
        await asyncio.sleep(1)
        running.pbx.hang_up(running.pbx.leg_of("13900000077@trunk"))
        await asyncio.sleep(1)
        told, (muted,) = await facts(running, call)
        assert (told.direction, told.call_type, told.queue, told.agent) == ("outbound", "callback", "cards", "8001")
        assert (muted.type, round((muted.end or 0) - (muted.start or 0))) == ("mute", 4)


@virtual_time
async def test_what_a_supervisor_does_to_a_talk_is_not_the_agents_doing(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        async with running.db.transaction() as tx:
            tx.session.add(Person(login="sun.li", name="孙莉", role="supervisor", number=""))
            tx.session.add(Person(login="li.na", name="李娜", role="agent", number="8001"))
        await running.sign_in("8001")
        call, _leg = await running.caller("general")
        await asyncio.sleep(11)
        control = running.dispatcher.control
        for holder, freer in (("sun.li", "li.na"), ("li.na", "sun.li")):
            await control.hold(call, holder)
            await asyncio.sleep(3)
            await control.resume(call, freer)
        for muted in (True, False):
            await control.mute(call, "sun.li", muted=muted)
            await asyncio.sleep(3)
        await running.sign_in("8002")
        await control.transfer(call, "sun.li", queue="cards", agent="8002")
        await asyncio.sleep(3)
        first, (held,) = await facts(running, call)
        assert (first.agent, first.ended_by) == ("8001", "system")
        assert (held.type, round((held.end or 0) - (held.start or 0))) == ("hold", 3)
        await control.hang_up(call, "sun.li", own=False)
        await asyncio.sleep(1)
        second, events = await facts(running, call)
        assert (second.agent, second.ended_by, events) == ("8002", "system", [])


@virtual_time
async def test_a_talk_that_the_agents_telephone_lost_was_neither_given_away_nor_ended_by_him(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        call, leg = await running.caller("general")
        await asyncio.sleep(11)
        await running.dispatcher.control.reclaim(call, "li.na")
        await asyncio.sleep(9)
        first, events = await facts(running, call, now() - 15)
        assert (first.agent, first.ended_by, events) == ("8001", "system", [])
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        second, events = await facts(running, call)
        assert (second.agent, second.ended_by, events) == ("8001", "customer", [])
