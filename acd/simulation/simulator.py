"""The engine's floor under virtual time: callers and shifts in, who answered whom and when out."""

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum
from heapq import heappop, heappush
from math import inf, isinf

from acd import admission, inputs
from acd.agent_state import AgentState
from acd.call import CallState
from acd.decisions import Connected, Offer, SentBack
from acd.floor import Floor
from acd.queues import Queues
from acd.routing.ours import Policy
from acd.rule import QueueRule
from acd.simulation.traffic import Caller, Shift
from acd.waiting import Stage

SAME = 1e-7
"""Seconds by which sums of times may differ that are the same instant on paper: 0.1 + 0.2 is not 0.3."""


class Rank(IntEnum):
    """What happens at one instant happens in this order; offers are made after ARRIVAL."""

    SHIFT_END = 0
    FREED = 1
    SHIFT_START = 2
    ARRIVAL = 3
    ANSWER = 4
    PATIENCE_END = 5


@dataclass(frozen=True, slots=True)
class Answered:
    """`at` in seconds; `level` is the agent's mean level on the skills required by then, None when none are."""

    caller: Caller
    agent: str
    at: float
    level: float | None


@dataclass(slots=True)
class Day:
    """What came of it: `answered` in order of answering, `abandoned` with the time of giving up, or of being sent back
    to the menu by the queue's longest wait."""

    answered: list[Answered] = field(default_factory=list)
    abandoned: list[tuple[Caller, float]] = field(default_factory=list)
    unserved: list[Caller] = field(default_factory=list)
    decisions: int = 0


def simulate(
    callers: Sequence[Caller], shifts: Sequence[Shift], policy: Policy, *, ring: float = 0.0, wrap_up: float = 0.0,
    seed: int = 0, queues: Queues | None = None, closed: Iterable[tuple[float, frozenset[str]]] = (),
) -> Day:  # fmt: skip
    """Run the whole day. `ring` and `wrap_up` in seconds. `seed` other than 0 draws the agents' order for ties.

    By the rules of `queues` callers should be answered in time, and what they wait for changes, as in the live centre;
    without them nothing does, and the usual 20 s count. `closed`: from when on which of them take no overflow.
    """
    usual = QueueRule(ring, wrap_up)
    floor = Floor(policy, lambda queue: replace(usual, target=queues.rule_of(queue).target) if queues else usual)
    run = _Run(callers, shifts, floor, ring, seed, queues)
    for at, names in closed:
        run.plan(at, Rank.SHIFT_START, inputs.QueuesClosed(names))
    return run.day()


def _stages(queues: Queues | None, caller: Caller) -> tuple[Stage, ...]:
    """What his queue's rules have to come for him, whatever he asks for at first."""
    queue = queues.queues.get(caller.queue) if queues else None
    if queues is None or queue is None:
        return ()
    own = admission.own_of(queue, caller.skills, caller.language)
    return admission.plan(queues, caller.queue, own, 0, caller.arrival).stages


