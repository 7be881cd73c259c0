"""The callback step: reads the number aloud, takes it or another one, and promises the call."""

from ivr.effects import PromiseCallBack
from ivr.flow import typing
from ivr.flow.kind import Kind
from ivr.flow.talk import Part, Phase, Talk
from ivr.flow.typing import Shape, Typed
from ivr.reading.values import as_phone
from ivr.schema import CallBack, Value

NUMBER = "call_back_number"
SHORTEST, LONGEST = 5, 15
LINE = Shape(LONGEST)


class CallBackKind(Kind[CallBack]):
    def enter(self, talk: Talk, step: CallBack) -> str | None:
        talk.digits = ""
        number, _ = as_phone(talk.variables.get("caller", "")) or ("", "")
        if not SHORTEST <= len(number) <= LONGEST:
            _ask_other(talk, step)
        elif talk.typed:
            talk.phase, talk.variables[NUMBER] = Phase.ASKING, number
            return _answer(talk, step, talk.next_typed())
        else:
            _offer(talk, step, number)
        return None

    def key(self, talk: Talk, step: CallBack, key: str) -> str | None:
        match talk.phase:
            case Phase.ASKING if talk.listening:
                return _answer(talk, step, key)
            case Phase.CHANGING if talk.listening:
                return _change(talk, step, typing.take(talk, LINE, key))
            case _:
                return super().key(talk, step, key)

    def sound_ended(self, talk: Talk, step: CallBack) -> str | None:
        match talk.phase:
            case Phase.SPEAKING:
                return step.next
            case Phase.CHANGING if talk.typed:
                return _change(talk, step, typing.take_ahead(talk, LINE))
            case _ if talk.typed:
                return _answer(talk, step, talk.next_typed())
            case _:
                talk.wait_for_key(step.between if talk.digits else step.timeout)
        return None

    def mute(self, talk: Talk, step: CallBack) -> str | None:
        if talk.phase is Phase.SPEAKING:
            return step.next  # the call is promised, only the thanks are lost
        return super().mute(talk, step)

    def silence(self, talk: Talk, step: CallBack) -> str | None:
        if talk.phase is Phase.CHANGING and talk.digits:
            return _change(talk, step, Typed.DONE)
        return _again(talk, step, talk.own_or_common("no_key", step.no_key, "no_key"))


def _offer(talk: Talk, step: CallBack, number: str, *before: Part) -> None:
    talk.phase = Phase.ASKING
    talk.variables[NUMBER] = number
    read = talk.read(Value(value=NUMBER, reading="phone")) or []
    spoken = [talk.menu.say(place, prompt, talk.language) for place, prompt in before]
    opening = talk.anew(step.prompt, step.retry)
    opened = talk.menu.say(*opening, talk.language)
    confirm = talk.words("confirm", prompt=step.confirm)
    talk.utter([*spoken, opened, *read, confirm], barge_in=step.barge_in)


def _ask_other(talk: Talk, step: CallBack, *before: Part) -> None:
    talk.phase, talk.digits = Phase.CHANGING, ""
    talk.say(*before, talk.prompt("other", prompt=step.other), barge_in=step.barge_in)


def _answer(talk: Talk, step: CallBack, key: str) -> str | None:
    if key == step.yes:
        talk.leave_trail(key)
        talk.kept = True
        talk.out.append(PromiseCallBack(talk.variables[NUMBER], step.schedule))
        thanks = talk.prompt("thanks", prompt=step.thanks)
        if step.next is None:
            talk.leave(thanks, "message")
        else:
            talk.phase = Phase.SPEAKING
            talk.say(thanks)
        return None
    if key == step.change:
        talk.leave_trail(key)
        _ask_other(talk, step)
        return None
    if talk.flow.keys.get(key) == "repeat":  # type: ignore[call-overload]  # a stray key has no action
        _offer(talk, step, talk.variables[NUMBER])  # the number he has typed, not the one he calls from
        return None
    if target := talk.everywhere(key):
        talk.leave_trail(key)
        return target
    return _again(talk, step, talk.own_or_common("wrong", step.wrong, "wrong_key"))


def _change(talk: Talk, step: CallBack, result: Typed | None) -> str | None:
    match result:
        case Typed.DONE if len(talk.digits) >= SHORTEST:
            number, talk.digits = talk.digits, ""
            _offer(talk, step, number)
        case Typed.DONE:
            return _again(talk, step, talk.own_or_common("wrong", step.wrong, "wrong_key"))
        case Typed.ANEW:
            _ask_other(talk, step)
        case Typed.BACK:
            return talk.back()
        case Typed.PERSON:
            return talk.person()
        case _:
            talk.wait_for_key(step.between)
    return None


def _again(talk: Talk, step: CallBack, remark: Part) -> str | None:
    if talk.tries >= step.retries:
        return step.last_resort or talk.person()
    talk.tries += 1
    if talk.phase is Phase.CHANGING:
        _ask_other(talk, step, remark)
    else:
        _offer(talk, step, talk.variables[NUMBER], remark)
    return None
