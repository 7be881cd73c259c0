"""Menus read and checked, all that is wrong with a file told at once; and the words they say."""

from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from acd.landings import landings
from core import yamlfile
from core.errors import ConfigError
from ivr import reading
from ivr.references import Lines, Site, references
from ivr.schema import Flow, Prompt, Step, spoken_places

_FILE_WORDS = {"*": "star", "#": "hash"}


@dataclass(frozen=True, slots=True)
class Spoken:
    """Words to be said: `name` (`menu.step.prompt`) finds a recorded file, otherwise `text` is synthesised."""

    name: str
    language: str
    text: str


def is_silent(text: str) -> bool:
    """Whether these words are none: empty, or marks between others."""
    return not any(each.isalnum() for each in text)


VALUE = "value."
"""How the names of pieces begin that variables are read with."""
TONE = "♪"
"""As text: no words but the tone after which a caller speaks."""


@dataclass(frozen=True, slots=True)
class LoadedMenu:
    """A checked flow with its name, file and the file's `outline` (for messages); `number` is its version, 0 before
    it has one; `landings` are those of its steps at which queues send waiting callers on."""

    name: str
    path: Path
    flow: Flow
    number: int = 0
    outline: Any = field(default=None, repr=False, compare=False)
    landings: frozenset[str] = frozenset()

    def say(self, place: tuple[str, ...], prompt: Prompt, language: str) -> Spoken:
        """The words of `prompt`, which stands at `place`, in `language` or, lacking it, the first there is."""
        if isinstance(prompt, str):
            place, prompt = ("prompts", prompt), self.flow.prompts[prompt]
            return self.say(place, prompt, language)
        inner = place[1:] if place[0] in ("steps", "prompts") else place
        there = [each for each in (language, *self.flow.languages, *prompt) if each in prompt]
        chosen = there[0]
        return Spoken(".".join((self.name, *(_FILE_WORDS.get(part, part) for part in inner))), chosen, prompt[chosen])

    def all_spoken(self) -> list[Spoken]:
        """Everything this menu may ever say, in every language, once."""
        found = {
            self.say(place, prompt, language): None
            for place, prompt in spoken_places(self.flow)
            for language in self.flow.languages
        }
        found = {spoken: None for spoken in found if not is_silent(spoken.text)}
        found |= {self.say(*self.flow.phrases.trouble_part, language): None for language in self.flow.languages}
        if any(step.kind == "message" for step in self.flow.steps.values()):
            found[self.tone()] = None
        for step in self.flow.steps.values():
            for language in self.flow.languages:
                found |= dict.fromkeys(pieces_of(step, language))
        return list(found)

    def line(self, *place: str) -> int:
        """The line of the file where `place` stands (or what holds it), from 1; 0 for a flow from elsewhere."""
        return 0 if self.outline is None else yamlfile.line_of(self.outline, place)

    def step_saying(self, spoken: Spoken) -> str:
        """The step whose own words these are, '' for words that several share."""
        if spoken.name.startswith(VALUE):
            readers = [name for name, step in self.flow.steps.items() if spoken in pieces_of(step, spoken.language)]
            return readers[0] if len(readers) == 1 else ""
        _, _, place = spoken.name.partition(f"{self.name}.")
        return next((name for name in self.flow.steps if place.startswith(f"{name}.")), "")

    def tone(self) -> Spoken:
        return Spoken("tone", self.flow.languages[0], TONE)


Versions = Callable[[str, int], Awaitable[LoadedMenu | None]]
"""(menu, number) → that version, ready to be heard; None when it cannot be read any more."""


def pieces_of(step: Step, language: str) -> list[Spoken]:
    """All that its variables may be read as."""
    kinds = [(value.reading, value.measure(language)) for _, value in step.values()]
    said = [each for kind, of in kinds for each in reading.inventory(kind, language, of)]
    return [value_piece(each, language) for each in said if not is_silent(each)]


def value_piece(text: str, language: str) -> Spoken:
    """A piece of a variable read aloud; the same in every menu."""
    return Spoken(VALUE + text, language, text)


