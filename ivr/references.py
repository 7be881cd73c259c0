"""What a menu names and must exist: steps, prompts, languages, variables, schedules, queues, outside numbers."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, get_args

from acd import queues as lines
from acd.landings import landings
from ivr.customer_places import PLACES, known_place
from ivr.reading import pieces
from ivr.schema import Flow, Http, Language, Lookup, Menu, Message, Queue, Transfer, spoken_places
from ivr.schema.parts import Tier, named

TIERS = ", ".join(get_args(Tier))

FIXED = frozenset({
    "tier", "caller", "dialled", "language", "known", "customer", "name", "birth_year", "age", "manager", "date",
    "time", "hour", "weekday",
})  # fmt: skip
"""Variables every call has; those of the customer are empty for a stranger."""
CUSTOMER = frozenset({"customer", "name", "tier", "birth_year", "age", "manager"})
"""Of these, what makes the caller a customer: only the house and lookups may set it."""

SAMPLES = {
    "tier": "gold", "caller": "13800000001", "dialled": "95566", "language": "zh", "known": "yes", "name": "王",
    "birth_year": "1985", "age": "41", "date": "2026-03-02", "time": "14:30", "hour": "14", "weekday": "monday",
}  # fmt: skip
"""Of each variable whose values are all of one kind, a value: what cannot be read so never can be."""

LEVELS = range(1, 11)

Lines = Mapping[str, lines.Queue]
"""The queues of queues.yaml by name."""
Fault = tuple[tuple[str, ...], str, str]
"""Place in the file, problem and remedy."""


def leads_to(flow: Flow, queue: str) -> bool:
    return any(isinstance(step, Queue) and step.to == queue for step in flow.steps.values())


def unlanded(flow: Flow, queues: Lines) -> Iterator[tuple[str, str]]:
    """Its queue steps, and each step that is not there at which callers go on whom they led into a queue."""
    for name, step in flow.steps.items():
        if isinstance(step, Queue) and step.to in queues:
            yield from ((name, there) for _, there in landings(queues, step.to) if there not in flow.steps)


@dataclass(frozen=True, slots=True)
class Site:
    """What there is beside a menu: `queues` None leaves their names unchecked.

    `standing`: the menu is live already, and what it was not asked for then keeps no caller from it now.
    """

    schedules: frozenset[str]
    queues: Lines | None
    standing: bool = False


def references(flow: Flow, site: Site, unread: Collection[str]) -> Iterable[Fault]:
    """What is named and is not there; of the steps `unread` no more is known than their names: one of them may be the
    queue of a person, set a variable, or know tiers of its own.
    """
    yield from _step_faults(flow, unread)
    yield from _prompt_faults(flow)
    yield from _outside_faults(flow, site)
    if not unread:
        yield from _tier_faults(flow)
    yield from _variable_faults(flow, unread)
    if not site.standing:
        yield from _unlanded_faults(flow, site.queues or {})
        yield from _unit_faults(flow)
        yield from _skill_faults(flow)
        yield from _hopeless_faults(flow)


def _step_faults(flow: Flow, unread: Collection[str]) -> Iterable[Fault]:
    known = ", ".join(flow.steps)
    for name in ("start", "person", "after_call"):
        if getattr(flow, name) not in (*flow.steps, None):
            yield (name,), f"there is no step {getattr(flow, name)!r}", f"steps are: {known}"
    if flow.person in flow.steps.keys() - set(unread) and not isinstance(flow.steps[flow.person], Queue):
        yield ("person",), f"step {flow.person!r} is no queue", "name a step of kind queue"
    for name, step in flow.steps.items():
        if isinstance(step, Menu) and step.speak:
            yield from _speech_faults(flow, name, step)
        for place, target in step.ways():
            if target not in flow.steps:
                yield ("steps", name, *place), f"there is no step {target!r}", f"steps are: {known}"


def _speech_faults(flow: Flow, name: str, step: Menu) -> Iterable[Fault]:
    place = ("steps", name, "speak")
    if flow.phrases.speech is None:
        yield place, "the file has no `phrases.speech`", "add invite, heard, confirm, again and keys_only"
    if step.in_every_language:
        yield place, "a menu in every language hears none", "let the caller choose his language first"
    if not any(option.phrases for option in step.options.values()):
        yield place, "no option has phrases", "add `phrases: {zh: [挂失]}` to an option"


def _mute_languages(flow: Flow) -> list[str]:
    """The file's languages in which it says nothing at all."""
    said = {language for _, prompt in spoken_places(flow) if isinstance(prompt, dict) for language in prompt}
    return [each for each in flow.languages if each not in said]


