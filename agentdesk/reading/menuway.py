"""The way through the menu in words: what a caller chose, as the menu itself says it."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from agentdesk.reading.views import PathStep
from ivr.menus import LoadedMenu

_KEY_WORDS = re.compile(r"，?(?:请)?按.{1,6}键?。?$|,? (?:please )?press \w+\.?$", re.I)
_FOR = re.compile(r"^for (?:an? |the )?", re.I)


class MenuWay:
    """`menu` is the version the call ran on; without one, steps keep their names."""

    def __init__(self, menu: LoadedMenu | None = None) -> None:
        self._menu = menu

    def path(self, path: Sequence[Mapping[str, Any]], language: str) -> tuple[PathStep, ...]:
        """Where keys were pressed; steps passed without a key only when nothing was ever pressed."""
        chosen = [each for each in path if each.get("keys")] or path
        return tuple(
            PathStep(self.title(each.get("step", ""), each.get("keys", ""), language), each.get("keys", ""))
            for each in chosen
        )

    def title(self, step: str, keys: str, language: str) -> str:
        """What `keys` meant that led to `step`: the option without "press two"; else what `step` itself says.

        Where no option leads there, `keys` are taken as pressed at `step`.
        """
        menu = self._menu
        if menu is None:
            return step
        for name, each in menu.flow.steps.items():
            if each.kind == "menu":
                for key, option in each.options.items():
                    leads = key == keys and (option.go == step or name == step)
                    if leads and option.say is not None and (option.go == step or not self._leads(menu, step, keys)):
                        place = ("steps", name, "options", key, "say")
                        return _plain(menu.say(place, option.say, language).text)
        found = menu.flow.steps.get(step)
        if found is None or found.kind != "menu" or keys:
            return step
        return _plain(menu.say(("steps", step, "prompt"), found.prompt, language).text)

    def choices(self, language: str) -> dict[str, str]:
        """The steps that callers choose by a key, in the menu's order, with what the menu says of them."""
        found: dict[str, str] = {}
        for name, each in self._menu.flow.steps.items() if self._menu else ():
            for key, option in each.options.items() if each.kind == "menu" else ():
                if self._menu and option.go and option.say is not None:
                    said = self._menu.say(("steps", name, "options", key, "say"), option.say, language)
                    found.setdefault(option.go, _plain(said.text))
        return found

    @staticmethod
    def _leads(menu: LoadedMenu, step: str, keys: str) -> bool:
        """Whether an option with this key leads to the step from anywhere."""
        menus = (each for each in menu.flow.steps.values() if each.kind == "menu")
        return any(key == keys and option.go == step for each in menus for key, option in each.options.items())


def _plain(text: str) -> str:
    short = _FOR.sub("", _KEY_WORDS.sub("", text)).strip(" ，。,.")
    return short[:1].upper() + short[1:]
