"""The lookup step: asks the customer table or a service, fills variables, and never leaves the caller in silence."""

from ivr.effects import Input, LookedUp, LookUp
from ivr.flow.kind import Kind
from ivr.flow.plain import NAMED
from ivr.flow.talk import Phase, Talk
from ivr.reading.values import plain_number
from ivr.references import CUSTOMER, FIXED
from ivr.schema import Http, Lookup
from ivr.secret import Secret


class LookupKind(Kind[Lookup]):
    def enter(self, talk: Talk, step: Lookup) -> str | None:
        talk.phase = Phase.WAITING
        if step.waiting is not None:
            talk.say(talk.prompt("waiting", prompt=step.waiting))
        service = step.source if isinstance(step.source, Http) else None
        by = talk.variables.get(step.by, "")
        fields = tuple(sorted(step.fields.items()))
        talk.out.append(LookUp(talk.next_token(), by, service, fields, _values(talk, service) if service else ()))
        return None

    def answered(self, talk: Talk, step: Lookup, answer: Input) -> str | None:
        if not isinstance(answer, LookedUp):
            return None
        match answer.result:
            case "found":
                _learn(talk, step, answer)
                return step.found
            case "not_found":
                return step.not_found
        if step.failed is None:
            talk.trouble()
        return step.failed

    def mute(self, talk: Talk, step: Lookup) -> str | None:
        return None  # the words of waiting; the answer comes all the same


def _learn(talk: Talk, step: Lookup, answer: LookedUp) -> None:
    """The answer's variables. What makes the caller a customer counts only where he did not just type a number."""
    found = dict(answer.fields)
    if not isinstance(step.source, Http):
        number = plain_number(talk.variables.get(step.by, ""))
        if number in (talk.proven, plain_number(talk.variables.get("caller", ""))):
            _own(talk, found)
        else:
            _claim(talk, {"customer": number} | found)
        return
    named = dict(_values(talk, step.source))
    if "customer" in found and any(isinstance(value, Secret) for value in named.values()):
        talk.prove(found)  # the service has seen his secret
        return
    if named.keys() <= FIXED:
        _own(talk, found)
        return
    typed = CUSTOMER & found.keys()
    _claim(talk, {name: found[name] for name in typed})
    talk.variables |= {name: value for name, value in found.items() if name not in typed}


def _own(talk: Talk, found: dict[str, str]) -> None:
    """Facts of the caller as he is: once they name him, whom he said he was before counts no more."""
    if "customer" in found:
        talk.claimed = {}
    talk.variables |= found


def _claim(talk: Talk, facts: dict[str, str]) -> None:
    """Whom he says he is; nothing stays of another whom he named before."""
    before = talk.claimed
    if facts.get("customer", before.get("customer")) != before.get("customer"):
        before = {}
    talk.claimed = before | facts


def _values(talk: Talk, service: Http) -> tuple[tuple[str, str | Secret], ...]:
    """Every variable the request names; a secret only where the body names it."""
    open_names = set(NAMED.findall(service.url))
    in_body = {name for text in service.body.values() for name in NAMED.findall(text)}
    found: dict[str, str | Secret] = {name: talk.variables.get(name, "") for name in open_names | in_body}
    found |= {name: talk.secrets[name] for name in in_body - open_names if name in talk.secrets}
    return tuple(sorted(found.items(), key=lambda pair: pair[0]))
