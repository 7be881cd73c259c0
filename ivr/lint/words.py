"""Checks of what is said and asked: few options, short speech, second chances, order of use, no advertising."""

import re
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from ivr import graph
from ivr.lint.findings import Finding, Use
from ivr.lint.keywords import keys_named, spelt, unspeakable, untranslated
from ivr.menus import is_silent
from ivr.schema import (
    Asking,
    CallBack,
    Collect,
    Flow,
    Http,
    Lookup,
    Menu,
    Message,
    Place,
    Play,
    Prompt,
    Say,
    Step,
    Survey,
    Verify,
)
from ivr.schema.flow import spoken_places
from ivr.speaking.understanding import understand
from ivr.walk import spoken_seconds

MOST_OPTIONS = 7
LONGEST_OPENING = 10.0
"""Seconds of speech in one language before the first option."""
LONGEST_MENU = 35.0
"""Seconds until the last option has been read out."""
LONGEST_PROMPT = 30.0
LONGEST_WAIT = 3.0
"""Seconds that a service may take without a word to the caller."""
Length = Callable[[str, str], float]
"""Seconds that words take in a language."""
ADVERTISING = (
    "优惠", "促销", "活动期间", "新推出", "隆重", "抽奖", "理财产品热销", "诚邀", "special offer", "promotion",
    "discount", "new product", "limited time", "win a prize",
)  # fmt: skip
SECRET = re.compile(
    r"密码|口令|(?:验证|校验|安全|动态|短信)码|个人识别码|secret|pass(?:word| ?code| ?phrase)"
    r"|personal identification number|(?<![a-z])(?:pin|otp|cv[cv]"
    r"|(?:verification|authentication|security|telephone|access|one[- ]time) code)s?(?![a-z])",
    re.IGNORECASE,
)
MOST_JUMPED = 1.2
"""An option may be used this much less than a later one before the order is found fault with."""
FEW_CALLS = 50


def check(flow: Flow, use: Use, length: Length = spoken_seconds) -> Iterator[Finding]:
    near = graph.until_main_menu(flow)
    heard = _heard_before(flow, length)
    yield from _phrases(flow)
    for name, step in flow.steps.items():
        if isinstance(step, Menu):
            yield from _menu(flow, name, step, heard[name], length)
            yield from _speech(flow, name, step)
            yield from _order(name, step, use.get(name, {}))
        if isinstance(step, Menu | Asking | CallBack | Survey):
            yield from _chances(name, step)
        asked = [prompt for _, prompt in step.spoken() if prompt is not None]
        if isinstance(step, Collect) and not step.secret and any(_asks_secret(flow, each) for each in asked):
            yield Finding(name, "open-secret", "the prompt asks for a secret: write `secret: true`")
        if isinstance(step, Lookup):
            yield from _wait(name, step)
        yield from _named_keys(flow, name, step)
        for place, prompt in step.spoken():
            if prompt is not None and (seconds := _spoken(flow, step, prompt, length)) > LONGEST_PROMPT:
                problem = f"{'.'.join(place)}: about {seconds:.0f} s, at most {LONGEST_PROMPT:.0f}"
                yield Finding(name, "long-prompt", problem, place=place)
            if prompt is not None:
                yield from _unspeakable(name, step, place, flow.words(prompt))
            if prompt is not None and name in near and (word := _mentions(flow, prompt, ADVERTISING)):
                problem = f"{'.'.join(place)} says {word!r}: leave it out of the main menu"
                yield Finding(name, "advertising", problem, place=place)
        for place, value in step.values():
            yield from _foreign(name, (*place, "unit"), value.unit)


def _phrases(flow: Flow) -> Iterator[Finding]:
    """What stands in no step."""
    for place, prompt in spoken_places(flow):
        if place[0] == "phrases":
            yield from _chinese_elsewhere("", place, flow.words(prompt))


