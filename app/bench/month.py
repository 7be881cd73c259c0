"""A month of calls written straight into a database, as a centre would have left them: for measuring what reads them.

The same seed makes the same calls. Arrivals follow the hours of a bank's day. It takes two agents or more.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from sqlalchemy import insert

from acd.models import AgentEvent, AgentRow, Call, CallEvent, ChosenCode, Offer, QueueVisit, Summary
from core.clock import new_id
from core.database import Base, Database
from ivr.models import SurveyAnswer
from qa.models import ScoreRow
from qa.verdict import packed
from tickets.models import Ticket

DAY = 86400.0
QUEUES = ("general", "cards", "loans", "lost-card", "complaints")
RULES = tuple(f"{letter}{number}" for letter, count in zip("ABCDEF", (5, 5, 6, 5, 3, 7), strict=True)
              for number in range(1, count + 1))  # fmt: skip
MENU, VERSION = "main", 1
CHUNK = 2000


CODES = ("balance", "limit", "loan-personal", "login", "fraud-asked", "complaint-service", "call-back-promised")
TABLES = (Call, CallEvent, QueueVisit, Offer, AgentRow, AgentEvent, ScoreRow, Summary, ChosenCode, SurveyAnswer, Ticket)


@dataclass(slots=True)
class Month:
    """`rows` by table, in the order in which they may be written."""

    since: float
    days: int
    agents: Sequence[str]
    random: Random
    given_away: float = 0.05
    """The share of talks after which the caller is given to another queue."""
    flown_over: float = 0.05
    """The share of waits that go on in another queue."""
    called_again: float = 0.1
    """The share of callers who had called before."""
    rows: dict[type[Base], list[dict[str, Any]]] = field(default_factory=lambda: {each: [] for each in TABLES})
    _free: dict[str, float] = field(default_factory=dict)
    _said: set[tuple[str, str]] = field(default_factory=set)
    _words: Random = field(default_factory=lambda: Random(1))
    _flows: Random = field(default_factory=lambda: Random(2))
    _feedback: Random = field(default_factory=lambda: Random(3))

    def make(self, calls: int) -> None:
        self.rows[AgentRow] = [{"number": each, "state": "signed-out", "since_at": self.since} for each in self.agents]
        for day in range(self.days):
            self._shifts(self.since + day * DAY)
        moments = sorted(self._arrival() for _ in range(calls))
        for at in moments:
            self._call(at)
        self.rows[AgentEvent].sort(key=lambda row: row["at"])

    def _arrival(self) -> float:
        hour = self.random.choices((9, 11, 15, 19, 23), (30, 25, 30, 13, 2))[0]
        return self.since + self.random.randrange(self.days) * DAY + self.random.gauss(hour, 1.3) % 24 * 3600

    def _shifts(self, midnight: float) -> None:
        for agent in self.agents:
            begin = midnight + 8 * 3600 + self.random.uniform(-300, 300)
            self._state(agent, begin, "ready")
            self._state(agent, begin + 4 * 3600, "meal")
            self._state(agent, begin + 5 * 3600, "ready")
            self._state(agent, begin + 12 * 3600, "signed-out")

    def _call(self, at: float) -> None:
        call, chance = new_id(at), self.random.random()
        path = [{"at": at, "step": "welcome", "keys": ""}, {"at": at + 4, "step": "main", "keys": "1"}]
        caller, before = f"139{self.random.randrange(10**8):08d}", self.rows[Call]
        if before and self._feedback.random() < self.called_again:
            caller = self._feedback.choice(before)["caller"]
        row = {
            "id": call, "leg": f"leg-{call}", "caller": caller, "dialled": "95566",
            "arrived_at": at, "state": "ended", "menu": MENU, "menu_version": VERSION, "ended_by": "customer",
            "tier": "", "path": path, "queue": "", "agent": "", "queued_at": None, "connected_at": None,
            "talk_ended_at": None,
        }  # fmt: skip
        self.rows[Call].append(row)
        self._event(call, at, "began", tier="", language="zh")
        self._event(call, at + 4, "menu", step="main", keys="1")
        if chance < 0.18:
            path.append({"at": at + 9, "step": "self", "keys": "3"})
            served = chance < 0.11
            row |= {"outcome": "self_service" if served else "abandoned", "ended_at": at + 30}
            self._event(call, at + 30, "ended", outcome=row["outcome"], ended_by="customer")
            return
        path.append({"at": at + 9, "step": "cards-person", "keys": "2"})
        queue = self.random.choices(QUEUES, (25, 40, 20, 5, 10))[0]
        end, outcome = self._stay(call, queue, at + 14, row)
        if outcome == "answered" and self.random.random() < self.given_away:
            other = self.random.choice([each for each in QUEUES if each != queue])
            self._event(call, end, "transfer", str(row["agent"]), mode="blind", target=other, queue=other)
            end, outcome = self._stay(call, other, end, row)
        if outcome == "answered":
            self._tell(row, end)
        row |= {"outcome": outcome, "ended_at": end, "ended_by": "system" if outcome == "failed" else "customer"}
        self._event(call, end, "ended", outcome=outcome, ended_by=row["ended_by"])

    def _stay(self, call: str, queue: str, at: float, row: dict[str, Any]) -> tuple[float, str]:
        """One stay in a queue and what comes of it; returns when that ends, and how."""
        wait = self.random.expovariate(1 / 14)
        self._event(call, at, "queued", queue=queue, skills={queue: 1}, priority=20)
        patience = self.random.expovariate(1 / 220)
        joined = at
        if self._flows.random() < self.flown_over:
            joined, came_from = at + min(wait, patience) / 2, queue
            queue = self._flows.choice([each for each in QUEUES if each != queue])
            self._visit(call, came_from, at, joined, "left", at)
            self._event(call, joined, "restaged", why="overflow", queue=queue, skills={queue: 1}, priority=20)
        row |= {"queue": queue, "queued_at": at}
        if patience < wait or self.random.random() < 0.004:
            result = "abandoned" if patience < wait else "failed"
            self._visit(call, queue, joined, at + min(wait, patience), result, at)
            return at + min(wait, patience), result
        agent = min(self.random.sample(list(self.agents), min(6, len(self.agents))), key=lambda a: self._free.get(a, 0))
        ring = max(at + wait - 4, at)
        if self.random.random() < 0.03:
            self._offer(
                call, self.random.choice([each for each in self.agents if each != agent]), at, ring, "no_answer"
            )
        connected = at + wait
        self._offer(call, agent, ring, connected, "accepted")
        self._visit(call, queue, joined, connected, "answered", at)
        self._event(call, connected, "connected", agent, waited=wait)
        talk = self.random.lognormvariate(5.0, 0.6)
        over = connected + talk
        if self.random.random() < 0.2:
            self._event(call, connected + talk * 0.4, "held", agent, by="")
            self._event(call, connected + talk * 0.6, "resumed", agent, by="")
            self._state(agent, connected + talk * 0.4, "on-hold")
            self._state(agent, connected + talk * 0.6, "talking")
        self._event(call, over, "disconnected", agent, ended_by="customer")
        for moment, state in ((ring, "ringing"), (connected, "talking"), (over, "wrap-up"), (over + 10, "ready")):
            self._state(agent, moment, state)
        self._free[agent] = over + 10
        row |= {"agent": agent, "connected_at": connected, "talk_ended_at": over}
        self._score(call, agent, queue, over + 60)
        self._say(call, agent, queue, ring, over)
        return over, "answered"

    def _say(self, call: str, agent: str, queue: str, at: float, over: float) -> None:
        """Nine of ten conversations have a code or two."""
        if (call, agent) in self._said or self._words.random() < 0.1:
            return
        self._said.add((call, agent))
        self.rows[Summary].append({"call": call, "agent": agent, "queue": queue, "at": at, "note": "",
                                   "changed_at": over, "changed_by": agent})  # fmt: skip
        for place, code in enumerate(self._words.sample(CODES, self._words.choice((1, 1, 1, 2)))):
            self.rows[ChosenCode].append({"call": call, "agent": agent, "code": code, "place": place})

    def _tell(self, row: dict[str, Any], at: float) -> None:
        """Some callers answer to a survey, few complain."""
        of_talk = {"id": new_id(at), "call": row["id"]}
        if self._feedback.random() < 0.3:
            answer = self._feedback.choices(range(1, 6), (4, 3, 8, 25, 60))[0]
            self.rows[SurveyAnswer].append(of_talk | {
                "agent": row["agent"], "queue": row["queue"], "step": "rate-agent", "question": "score",
                "answer": answer, "answered_at": at + 8,
            })  # fmt: skip
        if self._feedback.random() < 0.03:
            self.rows[Ticket].append(of_talk | {
                "customer": row["caller"], "category": "complaint", "summary": "", "state": "accepted",
                "opened_by": f"a{row['agent']}", "keeper": "", "opened_at": at, "moved_at": at, "due_at": at + 2 * DAY,
            })  # fmt: skip

    def _score(self, call: str, agent: str, queue: str, at: float) -> None:
        items = [self._item(rule) for rule in RULES]
        score = max(0.0, 100 - sum(each["deduction"] for each in items))
        veto = ["F1"] if self.random.random() < 0.01 else []
        self.rows[ScoreRow].append({
            "recording": f"rec-{call}-{len(self.rows[ScoreRow])}", "call": call, "agent": agent, "queue": queue,
            "pack": "zh-bank", "pack_version": "1", "score": 0.0 if veto else score, "veto": veto, "items": items,
            "verdicts": packed((each["id"], each["verdict"]) for each in items),
            "vetoed": bool(veto), "scored_at": at, "judged_at": at,
        })  # fmt: skip

    def _item(self, rule: str) -> dict[str, Any]:
        verdict = self.random.choices(("pass", "fail", "na", "review"), (70, 8, 18, 4))[0]
        failed = verdict == "fail"
        evidence = [{"at": 12.5, "speaker": "agent", "text": "这个我不清楚，公司就是这样规定的。"}] if failed else []
        reason = (
            {"zh": "未发现规定的话术", "en": "the prescribed phrase was not found"} if failed else {"zh": "", "en": ""}
        )
        return {"id": rule, "verdict": verdict, "deduction": 3.0 * failed, "share": 1.0 * failed, "reason": reason,
                "evidence": evidence}  # fmt: skip

    def _visit(self, call: str, queue: str, at: float, until: float, result: str, since: float) -> None:
        self.rows[QueueVisit].append(
            {"call": call, "queue": queue, "queued_at": at, "waits_since": since, "until_at": until, "result": result}
        )  # fmt: skip

    def _offer(self, call: str, agent: str, at: float, until: float, result: str) -> None:
        number = len(self.rows[Offer])
        self.rows[Offer].append({
            "id": f"offer-{number}", "call": call, "agent": agent, "device": f"phone-{agent}", "caller": "139",
            "waited": 1.0, "offered_at": at, "ended_at": until, "result": result,
        })  # fmt: skip
        self._event(
            call, at, "offered", agent, waited=1.0, waiting=1, free=3, policy="longest-wait", skills={"bank": 5}
        )
        self._event(call, until, "offer-ended", agent, result=result)

    def _event(self, call: str, at: float, kind: str, agent: str = "", **data: Any) -> None:
        self.rows[CallEvent].append({"call": call, "at": at, "kind": kind, "agent": agent, "data": data})

    def _state(self, agent: str, at: float, state: str) -> None:
        self.rows[AgentEvent].append({"agent": agent, "at": at, "state": state})


async def write(db: Database, month: Month) -> None:
    """All of it, in one transaction."""
    async with db.transaction() as tx:
        for table, rows in month.rows.items():
            for begin in range(0, len(rows), CHUNK):
                await tx.session.execute(insert(table), rows[begin : begin + CHUNK])
