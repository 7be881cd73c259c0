"""What is kept and what is garbage are told apart."""

import gc
from collections.abc import Iterator

import pytest

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
    after = measure()
    assert grown.objects - before.objects >= 5000
    assert grown.blocks - before.blocks >= 5000
    assert after.objects - before.objects < 500
    assert after.blocks - before.blocks < 2500
    assert grown.rss_mb > grown.used_mb > 0