class _Run:
    def __init__(
        self, callers: Sequence[Caller], shifts: Sequence[Shift], floor: Floor, ring: float, seed: int,
        queues: Queues | None,
    ) -> None:  # fmt: skip
        self._callers = {str(caller.row): caller for caller in callers}
        self._floor = floor
        self._ring = ring
        self._agenda: list[tuple[float, Rank, int, float, tuple[inputs.Input, ...]]] = []  # its turn, …, its time
        self._count = 0
        self._now = 0.0
        self._day = Day()
        ordered = list(shifts)
        if seed:
            random.Random(seed).shuffle(ordered)
        for shift in (each for each in ordered if each.start < each.end):
            # Who is still in a contact of his last shift ends it first, wrap-up included, and begins with new skills.
            ready, out = (
                inputs.AgentWished(shift.agent, state, forced=True)
                for state in (AgentState.READY, AgentState.SIGNED_OUT)
            )
            skills = inputs.SkillsChanged(shift.agent, shift.skills)
            came = (inputs.AgentSignedIn(shift.agent, shift.skills), skills, ready)
            self.plan(shift.start, Rank.SHIFT_START, *came)
            self.plan(shift.end, Rank.SHIFT_END, out)
        for call, caller in self._callers.items():
            where = (caller.queue, caller.skills, caller.priority, caller.arrival, _stages(queues, caller))
            joined = inputs.CallerJoined(call, *where)
            self.plan(caller.arrival, Rank.ARRIVAL, joined)
            if not isinf(caller.patience):
                self.plan(caller.arrival + caller.patience, Rank.PATIENCE_END, inputs.CallerLeft(call))

    def day(self) -> Day:
        while self._step():
            pass
        met = {each.caller.row for each in self._day.answered} | {caller.row for caller, _ in self._day.abandoned}
        self._day.unserved = [caller for caller in self._callers.values() if caller.row not in met]
        return self._day

    def _step(self) -> bool:
        """Everything up to the arrivals of one instant together, or one answer, or one end of patience."""
        timer = self._floor.next_timer()
        if not self._agenda and timer is None:
            return False
        turn = min(self._agenda[0][0] if self._agenda else inf, inf if timer is None else timer)
        together: list[inputs.Input] = []
        if timer is not None and timer <= turn:
            self._now = turn
            together.append(inputs.Tick())
        while self._agenda and self._agenda[0][:2] <= (turn, Rank.ARRIVAL):
            _, rank, _, self._now, planned = heappop(self._agenda)
            if rank is Rank.SHIFT_END:
                together.extend(self._withdraw(planned))
            together.extend(planned)
        if not together:
            _, rank, _, at, planned = heappop(self._agenda)
            self._now = max(self._now, at)
            if rank is Rank.PATIENCE_END and not self._gives_up(planned):
                return True
            together.extend(planned)
        self._tell(*together)
        return True

    def _withdraw(self, planned: Iterable[inputs.Input]) -> list[inputs.Input]:
        """A phone that rings at the end of the shift is not answered: the caller is offered to somebody else."""
        seats = [self._floor.seats.get(each.agent) for each in planned if isinstance(each, inputs.AgentWished)]
        return [
            inputs.OfferFailed(seat.call, seat.agent, "system")
            for seat in seats
            if seat is not None and seat.state is AgentState.RINGING
        ]

    def _gives_up(self, planned: Iterable[inputs.Input]) -> bool:
        """Whether the caller is still unanswered when his patience ends; then he is counted."""
        for each in planned:
            if isinstance(each, inputs.CallerLeft):
                contact = self._floor.contacts.get(each.call)
                if contact is None or contact.state is CallState.TALKING:
                    return False
                caller = self._callers[each.call]
                self._day.abandoned.append((caller, caller.arrival + caller.patience))
        return True

    def _tell(self, *happened: inputs.Input) -> None:
        for decision in self._floor.handle(self._now, *happened):
            if isinstance(decision, Offer):
                self._day.decisions += 1
                accepted = inputs.OfferAccepted(decision.call, decision.agent)
                if self._ring:
                    self.plan(self._now + self._ring, Rank.ANSWER, accepted)
                else:
                    self._tell(accepted)
            elif isinstance(decision, Connected):
                self._connect(decision.call, decision.agent)
            elif isinstance(decision, SentBack):
                self._day.abandoned.append((self._callers[decision.call], self._now))

    def _connect(self, call: str, agent: str) -> None:
        caller = self._callers[call]
        levels, need = dict(self._floor.seats[agent].profile), self._floor.contacts[call].need
        level = sum(levels[skill] for skill, _ in need) / len(need) if need else None
        self._day.answered.append(Answered(caller, agent, self._now, level))
        self.plan(self._now + caller.handle, Rank.FREED, inputs.CallerLeft(call))

    def plan(self, at: float, rank: Rank, *planned: inputs.Input) -> None:
        self._count += 1
        turn = at + SAME if rank is Rank.PATIENCE_END else at
        heappush(self._agenda, (turn, rank, self._count, at, planned))
