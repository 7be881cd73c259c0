"""A count of a report as an address: which calls it counted. Written by reports, read by the call list. Pure."""

from dataclasses import dataclass, fields
from urllib.parse import parse_qsl, quote

KINDS = ("stay", "work", "menu", "score", "said", "after")
"""Stays in queues, offers to agents, ways through a menu, scores, wrap-up codes, what callers did afterwards."""


@dataclass(frozen=True, slots=True)
class Part:
    """Calls that `kind` counts as `what`, from `since` on and before `until`; '' means any."""

    kind: str
    what: str
    since: int
    until: int
    queue: str = ""
    team: str = ""
    agent: str = ""
    menu: str = ""
    version: int = 0
    step: str = ""
    rule: str = ""
    topic: str = ""

    @property
    def code(self) -> str:
        """One word for an address: `stay.abandoned,since=…,until=…,queue=cards`."""
        given = (each.name for each in fields(self)[2:] if getattr(self, each.name))
        return ",".join(
            [f"{self.kind}.{self.what}", *(f"{name}={quote(str(getattr(self, name)), '')}" for name in given)]
        )

    @property
    def address(self) -> str:
        return f"/calls?part={quote(self.code, '')}"


def read(code: str) -> Part | None:
    """None for what is no such word: somebody typed in the address bar."""
    head, _, rest = code.partition(",")
    kind, _, what = head.partition(".")
    given = dict(parse_qsl(rest.replace(",", "&")))
    names = {each.name: each.type for each in fields(Part)[2:]}
    if kind not in KINDS or not what.isidentifier() or not given.keys() <= names.keys():
        return None
    try:
        return Part(kind, what, **{"since": 0, "until": 0} | {
            name: int(value) if names[name] in ("int", int) else value for name, value in given.items()
        })  # type: ignore[arg-type]  # fmt: skip
    except ValueError:
        return None
