"""The lookup step: asks the customer table or a service, fills variables, and never leaves the caller in silence."""

from ivr.effects import Input, LookedUp, LookUp
from ivr.flow.kind import Kind
from ivr.flow.plain import NAMED
from ivr.flow.talk import Phase, Talk
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
                talk.variables |= dict(answer.fields)
                return step.found
            case "not_found":
                return step.not_found
            case _:
                return step.failed or talk.person()


def _values(talk: Talk, service: Http) -> tuple[tuple[str, str | Secret], ...]:
    """Every variable the request names; a secret only where the body names it."""
    open_names = set(NAMED.findall(service.url))
    in_body = {name for text in service.body.values() for name in NAMED.findall(text)}
    found: dict[str, str | Secret] = {name: talk.variables.get(name, "") for name in open_names | in_body}
    found |= {name: talk.secrets[name] for name in in_body - open_names if name in talk.secrets}
    return tuple(sorted(found.items(), key=lambda pair: pair[0]))
