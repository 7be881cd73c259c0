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
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Shape:
    """`most` digits; `end` the key that ends them; `last_star` whether star may stand for X in the last place."""

    most: int
    end: str | None = "#"
    last_star: bool = False


def take(talk: Talk, shape: Shape, key: str) -> Typed:
    """One more key; the digits so far are `talk.digits`. Before the first digit, * and # mean what they mean elsewhere.

    After digits, star (or hash where star ends) begins anew.
    """
    match key:
        case "*" if shape.last_star and len(talk.digits) == shape.most - 1:
            talk.digits += key
        case _ if key == shape.end and talk.digits:
            return Typed.DONE
        case "#" if talk.digits and shape.end is None:
            return Typed.MORE
        case "*" | "#":
            action = None if talk.digits or key == shape.end == "*" else talk.flow.keys.get(key)
            talk.digits = ""
            return {"back": Typed.BACK, "person": Typed.PERSON}.get(action or "", Typed.ANEW)
        case _:
            talk.digits += key
    if len(talk.digits) < shape.most:
        return Typed.MORE
    if shape.end and not talk.typed:
        talk.deaf_until = talk.now + END_ECHO_SECONDS
    elif shape.end and talk.typed[0].key == shape.end:
        del talk.typed[0]
    return Typed.DONE


def take_ahead(talk: Talk, shape: Shape) -> Typed | None:
    """The keys typed before the question, one after the other; None when there were none."""
    result: Typed | None = None
    while talk.typed and result in (None, Typed.MORE):
        result = take(talk, shape, talk.next_typed())
    return result


def ask(talk: Talk, step: Asking, *before: Part) -> None:
    """Say the question, after a remark, and begin with no digits."""
    talk.phase, talk.digits = Phase.ASKING, ""
    talk.say(*before, talk.anew(step.prompt, step.retry), barge_in=step.barge_in)


def ask_again(talk: Talk, step: Asking, remark: Part) -> str | None:
    """The question after `remark`, until the retries are used up."""
    if talk.tries >= step.retries:
        return step.last_resort or talk.person()
    talk.tries += 1
    ask(talk, step, remark)
    return None


def wrong(talk: Talk, step: Asking) -> Part:
    return talk.own_or_common("wrong", step.wrong, "wrong_key")


def silent(talk: Talk, step: Asking) -> Part:
    return talk.own_or_common("no_key", step.no_key, "no_key")
