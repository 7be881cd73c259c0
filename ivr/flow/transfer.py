"""The transfer step: the call is handed over to an outside number."""

from ivr.effects import Input, SendOutside, TransferRefused
from ivr.flow.leaving import LeavingKind
from ivr.flow.talk import Phase, Talk
from ivr.schema import Transfer


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


def _send_out(talk: Talk, step: Transfer) -> None:
    talk.phase = Phase.QUEUED
    talk.next_token()
    talk.out.append(SendOutside(talk.flow.outside[step.to]))
