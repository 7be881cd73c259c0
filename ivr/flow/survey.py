"""The survey step: one key on a scale; whoever does not answer goes on all the same."""

from ivr.effects import KeepAnswer
from ivr.flow.kind import Kind
from ivr.flow.talk import Part, Phase, Talk
from ivr.schema import Survey


class SurveyKind(Kind[Survey]):
    def enter(self, talk: Talk, step: Survey) -> str | None:
        talk.phase = Phase.ASKING
        if talk.typed:
            return _take(talk, step, talk.next_typed())
        _ask(talk, step)
        return None

    def key(self, talk: Talk, step: Survey, key: str) -> str | None:
        return _take(talk, step, key) if talk.listening else super().key(talk, step, key)

    def sound_ended(self, talk: Talk, step: Survey) -> str | None:
        if talk.typed:
            return _take(talk, step, talk.next_typed())
        talk.wait_for_key(step.timeout)
        return None

    def mute(self, talk: Talk, step: Survey) -> str | None:
        return step.next  # an opinion is not worth a person's time

    def silence(self, talk: Talk, step: Survey) -> str | None:
        return _again(talk, step, talk.own_or_common("no_key", step.no_key, "no_key"))


def _take(talk: Talk, step: Survey, key: str) -> str | None:
    if key.isdigit() and step.lowest <= int(key) <= step.highest:
        talk.leave_trail(key)
        talk.variables[step.into] = key
        talk.out.append(KeepAnswer(talk.step, step.into, int(key), step.lowest, step.highest))
        return step.next
    if target := talk.everywhere(key):
        talk.leave_trail(key)
        return target
    return _again(talk, step, talk.own_or_common("wrong", step.wrong, "wrong_key"))


def _ask(talk: Talk, step: Survey, *before: Part) -> None:
    talk.say(*before, talk.anew(step.prompt, step.retry), barge_in=step.barge_in)


def _again(talk: Talk, step: Survey, remark: Part) -> str | None:
    if talk.tries >= step.retries:
        return step.next
    talk.tries += 1
    _ask(talk, step, remark)
    return None
