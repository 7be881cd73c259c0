"""Call backs that wait among the callers and are given to agents when their turn comes, on a fake switch."""

import asyncio
from pathlib import Path

from tests.acd.centre import centre
from tests.acd.test_outbound import OUTSIDE, call_backs, in_menu, on_the_list, promised
from tests.virtual_time import now, virtual_time


@virtual_time
async def test_call_back_waits_at_its_kept_place_among_callers_and_its_agent_calls_when_its_turn_comes(
    tmp_path: Path,
) -> None:
    async with centre(tmp_path, "8001") as running:
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        asked = await promised(running, callbacks)
        await asyncio.sleep(1)
        later, urgent = [(await in_menu(running))[0] for _ in range(2)]
        await running.calls.enqueue(later, "cards", {"zh": 1}, 0)
        await running.calls.enqueue(urgent, "cards", {"zh": 1}, 90)
        again = await running.restart()
        callbacks = call_backs(again, automatic=True)
        callbacks.listen(again.bus)
        running.pbx.link_up()
        await asyncio.sleep(1)
        await callbacks.line_up()
        running.pbx.phone(OUTSIDE, answers_after=1, hangs_up_after=3)
        await again.sign_in("8001", answers_after=1, hangs_up_after=3)
        await asyncio.sleep(60)
        begun = [await again.call(call) for call in (urgent, (await on_the_list(again, asked)).call, later)]
        assert [(call.direction, call.agent) for call in begun] == [
            ("inbound", "8001"), ("outbound", "8001"), ("inbound", "8001"),
        ]  # fmt: skip
        assert sorted(call.connected_at or 0.0 for call in begun) == [call.connected_at for call in begun]
        assert (await on_the_list(again, asked)).state == "done"
        assert await again.agent("8001") == ("ready", "")
        await again.dispatcher.stop()


@virtual_time
async def test_call_back_that_is_taken_or_cannot_be_made_leaves_the_queue_and_its_agent_free(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        callbacks = call_backs(running, automatic=True)
        callbacks.listen(running.bus)
        settled, refused = await promised(running, callbacks), await promised(running, callbacks)
        await asyncio.sleep(0.1)
        floor = running.dispatcher.floor
        assert floor.promised == {settled, refused}
        await callbacks.settle(settled, "given_up")
        await asyncio.sleep(0.1)
        assert floor.promised == {refused}
        running.dispatcher.outbound._trunk = lambda: None
        await running.sign_in("8001")
        await asyncio.sleep(1)
        assert (await running.agent("8001"), floor.waiting) == (("ready", ""), 0)
        row = await on_the_list(running, refused)
        assert (row.state, row.agent, row.next_at > now() + 30) == ("open", "", True)