def load(path: Path, *, schedules: Iterable[str], queues: Lines | None = None, standing: bool = False) -> LoadedMenu:
    """Read one menu; `queues` None leaves queue names unchecked, `standing`: it is live already.

    Raises ConfigError with all faults.
    """
    text = yamlfile.read(path)
    site = Site(frozenset(schedules), queues, standing)
    try:
        flow = yamlfile.loads(text, path, Flow)
    except ConfigError as fault:
        raise ConfigError.of([*fault.all, *_also(text, path, fault, site)]) from None
    outline = yamlfile.outline(text)
    if found := list(_missing(flow, site, path, outline)):
        raise ConfigError.of(found)
    known = queues or {}
    named = {step for name in known for _, step in landings(known, name)}
    return LoadedMenu(path.stem, path, flow, outline=outline, landings=frozenset(named & flow.steps.keys()))


def _missing(flow: Flow, site: Site, path: Path, outline: Any, unread: Collection[str] = ()) -> Iterator[ConfigError]:
    for place, problem, remedy in references(flow, site, unread):
        yield ConfigError(path, yamlfile.line_of(outline, place), f"{'.'.join(place)}: {problem}", remedy, place)


def _also(text: str, path: Path, fault: ConfigError, site: Site) -> Iterable[ConfigError]:
    """What else is wrong with a file of which some steps cannot be read; nothing where more than that is at fault."""
    spots = [each.spot for each in fault.all]
    if not all(len(spot) > 1 and spot[0] == "steps" for spot in spots):
        return ()
    content = yamlfile.parse(text, path)
    unread = {str(spot[1]) for spot in spots}
    standing_in = {name: STAND_IN if str(name) in unread else step for name, step in content["steps"].items()}
    left, languages = content["steps"], [str(each) for each in content.get("languages", ())]
    for _ in range(MOST_LOOKS):
        left = _left_out(left, [_trimmed(spot, languages) for spot in spots])
        try:
            flow = Flow.model_validate({**content, "steps": left})
        except ValidationError as more:
            spots = [each["loc"] for each in more.errors() if len(each["loc"]) > 1]
        else:
            return _missing(flow, site, path, yamlfile.outline(text), unread)
    with suppress(ValidationError):
        flow = Flow.model_validate({**content, "steps": standing_in})
        return _missing(flow, site, path, yamlfile.outline(text), unread)
    return ()


STAND_IN = {"kind": "hang_up"}
"""For a step that cannot be read."""
MOST_LOOKS = 2
"""What lacks a field only shows when the misspelt one is gone."""
TELLING = ("kind", "in_every_language", "speak", "phrases")
"""Fields without which others mean something else."""


def _left_out(steps: Mapping[Any, Any], spots: Iterable[tuple[int | str, ...]]) -> Mapping[Any, Any]:
    """The steps without what cannot be read of them; another in the place of one of which too little would be left."""
    left = deepcopy(dict(steps))
    for name, *keys in sorted({_written(left, spot) for spot in spots}, key=len, reverse=True):
        if not keys or any(key in TELLING for key in keys):
            left[name] = STAND_IN
            continue
        holder = left[name]
        for key in keys[:-1]:
            holder = holder.get(key, {})
        holder.pop(keys[-1], None)
    return left


def _trimmed(spot: tuple[int | str, ...], languages: Collection[str]) -> tuple[int | str, ...]:
    """A prompt is left out whole: with one of its languages it would seem to lack the others."""
    return next((spot[:at] for at in range(3, len(spot)) if spot[at] in languages), spot)


def _written(steps: Mapping[Any, Any], spot: tuple[int | str, ...]) -> tuple[Any, ...]:
    """The step, and the keys of mappings that lead to what cannot be read, as far as they are there."""
    found = [each for each in steps if str(each) == str(spot[1])]
    node = steps[found[0]]
    for part in spot[3:]:  # before it stands the kind
        if key := [each for each in node if str(each) == str(part)] if isinstance(node, dict) else []:
            found.append(key[0])
            node = node[key[0]]
    return tuple(found)
