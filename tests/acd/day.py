"""A day on the floor to be told anything: who is there, and a second book of who must be where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hypothesis.stateful import RuleBasedStateMachine

from acd import inputs
from acd.agent_state import AgentState
from acd.call import CallState
from acd.decisions import (
    AgentMoved,
    CallGone,
    Connected,
    Decision,
    Disconnected,
    Offer,
    OfferOver,
    Promised,
    Requeued,
    Reranked,
    SentBack,
)
from acd.floor import PICKED, TRANSFER, Floor
from acd.free import Profile
from acd.queues import Queues
from acd.routing.memory import Arrived, Left, Past, Restaged, Served, Talked, WaitsAgain
from acd.routing.ours import Member, Policy
from acd.routing.policies import policy_named
from acd.seat import Seat
from acd.waiting import Contact, Stage

AGENTS = {
    "1": {"zh": 5},
    "2": {"zh": 5, "en": 3},
    "3": {"zh": 9, "cards": 7},
    "4": {"en": 9, "cards": 2},
}
CALLS = [f"c{number}" for number in range(7)]
NEEDS: list[dict[str, int]] = [{}, {"zh": 1}, {"en": 1}, {"zh": 1, "cards": 5}, {"none": 1}]


@dataclass(frozen=True)
class Wait:
    """A caller's stages, drawn as seconds: for one agent alone, widened, sent back."""

    only: str = ""
    alone: float = 0.0
    widened: float = 0.0
    back: float = 0.0

    def plan(self, began: float, queue: str, need: Mapping[str, int]) -> tuple[tuple[Stage, ...], str, str]:
        stages = [Stage(began + self.alone, queue, need, 0, "released")] if self.only else []
        if self.widened:
            stages.append(Stage(began + self.widened, "slow", {}, 1, "overflow"))
        if self.back:
            stages.append(Stage(began + self.back, queue, need, 0, "longest", "sorry"))
        return tuple(stages), self.only, "last-agent" if self.only else ""


def queues(policy: str = "balanced", gone: str = "", **said: dict[str, Any]) -> Queues:
    plain: dict[str, dict[str, Any]] = {
        "general": {}, "quick": {"wrap_up": 0}, "manual": {"wrap_up_ends": "agent"}, "slow": {},
    }  # fmt: skip
    named = {name: {"name": {"en": name}} | rules for name, rules in (plain | said).items() if name != gone}
    return Queues.model_validate({"queues": named, "policy": policy})


RULES = [
    queues(),
    queues(
        "fifo", "quick", slow={"skills": {"zh": 6}, "priority": 2}, manual={"longest": {"after": 40, "step": "sorry"}}
    ),
    queues("random", "slow", general={"relax": [{"after": 5, "skills": {"en": 1}}], "last_agent": {"wait": 8}}),
    queues("least-occupied", slow={"overflow": {"after": 3, "to": "quick"}, "last_agent": {"wait": 300}}),
]
"""What queues.yaml says at different times of a day."""
WAITS = [Wait(), Wait(), Wait(widened=20.0), Wait("1", 10.0), Wait("3", 10.0, 20.0, 90.0), Wait(back=60.0)]


class Remembering:
    """A policy whose lessons are written down, as the history of the calls does."""

    def __init__(self, policy: Policy, log: list[Past]) -> None:
        self.name, self._policy, self._log = policy.name, policy, log
        self.rank, self.outranks, self.pick, self.explain = policy.rank, policy.outranks, policy.pick, policy.explain

    def arrived(self, contact: Contact, now: float) -> None:
        c = contact
        self._log.append(Arrived(now, c.call, c.queue, c.need, c.priority, c.queued_at))
        self._policy.arrived(contact, now)

    def restaged(self, contact: Contact) -> None:
        self._log.append(Restaged(0.0, contact.call, contact.queue, contact.need))
        self._policy.restaged(contact)

    def served(self, contact: Contact, profile: Profile, member: Member, now: float) -> None:
        c = contact
        self._log.append(Served(now, c.call, c.queue, c.need, member[2], member[1], now - member[0], profile))
        self._policy.served(contact, profile, member, now)

    def requeued(self, contact: Contact, now: float) -> None:
        c = contact
        self._log.append(WaitsAgain(now, c.call, c.queue, c.need, c.queued_at, c.priority))
        self._policy.requeued(contact, now)

    def left(self, contact: Contact, now: float) -> None:
        self._log.append(Left(now, contact.call, contact.queue, contact.need, contact.queued_at))
        self._policy.left(contact, now)

    def talked(self, contact: Contact, agent: str, seconds: float, now: float) -> None:
        self._log.append(Talked(now, contact.call, contact.queue, contact.need, agent, seconds))
        self._policy.talked(contact, agent, seconds, now)


