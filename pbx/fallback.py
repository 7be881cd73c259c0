"""Who is in Asterisk's own queue for calls that come while the engine is gone."""

import asyncio

from pbx import encode
from pbx.ami import AmiLink
from pbx.framing import Headers


class FallbackQueue:
    """Asks Asterisk once per connection who is in; afterwards only what changes is sent."""

    def __init__(self, link: AmiLink) -> None:
        self._link = link
        self._members: frozenset[str] | None = None
        self._lock = asyncio.Lock()

    def forget(self) -> None:
        """The link is down: Asterisk may be another one when it is back."""
        self._members = None

    async def set(self, devices: frozenset[str]) -> None:
        """Make `devices` the members. Raises LinkLost or SwitchError; then nothing is believed of who is in."""
        async with self._lock:
            before = self._members
            if before is None:
                before = members(await self._link.ask_list(encode.fallback_members()))
            self._members = None
            await self._change(before, devices)
            self._members = devices

    async def _change(self, before: frozenset[str], after: frozenset[str]) -> None:
        for device in sorted(before - after):
            await self._link.ask(encode.leave_fallback(device))
        for device in sorted(after - before):
            await self._link.ask(encode.join_fallback(device))


def members(status: list[Headers]) -> frozenset[str]:
    """The devices named in a `QueueStatus` list."""
    found = (each.get("location", "") for each in status if each.get("event") == "QueueMember")
    return frozenset(place.removeprefix("PJSIP/") for place in found if place)
