"""A hotline in the middle of a morning: people, calls of every outcome, a recorded and transcribed conversation."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
from sqlalchemy import select, update

from accounts import notices, people, service
from accounts.models import Person
from acd import door
from acd.models import (
    AgentEvent,
    AgentRow,
    Call,
    Callback,
    CallEvent,
    Campaign,
    ChosenCode,
    Offer,
    Prospect,
    QueueVisit,
    ShiftRow,
    Summary,
)
from core.clock import system_clock
from core.database import Database, Transaction
from core.settings import ROOT
from ivr.models import Message
from knowledge.models import ArticleMark, Opening
from qa import pack
from qa.service import score_and_store
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
from recordings.transcript import Transcript
from tickets.models import Ticket, TicketStep

PASSWORD = "a long enough secret"
ROLES = {"agent": "li.na", "supervisor": "sun.li", "quality": "zhou.yan", "admin": "admin"}
TALK = "talkcall00000000000001"
SOUND = "recording000000000001"
SAID = (
    ("agent", 0.6, 3.4, "您好，八号为您服务，请问有什么可以帮您？", 0.94),
    ("customer", 3.9, 7.8, "你好，我的信用卡昨天还款了，怎么额度还没有恢复？", 0.88),
    ("agent", 8.3, 11.0, "您的意思是昨天已经还款，额度没有恢复，对吗？", 0.91),
    ("customer", 11.3, 12.4, "对，是的。", 0.55),
    ("agent", 12.9, 15.2, "这个我不清楚，公司就是这样规定的。", 0.9),
    ("customer", 15.8, 18.7, "那我什么时候可以用？", 0.86),
    ("agent", 19.1, 23.5, "我为您核实一下，请稍等。额度将在今天十八点前恢复。", 0.93),
    ("customer", 24.0, 25.6, "好的，谢谢。", 0.9),
    ("agent", 26.0, 29.2, "感谢您的来电，祝您生活愉快，再见。", 0.95),
)
SECONDS = 30.0


@dataclass(slots=True)
class Caller:
    """One call as a test tells it; times in seconds before now."""

    id: str
    caller: str
    ago: float
    queue: str = "cards"
    tier: str = ""
    state: str = "ended"
    outcome: str = ""
    agent: str = ""
    waited: float | None = None
    talked: float | None = None
    ended_by: str = ""
    history: list[tuple[float, str, str, dict[str, Any]]] = field(default_factory=list)


def callers() -> list[Caller]:
    menu: list[tuple[float, str, str, dict[str, Any]]] = [
        (0.0, "began", "", {"tier": "gold", "language": "zh"}),
        (4.0, "menu", "", {"step": "welcome", "keys": "1"}),
        (9.0, "menu", "", {"step": "main", "keys": "2"}),
        (14.0, "queued", "", {"queue": "cards", "skills": {"cards": 1}, "priority": 20}),
        (15.0, "offered", "8002", {"waited": 1.0, "waiting": 3, "free": 2, "policy": "longest-wait"}),
        (30.0, "offer-ended", "8002", {"result": "no_answer"}),
        (30.2, "offered", "8001", {"waited": 16.2, "waiting": 2, "free": 1, "policy": "longest-wait"}),
        (33.0, "offer-ended", "8001", {"result": "accepted"}),
        (33.0, "connected", "8001", {"waited": 19.0}),
        (63.0, "disconnected", "8001", {"ended_by": "customer"}),
        (63.1, "ended", "", {"outcome": "answered", "ended_by": "customer"}),
    ]
    ended = [
        Caller(TALK, "13812345678", 600, tier="gold", outcome="answered", agent="8001", waited=19, talked=SECONDS,
               ended_by="customer", history=menu),
        Caller("call000000000000000002", "13987654321", 900, "loans", "diamond", outcome="answered", agent="8003",
               waited=4, talked=212, ended_by="customer"),
        Caller("call000000000000000003", "02161234567", 1300, outcome="abandoned", waited=73, ended_by="customer"),
        Caller("call000000000000000004", "13700001111", 1500, outcome="abandoned", waited=3, ended_by="customer"),
        Caller("call000000000000000005", "13600002222", 1700, "general", outcome="message", ended_by="customer"),
        Caller("call000000000000000006", "13500003333", 1900, "", outcome="self_service", ended_by="customer"),
        Caller("call000000000000000007", "13400004444", 2100, "complaints", "silver", outcome="answered", agent="8006",
               waited=41, talked=345, ended_by="agent"),
        Caller("call000000000000000008", "13300005555", 2400, "lost-card", outcome="answered", agent="8001",
               waited=2, talked=128, ended_by="customer"),
    ]  # fmt: skip
    running = [
        Caller("call000000000000000011", "13811112222", 25, tier="diamond", state="waiting"),
        Caller("call000000000000000012", "13822223333", 84, state="waiting"),
        Caller("call000000000000000013", "13833334444", 12, "loans", state="ringing", agent="8003"),
        Caller("call000000000000000014", "13844445555", 140, "general", state="talking", agent="8004", waited=8),
    ]
    return ended + running


async def seed(db: Database, folder: Path, now: float) -> Path:
    """Fill the database; returns the folder of the sound files."""
    async with db.transaction() as tx:
        await service.seed_people(tx, people.load(ROOT / "config"))
        await service.set_password(tx, ROLES["agent"], PASSWORD)
        person = await tx.session.get_one(Person, ROLES["agent"])
        await tx.session.execute(update(Person).values(password_hash=person.password_hash))
        for caller in callers():
            add_call(tx, caller, now)
        _add_agents(tx, now)
        await tx.session.flush()
        _add_messages(tx, now)
        facts = _add_talk(tx, now, write_sound(folder))
        # The foreign key of the transcript needs its recording first.
        await tx.session.flush()
        text = _transcript(facts, now)
        tx.session.add(text)
        rules = pack.load(ROOT / "config" / "packs", "zh-bank")
        await score_and_store(tx, Transcript.model_validate(text.content), rules, now, recording=SOUND)
    return folder


def add_call(tx: Transaction, caller: Caller, now: float) -> None:
    arrived = now - caller.ago
    queued = arrived + (14 if caller.outcome else 0) if caller.queue and caller.outcome != "message" else None
    connected = queued + caller.waited if queued is not None and caller.agent and caller.waited is not None else None
    over = connected + caller.talked if connected is not None and caller.talked is not None else None
    ended = over or (queued or arrived) + (caller.waited or 20) if caller.outcome else None
    tx.session.add(
        Call(id=caller.id, leg=f"leg-{caller.id}", caller=caller.caller, dialled="95566", tier=caller.tier,
             language="zh", arrived_at=arrived, state=caller.state, queue=caller.queue if queued else "",
             queued_at=queued, agent=caller.agent, connected_at=connected, talk_ended_at=over, ended_at=ended,
             ended_by=caller.ended_by, outcome=caller.outcome, priority=30 if caller.tier == "diamond" else 0)
    )  # fmt: skip
    if queued:
        until, result = (connected, "answered") if connected else (ended, caller.outcome)
        tx.session.add(
            QueueVisit(
                call=caller.id,
                queue=caller.queue,
                queued_at=queued,
                waits_since=queued,
                until_at=until,
                result=result or "",
            )
        )
    if connected and not caller.history:
        tx.session.add(CallEvent(call=caller.id, at=connected, kind="connected", agent=caller.agent, data={}))
        if over:
            tx.session.add(CallEvent(call=caller.id, at=over, kind="disconnected", agent=caller.agent, data={}))
    for at, kind, agent, data in caller.history:
        tx.session.add(CallEvent(call=caller.id, at=arrived + at, kind=kind, agent=agent, data=data))
    if caller.agent:
        device, number = f"phone-{caller.agent}", f"offer-{caller.id[-6:]}"
        tx.session.add(Offer(id=number, call=caller.id, agent=caller.agent, device=device, caller=caller.caller,
                             waited=1.0, offered_at=arrived))  # fmt: skip


def _add_agents(tx: Transaction, now: float) -> None:
    states = {"8001": ("ready", 95), "8002": ("not-ready", 540), "8003": ("ringing", 3), "8004": ("talking", 132),
              "8005": ("short-break", 260)}  # fmt: skip
    for number, (state, ago) in states.items():
        tx.session.add(AgentRow(number=number, state=state, since_at=now - ago, signed_in_at=now - 7200))


def _add_messages(tx: Transaction, now: float) -> None:
    for n, (state, contact) in enumerate((("open", "call_back"), ("open", "sms"), ("done", "email"))):
        tx.session.add(Message(id=f"message{n}", call="call000000000000000005", caller="13600002222", language="zh",
                               path=f"/nowhere/{n}.wav", seconds=14.0, contact_by=contact, left_at=now - 1650 - n,
                               deadline_at=now + (86400 if n else -60), state=state))  # fmt: skip


def _add_talk(tx: Transaction, now: float, path: str) -> dict[str, Any]:
    connected = now - 600 + 33
    facts: dict[str, Any] = {"id": TALK, "direction": "inbound", "queue": "cards", "agent": "8001", "language": "zh",
             "call_type": "enquiry", "connected_at": _iso(connected), "duration": SECONDS,
             "ended_by": "customer", "ticket": None}  # fmt: skip
    tx.session.add(Recording(id=SOUND, call=TALK, number=1, raw="/nowhere.wav", path=path, facts=facts,
                             state=RecordingState.STORED, started_at=connected, seconds=SECONDS))  # fmt: skip
    return facts


def _transcript(facts: dict[str, Any], now: float) -> TranscriptRow:
    said = [dict(zip(("speaker", "start", "end", "text", "confidence"), each, strict=True)) for each in SAID]
    return TranscriptRow(recording=SOUND, call=TALK, language="zh", model="test", state=TranscriptState.READY,
                         content={"call": facts, "segments": said, "events": []},
                         said="\n".join(each[3] for each in SAID), made_at=now)  # fmt: skip


def _iso(at: float) -> str:
    return f"{np.datetime64(int(at * 1000), 'ms')}+00:00"


def write_sound(folder: Path) -> str:
    """Two channels that murmur where the transcript says that somebody speaks."""
    rate = 8000
    time = np.arange(int(SECONDS * rate)) / rate
    sound = np.random.default_rng(7).normal(0, 0.002, (len(time), 2))
    for speaker, start, end, _, _ in SAID:
        inside = (time >= start) & (time < end)
        murmur = 0.3 * np.sin(2 * np.pi * 180 * time) * (0.55 + 0.45 * np.sin(2 * np.pi * 3.1 * time))
        sound[inside, int(speaker == "agent")] += murmur[inside]
    soundfile.write(folder / "talk.flac", sound, rate)
    return "talk.flac"


async def add_calls_out(db: Database) -> None:
    """Whom the agent is to call: promised call backs, a campaign's customer he has been shown; and what he is told."""
    now = system_clock()
    async with db.transaction() as tx:
        for n, (number, queue, promised, result) in enumerate(
            (("13911110000", "cards", -600, "busy"), ("13922220000", "general", 1800, ""))
        ):
            tx.session.add(
                Callback(id=f"callback{n}", number=number, queue=queue, queued_at=now - 4000 + n, state="open",
                         promised_at=now + promised, tries=1 if result else 0, next_at=now - 1, result=result,
                         agent="8001" if result else "")
            )  # fmt: skip
        tx.session.add(Campaign(id="campaign0", name="信用卡分期回访", queue="cards", open=True, created_at=now))
        await tx.session.flush()
        tx.session.add(
            Prospect(id="prospect0", campaign="campaign0", number="13933330000", name="王女士", place=0, tries=1,
                     facts={"卡种": "白金卡", "额度": "50000"}, state="shown", agent="8001", next_at=now,
                     result="no_answer")
        )  # fmt: skip
        await notices.tell(tx, "手机银行 14:00–14:30 维护，请按话术解释。", "", "sun.li", now, 3600)
        await door.set_open(tx, "loans", "sun.li", now, is_open=False)