class Day(RuleBasedStateMachine):
    """A floor with a book of its own kept from the decisions alone, and, after a restart, a twin that decides the same.

    `open`: call → agent; `given`: calls whose agent a person chose, whatever his skills.
    """

    def __init__(self) -> None:
        super().__init__()
        self.log: list[Past] = []
        self.floor = self.new_floor("balanced")
        self.twin: Floor | None = None
        self.now = 0.0
        self.present: set[str] = set()
        self.open: dict[str, str] = {}
        self.talking: set[str] = set()
        self.given: set[str] = set()
        self.ranks: dict[str, int] = {}
        self.rows: dict[str, AgentMoved] = {}

    def new_floor(self, policy: str) -> Floor:
        self.policy, self.said = policy, RULES[0]
        return Floor(Remembering(policy_named(policy), self.log), self.said.rule_of)

    def tell(self, *happened: inputs.Input) -> None:
        decided = self.floor.handle(self.now, *happened)
        if self.twin is not None:
            assert self.twin.handle(self.now, *happened) == decided
        for decision in decided:
            self.follow(decision)

    def follow(self, decision: Decision) -> None:
        match decision:
            case Requeued(call):
                assert call not in self.open
                assert call in self.present
            case Reranked(call, priority):
                self.ranks[call] = priority
            case Offer(call, agent, policy=policy):
                chosen = policy in (PICKED, TRANSFER, "last-agent")
                (self.given.add if chosen else self.given.discard)(call)
                if not chosen:
                    self.assert_order(call)
                assert call not in self.open
                assert agent not in self.open.values()
                self.open[call] = agent
            case OfferOver(call, agent):
                assert self.open.pop(call) == agent
                assert call not in self.talking
            case Connected(call, agent):
                assert self.open[call] == agent
                assert call not in self.talking
                self.talking.add(call)
            case Promised(call, agent):
                assert call not in self.open
                assert agent not in self.open.values()
                assert self.floor.seats[agent].state is AgentState.OUTBOUND
                self.present.remove(call)
            case AgentMoved(agent):
                self.rows[agent] = decision
            case SentBack(call):
                assert call not in self.open
                self.present.remove(call)
            case CallGone(call):
                assert self.open.get(call) is None
                self.present.remove(call)
            case Disconnected(call, agent):
                assert self.open.pop(call) == agent
                self.talking.remove(call)

    def is_free(self, seat: Seat) -> bool:
        return seat.state is AgentState.READY and seat.agent not in self.floor._crew.on_the_line

    def assert_order(self, call: str) -> None:
        """Nobody of equal need and rank who has waited longer still waits."""
        mine = self.floor.contacts[call]
        for each in self.floor.contacts.values():
            if each.state is CallState.WAITING and not each.only and each.group == mine.group:
                assert each.queued_at >= mine.queued_at


def found(row: AgentMoved, seat: Seat) -> inputs.AgentFound:
    return inputs.AgentFound(
        row.agent, dict(seat.profile), seat.phone, row.state, row.reason, row.since, row.until, row.wish,
        row.wish_reason, row.wish_by, row.idle_since, row.order, row.extra,
        wish_forced=seat.wish_forced,
    )  # fmt: skip


def stored(contact: Contact, promised: bool) -> inputs.Input:
    c, skills = contact, dict(contact.need)
    if c.state is CallState.TALKING:
        return inputs.TalkFound(c.call, c.queue, skills, c.priority, c.queued_at, c.agent, c.talk_since)
    where = (c.queue, skills, c.priority, c.queued_at, c.stages, c.only, c.why)
    return inputs.CallerJoined(c.call, *where, found=True, promised=promised)
