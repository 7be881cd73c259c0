"""An agent at work by his state whom nobody can reach: a supervisor sees it, and he is not counted."""

import asyncio
from collections.abc import Mapping, Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from accounts.models import Person
from acd import inputs
from acd.alarms import watch
from acd.alarms.rules import AlarmRules
from acd.alarms.watch import AlarmWatch
from acd.breaks import Breaks
from acd.events import AgentChanged
from acd.queues import Queues
from agentdesk.reading.board import BoardReader
from agentdesk.reading.switchwatch import SwitchWatch
from app.effects import weigher
from tests.acd.centre import Centre, centre
from tests.virtual_time import now, virtual_time

ZONE = ZoneInfo("Asia/Shanghai")
SAID = "queues: {general: {name: {en: General}, wrap_up_ends: agent, priority: %d}}"
RULES = Queues.model_validate({"queues": {"general": {"name": {"en": "General"}, "wrap_up_ends": "agent"}}})


async def nobody_angry(_session: AsyncSession, _now: float) -> Sequence[str]:
    return ()


async def no_faults(_session: AsyncSession) -> Mapping[str, float]:
    return {}


async def seen(running: Centre) -> tuple[str, int | None, list[str]]:
    """Why the board says he is as he is, the agents that a draft of the queues concerns, and the alarms."""
    engine = running.dispatcher
    alarms = AlarmWatch(
        running.db, lambda: AlarmRules(saturation=0.9), RULES, Breaks, ZONE, now, nobody_angry, no_faults,
        engine.missing,
    )  # fmt: skip
    await alarms.look()
    async with running.db.reading() as session:
        board = await BoardReader(RULES, ZONE, SwitchWatch(), engine.missing).read(session, "en", now())
        raised = [row.kind for row in await watch.open_alarms(session)]
    [effect] = await weigher(running.db, ZONE, now, engine.missing)("queues", SAID % 0, SAID % 1)
    return board.agents[0].reason, effect.agents, raised


@pytest.mark.parametrize("what", ["unreachable", "desk_gone"])
@virtual_time
async def test_who_is_out_of_reach_in_a_wrap_up_that_only_he_can_end_is_shown_so_and_not_counted_until_he_is_back(
    tmp_path: Path, what: str
) -> None:
    async with centre(tmp_path, "8001", rules=RULES) as running:
        async with running.db.transaction() as tx:
            tx.session.add(Person(login="li.na", name="li.na", role="agent", number="8001"))
        await running.sign_in("8001", answers_after=1.0)
        _, leg = await running.caller()
        await asyncio.sleep(5)
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        told: list[AgentChanged] = []

        async def hear(event: AgentChanged) -> None:
            told.append(event)

        running.bus.subscribe("pages", AgentChanged, hear)

        async def reach(*, there: bool) -> None:
            changed = inputs.DeskChanged if what == "desk_gone" else inputs.PhoneChanged
            await running.dispatcher.carry_out(lambda _floor: (changed("8001", there),), "")
            await asyncio.sleep(0.1)

        assert await seen(running) == ("", 1, ["saturation"])
        await reach(there=False)
        assert await seen(running) == (what, 0, [])
        await reach(there=False)
        await reach(there=True)
        assert await seen(running) == ("", 1, ["saturation"])
        assert [event.state for event in told] == ["wrap-up"] * 2
