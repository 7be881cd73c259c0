"""Channels that Asterisk has lost hold of: they are counted, for nothing ends them but a new start of Asterisk.

AMI lists none of them; only its own command line does. See docs/call-control.md.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from core.errors import HotlineError

log = structlog.get_logger(__name__)

LOOK_EVERY = 60.0
LISTING = "core show channels concise"
MOVED = "Surrogate/"
"""How Asterisk names what is left of a channel whose inside it has moved into another."""


class Leftovers:
    """`ask` gives the answer of Asterisk's command line; `lasting` names what two looks in a row have found."""

    def __init__(self, ask: Callable[[str], Awaitable[str]]) -> None:
        self._ask = ask
        self._seen: frozenset[str] = frozenset()
        self.lasting: frozenset[str] = frozenset()

    async def run(self) -> None:
        """For ever; each is told of once."""
        while True:
            await asyncio.sleep(LOOK_EVERY)
            await self.look()

    async def look(self) -> None:
        try:
            found = moved(await self._ask(LISTING))
        except HotlineError:
            return  # it is being started again
        lasting = found & self._seen
        for channel in sorted(lasting - self.lasting):
            log.error("Asterisk has left a channel behind", channel=channel, all=len(lasting))
        self._seen, self.lasting = found, lasting


def moved(listing: str) -> frozenset[str]:
    """In each line the fields stand between exclamation marks, the name first."""
    return frozenset(line.partition("!")[0] for line in listing.splitlines() if line.startswith(MOVED))