def _prompt_faults(flow: Flow) -> Iterable[Fault]:
    mute = _mute_languages(flow)
    for each in mute:
        at = str(flow.languages.index(each))
        yield ("languages", at), f"no prompt of the file has words in {each!r}", "write them, or remove the language"
    for place, prompt in spoken_places(flow):
        if isinstance(prompt, str):
            if place[0] == "prompts":
                yield place, "a shared prompt holds words by language", "write {zh: …, en: …}"
            elif prompt not in flow.prompts:
                remedy = "add it under prompts, or write the words by language {zh: …, en: …}"
                yield place, f"there is no prompt {prompt!r}", remedy
            continue
        partly = place[0] == "steps" and getattr(flow.steps[place[1]], "in_every_language", False) and prompt
        partly = partly or place[-1] == "phrases"  # an option need not be heard in every language
        wanted = prompt if partly else flow.languages
        between = place[0] == "steps" and "parts" in place  # what one language needs there another may not
        missing = [each for each in wanted if each not in prompt or not (between or prompt[each].strip())]
        missing = [each for each in missing if each not in mute]
        unknown = [language for language in prompt if language not in flow.languages]
        if missing:
            yield place, f"no words in {', '.join(missing)}", "every prompt is said in every language of the file"
        if unknown:
            yield place, f"{unknown[0]!r} is none of the file's languages", f"they are {', '.join(flow.languages)}"


def _unit_faults(flow: Flow) -> Iterable[Fault]:
    """Units of counts: whoever hears one in another language than his own does not know what is counted."""
    wanted = [each for each in flow.languages if each not in _mute_languages(flow)]
    for name, step in flow.steps.items():
        for place, value in step.values():
            here = ("steps", name, *place, "unit")
            if value.unit and (missing := [each for each in wanted if not value.unit.get(each, "").strip()]):
                yield here, f"no words in {', '.join(missing)}", "every unit is said in every language of the file"
            if unknown := [each for each in value.unit if each not in flow.languages]:
                yield here, f"{unknown[0]!r} is none of the file's languages", f"they are {', '.join(flow.languages)}"


def _skill_faults(flow: Flow) -> Iterable[Fault]:
    for name, step in flow.steps.items():
        for skill, level in step.skills.items() if isinstance(step, Queue) else ():
            if level not in LEVELS:
                yield ("steps", name, "skills", skill), f"there is no level {level}", "levels are 1 to 10"


def _hopeless_faults(flow: Flow) -> Iterable[Fault]:
    """What can be read and never does what it says."""
    for at, language in enumerate(flow.languages):
        if language in flow.languages[:at]:
            yield ("languages", str(at)), f"language {language!r} is there twice", "name each language once"
    changed = {variable for step in flow.steps.values() for variable in step.sets()}
    for name, step in flow.steps.items():
        if isinstance(step, Message) and step.shortest >= step.longest:
            yield ("steps", name, "shortest"), "shortest must be less than longest", "or no message is ever kept"
        for place, value in step.values():
            sample = None if value.value in changed else SAMPLES.get(value.value)
            if sample is not None and pieces(sample, value.reading, "zh", value.measure("zh")) is None:
                problem = f"{value.value!r} can never be read as {value.reading}"
                yield ("steps", name, *place, "as"), problem, "read it otherwise, or name another variable"


