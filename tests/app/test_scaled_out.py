"""The same centre on PostgreSQL and Redis, by settings alone."""

import asyncio
from typing import Any

import pytest

from app.phones.light_sip import Party
from tests.asterisk import HOTLINE
from tests.centre import PATIENCE, RunningCentre, running_centre, until

pytestmark = pytest.mark.real


async def test_call_is_served_by_one_engine_and_the_next_recorded_and_transcribed_on_postgresql_and_redis(
    postgres_url: str, redis_url: str
) -> None:
    async with running_centre(
        environment={"HOTLINE_DATABASE_URL": postgres_url, "HOTLINE_REDIS_URL": redis_url}
    ) as centre:
        phone = await centre.phone("8002")
        phone.on_invite = phone.answer
        await centre.ready_agent("8002")
        caller = await (await Party("13900000009", centre.sip_port).open()).dial(HOTLINE)
        await asyncio.wait_for(caller.answered.wait(), PATIENCE)
        caller.press("14")
        await until(lambda: _talks(centre), 20, "the caller talks with the agent")
        call = (await centre.live_calls("talking"))[0]["id"]
        await centre.stand_by()
        await centre.kill()
        await centre.taken_over()
        await until(lambda: _talks(centre), 10, "the engine that stood by knows the talk")
        assert (await centre.live_calls("talking"))[0]["id"] == call
        caller.hang_up()
        await until(lambda: _transcribed(centre, call), 60, "the transcript is ready")
        story: dict[str, Any] = await centre.get(f"/api/calls/{call}")
        assert (story["call"]["outcome"], story["call"]["ended_by"]) == ("answered", "customer")
        assert story["offers"][0]["result"] == "accepted"
        assert not (centre.data / "hotline.db").exists()
        assert not (centre.data / "jobs.db").exists()
        phone.close()


async def _talks(centre: RunningCentre) -> bool:
    return len(await centre.live_calls("talking")) == 1


async def _transcribed(centre: RunningCentre, call: str) -> bool:
    parts = await centre.get(f"/api/calls/{call}/recordings", "zhou.yan")
    return bool(parts) and parts[0]["transcript"] == "ready"
