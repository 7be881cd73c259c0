"""Every ring that fails is told once, whichever way Asterisk says so."""

import pytest

from pbx.events import RingFailed
from pbx.framing import Headers
from pbx.rings import Rings

NEW = {"event": "Newchannel", "uniqueid": "a"}
UP = {"event": "Newstate", "uniqueid": "a", "channelstate": "6"}
REFUSED = {"event": "OriginateResponse", "actionid": "ring/a", "response": "Failure"}


def hangup(cause: int, at: float = 101.0) -> Headers:
    return {"event": "Hangup", "uniqueid": "a", "cause": str(cause), "timestamp": str(at)}


@pytest.mark.parametrize(
    ("heard", "told"),
    [
        ([NEW, hangup(17), REFUSED], [17]),
        ([NEW, REFUSED, hangup(21)], [21]),
        ([NEW, hangup(0, at=115.02), REFUSED], [19]),
        ([NEW, hangup(16)], [16]),
        ([REFUSED], [20]),
        ([REFUSED, REFUSED], [20]),
        ([NEW, UP, hangup(16)], []),
        ([NEW, UP, REFUSED], []),
        ([{"event": "Hangup", "uniqueid": "other", "cause": "17"}], []),
    ],
)
def test_a_ring_that_fails_is_told_exactly_once(heard: list[Headers], told: list[int]) -> None:
    rings = Rings()
    rings.asked("a", 15, now=100.0)
    answers = [rings.hear(each, now=101.0) for each in heard]
    assert [each.cause for each in answers if isinstance(each, RingFailed)] == told


def test_a_leg_may_be_on_its_way_only_until_it_exists_or_a_moment_has_passed() -> None:
    rings = Rings()
    rings.asked("a", 15, now=100.0)
    assert rings.maybe_not_yet("a", now=100.1)
    assert rings.on_the_way(now=100.1)
    assert not rings.maybe_not_yet("a", now=102.0)
    assert not rings.on_the_way(now=102.0)
    rings.hear(NEW, now=100.1)
    assert not rings.maybe_not_yet("a", now=100.2)
    assert not rings.on_the_way(now=100.2)
    assert not rings.maybe_not_yet("unknown", now=100.1)


def test_a_ring_found_after_a_restart_still_fails_and_one_that_is_gone_is_forgotten() -> None:
    rings = Rings()
    rings.asked("gone", 15, now=100.0)
    rings.found(["a"], now=105.0)
    assert rings.hear({**hangup(21), "uniqueid": "gone"}, now=106.0) is None
    assert rings.hear(hangup(21), now=106.0) == RingFailed(101.0, "a", 21)
