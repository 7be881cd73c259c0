"""The menu step: says its options, takes one key, or what the caller says where he may speak."""

from ivr.effects import Heard
from ivr.flow.kind import Kind
from ivr.flow.talk import MOST_NOISES, Part, Phase, Talk
from ivr.schema import Menu, Prompt
from ivr.secret import UNSEEN
from ivr.speaking.understanding import agrees, understand

MOST_MISSES = 2
"""Sentences in a row that were not understood before a caller is asked for keys only."""
YES, NO = "1", "2"
"""Keys that answer whether we understood."""


class MenuKind(Kind[Menu]):
    def enter(self, talk: Talk, step: Menu) -> str | None:
        talk.phase = Phase.ASKING
        talk.enter_menu()
        if talk.typed:
            return _take(talk, step, talk.next_typed())
        _read(talk, step, talk.anew(step.prompt, step.retry), invited=True)
        return None

    def key(self, talk: Talk, step: Menu, key: str) -> str | None:
        if talk.listening:
            return _take(talk, step, key)
        return super().key(talk, step, key)

    def heard(self, talk: Talk, step: Menu, said: Heard) -> str | None:
        if not talk.listening:
            return None
        meant = agrees(said.words, talk.language) if talk.phase is Phase.CONFIRMING else None
        if meant:
            return _chosen(talk, step, talk.guess)
        if not said.words:
            _wait_on(talk, step)
            return None
        phrases = {str(key): option.phrases.get(talk.language, ()) for key, option in step.options.items()}
        found = understand(said.words, phrases, said.confidence)
        repeated = found.option != "" and found.option == talk.guess
        if found.sure or (repeated and meant is None):
            return _chosen(talk, step, found.option)
        if found.option and not repeated:
            _confirm(talk, step, found.option)
        elif talk.quiet or meant is False:
            return _miss(talk, step)
        return None  # while we speak, what we do not understand is no answer

    def sound_ended(self, talk: Talk, step: Menu) -> str | None:
        if talk.typed:
            return _take(talk, step, talk.next_typed())
        talk.wait_for_key(step.timeout)
        return None

    def silence(self, talk: Talk, step: Menu) -> str | None:
        return _again(talk, step, talk.own_or_common("no_key", step.no_key, "no_key"))


def _take(talk: Talk, step: Menu, key: str) -> str | None:
    if talk.phase is Phase.CONFIRMING and key in (YES, NO):
        return _chosen(talk, step, talk.guess) if key == YES else _miss(talk, step)
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
    _read(talk, step, remark, talk.anew(step.prompt, step.retry))
    return None


def _read(talk: Talk, step: Menu, *opening: Part, invited: bool = False) -> None:
    may_speak = step.speak and talk.language in talk.hears and talk.misses < MOST_MISSES
    invitation = [_speech(talk, "invite")] if may_speak and invited else []
    options = [
        talk.prompt("options", key, "say", prompt=option.say) for key, option in step.options.items() if option.say
    ]
    talk.phase, talk.guess = Phase.ASKING, ""
    talk.listen(may_speak)
    talk.say(*opening, *invitation, *options, barge_in=step.barge_in, every=step.in_every_language)


# What the caller says


def _chosen(talk: Talk, step: Menu, key: str) -> str:
    """An option by its phrases is as good as by its key, on the caller's path too."""
    talk.misses = 0
    talk.leave_trail(key)
    go: str = step.options[key].go  # type: ignore[index]  # `key` comes from the options
    return go


def _confirm(talk: Talk, step: Menu, key: str) -> None:
    talk.phase, talk.guess = Phase.CONFIRMING, key
    name = step.options[key].name  # type: ignore[index]  # same
    talk.say(_speech(talk, "heard"), talk.prompt("options", key, "phrases", prompt=name), _speech(talk, "confirm"))


def _miss(talk: Talk, step: Menu) -> str | None:
    talk.misses += 1
    if talk.misses < MOST_MISSES:
        talk.phase, talk.guess = Phase.ASKING, ""
        talk.say(_speech(talk, "again"))
    else:
        _read(talk, step, _speech(talk, "keys_only"))
    return None


def _wait_on(talk: Talk, step: Menu) -> None:
    if talk.quiet and talk.noises < MOST_NOISES:
        talk.wait_for_key(step.timeout)


def _speech(talk: Talk, name: str) -> Part:
    speech = talk.flow.phrases.speech
    assert speech is not None  # checked when the file was read
    words: Prompt = getattr(speech, name)
    return ("phrases", "speech", name), words
