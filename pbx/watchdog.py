"""Ghost calls: legs whose hang-up Asterisk forgot, and legs that went without telling us."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable

from pbx.framing import Headers

STRUCK = 2
"""Comparisons in a row that find a channel which nobody owns, until it is hung up: most are only passing."""
PATIENCE = 0.5  # seconds from HangupRequest to Hangup; a sound Asterisk needs a few milliseconds


class Watchdog:
    """Feed it every AMI event. A leg that asked to hang up and did not in time is hung up by `hang_up`.

    A caller's BYE at the instant of being bridged can leave both channels up for ever.
    """

    def __init__(self, hang_up: Callable[[str], Awaitable[None]]) -> None:
        self._hang_up = hang_up
        self._armed: dict[str, asyncio.TimerHandle] = {}
        self._tasks: set[asyncio.Future[None]] = set()
        self._live: set[str] = set()
        self._missed: set[str] = set()
        self._left: Counter[str] = Counter()

    @property
    def lasting(self) -> int:
        """How many channels there are that nobody owns and that Asterisk does not end."""
        return sum(times > STRUCK for times in self._left.values())

    def hear(self, headers: Headers) -> None:
        leg = headers.get("uniqueid", "")
        match headers.get("event"):
            case "Newchannel":
                self._live.add(leg)
            case "HangupRequest" | "SoftHangupRequest":
                self._arm(leg)
            case "Hangup":
                self._live.discard(leg)
                self._disarm(leg)

    def begin(self, live: set[str]) -> None:
        """A new connection: these legs live, all earlier knowledge is void."""
        self.stop()
        self._live = set(live)
        self._missed = set()
        self._left.clear()

    def compare(self, live: set[str]) -> set[str]:
        """Legs we believe in that were absent from this list and the one before: they ended unheard."""
        absent = self._live - live
        gone = absent & self._missed
        self._missed = absent - gone
        self._live -= gone
        return gone

    def leave(self, nobodys: set[str]) -> tuple[set[str], set[str]]:
        """Of the channels in this list that nobody owns those to be hung up, because they were in the one before too,
        and those that have been and are still there, each once."""
        self._left = Counter({channel: self._left[channel] + 1 for channel in nobodys})
        told = {times: {each for each in nobodys if self._left[each] == times} for times in (STRUCK, STRUCK + 1)}
        return told[STRUCK], told[STRUCK + 1]

    def stop(self) -> None:
        for timer in self._armed.values():
            timer.cancel()
        self._armed.clear()
        for task in self._tasks:
            task.cancel()

    def _arm(self, leg: str) -> None:
        if leg and leg not in self._armed:
            self._armed[leg] = asyncio.get_running_loop().call_later(PATIENCE, self._strike, leg)

    def _disarm(self, leg: str) -> None:
        timer = self._armed.pop(leg, None)
        if timer is not None:
            timer.cancel()

    def _strike(self, leg: str) -> None:
        self._armed.pop(leg, None)
        task = asyncio.ensure_future(self._hang_up(leg))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
