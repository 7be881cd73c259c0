"""Steps that take digits: collect (into a variable or a secret) and verify (compared with the customer's secret)."""

from abc import abstractmethod
from typing import TypeVar

from ivr.checks import CHECKS, masked
from ivr.effects import Input, Verified, VerifySecret
from ivr.flow import typing
from ivr.flow.kind import Kind
from ivr.flow.talk import Phase, Talk
from ivr.flow.typing import Shape, Typed
from ivr.reading.values import plain_number
from ivr.schema import Asking, Collect, Verify
from ivr.schema.service import LENGTHS
from ivr.secret import HIDDEN, Secret

A = TypeVar("A", bound=Asking)


class AskingKind(Kind[A]):
    """Digits by keys typed ahead, keys now, end key or silence; `done` judges them."""

    @abstractmethod
    def shape(self, step: A) -> Shape:
        """How many digits, and what ends them."""

    @abstractmethod
    def done(self, talk: Talk, step: A, digits: str) -> str | None:
        """The digits are complete, or the caller says so."""

    def enter(self, talk: Talk, step: A) -> str | None:
        talk.phase, talk.digits = Phase.ASKING, ""
        result = typing.take_ahead(talk, self.shape(step))
        if result in (None, Typed.ANEW):
            typing.ask(talk, step)
            return None
        return self._after(talk, step, result)

    def key(self, talk: Talk, step: A, key: str) -> str | None:
        if talk.phase is not Phase.ASKING or not talk.listening:
            return super().key(talk, step, key)
        return self._after(talk, step, typing.take(talk, self.shape(step), key))

    def sound_ended(self, talk: Talk, step: A) -> str | None:
        if talk.typed:
            return self._after(talk, step, typing.take_ahead(talk, self.shape(step)))
        talk.wait_for_key(step.between if talk.digits else step.timeout)
        return None

    def silence(self, talk: Talk, step: A) -> str | None:
        if talk.phase is not Phase.ASKING:
            return None
        if talk.digits:
            return self._after(talk, step, Typed.DONE)
        return typing.ask_again(talk, step, typing.silent(talk, step))

    def _after(self, talk: Talk, step: A, result: Typed | None) -> str | None:
        match result:
            case Typed.DONE:
                digits, talk.digits = talk.digits, ""
                return self.done(talk, step, digits)
            case Typed.ANEW:
                typing.ask(talk, step)
            case Typed.BACK:
                talk.leave_trail("*")
                return talk.back()
            case Typed.PERSON:
                return talk.person()
            case _:
                talk.wait_for_key(step.between)
        return None


class CollectKind(AskingKind[Collect]):
    def shape(self, step: Collect) -> Shape:
        fewest, longest = LENGTHS[step.check]
        most = longest if fewest == longest else step.most
        return Shape(most, step.end, step.check == "identity")

    def done(self, talk: Talk, step: Collect, digits: str) -> str | None:
        talk.leave_masked(HIDDEN if step.secret else masked(digits))
        if len(digits) < step.least or not CHECKS[step.check](digits):
            talk.note(talk.step)
            return typing.ask_again(talk, step, typing.wrong(talk, step))
        if step.secret:
            talk.secrets[step.into] = Secret(digits)
        else:
            talk.variables[step.into] = digits.replace("*", "X")
        return step.next


class VerifyKind(AskingKind[Verify]):
    def shape(self, step: Verify) -> Shape:
        return Shape(step.digits, last_star=step.secret == "identity")

    def enter(self, talk: Talk, step: Verify) -> str | None:
        return super().enter(talk, step) if _customer(talk) else step.failed

    def done(self, talk: Talk, step: Verify, digits: str) -> str | None:
        talk.leave_masked(HIDDEN)
        if len(digits) < step.digits:  # no attempt: whatever the secret is, this is not all of it
            talk.note(talk.step)
            return typing.ask_again(talk, step, (("phrases", "wrong_key"), talk.flow.phrases.wrong_key))
        talk.phase = Phase.WAITING
        typed = Secret(digits.replace("*", "X"))
        lock = step.lock_minutes * 60
        token, customer = talk.next_token(), _customer(talk)
        own = plain_number(talk.variables.get("caller", "")) == plain_number(customer)
        talk.out.append(VerifySecret(token, customer, step.secret, typed, step.attempts, lock, own))
        return None

    def answered(self, talk: Talk, step: Verify, answer: Input) -> str | None:
        if not isinstance(answer, Verified):
            return None
        match answer.result:
            case "right":
                talk.prove(talk.claimed)
                return step.verified
            case "wrong":
                talk.note(talk.step)
                talk.tries += 1
                typing.ask(talk, step, typing.wrong(talk, step))
                return None
        talk.claimed = {}
        return step.locked or step.failed if answer.result == "locked" else step.failed


def _customer(talk: Talk) -> str:
    """Whose secret is asked for: the customer of the number he typed, else of the number he calls from."""
    return talk.claimed.get("customer") or talk.variables.get("customer", "")
