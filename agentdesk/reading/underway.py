"""What goes on in the engine and stands in no table: who is being asked, who listens, who is being called, who is out
of reach."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from acd.consults import Consult
from acd.outward.outbound import Attempt
from acd.supervision import Listening


@dataclass(frozen=True, slots=True)
class UnderWay:
    """Looks into the engine of this process; without one nothing goes on.

    `attempt`, `asked` (by a colleague, about his call) and `missing` (why he is out of reach, though at work) are
    looked up by agent, all others by call.
    """

    consult: Callable[[str], Consult | None] = lambda _call: None
    held: Callable[[str], bool] = lambda _call: False
    listeners: Callable[[str], Sequence[Listening]] = lambda _call: ()
    attempt: Callable[[str], Attempt | None] = lambda _agent: None
    asked: Callable[[str], Consult | None] = lambda _agent: None
    missing: Callable[[str], str] = lambda _agent: ""
