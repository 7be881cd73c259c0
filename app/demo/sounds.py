"""The spoken lines of the demonstration, synthesised once and kept by what is said and how."""

import asyncio
import hashlib
from pathlib import Path

from app.demo.cast import ACTORS, Actor, Voice
from app.demo.story import Dialogue, Speaker, Story
from ivr.prompts.voice import synthesise

Key = tuple[str, str, Voice]
"""Text, language, voice."""


class Sounds:
    """`prepare` makes every line that may be spoken; `find` gives its file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def prepare(self, stories: tuple[Story, ...]) -> int:
        """Synthesise what is missing, two at a time; returns how many lines there are."""
        self._folder.mkdir(parents=True, exist_ok=True)
        lines = {line for story in stories for line in lines_of(story)}
        gate = asyncio.Semaphore(2)

        async def make(line: Key) -> None:
            async with gate:
                await asyncio.to_thread(self._make, line)

        await asyncio.gather(*(make(line) for line in lines))
        return len(lines)

    def find(self, text: str, language: str, voice: Voice) -> Path:
        name = hashlib.sha256(repr((text, language, voice)).encode()).hexdigest()[:16]
        return self._folder / f"{name}.wav"

    def _make(self, line: Key) -> None:
        text, language, voice = line
        path = self.find(*line)
        if not path.exists():
            half_done = path.with_suffix(".part.wav")
            synthesise(text, language, half_done, voice.variant, voice.speed, voice.pitch)
            half_done.rename(path)


def lines_of(story: Story) -> set[Key]:
    """Every line this story may need, whichever agent gets the call."""
    lines = {
        key
        for actor in ACTORS
        for key in dialogue_lines(story, actor, story.dialogue.get(actor.manner) or Dialogue(()))
    }
    if story.message:
        lines.add((story.message.text, story.language, story.voice))
    return lines


def dialogue_lines(story: Story, actor: Actor, dialogue: Dialogue) -> list[Key]:
    """The lines of one dialogue in their order."""
    return [
        (turn.text.format(number=actor.spoken), story.language, actor.voice)
        if turn.speaker is Speaker.AGENT
        else (turn.text, story.language, story.voice)
        for turn in dialogue.turns
    ]