async def add_talks(db: Database) -> None:
    """Who talked has taken what he was offered; 8001 has said what two of his calls were about."""
    now = system_clock()
    async with db.transaction() as tx:
        for offer in await tx.session.scalars(select(Offer)):
            offer.result = "accepted"
        call = await tx.session.get_one(Call, TALK)
        call.path = [{"at": 4.0, "step": "main", "keys": "1"}, {"at": 9.0, "step": "cards", "keys": "2"},
                     {"at": 14.0, "step": "cards-person", "keys": "2"}]  # fmt: skip
        call.menu, call.menu_version = "main", 1
        tx.session.add(Summary(call=TALK, agent="8001", queue="cards", at=now - 600, note="周五前恢复，已告知客户",
                               changed_at=now - 500, changed_by="li.na"))  # fmt: skip
        for place, code in enumerate(("limit", "statement")):
            tx.session.add(ChosenCode(call=TALK, agent="8001", code=code, place=place))
        tx.session.add(Opening(article="credit-limit.zh", version=0, login="li.na", call=TALK, at=now - 560))
        tx.session.add(ArticleMark(article="credit-limit.zh", version=0, login="li.na", mark="outdated", call=TALK,
                                   note="临时额度的天数已变", at=now - 555))  # fmt: skip


async def add_tickets(db: Database) -> None:
    """8001 has a complaint that is overdue and an enquiry that was solved; 8003 has one in time."""
    now = system_clock()
    matters = (
        ("T1", TALK, "13812345678", "complaint", "没有恢复，请回 13812345678", "investigating", "li.na", -3600, None),
        ("T2", TALK, "13812345678", "enquiry", "查账单", "closed", "li.na", 7200, now - 400),
        ("T3", "call000000000000000002", "13987654321", "service", "上门服务", "accepted", "zhang.min", 9000, None),
    )  # fmt: skip
    async with db.transaction() as tx:
        for name, call, customer, category, summary, state, login, due, told in matters:
            tx.session.add(
                Ticket(id=name, call=call, customer=customer, category=category, summary=summary, state=state,
                       opened_by=login, keeper=login, opened_at=now - 500, moved_at=now - 400, due_at=now + due,
                       told_at=told)
            )  # fmt: skip
        for n, (state, note) in enumerate((("accepted", ""), ("classified", ""), ("investigating", "已转信用卡中心"))):
            tx.session.add(TicketStep(ticket="T1", state=state, at=now - 500 + n, who="li.na", note=note))


async def add_shifts(db: Database) -> None:
    """Everybody but one has had a shift for four hours; one came late, one takes his planned break."""
    now = system_clock()
    start = now - now % 60 - 4 * 3600
    states = {"8001": ("ready", 4.1), "8002": ("not-ready", 3.5), "8003": ("ready", 4.0), "8004": ("talking", 4.2),
              "8005": ("short-break", 4.05)}  # fmt: skip
    pause = [("meal", start + 7200, start + 9000), ("short-break", now - 120, now + 480)]
    async with db.transaction() as tx:
        for number in (*states, "8006"):
            if number != "8003":
                tx.session.add(ShiftRow(agent=number, start_at=start, end_at=start + 8 * 3600, breaks=pause))
        for number, (state, hours) in states.items():
            tx.session.add(AgentEvent(agent=number, at=now - hours * 3600, state="ready"))
            tx.session.add(AgentEvent(agent=number, at=now - 2 * 3600, state="meal"))
            tx.session.add(AgentEvent(agent=number, at=now - 1.5 * 3600, state="ready"))
            tx.session.add(AgentEvent(agent=number, at=now - 200, state=state))
