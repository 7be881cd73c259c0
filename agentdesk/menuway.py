"""The way through the menu in words: what a caller chose, as the menu itself says it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agentdesk.views import PathStep
from ivr.menus import LoadedMenu

_KEY_WORDS = re.compile(r"，?(?:请)?按.{1,6}键?。?$|,? (?:please )?press \w+\.?$", re.I)
_FOR = re.compile(r"^for (?:an? |the )?", re.I)


class MenuWay:
    """`menus` maps a dialled number to its menu; steps of a menu that is no longer there keep their names."""

    def __init__(self, menus: Mapping[str, LoadedMenu]) -> None:
        self._menus = menus

    def path(self, dialled: str, path: Sequence[Mapping[str, Any]], language: str) -> tuple[PathStep, ...]:
        """Where keys were pressed; steps passed without a key only when nothing was ever pressed."""
        chosen = [each for each in path if each.get("keys")] or path
        return tuple(
            PathStep(self.title(dialled, each.get("step", ""), each.get("keys", ""), language), each.get("keys", ""))
            for each in chosen
        )

    def title(self, dialled: str, step: str, keys: str, language: str) -> str:
        """What `keys` mean at `step`: the option without "press two", else the step's prompt, else its name."""
        menu = self._menus.get(dialled) or next(iter(self._menus.values()), None)
        found = menu.flow.steps.get(step) if menu else None
        if menu is None or found is None or found.kind != "menu":
            return step
        option = next((each for key, each in found.options.items() if key == keys), None)
        if option is not None and option.say is not None:
            return _plain(menu.say(("steps", step, "options", keys, "say"), option.say, language).text)
        if keys and option is None:
            return step
        return _plain(menu.say(("steps", step, "prompt"), found.prompt, language).text)


def _plain(text: str) -> str:
    short = _FOR.sub("", _KEY_WORDS.sub("", text)).strip(" ，。,.")
    return short[:1].upper() + short[1:]
