"""Tables of calls, what happened to them, offers to agents, and agents' states."""

from typing import Any

from sqlalchemy import JSON, Boolean, Float, ForeignKey, Index, Integer, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from core.database import Base


class Call(Base):
    """One customer's contact. `state` is an `acd.call.CallState`; `path` lists {at, step, keys} of the menu.

    `menu_version` is the version of `menu` the call ran on, 0 when it ran on none or on several.
    `customer`: whom the caller has proved to be, by his number in the customer table; '' for who proved nothing.
    In either direction `caller` is the customer's number and `dialled` ours. `purpose`: callback, campaign or ''.
    The columns about queue and talk hold its last part: `QueueVisit` has them all. `stages` are what its wait will
    change to (`acd.waiting.Stage`), `meant_for` the agent it waits for alone until then and `meant_why` the reason.
    `joined`: the queue it came to, whose promises hold where it has flowed over. `own`, `own_priority`: see
    `acd.live.LiveCall`.
    """

    __tablename__ = "calls"
    __table_args__ = (
        Index("ix_calls_queue_queued_at", "queue", "queued_at"),
        Index("ix_calls_caller_arrived_at", "caller", "arrived_at"),
    )

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    leg: Mapped[str] = mapped_column(String(64), unique=True)
    caller: Mapped[str] = mapped_column(String(64))
    dialled: Mapped[str] = mapped_column(String(32))
    tier: Mapped[str] = mapped_column(String(32), default="")
    customer: Mapped[str] = mapped_column(String(40), default="")
    language: Mapped[str] = mapped_column(String(8), default="zh")
    arrived_at: Mapped[float] = mapped_column(Float, index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    queue: Mapped[str] = mapped_column(String(40), default="")
    skills: Mapped[dict[str, int]] = mapped_column(JSON, default=dict)
    priority: Mapped[int] = mapped_column(Integer, default=0)
    own: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, server_default="{}")
    own_priority: Mapped[int] = mapped_column(Integer, default=0, server_default="0")
    queued_at: Mapped[float | None] = mapped_column(Float)
    agent: Mapped[str] = mapped_column(String(16), default="", index=True)
    connected_at: Mapped[float | None] = mapped_column(Float)
    talk_ended_at: Mapped[float | None] = mapped_column(Float)
    ended_at: Mapped[float | None] = mapped_column(Float)
    ended_by: Mapped[str] = mapped_column(String(16), default="")
    outcome: Mapped[str] = mapped_column(String(16), default="")
    stages: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    meant_for: Mapped[str] = mapped_column(String(16), default="")
    meant_why: Mapped[str] = mapped_column(String(16), default="")
    path: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    menu: Mapped[str] = mapped_column(String(64), default="")
    menu_version: Mapped[int] = mapped_column(Integer, default=0)
    direction: Mapped[str] = mapped_column(String(8), default="inbound")
    purpose: Mapped[str] = mapped_column(String(16), default="")
    after_step: Mapped[str] = mapped_column(String(64), default="")
    joined: Mapped[str] = mapped_column(String(40), default="")


class CallEvent(Base):
    """One thing that happened to a call. Rows are only ever added; `kind` is one of `acd.ledger.Kind`."""

    __tablename__ = "call_events"
    __table_args__ = (Index("ix_call_events_at", "at"), Index("ix_call_events_call", "call", "kind", "at", "agent"))

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    call: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"))
    at: Mapped[float] = mapped_column(Float)
    kind: Mapped[str] = mapped_column(String(24))
    agent: Mapped[str] = mapped_column(String(16), default="")
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)