def _unspeakable(name: str, step: Step, place: tuple[str, ...], said: Mapping[str, str]) -> Iterator[Finding]:
    """What a voice makes nothing of; between the values of a `say` it is meant so."""
    yield from _foreign(name, place, said)
    for text in said.values():
        if is_silent(text) and not isinstance(step, Say):
            yield Finding(name, "no-words", f"{'.'.join(place)}: nothing to say in {text!r}", place=place)


def _foreign(name: str, place: Place, said: Mapping[str, str]) -> Iterator[Finding]:
    if strange := unspeakable(said):
        yield Finding(name, "foreign-words", f"{'.'.join(place)}: no Chinese in {strange!r}", place=place)
    elif word := spelt(said):
        problem = f"{'.'.join(place)}: the Chinese voice spells {word!r} letter by letter"
        yield Finding(name, "foreign-words", problem, place=place)
    yield from _chinese_elsewhere(name, place, said)


def _chinese_elsewhere(name: str, place: Place, said: Mapping[str, str]) -> Iterator[Finding]:
    language, text = untranslated(said)
    if language:
        yield Finding(name, "foreign-words", f"{'.'.join(place)}: Chinese as {language}: {text!r}", place=place)


def _menu(flow: Flow, name: str, step: Menu, heard: float, length: Length) -> Iterator[Finding]:
    """`heard`: seconds of speech since the caller's last key when the menu begins."""
    if len(step.options) > MOST_OPTIONS:
        yield Finding(name, "too-many-options", f"{len(step.options)} options, at most {MOST_OPTIONS}")
    for key, option in step.options.items():
        if option.say is None:
            yield Finding(name, "unspoken-option", f"key {key} is never read out", place=("options", str(key)))
    opening = heard + _seconds(flow, step.prompt, length)
    if opening > LONGEST_OPENING:
        problem = f"about {opening:.0f} s of speech before the first option, at most {LONGEST_OPENING:.0f}"
        yield Finding(name, "long-before-choice", problem)
    read = [step.prompt, *(each.say for each in step.options.values() if each.say is not None)]
    last = heard + sum(_spoken(flow, step, each, length) for each in read)
    if last > LONGEST_MENU:
        problem = f"about {last:.0f} s until the last option is read out, at most {LONGEST_MENU:.0f}"
        yield Finding(name, "long-before-choice", problem)


def _chances(name: str, step: Menu | Asking | CallBack | Survey) -> Iterator[Finding]:
    if not step.retries:
        yield Finding(name, "no-second-chance", "retries: 0 forgives neither silence nor a wrong key")
    if step.retries > 1 and not step.retry:
        yield Finding(name, "same-words", f"{step.retries} retries in the same words: add other ones under `retry`")
    most = step.retries + (step.attempts - 1 if isinstance(step, Verify) else 0)
    if len(step.retry) > most:
        problem = f"{len(step.retry)} wordings under `retry`, but the question is put again {most} times at most"
        yield Finding(name, "never-said", problem, place=("retry", str(most)))


def _wait(name: str, step: Lookup) -> Iterator[Finding]:
    seconds = step.source.deadline if isinstance(step.source, Http) else 0.0
    if seconds > LONGEST_WAIT and step.waiting is None:
        problem = f"up to {seconds:.0f} s without a word: say something under `waiting`"
        yield Finding(name, "silent-wait", problem, place=("source", "deadline"))


def _heard_before(flow: Flow, length: Length) -> dict[str, float]:
    """The longest speech of steps that only speak, from the caller's last key until each step begins.

    Who comes back from a queue has waited since; a value that is missing was not read.
    """
    said = {
        name: sum(_spoken(flow, step, each, length) for _, each in step.spoken() if each is not None)
        for name, step in flow.steps.items()
        if isinstance(step, Play | Say)
    }
    straight = [
        way
        for name in flow.steps
        for way in graph.ways(flow, name)
        if not way.by_key and not way.silent and not way.label.startswith((graph.REFUSED, graph.AFTER_CALL))
    ]
    heard = dict.fromkeys(flow.steps, 0.0)
    for _ in flow.steps:  # as many rounds as a way without circles may have steps
        for way in straight:
            own = 0.0 if way.label == "missing" else said.get(way.source, 0.0)
            heard[way.target] = max(heard[way.target], heard[way.source] + own)
    return heard


