"""What the dial plan says to callers when the engine is gone: words made into the files it plays."""

import asyncio
from pathlib import Path

from ivr.menus import Spoken
from ivr.prompts import FORMATS, PromptFault, PromptStore
from pbx.render import FALLBACK_LANGUAGES

WORDS = {
    "zh": "您好，现在直接为您转接人工服务，请稍候。",
    "en": "Hello. We are connecting you directly to a person. Please hold the line.",
}
SORRY = {
    "zh": "对不起，现在无人接听，请您稍后再拨。再见。",
    "en": "We are sorry, nobody can take your call now. Please call again later. Goodbye.",
}
ENTERABLE = 0o755  # Asterisk runs as another user


async def prepare(prompts: PromptStore, sounds: Path) -> list[PromptFault]:
    """Make the sounds and name them as the dial plan does, `fallback/LANGUAGE` and `fallback/sorry-LANGUAGE`; what
    could not be made comes back.

    A voice artist's recordings are `fallback.wav` and `fallback-sorry.wav` in the folder of their language.
    """
    wanted = {language: Spoken("fallback", language, WORDS[language]) for language in FALLBACK_LANGUAGES}
    wanted |= {f"sorry-{each}": Spoken("fallback-sorry", each, SORRY[each]) for each in FALLBACK_LANGUAGES}
    faults = await prompts.prepare(wanted.values())
    for name, spoken in wanted.items():
        if sound := prompts.sound(spoken):
            await asyncio.to_thread(_name, sound, sounds / "fallback" / name)
    return faults


def _name(sound: Path, place: Path) -> None:
    """`place` with each suffix leads to `sound` with the same; replaced whole, for it may be playing."""
    place.parent.mkdir(parents=True, exist_ok=True)
    place.parent.chmod(ENTERABLE)
    for suffix in FORMATS:
        link = place.with_name(f".{place.name}.{suffix}")
        link.unlink(missing_ok=True)
        link.symlink_to(sound.with_name(f"{sound.name}.{suffix}"))
        link.replace(place.with_name(f"{place.name}.{suffix}"))
