"""What is kept and what is garbage are told apart."""

import gc
from collections.abc import Iterator

import httpx
import pytest

from app.health import standby_app
from app.memory import measure


@pytest.fixture(autouse=True)
def _of_this_test_alone() -> Iterator[None]:
    gc.freeze()
    yield
    gc.unfreeze()


def test_what_somebody_still_holds_is_counted_and_garbage_is_not() -> None:
    before = measure()
    held: list[object] = [[number] for number in range(5000)]
    held.append(held)
    grown = measure()
    del held
    gc.collect()
    after = measure()
    assert grown.objects - before.objects > 4500
    assert grown.blocks - before.blocks > 4500
    assert after.objects - before.objects < 500
    assert after.blocks - before.blocks < 2500
    assert grown.rss_mb > grown.used_mb > 0


async def test_whoever_watches_the_machine_is_told_what_lives_and_what_is_only_kept() -> None:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(standby_app()), base_url="http://standby") as client:
        lines = (await client.get("/metrics")).text.splitlines()
    told = {name: float(value) for name, value in (line.split() for line in lines if not line.startswith("#"))}
    assert told["hotline_memory_bytes"] > told["hotline_memory_idle_bytes"] > 0
    assert told["hotline_live_blocks"] > told["hotline_live_objects"] > 0
