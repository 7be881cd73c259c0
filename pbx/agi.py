"""AsyncAGI commands under way: each waits for its own AsyncAGIExec, or for the leg to leave."""

import asyncio
import itertools
from collections.abc import Iterable
from contextlib import suppress
from urllib.parse import unquote

from pbx.framing import Headers
from pbx.switch import LegGone, LinkLost

REENTRY_GRACE = 1.0  # seconds in which the dial plan starts AsyncAGI again after a command that failed
FAILED = -1


class AgiCommands:
    """Hands out ids and matches results; panoramisk's own way waits for a header Asterisk 22 does not send.

    A command that fails (a missing sound) also ends AsyncAGI, and the dial plan starts it anew: a leg that is
    not `leaving`, because it hangs up or we redirect it, has only stumbled.
    """

    def __init__(self, prefix: str) -> None:
        self._ids = (f"{prefix}-{n}" for n in itertools.count(1))
        self._waiting: dict[str, tuple[str, asyncio.Future[str]]] = {}
        self._inside: set[str] = set()
        self._leaving: set[str] = set()
        self._stumbled: dict[str, asyncio.Event] = {}

    def begin(self, leg: str) -> tuple[str, asyncio.Future[str]]:
        """A new CommandID and the future of its result text (`200 result=…`).

        Raises LegGone for a leg outside AsyncAGI: Asterisk would take the command and keep it for a return.
        """
        if leg not in self._inside or leg in self._leaving:
            raise LegGone(f"leg {leg} is not in the menu")
        command_id = next(self._ids)
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[command_id] = (leg, future)
        return command_id, future

    def end(self, command_id: str) -> None:
        self._waiting.pop(command_id, None)

    def found(self, legs: Iterable[str]) -> None:
        """The link came up: these legs are in AsyncAGI, no others."""
        self._inside = set(legs)

    def leaves(self, leg: str) -> None:
        """We are about to redirect or hang up `leg`."""
        self._leaving.add(leg)

    def stays(self, leg: str) -> None:
        """It did not come to that."""
        self._leaving.discard(leg)

    async def came_back(self, leg: str) -> bool:
        """After a failed command: whether `leg` is in AsyncAGI again; False when it is leaving."""
        event = self._stumbled.get(leg)
        if event is not None and leg not in self._leaving:
            with suppress(TimeoutError):
                await asyncio.wait_for(event.wait(), REENTRY_GRACE)
            self._stumbled.pop(leg, None)
        return leg in self._inside and leg not in self._leaving

    def hear(self, headers: Headers) -> bool:
        """Feed it every AMI event; True when it only tells that a leg which stumbled is back, no news to others."""
        leg = headers.get("uniqueid", "")
        match headers.get("event"):
            case "AsyncAGIExec":
                self._result(headers)
            case "HangupRequest" | "SoftHangupRequest":
                self._leaving.add(leg)
            case "AsyncAGIStart":
                self._inside.add(leg)
                self._leaving.discard(leg)
                if (event := self._stumbled.get(leg)) is not None:
                    event.set()
                return event is not None
            case "AsyncAGIEnd":
                self._gone(leg)
            case "Hangup":
                self._gone(leg)
                self._inside.discard(leg)
                self._leaving.discard(leg)
                if (event := self._stumbled.pop(leg, None)) is not None:
                    event.set()
        return False

    def link_lost(self, why: str) -> None:
        self._leaving.clear()
        self._stumbled.clear()
        for _, future in self._waiting.values():
            if not future.done():
                future.set_exception(LinkLost(f"the link to Asterisk broke: {why}"))

    def _result(self, headers: Headers) -> None:
        leg, future = self._waiting.get(headers.get("commandid", ""), ("", None))
        if future is None or future.done():
            return
        result = unquote(headers.get("result", "")).strip()
        if result_code(result) != FAILED:
            future.set_result(result)
        elif leg in self._leaving:
            future.set_exception(LegGone(f"leg {leg} left the menu"))
        else:
            self._stumbled[leg] = asyncio.Event()
            future.set_result(result)

    def _gone(self, leg: str) -> None:
        for owner, future in self._waiting.values():
            if owner == leg and not future.done():
                future.set_exception(LegGone(f"leg {leg} left the menu"))


def result_code(text: str) -> int:
    """`200 result=49 endpos=800` → 49; a refused command → -2."""
    status, _, rest = text.partition(" ")
    value = rest.partition("result=")[2].partition(" ")[0]
    try:
        return int(value) if status == "200" else -2
    except ValueError:
        return -2
