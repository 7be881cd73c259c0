"""A telephone that rings for a call answers because somebody asks it to."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from acd.call import CallState
from acd.consults import Consults
from acd.control import Control
from acd.live import LiveCall
from acd.supervision import Supervision
from core.errors import Refused


@dataclass(frozen=True, slots=True)
class Telephone:
    """At whose number, and its leg."""

    number: str
    leg: str
    rings: bool


class Dialled(Protocol):
    """A call out whose customer is not there yet; `answered`: its agent's telephone."""

    call: LiveCall
    answered: bool


class Answering:
    def __init__(
        self, control: Control, consults: Consults, supervision: Supervision, dialled: Callable[[str], Dialled | None]
    ) -> None:
        self._control = control
        self._consults = consults
        self._supervision = supervision
        self._dialled = dialled

    def telephones(self, call: str) -> list[Telephone]:
        """That ring for this call or are in it: of whom it is offered to, who dials, is asked about it or listens.

        Raises NotFound.
        """
        dialled = self._dialled(call)
        live = dialled.call if dialled else self._control.find(call)
        rings = live.state is CallState.RINGING or (dialled is not None and not dialled.answered)
        found = [Telephone(live.agent, live.offer, rings)] if live.offer else []
        if consult := self._consults.of(call):
            found.append(Telephone(consult.agent, consult.leg, not consult.answered))
        return found + [Telephone(each.phone, each.leg, not each.answered) for each in self._supervision.of(call)]

    async def answer(self, call: str, number: str, by: str, *, others: bool) -> None:
        """Ask the telephone of `number`, or where nothing rings there that of `others`, which is audited.

        Whether it answers is seen by the call. Raises NotFound, SwitchError, Refused: not_ringing.
        """
        found = [each for each in self.telephones(call) if each.rings and (others or each.number == number)]
        if not found:
            raise Refused("not_ringing", "no telephone rings for this call now")
        rung = min(found, key=lambda each: each.number != number)
        await self._control.ask_to_answer(call, rung.leg, by, whose="" if rung.number == number else rung.number)
