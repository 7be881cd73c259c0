"""The lookup step: asks the customer table or a service, fills variables, and never leaves the caller in silence."""

from ivr.effects import Input, LookedUp, LookUp
from ivr.flow.kind import Kind
from ivr.flow.plain import NAMED
from ivr.flow.talk import Phase, Talk
from ivr.menus import CUSTOMER, FIXED
from ivr.reading.values import plain_number
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
    if isinstance(step.source, Http):
        typed = {} if _is_his_own(talk, step.source) else {name: found.pop(name) for name in CUSTOMER & found.keys()}
    elif (wanted := plain_number(talk.variables.get(step.by, ""))) in (talk.proven, _calls_from(talk)):
        typed = {}
    else:
        typed, found = found | {"customer": found.get("customer", wanted)}, {}
    talk.variables |= found
    talk.claimed |= typed


def _calls_from(talk: Talk) -> str:
    return plain_number(talk.variables.get("caller", ""))


def _is_his_own(talk: Talk, service: Http) -> bool:
    """Whether the question names the caller by what the switch knows of him, or proves him by a secret."""
    named = {name for name, _ in _values(talk, service)}
    return any(isinstance(value, Secret) for _, value in _values(talk, service)) or named <= FIXED


def _values(talk: Talk, service: Http) -> tuple[tuple[str, str | Secret], ...]:
    """Every variable the request names; a secret only where the body names it."""
    open_names = set(NAMED.findall(service.url))
    in_body = {name for text in service.body.values() for name in NAMED.findall(text)}
    found: dict[str, str | Secret] = {name: talk.variables.get(name, "") for name in open_names | in_body}
    found |= {name: talk.secrets[name] for name in in_body - open_names if name in talk.secrets}
    return tuple(sorted(found.items(), key=lambda pair: pair[0]))
