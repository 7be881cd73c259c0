"""The play: callers dial on their cues, agents answer, both speak their lines over real telephones."""

import asyncio
import contextlib
from collections.abc import Callable
from pathlib import Path

from app.centre import Centre
from app.demo.agents import Agents
from app.demo.cast import ACTORS, SLEEPER, Actor
from app.demo.sounds import Sounds, dialogue_lines
from app.demo.story import Speaker, Story
from app.phones.agent import AgentPhone
from app.phones.caller import Caller, CallerLines, Result, length_of

START = "start"
SLEEPER_RINGS_AGAIN = "sleeper rings again"
BREATH = 0.25
SURVEY_BEGINS, BADLY_SERVED = 2.0, "1"
"""Seconds between one's last word and the other's first."""
LONGEST_CALL = 150.0
LATEST_CUE = 60.0
"""Seconds after which a story goes on without its cue; what comes of it then is told, where waiting tells nothing."""
SIGN_IN_PAUSE = 4.0


class Play:
    """One performance of `stories` on `centre`; `say` is told what happens. `run` returns each caller's result."""

    def __init__(
        self, centre: Centre, stories: tuple[Story, ...], sounds: Sounds, say: Callable[[str], None],
        recordings: Path | None = None,
    ) -> None:  # fmt: skip
        self._stories = stories
        self._sounds = sounds
        self._say = say
        self._recordings = recordings
        self._agents = Agents(centre, self._rang, self._talk)
        at = centre.asterisk
        self._lines = CallerLines(at.sip_host, at.sip_port)
        self._hotline = centre.configuration.site.hotline
        self._callers: dict[str, Caller] = {}
        self._cues = {START: asyncio.Event(), SLEEPER_RINGS_AGAIN: asyncio.Event()}
        self._rung = {story.number: asyncio.Event() for story in stories}

    async def run(self) -> dict[str, Result]:
        """Raises HotlineError when phones or people cannot be had."""
        try:
            await self._agents.register()
            self._say(f"{len(ACTORS)} agents' phones registered")
            async with self._lines:
                for story in self._stories:
                    self._callers[story.number] = await self._lines.caller(story.number, self._hotline)
                await self._agents.sign_in(SLEEPER)
                self._cues[START].set()
                others = asyncio.create_task(self._sign_in_others())
                results = await asyncio.gather(*(self._call(story) for story in self._stories))
                others.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await others
            await self._agents.sign_out()
        finally:
            await self._agents.close()
        return dict(zip((story.name for story in self._stories), results, strict=True))

    @property
    def faults(self) -> list[str]:
        """What the centre refused the agents."""
        return self._agents.faults

    async def _sign_in_others(self) -> None:
        await self._cue(SLEEPER_RINGS_AGAIN)
        for actor in ACTORS:
            if actor is not SLEEPER:
                await self._agents.sign_in_and_wait(actor, SIGN_IN_PAUSE)

    async def _cue(self, name: str) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._cues[name].wait(), LATEST_CUE)

    async def _call(self, story: Story) -> Result:
        await self._cue(story.cue)
        await asyncio.sleep(story.starts)
        caller = self._callers[story.number]
        caller.dial(self._recordings / f"{story.name}.wav" if self._recordings else None)
        self._say(f"{story.number} dials: {story.title['en']}")
        if await caller.until_answered():
            await self._press_keys(story, caller)
            await self._stay(story, caller)
        caller.hang_up()
        if not await caller.until_ended(5):
            caller.result.faults.append("the call did not end")
        return caller.result

    async def _press_keys(self, story: Story, caller: Caller) -> None:
        for key in story.keys:
            if await caller.stay(key.after):
                caller.press(key.keys)
        if story.message and await caller.stay(story.message.after):
            wav = self._sounds.find(story.message.text, story.language, story.voice)
            caller.play(wav)
            await caller.stay(length_of(wav) + BREATH)
            caller.press("#")
            await caller.stay(1.0)
            caller.press(story.message.contact)

    async def _stay(self, story: Story, caller: Caller) -> None:
        if story.leaves_when_ringing is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._rung[story.number].wait(), 30)
            await caller.stay(story.leaves_when_ringing)
        elif story.leaves_after is not None:
            await caller.stay(story.leaves_after)
        elif not await caller.until_ended(LONGEST_CALL):
            caller.result.faults.append(f"still on the line after {LONGEST_CALL:.0f} s")

    def _rang(self, actor: Actor, number: str) -> None:
        self._say(f"{actor.number} rings for {number}")
        if number in self._rung:
            self._rung[number].set()
        if actor is SLEEPER and len(self._agents.phones[actor.number].rings) == 2:
            self._cues[SLEEPER_RINGS_AGAIN].set()

    async def _talk(self, actor: Actor, phone: AgentPhone, number: str) -> None:
        story = next(story for story in self._stories if story.number == number)
        caller = self._callers[number]
        dialogue = story.dialogue[actor.manner]
        self._say(f"{actor.number} talks with {number}")
        await asyncio.sleep(BREATH)
        for turn, line in zip(dialogue.turns, dialogue_lines(story, actor, dialogue), strict=True):
            wav = self._sounds.find(*line)
            await asyncio.sleep(turn.after)
            if turn.hold:
                await self._agents.hold(actor, number, turn.hold)
            speaker = phone if turn.speaker is Speaker.AGENT else caller
            speaker.play(wav)
            await asyncio.sleep(length_of(wav) + BREATH)
        if dialogue.agent_hangs_up:
            phone.hang_up()
            await caller.stay(SURVEY_BEGINS)
            caller.press(BADLY_SERVED)
            await caller.stay(SURVEY_BEGINS)
            caller.hang_up()
        else:
            caller.hang_up()
