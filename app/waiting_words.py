"""What callers hear while they wait: place, expected minutes, comfort, and the key that leads out of the queue."""

from collections.abc import Callable, Iterable, Iterator
from itertools import product
from pathlib import Path

from acd.expect import STEPS, Told
from acd.queues import Queues, Way
from ivr.menus import LoadedMenu, Spoken
from ivr.prompts.store import PromptFault, PromptStore

FARTHEST = 20
"""Places beyond this are not said."""
KEYS = "0123456789*#"
KEY_NAMES = {"zh": {"*": "星号", "#": "井号"}, "en": {"*": "star", "#": "the hash key"}}
PLACE = {"zh": "您现在排在第{n}位。", "en": "You are number {n} in line."}
MINUTES = {"zh": "预计等待时间约{n}分钟。", "en": "The expected wait is about {n} minutes."}
ONE_MINUTE = {"zh": "预计等待时间不超过一分钟。", "en": "The expected wait is less than a minute."}
COMFORT = {
    "zh": "请不要挂机，我们会尽快为您服务。",
    "en": "Please hold the line. We will be with you as soon as we can.",
}
CALL_BACK = {
    "zh": "如不想继续等待，请按{key}，我们会给您回电。",
    "en": "If you would rather not wait, press {key} and we will call you back.",
}
WAY_OUT = {"zh": "如不想继续等待，请按{key}。", "en": "If you would rather not wait, press {key}."}
"""To any other step: what it offers it says itself."""


class WaitingWords:
    """What has been prepared, from then on; `menu_for` a number that was dialled."""

    def __init__(self, prompts: PromptStore, menu_for: Callable[[str], LoadedMenu]) -> None:
        self._prompts = prompts
        self._menu_for = menu_for

    def pieces(self, language: str, told: Told, way_out: Way | None, dialled: str) -> tuple[str, ...]:
        """Comfort alone when there is nothing else to say; Chinese for a language without words."""
        spoken = language if language in COMFORT else "zh"
        said = []
        if told.place is not None and told.place <= FARTHEST:
            said.append(_place(spoken, told.place))
        if told.minutes is not None:
            said.append(_minutes(spoken, told.minutes))
        said.append(_comfort(spoken))
        if way_out is not None:
            step = self._menu_for(dialled).flow.steps.get(way_out.step)
            said.append(_way_out(spoken, way_out.key, promises=step is not None and step.kind == "callback"))
        found: list[Path | None] = [self._prompts.sound(each) for each in said]
        return tuple(str(sound) for sound in found if sound is not None)


async def prepare(prompts: PromptStore, queues: Queues) -> list[PromptFault]:
    """What could not be made comes back."""
    return await prompts.prepare(spoken_in(queues))


def spoken(keys: Iterable[str] = KEYS) -> list[Spoken]:
    """All that may be said where these keys lead out of a queue."""
    wanted = [_comfort(language) for language in COMFORT]
    wanted += [_place(language, n) for language in PLACE for n in range(1, FARTHEST + 1)]
    wanted += [_minutes(language, n) for language in MINUTES for n in STEPS]
    ways = product(CALL_BACK, keys, (True, False))
    return wanted + [_way_out(language, key, promises=promises) for language, key, promises in ways]


def spoken_in(queues: Queues) -> list[Spoken]:
    """What callers of these queues may be told."""
    told = [pair for pair in _stays(queues) if queues.announce(*pair)]
    keys = {way.key for pair in told if (way := queues.way_out(*pair))}
    return spoken(sorted(keys)) if told else []


def _stays(queues: Queues) -> Iterator[tuple[str, str]]:
    """Every queue a caller may be in, with the one he joined."""
    for joined, queue in queues.queues.items():
        yield joined, joined
        if queue.overflow is not None:
            yield queue.overflow.to, joined


def _comfort(language: str) -> Spoken:
    return Spoken("waiting-comfort", language, COMFORT[language])


def _place(language: str, n: int) -> Spoken:
    return Spoken(f"waiting-place-{n}", language, PLACE[language].format(n=n))


def _minutes(language: str, n: int) -> Spoken:
    words = ONE_MINUTE if n == 1 else MINUTES
    return Spoken(f"waiting-minutes-{n}", language, words[language].format(n=n))


def _way_out(language: str, key: str, *, promises: bool) -> Spoken:
    name, words = ("waiting-way-out", CALL_BACK) if promises else ("waiting-leave", WAY_OUT)
    said = words[language].format(key=KEY_NAMES[language].get(key, key))
    return Spoken(f"{name}-{KEYS.index(key)}", language, said)
