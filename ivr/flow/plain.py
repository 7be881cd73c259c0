"""Steps that ask nobody: goto, language, hours, branch, set, sub-flows, hang up."""

import re

from ivr.effects import SpeakLanguage
from ivr.flow.kind import Kind
from ivr.flow.talk import Phase, Talk
from ivr.reading.values import as_decimal
from ivr.schema import Assign, Branch, Goto, HangUp, Language, Opening, Return, Sub

DEEPEST = 8
"""Sub-flows inside sub-flows before the caller goes to a person."""
NAMED = re.compile(r"\{([a-z][a-z0-9_]*)\}")


def filled(text: str, variables: dict[str, str]) -> str:
    """{name} replaced by the variable's value, empty when there is none."""
    return NAMED.sub(lambda found: variables.get(found[1], ""), text)


class GotoKind(Kind[Goto]):
    def enter(self, talk: Talk, step: Goto) -> str | None:
        return step.next


class LanguageKind(Kind[Language]):
    def enter(self, talk: Talk, step: Language) -> str | None:
        talk.variables["language"] = step.to
        talk.out.append(SpeakLanguage(step.to))
        return step.next


class OpeningKind(Kind[Opening]):
    def enter(self, talk: Talk, step: Opening) -> str | None:
        return step.open if talk.is_open(step.schedule, talk.now) else step.closed


class BranchKind(Kind[Branch]):
    def enter(self, talk: Talk, step: Branch) -> str | None:
        value = talk.variables.get(step.on, "")
        if value in step.cases:
            return step.cases[value]
        number = as_decimal(value)
        holding = (each.go for each in step.ranges if number is not None and each.holds(float(number)))
        return next(holding, step.otherwise)


class AssignKind(Kind[Assign]):
    def enter(self, talk: Talk, step: Assign) -> str | None:
        before = dict(talk.variables)
        talk.variables |= {name: filled(text, before) for name, text in step.to.items()}
        return step.next


class SubKind(Kind[Sub]):
    def enter(self, talk: Talk, step: Sub) -> str | None:
        if len(talk.returns) >= DEEPEST:
            return talk.person()
        talk.returns.append(step.next)
        return step.start


class ReturnKind(Kind[Return]):
    def enter(self, talk: Talk, step: Return) -> str | None:
        return talk.returns.pop() if talk.returns else talk.person()


class HangUpKind(Kind[HangUp]):
    def enter(self, talk: Talk, step: HangUp) -> str | None:
        if step.prompt is None:
            talk.end()
        else:
            talk.leave(talk.prompt("prompt", prompt=step.prompt), talk.outcome)
        return None

    def key(self, talk: Talk, step: HangUp, key: str) -> str | None:
        return None

    def sound_ended(self, talk: Talk, step: HangUp, missing: bool) -> str | None:
        if talk.phase is Phase.LEAVING:
            talk.end()
        return None
