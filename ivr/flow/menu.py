"""The menu step: says its options, takes one key."""

from ivr.flow.kind import Kind
from ivr.flow.talk import Part, Phase, Talk
from ivr.schema import Menu
from ivr.secret import UNSEEN


class MenuKind(Kind[Menu]):
    def enter(self, talk: Talk, step: Menu) -> str | None:
        talk.phase = Phase.ASKING
        talk.enter_menu()
        if talk.typed:
            return _take(talk, step, talk.next_typed())
        _read(talk, step)
        return None

    def key(self, talk: Talk, step: Menu, key: str) -> str | None:
        if talk.listening:
            return _take(talk, step, key)
        return super().key(talk, step, key)

    def sound_ended(self, talk: Talk, step: Menu) -> str | None:
        if talk.typed:
            return _take(talk, step, talk.next_typed())
        talk.wait_for_key(step.timeout)
        return None

    def silence(self, talk: Talk, step: Menu) -> str | None:
        return _again(talk, step, talk.own_or_common("no_key", step.no_key, "no_key"))


def _take(talk: Talk, step: Menu, key: str) -> str | None:
    option = step.options.get(key)  # type: ignore[call-overload]  # a stray key is no option
    if option is not None:
        talk.leave_trail(key)
        go: str = option.go
        return go
    if target := talk.everywhere(key):
        talk.leave_trail(key)
        return target
    talk.leave_masked(UNSEEN)
    talk.note(talk.step)
    return _again(talk, step, talk.own_or_common("wrong_key", step.wrong_key, "wrong_key"))


def _again(talk: Talk, step: Menu, remark: Part) -> str | None:
    """Read the menu anew after `remark`; after the last retry take the last resort."""
    if talk.tries >= step.retries:
        return step.last_resort or talk.person()
    talk.tries += 1
    _read(talk, step, remark)
    return None


def _read(talk: Talk, step: Menu, *before: Part) -> None:
    options = [
        talk.prompt("options", key, "say", prompt=option.say) for key, option in step.options.items() if option.say
    ]
    opening = talk.anew(step.prompt, step.retry)
    talk.say(*before, opening, *options, barge_in=step.barge_in, every=step.in_every_language)
