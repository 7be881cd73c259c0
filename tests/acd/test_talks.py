"""Agents' talks of a time: every one counts for who talked, whatever became of the caller."""

import asyncio
from pathlib import Path

import pytest

from acd.talks import talks
from qa import kpi, repository
from qa.kpi import Measure
from tests.acd.centre import centre
from tests.acd.test_control import talking
from tests.virtual_time import now, virtual_time


@virtual_time
async def test_a_talk_that_was_given_away_counts_for_who_gave_it(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        since, control = now(), running.dispatcher.control
        await running.sign_in("8001")
        call, leg = await talking(running)
        began = (await running.call(call)).connected_at or 0.0
        await asyncio.sleep(120 - (now() - began))
        await control.reclaim(call, "li.na")
        await asyncio.sleep(3)
        again = (await running.call(call)).connected_at or 0.0
        await running.sign_in("8002")
        await asyncio.sleep(60 - (now() - again))
        await control.transfer(call, "li.na", agent="8002")
        await asyncio.sleep(3)
        given = (await running.call(call)).connected_at or 0.0
        async with running.db.reading() as session:
            assert list((await talks(session, since, now())).values()) == [pytest.approx((1, 180), abs=0.1)]
        await asyncio.sleep(30 - (now() - given))
        running.pbx.hang_up(leg)
        await asyncio.sleep(1)
        async with running.db.reading() as session:
            found = await talks(session, since, now())
            facts = await repository.kpi_facts(session, since, now())
            later = await talks(session, again, now())
        assert found["8001"] == pytest.approx((1, 180), abs=0.1)
        assert found["8002"] == pytest.approx((1, 30), abs=0.1)
        assert later["8001"] == pytest.approx((0, 60), abs=0.1), "it began before"
        assert kpi.value(Measure.TALK, facts["8001"]) == pytest.approx(180, abs=0.1)
