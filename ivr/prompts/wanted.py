"""What a voice artist must record: every sentence of the menus once, with the steps that say it."""

from collections.abc import Iterable
from dataclasses import dataclass

from ivr.menus import LoadedMenu, Spoken, is_silent, pieces_of
from ivr.schema import Flow, spoken_places


@dataclass(frozen=True, slots=True)
class Line:
    """`steps` of the menu, empty for what every step may say."""

    spoken: Spoken
    steps: tuple[str, ...] = ()

    @property
    def file(self) -> str:
        """The recording's name in a delivery."""
        return f"{self.spoken.language}/{self.spoken.name}.wav"


def lines(menus: Iterable[LoadedMenu], *more: Spoken) -> list[Line]:
    """Words and the pieces of numbers, not the tone; `more` are words said outside the menus."""
    found: dict[Spoken, set[str]] = {spoken: set() for spoken in more}
    for menu in menus:
        for spoken, step in _said(menu):
            found.setdefault(spoken, set()).update({step} - {""})
    return [Line(spoken, tuple(sorted(steps))) for spoken, steps in found.items()]


def unsaid(flow: Flow) -> list[str]:
    """Shared prompts that no step and no phrase says."""
    said = {prompt for _, prompt in spoken_places(flow) if isinstance(prompt, str)}
    return [name for name in flow.prompts if name not in said]


def _said(menu: LoadedMenu) -> Iterable[tuple[Spoken, str]]:
    flow = menu.flow
    for place, prompt in (*spoken_places(flow), flow.phrases.trouble_part):
        step = place[1] if place[0] == "steps" else ""
        for language in flow.languages:
            if not is_silent((spoken := menu.say(place, prompt, language)).text):
                yield spoken, step
    for name, each in flow.steps.items():
        for language in flow.languages:
            yield from ((piece, name) for piece in pieces_of(each, language))
