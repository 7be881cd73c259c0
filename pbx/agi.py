"""AsyncAGI commands under way: each waits for its own AsyncAGIExec, or for the leg to leave."""

import asyncio
import itertools
from urllib.parse import unquote

from pbx.framing import Headers
from pbx.switch import LegGone, LinkLost

REDIRECT_GRACE = 0.5  # seconds in which AsyncAGIEnd or Hangup follows a command that a leaving leg cut short


class AgiCommands:
    """Hands out ids and matches results; panoramisk's own way waits for a header Asterisk 22 does not send."""

    def __init__(self, prefix: str) -> None:
        self._ids = (f"{prefix}-{n}" for n in itertools.count(1))
        self._waiting: dict[str, tuple[str, asyncio.Future[str]]] = {}
        self._leaving: dict[str, asyncio.Event] = {}

    def begin(self, leg: str) -> tuple[str, asyncio.Future[str]]:
        """A new CommandID and the future of its result text (`200 result=…`)."""
        command_id = next(self._ids)
        future: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._waiting[command_id] = (leg, future)
        return command_id, future

    def end(self, command_id: str) -> None:
        self._waiting.pop(command_id, None)

    async def left(self, leg: str) -> bool:
        """Whether `leg` leaves AsyncAGI within the grace: tells a leg that went from a sound that is missing."""
        event = self._leaving.setdefault(leg, asyncio.Event())
        try:
            await asyncio.wait_for(event.wait(), REDIRECT_GRACE)
        except TimeoutError:
            return False
        finally:
            self._leaving.pop(leg, None)
        return True

    def hear(self, headers: Headers) -> None:
        match headers.get("event"):
            case "AsyncAGIExec":
                _, future = self._waiting.get(headers.get("commandid", ""), ("", None))
                if future is not None and not future.done():
                    future.set_result(unquote(headers.get("result", "")).strip())
            case "AsyncAGIEnd" | "Hangup":
                self._gone(headers.get("uniqueid", ""))

    def link_lost(self, why: str) -> None:
        for _, future in self._waiting.values():
            if not future.done():
                future.set_exception(LinkLost(f"the link to Asterisk broke: {why}"))

    def _gone(self, leg: str) -> None:
        if leg in self._leaving:
            self._leaving[leg].set()
        for owner, future in self._waiting.values():
            if owner == leg and not future.done():
                future.set_exception(LegGone(f"leg {leg} left the menu"))


def result_code(text: str) -> int:
    """`200 result=49 endpos=800` → 49; anything that is no success → -2."""
    status, _, rest = text.partition(" ")
    value = rest.partition("result=")[2].partition(" ")[0]
    try:
        return int(value) if status == "200" else -2
    except ValueError:
        return -2
