"""The database fails while an agent calls out: he is not taken for dialling afterwards."""

import asyncio
from pathlib import Path

from acd.agent_state import AgentState
from tests.acd.centre import centre
from tests.acd.test_outbound import CUSTOMER, OUTSIDE, reason_of
from tests.acd.test_storage import database_gone
from tests.virtual_time import virtual_time

GONE = OSError("disk full")


@virtual_time
async def test_agent_whose_call_out_could_not_be_stored_may_try_again(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=1)
        outbound = running.dispatcher.outbound
        async with database_gone(running, GONE):
            assert await reason_of(outbound.dial("8001", CUSTOMER, "li.na")) == "not_stored"
        await asyncio.sleep(3)
        assert outbound.of("8001") is None
        call = await outbound.dial("8001", CUSTOMER, "li.na")
        await asyncio.sleep(5)
        assert (await running.call(call)).state == "talking"


@virtual_time
async def test_agent_whose_customer_answered_while_nothing_could_be_stored_is_free_after_the_talk(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001") as running:
        await running.sign_in("8001")
        running.pbx.phone(OUTSIDE, answers_after=4)
        call = await running.dispatcher.outbound.dial("8001", CUSTOMER, "li.na")
        await asyncio.sleep(3)
        async with database_gone(running, GONE):
            await asyncio.sleep(5)
        await asyncio.sleep(3)
        assert running.dispatcher.outbound.of("8001") is None
        running.pbx.hang_up((await running.call(call)).leg)
        await asyncio.sleep(60)
        await running.dispatcher.set_state("8001", AgentState.NOT_READY, "", "li.na")
        assert await running.agent("8001") == ("not-ready", "")
