"""Taking several keys: digits until the end key, the longest length or silence; star begins anew or goes back."""

from dataclasses import dataclass
from enum import StrEnum

from ivr.flow.talk import Part, Phase, Talk
from ivr.schema import Asking

END_ECHO_SECONDS = 1.5
"""Who typed all digits may still press the end key: it is no answer to the next question."""


class Typed(StrEnum):
    MORE = "more"
    DONE = "done"
    ANEW = "anew"
    BACK = "back"


@dataclass(frozen=True, slots=True)
class Shape:
    """`most` digits; `end` whether # ends; `last_star` whether star may stand for X in the last place."""

    most: int
    end: bool = True
    last_star: bool = False


def take(talk: Talk, shape: Shape, key: str) -> Typed:
    """One more key; the digits so far are `talk.digits`."""
    match key:
        case "#" if talk.digits:
            return Typed.DONE if shape.end else Typed.MORE
        case "#":
            return Typed.ANEW
        case "*" if shape.last_star and len(talk.digits) == shape.most - 1:
            talk.digits += key
        case "*":
            back = not talk.digits and talk.flow.keys.get("*") == "back"
            talk.digits = ""
            return Typed.BACK if back else Typed.ANEW
        case _:
            talk.digits += key
    if len(talk.digits) < shape.most:
        return Typed.MORE
    if shape.end:
        talk.deaf_until = talk.now + END_ECHO_SECONDS
        talk.typed = talk.typed[1:] if talk.typed[:1] == ["#"] else talk.typed
    return Typed.DONE


def take_ahead(talk: Talk, shape: Shape) -> Typed | None:
    """The keys typed before the question, one after the other; None when there were none."""
    result: Typed | None = None
    while talk.typed and result in (None, Typed.MORE):
        result = take(talk, shape, talk.typed.pop(0))
    return result


def ask(talk: Talk, step: Asking, *before: Part) -> None:
    """Say the prompt, after a remark, and begin with no digits."""
    talk.phase, talk.digits = Phase.ASKING, ""
    talk.say(*before, talk.prompt("prompt", prompt=step.prompt))


def ask_again(talk: Talk, step: Asking, remark: Part) -> str | None:
    """The prompt after `remark`, until the retries are used up."""
    if talk.tries >= step.retries:
        talk.unasked += 1
        return step.last_resort or talk.person()
    talk.tries += 1
    ask(talk, step, remark)
    return None


def wrong(talk: Talk, step: Asking) -> Part:
    return talk.own_or_common("wrong", step.wrong, "wrong_key")


def silent(talk: Talk, step: Asking) -> Part:
    return talk.own_or_common("no_key", step.no_key, "no_key")
