"""The switch as the rest of the house sees it: commands in, typed events out on the bus."""

from collections.abc import Coroutine
from typing import Any, Protocol

from core.errors import HotlineError
from pbx.commands import Command, Play, Played, Record, Recorded
from pbx.events import LegSnapshot, Unseen

HEAD_START = 0.005
"""Seconds in which the switch has the processors for what somebody waits for: nobody waits for what we do next."""


class SwitchError(HotlineError):
    """The switch did not do what was asked."""


class LegGone(SwitchError):
    """The leg ended before the command could be carried out."""


class LinkLost(SwitchError):
    """There is no link to Asterisk, or the command's deadline passed: whether it was carried out is unknown."""


class Switch(Protocol):
    """Implemented by `pbx.asterisk.AsteriskSwitch` on a real Asterisk and by `tests.fakes.FakePbx`."""

    def do(self, command: Command) -> Coroutine[Any, Any, None]:
        """Carry out once; raises LegGone, LinkLost or SwitchError when awaited. A ring is sent before this returns."""

    async def play(self, command: Play) -> Played:
        """Returns when the sound ended or a key stopped it; raises LegGone, LinkLost."""

    async def record(self, command: Record) -> Recorded:
        """Returns when the message ended (also by hang-up: the file stays); raises LinkLost."""

    async def legs(self) -> tuple[LegSnapshot, ...]:
        """Every live leg, asked now."""

    async def sound_from(self, leg: str) -> int:
        """How many packets of sound have come from there until now, 0 where none can; raises LegGone, LinkLost."""

    async def unseen(self) -> Unseen:
        """What became of callers while the heartbeat was old, asked now."""
