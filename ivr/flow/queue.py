"""Steps that hand the call over: queue, and transfer to an outside number."""

from typing import TypeVar

from ivr.effects import EnterQueue, Input, QueueRefused, SendOutside, TransferRefused
from ivr.flow.kind import Kind
from ivr.flow.talk import Phase, Talk
from ivr.schema import Queue, Transfer

S = TypeVar("S", Queue, Transfer)


class LeavingKind(Kind[S]):
    """Who pressed a wrong key may go back while he is told where he is going."""

    def key(self, talk: Talk, step: S, key: str) -> str | None:
        if talk.flow.keys.get(key) == "back":  # type: ignore[call-overload]  # a stray key has no action
            talk.leave_trail(key)
            return talk.back()
        talk.keep(key)
        return None


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


class TransferKind(LeavingKind[Transfer]):
    def enter(self, talk: Talk, step: Transfer) -> str | None:
        if step.prompt is None:
            _send_out(talk, step)
        else:
            talk.phase = Phase.ANNOUNCING
            talk.say(talk.prompt("prompt", prompt=step.prompt))
        return None

    def sound_ended(self, talk: Talk, step: Transfer) -> str | None:
        _send_out(talk, step)
        return None

    def answered(self, talk: Talk, step: Transfer, answer: Input) -> str | None:
        return step.refused or talk.person() if isinstance(answer, TransferRefused) else None


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
    skills = {**step.skills, talk.language: 1}
    priority = table.get(talk.variables.get("tier", ""), 0)
    talk.out.append(
        EnterQueue(step.to, tuple(sorted(skills.items())), priority, step.after_call or talk.flow.after_call or "")
    )


def _send_out(talk: Talk, step: Transfer) -> None:
    talk.phase = Phase.QUEUED
    talk.next_token()
    talk.out.append(SendOutside(talk.flow.outside[step.to]))
