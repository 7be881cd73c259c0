"""Steps that ask nobody: goto, language, hours, branch, set, sub-flows, hang up."""

import re

from ivr.effects import SpeakLanguage
from ivr.fault import FaultKind
from ivr.flow.kind import Kind
from ivr.flow.talk import Talk
from ivr.reading.values import plain_number
from ivr.schema import Assign, Branch, Goto, HangUp, Language, Opening, Return, Sub

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
        number = plain_number(value)
        if begins := [prefix for prefix in step.prefixes if number.startswith(prefix)]:
            return step.prefixes[max(begins, key=len)]
        return next((each.go for each in step.ranges if each.holds(value)), step.otherwise)


class AssignKind(Kind[Assign]):
    def enter(self, talk: Talk, step: Assign) -> str | None:
        before = dict(talk.variables)
        talk.variables |= {name: filled(text, before) for name, text in step.to.items()}
        return step.next


class SubKind(Kind[Sub]):
    def enter(self, talk: Talk, step: Sub) -> str | None:
        talk.go_under()
        return step.start


class ReturnKind(Kind[Return]):
    def enter(self, talk: Talk, step: Return) -> str | None:
        name = talk.come_back()
        if name is None:
            talk.broken(FaultKind.RETURN, "no sub step led to this return")
            return None
        sub = talk.flow.steps[name]
        assert isinstance(sub, Sub)
        return sub.next


class HangUpKind(Kind[HangUp]):
    def enter(self, talk: Talk, step: HangUp) -> str | None:
        if step.prompt is None:
            talk.end()
        else:
            talk.leave(talk.prompt("prompt", prompt=step.prompt), talk.outcome)
        return None
