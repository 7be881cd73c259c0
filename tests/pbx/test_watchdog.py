"""Ghosts are hung up, honest hang-ups are left alone."""

import asyncio

from pbx.watchdog import Watchdog
from tests.virtual_time import virtual_time


def watched() -> tuple[Watchdog, list[str]]:
    struck: list[str] = []

    async def hang_up(leg: str) -> None:
        struck.append(leg)

    return Watchdog(hang_up), struck


@virtual_time
async def test_a_leg_that_asked_to_hang_up_and_did_not_is_hung_up_once() -> None:
    dog, struck = watched()
    dog.hear({"event": "HangupRequest", "uniqueid": "1.1"})
    dog.hear({"event": "SoftHangupRequest", "uniqueid": "1.1"})
    await asyncio.sleep(0.4)
    assert struck == []
    await asyncio.sleep(2)
    assert struck == ["1.1"]


@virtual_time
async def test_a_leg_that_hangs_up_in_time_is_left_alone() -> None:
    dog, struck = watched()
    dog.hear({"event": "HangupRequest", "uniqueid": "1.1"})
    await asyncio.sleep(0.1)
    dog.hear({"event": "Hangup", "uniqueid": "1.1"})
    await asyncio.sleep(2)
    assert struck == []


@virtual_time
async def test_a_stopped_watchdog_strikes_no_more() -> None:
    dog, struck = watched()
    dog.hear({"event": "HangupRequest", "uniqueid": "1.1"})
    dog.stop()
    await asyncio.sleep(2)
    assert struck == []


def test_a_leg_absent_from_two_lists_has_ended_unheard() -> None:
    dog, _ = watched()
    dog.begin({"1.1"})
    dog.hear({"event": "Newchannel", "uniqueid": "1.2"})
    assert dog.compare({"1.1"}) == set()
    assert dog.compare({"1.1"}) == {"1.2"}
    assert dog.compare({"1.1"}) == set()


def test_a_leg_missed_once_and_seen_again_lives() -> None:
    dog, _ = watched()
    dog.begin({"1.1"})
    assert dog.compare(set()) == set()
    assert dog.compare({"1.1"}) == set()
    assert dog.compare(set()) == set()
