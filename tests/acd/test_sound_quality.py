"""How a call was heard, told by the agent who had it and read by those who look after the lines."""

from pathlib import Path

from acd.sound_endpoints import router
from tests.acd.centre import centre
from tests.acd.test_control import talking
from tests.acd.test_endpoints import client
from tests.virtual_time import now, virtual_time

TOLD = {
    "source": "browser", "seconds": 61.5, "jitter_ms": 3.2, "loss_in": 0.4, "loss_out": 0.0, "rtt_ms": 38.0,
    "mos": 4.3, "mos_worst": 3.9,
}  # fmt: skip


@virtual_time
async def test_only_the_agent_of_the_call_tells_and_supervisors_read(tmp_path: Path) -> None:
    async with centre(tmp_path, "8001", "8002") as running:
        await running.sign_in("8001")
        call, _ = await talking(running)
        place = f"/api/calls/{call}/sound-quality"
        more = [router(running.db, now)]
        async with client(running, "wang.wei", "agent", "8002", more=more) as asking:
            assert (await asking.post(place, json=TOLD)).status_code == 403
        async with client(running, "li.na", "agent", "8001", more=more) as asking:
            assert (await asking.post(place, json=TOLD)).status_code == 204
            assert (await asking.post(place, json=TOLD | {"mos": 9.0})).status_code == 422
            assert (await asking.get(place)).status_code == 403
        async with client(running, "sun.li", "supervisor", more=more) as asking:
            (read,) = (await asking.get(place)).json()
        assert read == TOLD | {"agent": "8001", "at": now()}
