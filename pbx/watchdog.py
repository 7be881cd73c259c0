"""Ghost calls: legs whose hang-up Asterisk forgot, and legs that went without telling us."""

import asyncio
from collections.abc import Awaitable, Callable

from pbx.framing import Headers

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

    def compare(self, live: set[str]) -> set[str]:
        """Legs we believe in that were absent from this list and the one before: they ended unheard."""
        absent = self._live - live
        gone = absent & self._missed
        self._missed = absent - gone
        self._live -= gone
        return gone

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
