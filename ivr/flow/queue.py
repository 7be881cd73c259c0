"""The queue step: the call is handed over to the agents."""

from ivr.effects import EnterQueue, Input, QueueRefused
from ivr.flow.leaving import LeavingKind
from ivr.flow.talk import Phase, Talk
from ivr.schema import Queue


class QueueKind(LeavingKind[Queue]):
    def enter(self, talk: Talk, step: Queue) -> str | None:
        if step.schedule is not None and not talk.is_open(step.schedule, talk.now):
            return step.closed or _elsewhere(talk, step, "closed")
        if step.prompt is None:
            _enter_queue(talk, step)
        else:
            talk.phase = Phase.ANNOUNCING
            talk.say(talk.prompt("prompt", prompt=step.prompt), barge_in=step.barge_in)
        return None

    def sound_ended(self, talk: Talk, step: Queue) -> str | None:
        _enter_queue(talk, step)
        return None

    def mute(self, talk: Talk, step: Queue) -> str | None:
        """He is on his way to a person already."""
        if talk.troubled:
            _enter_queue(talk, step)
        else:
            talk.troubled = True
            talk.say(talk.flow.phrases.trouble_part)
        return None

    def answered(self, talk: Talk, step: Queue, answer: Input) -> str | None:
        return _elsewhere(talk, step, answer.reason) if isinstance(answer, QueueRefused) else None


def _elsewhere(talk: Talk, step: Queue, reason: str) -> str | None:
    """Nobody takes the call here."""
    if way := step.refused_for(reason):
        return way
    if talk.step != talk.flow.person:
        return talk.person()
    talk.sorry()
    return None


def _enter_queue(talk: Talk, step: Queue) -> None:
    talk.phase = Phase.QUEUED
    talk.next_token()
    table = talk.flow.priorities if step.priorities is None else step.priorities
    skills = {**step.skills, talk.language: step.skills.get(talk.language, 1)}
    priority = table.get(talk.variables.get("tier", ""), 0)
    after, manager = step.after_call or talk.flow.after_call or "", talk.variables.get("manager", "")
    talk.out.append(EnterQueue(step.to, tuple(sorted(skills.items())), priority, after, manager))