def _speech(flow: Flow, name: str, step: Menu) -> Iterator[Finding]:
    """Where callers may speak: each phrase means its own option for sure, and no option needs a voice."""
    if not step.speak:
        return
    for language in dict.fromkeys(each for option in step.options.values() for each in option.phrases):
        phrases = {str(key): option.phrases.get(language, ()) for key, option in step.options.items()}
        for key, phrase in ((key, phrase) for key, said in phrases.items() for phrase in said):
            meant = understand(phrase, phrases)
            if meant.option != key or not meant.sure:
                problem = f"{phrase!r} of key {key} is like a phrase of another key"
                yield Finding(name, "sound-alike", problem, place=("options", key, "phrases"))
    for key, option in step.options.items():
        if option.phrases and option.say is None:
            yield Finding(name, "speak-without-key", f"key {key} can be spoken but is never read out")
        said = {} if option.say is None else flow.words(option.say)
        for language in option.phrases:
            if language in said and key not in keys_named(said[language]):
                problem = f"key {key} can be spoken, and the words do not name it: {said[language]!r}"
                yield Finding(name, "speak-without-key", problem, place=("options", key, "say"))


def _named_keys(flow: Flow, name: str, step: Step) -> Iterator[Finding]:
    """Options, offers and ways to be answered whose words name another key than their own."""
    match step:
        case CallBack(yes=yes, change=change):
            named = {key for text in flow.words(step.confirm).values() for key in keys_named(text)}
            if named and (unnamed := {yes, change} - named):
                problem = f"the words do not name key {min(unnamed)}"
                yield Finding(name, "other-key", problem, place=("confirm",))
            said = {}
        case Menu(options=options):
            said = {("options", str(key)): option.say for key, option in options.items() if option.say is not None}
        case Message(contact=contact):
            said = {("contact", str(key)): each.say for key, each in contact.items()}
        case _:
            said = {}
    for (field, key), prompt in said.items():
        for text in flow.words(prompt).values():
            wrong = [each for each in keys_named(text) if each != key]
            if wrong and key not in keys_named(text):
                problem = f"the words of key {key} say {wrong[0]}: {text!r}"
                yield Finding(name, "other-key", problem, place=(field, key, "say"))


def _order(name: str, step: Menu, used: Mapping[str, int]) -> Iterator[Finding]:
    keys = [key for key, option in step.options.items() if option.say is not None and key.isdigit() and key != "0"]
    if sum(used.get(key, 0) for key in keys) < FEW_CALLS:
        return
    for before, after in pairwise(keys):
        if used.get(after, 0) > MOST_JUMPED * used.get(before, 0):
            problem = f"key {after} is used {used.get(after, 0)} times, key {before} before it {used.get(before, 0)}"
            yield Finding(name, "against-use", problem)
            return


def _seconds(flow: Flow, prompt: Prompt, length: Length) -> float:
    return max((length(text, language) for language, text in flow.words(prompt).items()), default=0.0)


def _spoken(flow: Flow, step: Step, prompt: Prompt, length: Length) -> float:
    """As long as a caller hears it: in every language in turn where the step speaks so."""
    if not getattr(step, "in_every_language", False):
        return _seconds(flow, prompt, length)
    return sum(length(text, language) for language, text in flow.words(prompt).items())


def _mentions(flow: Flow, prompt: Prompt, words: tuple[str, ...]) -> str:
    said = [text.lower() for text in flow.words(prompt).values()]
    return next((word for word in words for text in said if word in text), "")


def _asks_secret(flow: Flow, prompt: Prompt) -> bool:
    return any(SECRET.search(text) for text in flow.words(prompt).values())