def _unlanded_faults(flow: Flow, queues: Lines) -> Iterable[Fault]:
    for name, there in unlanded(flow, queues):
        to = getattr(flow.steps[name], "to", "")
        problem = f"queue {to!r} sends callers on to step {there!r}, which is not there"
        yield ("steps", name, "to"), problem, "add the step, or name another in queues.yaml"


def _outside_faults(flow: Flow, site: Site) -> Iterable[Fault]:
    for name, step in flow.steps.items():
        here = ("steps", name)
        match step:
            case Language(to=to) if to not in flow.languages:
                yield (*here, "to"), f"{to!r} is none of the file's languages", f"they are {', '.join(flow.languages)}"
            case Queue(to=to) if site.queues is not None and to not in site.queues:
                known = ", ".join(sorted(site.queues))
                yield (*here, "to"), f"there is no queue {to!r}", f"queues.yaml has: {known}"
            case Transfer(to=to) if to not in flow.outside:
                known = ", ".join(sorted(flow.outside)) or "nothing"
                yield (*here, "to"), f"{to!r} is no allowed outside number", f"`outside` of this file has: {known}"
            case _:
                pass
        wanted = getattr(step, "schedule", None)
        if wanted is not None and wanted not in site.schedules:
            remedy = f"hours.yaml has: {', '.join(sorted(site.schedules))}"
            yield (*here, "schedule"), f"there is no schedule {wanted!r}", remedy


def _tier_faults(flow: Flow) -> Iterable[Fault]:
    """Tiers nobody can have; a service may know others than the customer table."""
    lookups = [step for step in flow.steps.values() if isinstance(step, Lookup) and isinstance(step.source, Http)]
    if any("tier" in step.sets() for step in lookups):
        return
    queues = [(name, step) for name, step in flow.steps.items() if isinstance(step, Queue)]
    given = [
        (("priorities",), flow.priorities),
        *((("steps", name, "priorities"), step.priorities or {}) for name, step in queues),
    ]
    for place, tiers in given:
        for each in tiers:
            if each not in get_args(Tier):
                yield (*place, each), f"there is no tier {each!r}", f"tiers are: {TIERS}"


def _variable_faults(flow: Flow, unread: Collection[str]) -> Iterable[Fault]:
    """Variables nobody sets, secrets used in the open, variables whose name the house has taken."""
    known = FIXED | {name for step in flow.steps.values() for name in step.sets()} | {"call_back_number"}
    secrets = {step.into for step in flow.steps.values() if step.kind == "collect" and step.secret}
    for name, step in flow.steps.items():
        here = ("steps", name)
        for place, variable in [*step.reads(), *_in_request(step)]:
            if variable in secrets and place[:2] != ("source", "body"):
                remedy = "a secret may stand in the body of a lookup, nowhere else"
                yield (*here, *place), f"{variable!r} is a secret", remedy
            elif variable not in known | secrets and not unread:
                yield (*here, *place), f"nothing sets {variable!r}", f"known are: {', '.join(sorted(known))}"
        if isinstance(step, Lookup) and not isinstance(step.source, Http):
            for name, path in step.fields.items():
                if not known_place(path):
                    yield (*here, "fields", name), f"customers have no {path!r}", f"they have: {', '.join(PLACES)}"
        for variable in step.sets():
            if variable in FIXED and not (step.kind == "lookup" and variable in CUSTOMER):
                yield here, f"{variable!r} is not to be changed", "choose another name"
        service = step.source if isinstance(step, Lookup) and isinstance(step.source, Http) else None
        if service and not service.private and any(secrets & set(named(text)) for text in service.body.values()):
            yield (*here, "source", "url"), "a secret would be sent unencrypted", "write https://"


def _in_request(step: Any) -> Iterable[tuple[tuple[str, ...], str]]:
    """The variables that go to a service, with their place in the step."""
    if isinstance(step, Lookup) and isinstance(step.source, Http):
        yield from ((("source", "url"), each) for each in named(step.source.url))
        for name, text in step.source.body.items():
            yield from ((("source", "body", name), each) for each in named(text))
