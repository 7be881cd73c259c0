"""The callback step: reads the number aloud, takes it or another one, and promises the call."""

from ivr.effects import PromiseCallBack
from ivr.flow import typing
from ivr.flow.kind import Kind
from ivr.flow.talk import Phase, Talk
from ivr.flow.typing import Shape, Typed
from ivr.reading.values import as_digits
from ivr.schema import CallBack, Value

NUMBER = "call_back_number"
SHORTEST, LONGEST = 5, 15
LINE = Shape(LONGEST)


class CallBackKind(Kind[CallBack]):
    def enter(self, talk: Talk, step: CallBack) -> str | None:
        talk.digits = ""
        return _offer(talk, step, as_digits(talk.variables.get("caller", "")) or "")

    def key(self, talk: Talk, step: CallBack, key: str) -> str | None:
        match talk.phase:
            case Phase.ASKING:
                return _answer(talk, step, key)
            case Phase.CHANGING:
                return _change(talk, step, typing.take(talk, LINE, key))
            case _:
                return super().key(talk, step, key)

    def sound_ended(self, talk: Talk, step: CallBack, missing: bool) -> str | None:
        match talk.phase:
            case Phase.SPEAKING:
                return step.next
            case _ if missing:
                return step.last_resort or talk.person()
            case _ if talk.typed:
                return self.key(talk, step, talk.typed.pop(0))
            case _:
                talk.wait_for_key(step.between if talk.digits else step.timeout)
        return None

    def silence(self, talk: Talk, step: CallBack) -> str | None:
        if talk.phase is Phase.CHANGING and talk.digits:
            return _change(talk, step, Typed.DONE)
        return _again(talk, step)


def _offer(talk: Talk, step: CallBack, number: str) -> str | None:
    if not SHORTEST <= len(number) <= LONGEST:
        _ask_other(talk, step)
        return None
    talk.phase = Phase.ASKING
    talk.variables[NUMBER] = number
    read = talk.read(Value(value=NUMBER, reading="phone")) or []
    confirm = talk.words("confirm", prompt=step.confirm)
    talk.utter([talk.words("prompt", prompt=step.prompt), *read, confirm])
    return None


def _ask_other(talk: Talk, step: CallBack) -> None:
    talk.phase, talk.digits = Phase.CHANGING, ""
    talk.say(talk.prompt("other", prompt=step.other))


def _answer(talk: Talk, step: CallBack, key: str) -> str | None:
    talk.leave_trail(key)
    if key == step.yes:
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
        _ask_other(talk, step)
        return None
    match talk.flow.keys.get(key):  # type: ignore[call-overload]  # a stray key has no action
        case "person":
            return talk.person()
        case "back":
            return talk.back()
        case "repeat":
            return _offer(talk, step, talk.variables[NUMBER])
        case _:
            return _again(talk, step)


def _change(talk: Talk, step: CallBack, result: Typed) -> str | None:
    match result:
        case Typed.DONE if len(talk.digits) >= SHORTEST:
            number, talk.digits = talk.digits, ""
            return _offer(talk, step, number)
        case Typed.DONE:
            return _again(talk, step)
        case Typed.ANEW:
            _ask_other(talk, step)
        case Typed.BACK:
            return talk.back()
        case _:
            talk.wait_for_key(step.between)
    return None


def _again(talk: Talk, step: CallBack) -> str | None:
    if talk.tries >= step.retries:
        talk.unasked += 1
        return step.last_resort or talk.person()
    talk.tries += 1
    if talk.phase is Phase.CHANGING:
        _ask_other(talk, step)
        return None
    return _offer(talk, step, talk.variables.get(NUMBER, ""))
