"""The survey step: one key on a scale; whatever the caller does, the call goes on."""

from ivr.effects import KeepAnswer
from ivr.flow.kind import Kind
from ivr.flow.talk import Phase, Talk
from ivr.schema import Survey


class SurveyKind(Kind[Survey]):
    def enter(self, talk: Talk, step: Survey) -> str | None:
        talk.phase = Phase.ASKING
        if talk.typed:
            return self.key(talk, step, talk.typed.pop(0))
        _ask(talk, step)
        return None

    def key(self, talk: Talk, step: Survey, key: str) -> str | None:
        if not key.isdigit() or not step.lowest <= int(key) <= step.highest:
            return _again(talk, step)
        talk.leave_trail(key)
        talk.variables[step.into] = key
        talk.out.append(KeepAnswer(talk.step, step.into, int(key)))
        return step.next

    def sound_ended(self, talk: Talk, step: Survey, missing: bool) -> str | None:
        if missing:
            return step.next
        talk.wait_for_key(step.timeout)
        return None

    def silence(self, talk: Talk, step: Survey) -> str | None:
        return _again(talk, step)


def _ask(talk: Talk, step: Survey) -> None:
    talk.say(talk.prompt("prompt", prompt=step.prompt))


def _again(talk: Talk, step: Survey) -> str | None:
    if talk.tries >= step.retries:
        return step.next
    talk.tries += 1
    _ask(talk, step)
    return None
