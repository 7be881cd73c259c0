"""What an engine that begins again tells its floor and the switch."""

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field

from acd import inputs
from acd.live import LiveCall
from pbx.commands import Command, Hold
from pbx.events import LegSnapshot


@dataclass(slots=True)
class Plan:
    """For an empty, paused floor: the `agents`, what is `past`, with its time, and what is `found` now.

    `commands` are for the switch, as its `legs` were when that was planned. `joining`: those of them that have
    answered, and are about to be joined with somebody. Calls that are `over` never come to the floor: who ended them,
    and when.
    """

    legs: Mapping[str, LegSnapshot]
    agents: list[inputs.Input] = field(default_factory=list)
    past: list[tuple[float, inputs.Input]] = field(default_factory=list)
    found: list[inputs.Input] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    joining: set[str] = field(default_factory=set)
    over: list[tuple[LiveCall, str, float]] = field(default_factory=list)

    def without(self, legs: Set[str]) -> tuple[list[Command], list[Command]]:
        """The commands that are for none of these legs, those that come first and the others.

        A colleague is not ended before who asked him is held: Asterisk does not take that of a leg just left alone.
        """
        wanted = [each for each in self.commands if getattr(each, "leg", "") not in legs]
        holds: list[Command] = [each for each in wanted if isinstance(each, Hold)]
        return holds, [each for each in wanted if not isinstance(each, Hold)]

    def in_order(self, now: float) -> Iterable[tuple[float, Sequence[inputs.Input]]]:
        """With the time at which the floor hears it."""
        past = sorted(self.past, key=lambda each: each[0])
        return (now, self.agents), *((at, (happened,)) for at, happened in past), (now, self.found)