class QueueVisit(Base):
    """One stay of a call in one queue: a call that is transferred or overflows has several.

    `result`: '' while it waits, then answered, abandoned, failed (ended by us), or left (to another queue or back to
    the menu, unanswered). `until_at` ended the wait, which began at `waits_since`: of who has flowed over, where he
    came from.
    """

    __tablename__ = "queue_visits"
    __table_args__ = (Index("ix_queue_visits_queue_queued_at", "queue", "queued_at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    call: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    queue: Mapped[str] = mapped_column(String(40))
    queued_at: Mapped[float] = mapped_column(Float)
    waits_since: Mapped[float] = mapped_column(Float, server_default="0")
    until_at: Mapped[float | None] = mapped_column(Float)
    result: Mapped[str] = mapped_column(String(16), default="")


class Offer(Base):
    """One attempt to give a call to an agent, and the screen-pop: stored before the phone rings.

    `id` is also the agent's leg on the switch. `result` is '' while it rings, then as in `acd.events.OfferEnded`.
    """

    __tablename__ = "offers"
    __table_args__ = (Index("ix_offers_agent_offered_at", "agent", "offered_at"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    call: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), index=True)
    agent: Mapped[str] = mapped_column(String(16))
    device: Mapped[str] = mapped_column(String(40))
    caller: Mapped[str] = mapped_column(String(64))
    tier: Mapped[str] = mapped_column(String(32), default="")
    path: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list)
    waited: Mapped[float] = mapped_column(Float)
    offered_at: Mapped[float] = mapped_column(Float, index=True)
    result: Mapped[str] = mapped_column(String(16), default="")
    ended_at: Mapped[float | None] = mapped_column(Float)


class Callback(Base):
    """Somebody who is to be called back at `number`. `queued_at` is his place: he counts as waiting since then.

    `state`: open, taken (by `agent`, who calls or talks on `call`), done, given_up. `next_at`: not tried before.
    While it is open `agent` is who promised it, tried it last or took it over, '' where nobody sees to it yet.
    `source` is the message that the promise is. `skills` are needed besides the language and those of the queue.
    """

    __tablename__ = "callbacks"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    source: Mapped[str] = mapped_column(String(22), default="", index=True)
    asked_on: Mapped[str] = mapped_column(String(40), default="", index=True)
    number: Mapped[str] = mapped_column(String(40), index=True)
    queue: Mapped[str] = mapped_column(String(40))
    language: Mapped[str] = mapped_column(String(8), default="zh")
    skills: Mapped[dict[str, int]] = mapped_column(JSON, default=dict, server_default="{}")
    priority: Mapped[int] = mapped_column(Integer, default=0)
    queued_at: Mapped[float] = mapped_column(Float, index=True)
    promised_at: Mapped[float] = mapped_column(Float)
    state: Mapped[str] = mapped_column(String(16), default="open", index=True)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[float] = mapped_column(Float)
    result: Mapped[str] = mapped_column(String(24), default="")
    agent: Mapped[str] = mapped_column(String(16), default="")
    call: Mapped[str] = mapped_column(String(22), default="", index=True)
    done_at: Mapped[float | None] = mapped_column(Float, default=None)


class Campaign(Base):
    """A list of people to be called on behalf of `queue` by `agents` (numbers; none named: by all).

    While it is `open`, agents are shown who is next; one that is over has an `ended_at` and is never open again.
    """

    __tablename__ = "campaigns"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))
    queue: Mapped[str] = mapped_column(String(40))
    open: Mapped[bool] = mapped_column(Boolean, default=True)
    created_at: Mapped[float] = mapped_column(Float)
    agents: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    ended_at: Mapped[float | None] = mapped_column(Float, default=None)


class Prospect(Base):
    """Somebody on a campaign's list, at a `place`; `facts` are the further columns of the import, in order.

    `state`: open, shown (to `agent`, who decides when to call), done. `result` is the last result code, `call` the last
    call since he was shown that was to ring at his telephone: from then on he is the agent's to settle.
    """

    __tablename__ = "prospects"
    __table_args__ = (UniqueConstraint("campaign", "number"),)

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    campaign: Mapped[str] = mapped_column(ForeignKey("campaigns.id", ondelete="CASCADE"), index=True)
    number: Mapped[str] = mapped_column(String(40), index=True)
    name: Mapped[str] = mapped_column(String(80), default="")
    facts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    state: Mapped[str] = mapped_column(String(16), default="open", index=True)
    place: Mapped[int] = mapped_column(Integer, default=0)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[float] = mapped_column(Float)
    agent: Mapped[str] = mapped_column(String(16), default="")
    call: Mapped[str] = mapped_column(String(22), default="")
    result: Mapped[str] = mapped_column(String(24), default="")
    done_at: Mapped[float | None] = mapped_column(Float, default=None)


class DoNotCall(Base):
    """A number that no campaign may call."""

    __tablename__ = "do_not_call"

    number: Mapped[str] = mapped_column(String(40), primary_key=True)
    added_at: Mapped[float] = mapped_column(Float)
    added_by: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(String(120), default="")


class AgentRow(Base):
    """An agent's state since when. `until_at` ends a wrap-up, which `extra` seconds may still be added to.

    Both are kept when he breaks it off to call out.

    `wish` is the state kept for after it, `wish_by` who asked. `idle_since_at` and `place` order the free agents.
    `desk`: his pages have been there since he signed in, and he has not gone on without them.
    """

    __tablename__ = "agents"

    number: Mapped[str] = mapped_column(String(16), primary_key=True)
    state: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(String(120), default="")
    since_at: Mapped[float] = mapped_column(Float)
    until_at: Mapped[float | None] = mapped_column(Float)
    wish: Mapped[str] = mapped_column(String(24), default="")
    wish_reason: Mapped[str] = mapped_column(String(120), default="")
    wish_by: Mapped[str] = mapped_column(String(64), default="")
    idle_since_at: Mapped[float | None] = mapped_column(Float)
    place: Mapped[int | None] = mapped_column(Integer)
    extra: Mapped[float] = mapped_column(Float, default=0.0)
    signed_in_at: Mapped[float | None] = mapped_column(Float)
    desk: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())


