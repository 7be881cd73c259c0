"""What the dial plan says by itself, when the engine is gone and to agents who dial a code, made into files."""

import asyncio
from pathlib import Path

from ivr.menus import Spoken
from ivr.prompts.store import FORMATS, PromptFault, PromptStore
from pbx.render import FALLBACK_LANGUAGES

WORDS = {
    "fallback": {
        "zh": "您好，现在直接为您转接人工服务，请稍候。",
        "en": "Hello. We are connecting you directly to a person. Please hold the line.",
    },
    "code-done": {"zh": "好的。", "en": "Done."},
    "code-refused": {"zh": "现在不能更改状态。", "en": "Not possible now."},
    "fallback-patience": {
        "zh": "我们正在恢复与客服人员的连接，请您继续等候，无需重拨。",
        "en": "We are reconnecting our agents' telephones. Please stay on the line: you need not call again.",
    },
    "fallback-sorry": {
        "zh": "对不起，现在无人接听，请您稍后再拨。再见。",
        "en": "We are sorry, nobody can take your call now. Please call again later. Goodbye.",
    },
    "fallback-goodbye": {
        "zh": "感谢您的来电，再见。",
        "en": "Thank you for calling. Goodbye.",
    },
}
FILES = {
    "fallback": "fallback/{}",
    "fallback-patience": "fallback/patience-{}",
    "fallback-sorry": "fallback/sorry-{}",
    "fallback-goodbye": "fallback/goodbye-{}",
    "code-done": "codes/done-{}",
    "code-refused": "codes/refused-{}",
}
"""What the dial plan calls them, by language."""
ENTERABLE = 0o755  # Asterisk runs as another user


def spoken() -> dict[str, Spoken]:
    """The words by the file that the dial plan plays.

    A voice artist's recording is `fallback.wav` (`code-done.wav`, …) in the folder of its language.
    """
    return {
        FILES[name].format(language): Spoken(name, language, words[language])
        for name, words in WORDS.items()
        for language in FALLBACK_LANGUAGES
    }


async def prepare(prompts: PromptStore, sounds: Path) -> list[PromptFault]:
    """Make the sounds and name them as the dial plan does; what could not be made comes back."""
    wanted = spoken()
    faults = await prompts.prepare(wanted.values())
    for file, words in wanted.items():
        if sound := prompts.sound(words):
            await asyncio.to_thread(_name, sound, sounds / file)
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
