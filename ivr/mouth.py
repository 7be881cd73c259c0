"""What a caller hears: one sound at a time, piece by piece; a key ends it even in the moment before it starts."""

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

import structlog

from ivr.effects import Say
from ivr.menus import Spoken
from pbx.commands import ALL_KEYS, Play, Played, StopPlaying
from pbx.switch import Switch, SwitchError

log = structlog.get_logger(__name__)

KEY_GRACE = 0.06
"""Seconds in which the switch itself ends a sound by a key; after that the key came before the sound did."""
A_MOMENT = 0.05
BETWEEN_STOPS = 0.2
MOST_STOPS = 5
STRAY_STOP = 0.05
"""Seconds after a sound that ended while it was being stopped, before the next may start."""


class Prompts(Protocol):
    """Where sounds come from: `ivr.prompts.store.PromptStore`."""

    def sound(self, spoken: Spoken) -> Path | None: ...


class Mouth:
    """`speak` a Say; a newer one or `hush` ends it after the piece, `key` at once where the Say allows that."""

    def __init__(self, leg: str, switch: Switch, prompts: Prompts, report: Callable[[str], None]) -> None:
        self._leg = leg
        self._switch = switch
        self._prompts = prompts
        self._report = report
        self._one_at_a_time = asyncio.Lock()
        self._saying: Say | None = None
        self._cut = False
        self._piece = 0
        self._playing = 0
        self._stopped = 0
        self._followed = ""
        self._under_way = asyncio.Event()
        self._under_way.set()

    def begin(self, say: Say) -> None:
        self._saying, self._cut = say, False
        self._under_way.clear()

    def hush(self) -> None:
        self._saying = None
        self._under_way.set()

    async def under_way(self) -> None:
        """Until the switch has what is to be said; for a moment only, since something else may have to end first."""
        enough = asyncio.get_running_loop().call_later(A_MOMENT, self._under_way.set)
        await self._under_way.wait()
        enough.cancel()

    def is_followed(self, key: str) -> bool:
        """Whether the switch by itself says something new when `key` ends what it plays, or has just ended it."""
        return key in self._followed

    def key(self) -> int:
        """A key was pressed: the number of the piece to `stop`, 0 for none."""
        if self._saying is None or not self._saying.barge_in:
            return 0
        self._cut = True
        return self._playing

    async def speak(self, say: Say, then: Mapping[str, Spoken]) -> bool | None:
        """Whether a sound was missing; None when something else has to be said by now.

        `then`: what is likely to be said next, by the key that ends this.
        """
        sounds = ((key, self._prompts.sound(piece)) for key, piece in then.items())
        known = tuple((key, str(sound)) for key, sound in sounds if sound)
        keys = "".join(key for key in ALL_KEYS if key not in say.deaf_to) if say.barge_in else ""
        async with self._one_at_a_time:
            for piece in say.pieces:
                if self._saying is not say:
                    return None
                if self._cut:
                    break
                played = await self._play(piece, keys, known)
                if played is Played.MISSING:
                    return True
                if played is Played.INTERRUPTED:
                    break
        return False

    async def stop(self, piece: int) -> None:
        """End a piece that a key should have ended, until it has."""
        await asyncio.sleep(KEY_GRACE)
        for _ in range(MOST_STOPS):
            if self._playing != piece:
                return
            self._stopped = piece
            try:
                await self._switch.do(StopPlaying(self._leg))
            except SwitchError as fault:
                log.info("sound not stopped", why=str(fault))
                return
            await asyncio.sleep(BETWEEN_STOPS)

    async def _play(self, piece: Spoken, keys: str, then: tuple[tuple[str, str], ...]) -> Played:
        sound = self._prompts.sound(piece)
        if sound is None:
            self._report(f"prompt {piece.name} ({piece.language}) was never made")
            return Played.MISSING
        self._piece += 1
        number = self._playing = self._piece
        self._followed = "".join(key for key, _ in then if key in keys)
        self._under_way.set()  # who waits for it goes on when the switch has been told
        try:
            played = await self._switch.play(Play(self._leg, str(sound), keys, then))
        finally:
            self._playing = 0
        if played is not Played.INTERRUPTED:
            self._followed = ""
        if played is Played.MISSING:
            self._report(f"prompt {piece.name} ({piece.language}) is not at {sound}")
        elif played is Played.FINISHED and self._stopped == number:
            await asyncio.sleep(STRAY_STOP)
        return played