class AgentEvent(Base):
    """One change of an agent's state; rows are only ever added. `by` is who asked, '' when it just happened."""

    __tablename__ = "agent_events"
    __table_args__ = (Index("ix_agent_events_agent", "agent", "at", "state"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    agent: Mapped[str] = mapped_column(String(16))
    at: Mapped[float] = mapped_column(Float, index=True)
    state: Mapped[str] = mapped_column(String(24))
    reason: Mapped[str] = mapped_column(String(120), default="")
    by: Mapped[str] = mapped_column(String(64), default="")


class ShiftRow(Base):
    """A planned shift of one agent; `breaks` lists [state, start, end]."""

    __tablename__ = "shifts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    agent: Mapped[str] = mapped_column(String(16))
    start_at: Mapped[float] = mapped_column(Float, index=True)
    end_at: Mapped[float] = mapped_column(Float)
    breaks: Mapped[list[tuple[str, float, float]]] = mapped_column(JSON, default=list, server_default="[]")


class ShiftChange(Base):
    """Shifts that went and came together, each [agent, start, end, breaks]; `undone_by` a login, '' while it holds."""

    __tablename__ = "shift_changes"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    at: Mapped[float] = mapped_column(Float)
    by: Mapped[str] = mapped_column(String(64))
    gone: Mapped[list[Any]] = mapped_column(JSON)
    come: Mapped[list[Any]] = mapped_column(JSON)
    undone_by: Mapped[str] = mapped_column(String(64), default="")


class ShiftHandover(Base):
    """What an agent leaves open at the end of a shift, and the colleague who takes it over when he confirms.

    `tickets` and `callbacks` are ids; `confirmed_at` None until then.
    """

    __tablename__ = "shift_handovers"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    at: Mapped[float] = mapped_column(Float)
    giver: Mapped[str] = mapped_column(String(16), index=True)
    taker: Mapped[str] = mapped_column(String(16), index=True)
    note: Mapped[str] = mapped_column(String(1000), default="")
    tickets: Mapped[list[str]] = mapped_column(JSON, default=list)
    callbacks: Mapped[list[str]] = mapped_column(JSON, default=list)
    confirmed_at: Mapped[float | None] = mapped_column(Float, default=None)


class SoundQuality(Base):
    """How well one agent's telephone and the switch heard each other in a call, as `source` measured it.

    Means over `seconds` of talk: jitter and round trip in ms, losses in per cent; `mos` from 1 to 4.5 by the E-model.
    """

    __tablename__ = "sound_quality"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    call: Mapped[str] = mapped_column(String(22), index=True)
    agent: Mapped[str] = mapped_column(String(16))
    at: Mapped[float] = mapped_column(Float)
    source: Mapped[str] = mapped_column(String(16))
    seconds: Mapped[float] = mapped_column(Float)
    jitter_ms: Mapped[float] = mapped_column(Float)
    loss_in: Mapped[float] = mapped_column(Float)
    loss_out: Mapped[float] = mapped_column(Float)
    rtt_ms: Mapped[float] = mapped_column(Float)
    mos: Mapped[float] = mapped_column(Float)
    mos_worst: Mapped[float] = mapped_column(Float)


class ClosedQueue(Base):
    """A queue that a supervisor has closed, until somebody opens it."""

    __tablename__ = "closed_queues"

    queue: Mapped[str] = mapped_column(String(40), primary_key=True)
    closed_at: Mapped[float] = mapped_column(Float)
    closed_by: Mapped[str] = mapped_column(String(64))


class AlarmRow(Base):
    """An alarm (`acd.alarms.rules`): lasts until `ended_at`; `value` is its worst; `seen_by` a login, '' before."""

    __tablename__ = "alarms"

    id: Mapped[str] = mapped_column(String(22), primary_key=True)
    kind: Mapped[str] = mapped_column(String(24))
    about: Mapped[str] = mapped_column(String(40), default="")
    value: Mapped[float] = mapped_column(Float)
    raised_at: Mapped[float] = mapped_column(Float, index=True)
    ended_at: Mapped[float | None] = mapped_column(Float, default=None, index=True)
    seen_by: Mapped[str] = mapped_column(String(64), default="")
    seen_at: Mapped[float | None] = mapped_column(Float, default=None)


class Summary(Base):
    """What an agent says a conversation was about: his note here, his codes in `ChosenCode`; one per call and agent.

    `queue` on behalf of which they talked, `at` when it was offered to him; `changed_by` a login.
    """

    __tablename__ = "summaries"
    __table_args__ = (Index("ix_summaries_agent_at", "agent", "at"),)

    call: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True)
    agent: Mapped[str] = mapped_column(String(16), primary_key=True)
    queue: Mapped[str] = mapped_column(String(40))
    at: Mapped[float] = mapped_column(Float)
    note: Mapped[str] = mapped_column(String(2000), default="")
    changed_at: Mapped[float] = mapped_column(Float)
    changed_by: Mapped[str] = mapped_column(String(64))


class ChosenCode(Base):
    """A wrap-up code of a summary (`acd.wrapup.codes`), at a `place` in the order of choice."""

    __tablename__ = "chosen_codes"
    __table_args__ = (Index("ix_chosen_codes_code", "code"),)

    call: Mapped[str] = mapped_column(ForeignKey("calls.id", ondelete="CASCADE"), primary_key=True)
    agent: Mapped[str] = mapped_column(String(16), primary_key=True)
    code: Mapped[str] = mapped_column(String(40), primary_key=True)
    place: Mapped[int] = mapped_column(Integer, default=0)
