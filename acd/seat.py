"""An agent as the floor sees him."""

from dataclasses import dataclass

from acd.agent_state import AT_WORK, AgentState
from acd.free import Profile, serves
from acd.inputs import AgentWished
from acd.waiting import Need

DIALLING = "dialling"
"""Why an agent is outbound while it rings."""
CONSULT, TAKES_OVER = "consult", "take over"
"""Why an agent whose telephone a colleague or a supervisor needs is not ready."""
MEANWHILE = frozenset({
    (AgentState.NOT_READY, CONSULT), (AgentState.NOT_READY, TAKES_OVER), (AgentState.OUTBOUND, DIALLING)
})  # fmt: skip
"""What an agent is for a moment: then he is what he was, unless he gets into a talk."""
UNREACHABLE, DESK_GONE = "unreachable", "desk_gone"
"""Why an agent who would be ready is not."""


@dataclass(slots=True)
class Seat:
    """An agent on the floor. `idle_since` and `order` are his place in the row of free agents.

    `wish_by` is who asked for the wish, `wish_forced`: he is not the agent. `extra`: seconds by which he may still
    lengthen this wrap-up. `until` ends the wrap-up, also one that is broken off to call out, or the time for which a
    phone that could not be rung is left alone.
    `asked` is the last wish that was carried out at once. `phone`: it can be rung. `desk`: it is there, or not needed.
    `counted`: as staff. `free`: ready, and his telephone is not in use.
    """

    agent: str
    profile: Profile
    order: int
    state: AgentState = AgentState.SIGNED_OUT
    reason: str = ""
    since: float = 0.0
    phone: bool = True
    desk: bool = True
    counted: bool = False
    free: bool = False
    idle_since: float = 0.0
    call: str = ""
    until: float | None = None
    extra: float = 0.0
    wish: AgentState | None = None
    wish_reason: str = ""
    wish_by: str = ""
    wish_forced: bool = False
    asked: AgentWished | None = None

    def keep(self, wish: AgentState | None, reason: str = "", by: str = "", *, forced: bool = False) -> None:
        """To be carried out after the contact; None for nothing."""
        self.wish, self.wish_reason, self.wish_by, self.wish_forced = wish, reason, by, forced

    @property
    def dials(self) -> bool:
        """Whether it rings for a call that he makes."""
        return (self.state, self.reason) == (AgentState.OUTBOUND, DIALLING)

    @property
    def reachable(self) -> bool:
        return self.phone and self.desk

    @property
    def free_since(self) -> float:
        """Of one who is free: a ring that was taken back leaves him his place, but he was not free meanwhile."""
        return max(self.idle_since, self.since)

    @property
    def takes_calls(self) -> bool:
        """Whether he does, or will soon."""
        if (self.state, self.reason) in MEANWHILE:
            return self.wish is None
        return self.state in AT_WORK

    @property
    def at_work(self) -> bool:
        """Whether he takes calls, which nobody can promise for one who is out of reach."""
        return self.takes_calls and self.reachable

    def may_serve(self, need: Need) -> bool:
        """Whether a caller with this need may wait for him."""
        return self.at_work and serves(self.profile, need)

    @property
    def missing(self) -> str:
        """Of one who is not reachable: what for. The desk first: only this outlives an engine, telephones are told."""
        return UNREACHABLE if self.desk else DESK_GONE

    @property
    def lost(self) -> bool:
        """Whether he is not ready only because he could not be reached."""
        return self.state is AgentState.NOT_READY and self.reason in (UNREACHABLE, DESK_GONE)

    def stands_by(self, reason: str) -> bool:
        """Whether he is kept out of everything else for this alone; what he has wished for follows it."""
        return (self.state, self.reason) == (AgentState.NOT_READY, reason)

    def kept(self) -> AgentWished:
        """The wish for what he is to be afterwards."""
        return AgentWished(
            self.agent, self.wish or AgentState.READY, self.wish_reason, self.wish_by, self.wish_forced
        )  # fmt: skip

    def present(self) -> AgentWished:
        """The wish to be what he is now, of whoever has wished it; who was only out of reach would be ready."""
        asked = self.asked
        if self.lost:
            return AgentWished(self.agent, AgentState.READY)
        if asked is None or (asked.state, asked.reason) != (self.state, self.reason):
            return AgentWished(self.agent, self.state, self.reason)
        return AgentWished(self.agent, self.state, self.reason, asked.by, asked.forced)
