"""The menu step: says its options, takes one key."""

from ivr.flow.kind import Kind
from ivr.flow.talk import Part, Phase, Talk
from ivr.schema import Menu


class MenuKind(Kind[Menu]):
    def enter(self, talk: Talk, step: Menu) -> str | None:
        talk.phase = Phase.ASKING
        if talk.menus[-1:] != [talk.step]:
            talk.menus.append(talk.step)
        if talk.typed:
            return _take(talk, step, talk.typed.pop(0))
        _read(talk, step, talk.prompt("prompt", prompt=step.prompt))
        return None

    def key(self, talk: Talk, step: Menu, key: str) -> str | None:
        if talk.listening:
            return _take(talk, step, key)
        return super().key(talk, step, key)

    def sound_ended(self, talk: Talk, step: Menu, missing: bool) -> str | None:
        if missing:
            return step.last_resort or talk.person()
        if talk.typed:
            return _take(talk, step, talk.typed.pop(0))
        talk.listening = True
        talk.wait_for_key(step.timeout)
        return None

    def silence(self, talk: Talk, step: Menu) -> str | None:
        return _again(talk, step, talk.own_or_common("no_key", step.no_key, "no_key"))


def _take(talk: Talk, step: Menu, key: str) -> str | None:
    talk.leave_trail(key)
    option = step.options.get(key)  # type: ignore[call-overload]  # a stray key is no option
    if option is not None:
        go: str = option.go
        return go
    match talk.flow.keys.get(key):  # type: ignore[call-overload]  # same
        case "person":
            return talk.person()
        case "back":
            return talk.back()
        case "repeat":
            return talk.step
        case _:
            talk.note(talk.step)
            return _again(talk, step, talk.own_or_common("wrong_key", step.wrong_key, "wrong_key"))


def _again(talk: Talk, step: Menu, remark: Part) -> str | None:
    """Read the menu anew after `remark`; after the last retry take the last resort."""
    if talk.tries >= step.retries:
        talk.unasked += 1
        return step.last_resort or talk.person()
    talk.tries += 1
    index = min(talk.tries, len(step.retry)) - 1
    if step.retry:
        again = talk.prompt("retry", str(index), prompt=step.retry[index])
    else:
        again = talk.prompt("prompt", prompt=step.prompt)
    _read(talk, step, remark, again)
    return None


def _read(talk: Talk, step: Menu, *opening: Part) -> None:
    options = [
        talk.prompt("options", key, "say", prompt=option.say) for key, option in step.options.items() if option.say
    ]
    talk.listening = step.barge_in
    talk.say(*opening, *options, barge_in=step.barge_in, every=step.in_every_language)
