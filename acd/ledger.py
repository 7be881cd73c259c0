"""Writing down what happens to calls and agents: rows, history and what others are told, in one transaction."""

from collections.abc import Mapping
from dataclasses import asdict
from enum import StrEnum
from functools import cache
from typing import Any, cast

from sqlalchemy import Float, Insert, Table, Update, bindparam, case, exists, func, literal, select

from acd import decisions, events
from acd.agent_state import AgentState
from acd.call import ACCEPTED, ATTENDED, CallState
from acd.floor import PICKED
from acd.live import LiveCall
from acd.models import AgentEvent, AgentRow, Call, CallEvent, Offer, QueueVisit
from acd.roster import PHONE
from core.database import Transaction

CALLS, EVENTS, OFFERS, AGENTS, AGENT_EVENTS, VISITS = (
    cast(Table, model.__table__) for model in (Call, CallEvent, Offer, AgentRow, AgentEvent, QueueVisit)
)
"""Written as tables: nobody holds these rows as objects, and a phone rings only after the write."""


NO_TALK: dict[str, Any] = {"agent": "", "connected_at": None, "talk_ended_at": None, "ended_by": ""}
"""A call that waits (again): what its row told of a talk is history."""
MENU_STEP = "menu:"
"""What the `target` of a transfer begins with that leads to a step of the menu."""


class Kind(StrEnum):
    """What a `CallEvent` is about; its `data` is what the function that writes it passes."""

    BEGAN = "began"
    MENU = "menu"
    LANGUAGE = "language"
    IDENTIFIED = "identified"
    OUTSIDE = "outside"
    DIALLED = "dialled"
    MUTED = "muted"
    CONFERENCE = "conference"
    QUEUED = "queued"
    OFFERED = "offered"
    OFFER_ENDED = "offer-ended"
    CONNECTED = "connected"
    HELD = "held"
    RESUMED = "resumed"
    TRANSFER = "transfer"
    LOST = "lost"
    PRIORITY = "priority"
    RESTAGED = "restaged"
    SENT_BACK = "sent-back"
    REFUSED = "refused"
    ANNOUNCED = "announced"
    DISCONNECTED = "disconnected"
    ENDED = "ended"
    AMENDED = "amended"


async def note(tx: Transaction, call: str, at: float, kind: Kind, agent: str = "", **data: Any) -> None:
    """Add one line to the call's history."""
    _add(tx, EVENTS, {"call": call, "at": at, "kind": kind, "agent": agent, "data": data})


async def change(tx: Transaction, call: str, **columns: Any) -> None:
    _change(tx, CALLS, call, columns)


async def begin(tx: Transaction, call: LiveCall) -> None:
    row = {
        "id": call.id, "leg": call.leg, "caller": call.caller, "dialled": call.dialled, "tier": call.tier,
        "language": call.language, "arrived_at": call.arrived_at, "state": call.state,
        "menu": call.menu, "menu_version": call.menu_version,
        "direction": call.direction, "purpose": call.purpose, "queue": call.queue, "agent": call.agent,
        "skills": call.skills, "own": call.own,
    }  # fmt: skip
    _add(tx, CALLS, row)
    await note(tx, call.id, call.arrived_at, Kind.BEGAN, tier=call.tier, language=call.language)
    tx.publish(events.CallBegan(call.arrived_at, call.id, call.leg))


async def go_outside(tx: Transaction, call: LiveCall, number: str, result: str, now: float) -> None:
    """What became of connecting a caller of the menu with `number`: ringing, answered, or why not."""
    await change(tx, call.id, state=call.state)
    await note(tx, call.id, now, Kind.OUTSIDE, number=number, result=result)
    tx.publish(events.OutsideChanged(now, call.id, number, result))


async def dial(tx: Transaction, call: LiveCall, by: str, now: float, turn: Mapping[str, Any]) -> None:
    """An agent calls out: the call, and his leg as the one it is offered on; `turn`: `why` this one was his to make."""
    await begin(tx, call)
    _add(tx, OFFERS, _offer_row(call, call.agent, 0.0, now))
    await note(tx, call.id, now, Kind.DIALLED, call.agent, queue=call.queue, shown=call.dialled, by=by, **turn)
    tx.publish(events.CallOffered(now, call.id, call.agent, call.offer))


async def end_dial(
    tx: Transaction, call: LiveCall, result: str, ended_by: str, now: float, withdrawn: str = ""
) -> None:
    """Nobody was reached: busy, no_answer, declined, unreachable, failed, cancelled or own_phone.

    `withdrawn`: why the customer was not to be called any more.
    """
    await end_offer(tx, call.id, call.agent, call.offer, result, now, **({"why": withdrawn} if withdrawn else {}))
    await end(tx, call, "not_reached", ended_by, now)


async def queue(tx: Transaction, call: LiveCall, now: float | None = None) -> None:
    """`call` waits from `now` on, as its fields say; without `now` since the beginning of its wait."""
    await change(
        tx,
        call.id,
        state=CallState.WAITING,
        queue=call.queue,
        skills=call.skills,
        priority=call.priority,
        own=call.own,
        own_priority=call.own_priority,
        queued_at=call.queued_at,
        after_step=call.after_step,
        **NO_TALK,
        **_wait_columns(call),
    )
    began = now if now is not None else call.queued_at
    await _note_queued(tx, call, began)
    _open_visit(tx, call, began)
    tx.publish(events.CallQueued(began, call.id, call.queue))


async def offer(tx: Transaction, call: LiveCall, made: decisions.Offer, by: str, now: float) -> None:
    """The screen-pop record; `call.offer` is its id. `by` is who picked the call for the agent."""
    _add(tx, OFFERS, _offer_row(call, made.agent, made.waited, now))
    await change(tx, call.id, state=CallState.RINGING, agent=made.agent)
    picked = {"by": by} if made.policy == PICKED else {}
    await note(tx, call.id, now, Kind.OFFERED, made.agent, offer=call.offer, **why(made), **picked)
    tx.publish(events.CallOffered(now, call.id, made.agent, call.offer))


def why(made: decisions.Offer) -> dict[str, Any]:
    """What explains the choice of this caller, or call back, and this agent."""
    return {
        "waited": round(made.waited, 3), "waiting": made.waiting, "free": made.free, "policy": made.policy,
        "skills": dict(made.skills), "idle": round(made.idle, 3), "order": made.order, "why": dict(made.why),
    }  # fmt: skip


def give(tx: Transaction, call: LiveCall, agent: str, at: float) -> None:
    """The switch gave him to that agent by itself: as an offer, on the leg `call.offer`, that was accepted at once."""
    row = _offer_row(call, agent, at - call.queued_at, at)
    _add(tx, OFFERS, row | {"result": ACCEPTED, "ended_at": at})


def _offer_row(call: LiveCall, agent: str, waited: float, now: float) -> dict[str, Any]:
    return {
        "id": call.offer, "call": call.id, "agent": agent, "device": PHONE + agent, "caller": call.caller,
        "tier": call.tier, "path": call.path, "waited": waited, "offered_at": now,
    }  # fmt: skip


async def end_offer(
    tx: Transaction, call: str, agent: str, offer_id: str, result: str, now: float, **more: Any
) -> None:
    _change(tx, OFFERS, offer_id, {"result": result, "ended_at": now})
    await note(tx, call, now, Kind.OFFER_ENDED, agent, offer=offer_id, result=result, **more)
    tx.publish(events.OfferEnded(now, call, agent, offer_id, result))


async def note_hold(tx: Transaction, call: str, at: float, agent: str, by: str, *, held: bool) -> None:
    """`by` '' is the agent's own telephone."""
    await note(tx, call, at, Kind.HELD if held else Kind.RESUMED, agent, by=by)
    tx.publish(events.CallHeld(at, call, agent, held))


async def note_mute(tx: Transaction, call: LiveCall, by: str, now: float, *, muted: bool, phone: bool) -> None:
    """`phone`: the agent's own telephone did it."""
    await note(tx, call.id, now, Kind.MUTED, call.agent, by=by, muted=muted, phone=phone)
    tx.publish(events.CallMuted(now, call.id, call.agent, muted))


async def note_conference(tx: Transaction, call: LiveCall, colleague: str, by: str, now: float) -> None:
    await note(tx, call.id, now, Kind.CONFERENCE, call.agent, colleague=colleague, by=by)


async def leave_to_menu(tx: Transaction, call: LiveCall, step: str, by: str, now: float) -> None:
    """The agent sends the caller to `step` of the menu; that the talk ends is stored as always."""
    await change(tx, call.id, after_step=step)
    await note(tx, call.id, now, Kind.TRANSFER, call.agent, mode="blind", target=MENU_STEP + step, queue="", by=by)


async def requeue(
    tx: Transaction, call: LiveCall, given: decisions.Requeued, attended: bool, by: str, now: float
) -> None:
    """Given away or lost by its agent, `call` waits again, as its fields say; what its row told of the talk is
    history."""
    if given.lost:
        await note(tx, call.id, now, Kind.LOST, given.agent, target=given.to, queue=given.queue, by=by)
    else:
        how = {"mode": ATTENDED if attended else "blind", "target": given.to or given.queue}
        await note(tx, call.id, now, Kind.TRANSFER, given.agent, **how, queue=given.queue, by=by)
    await change(
        tx, call.id, state=CallState.WAITING, queue=call.queue, skills=call.skills, priority=call.priority,
        queued_at=call.queued_at, **NO_TALK, **_wait_columns(call),
    )  # fmt: skip
    await _note_queued(tx, call, now)
    _open_visit(tx, call, now)
    tx.publish(events.CallQueued(now, call.id, call.queue))


async def restage(tx: Transaction, call: LiveCall, why: str, was: str, now: float) -> None:
    """`call` waits from `now` on as its fields say; `was` is the queue it has waited in."""
    await change(tx, call.id, queue=call.queue, skills=call.skills, priority=call.priority, **_wait_columns(call))
    await note(tx, call.id, now, Kind.RESTAGED, why=why, **_where(call))
    if was != call.queue:
        close_visit(tx, call.id, "left", now)
        tx.write(_moving_visit(), {"of_call": call.id, "to_queue": call.queue, "at": now})


async def send_back(tx: Transaction, call: LiveCall, to: str, now: float) -> None:
    """The menu takes the caller again, at its step `to`."""
    await change(tx, call.id, state=CallState.MENU, **_wait_columns(call))
    await note(tx, call.id, now, Kind.SENT_BACK, to=to)
    tx.publish(events.CallSentBack(now, call.id, call.queue, call.queued_at, to))
    close_visit(tx, call.id, "left", now)


async def rerank(tx: Transaction, call: LiveCall, priority: int, by: str, now: float) -> None:
    await change(tx, call.id, priority=priority, own_priority=call.own_priority)
    await note(tx, call.id, now, Kind.PRIORITY, was=call.priority, priority=priority, by=by)


async def connect(tx: Transaction, call: LiveCall, agent: str, now: float) -> None:
    await end_offer(tx, call.id, agent, call.offer, ACCEPTED, now)
    await change(tx, call.id, state=CallState.TALKING, agent=agent, connected_at=now)
    await note(tx, call.id, now, Kind.CONNECTED, agent, waited=round(max(0.0, now - (call.queued_at or now)), 3))
    close_visit(tx, call.id, "answered", now)
    tx.publish(events.ConversationStarted(now, call.id, call.leg, agent))


async def disconnect(tx: Transaction, call: LiveCall, agent: str, ended_by: str, now: float) -> None:
    await change(tx, call.id, state=CallState.AFTER, talk_ended_at=now, ended_by=ended_by)
    await note(tx, call.id, now, Kind.DISCONNECTED, agent, ended_by=ended_by)
    tx.publish(events.ConversationEnded(now, call.id, call.leg, agent, ended_by))


async def end(tx: Transaction, call: LiveCall, outcome: str, ended_by: str, now: float) -> None:
    await change(tx, call.id, state=CallState.ENDED, ended_at=now, ended_by=ended_by, outcome=outcome)
    await note(tx, call.id, now, Kind.ENDED, outcome=outcome, ended_by=ended_by)
    close_visit(tx, call.id, "abandoned" if ended_by == "customer" else "failed", now)
    tx.publish(events.CallEnded(now, call.id, outcome))


async def amend(tx: Transaction, call: str, was: str, outcome: str, now: float) -> None:
    """A call that is over came to something else than was known then; those who heard of its end hear of it again."""
    await change(tx, call, outcome=outcome)
    await note(tx, call, now, Kind.AMENDED, was=was, outcome=outcome)
    tx.publish(events.CallEnded(now, call, outcome))


async def move_agent(tx: Transaction, moved: decisions.AgentMoved, by: str, now: float) -> None:
    """The agent's row as it is now, one line of history, and `AgentChanged`.

    A wish that is still kept is not yet why he moves: only one that has been carried out says by whom.
    """
    columns: dict[str, Any] = {
        "state": moved.state,
        "reason": moved.reason,
        "since_at": moved.since,
        "until_at": moved.until,
        "wish": moved.wish or "",
        "wish_reason": moved.wish_reason,
        "wish_by": moved.wish_by,
        "idle_since_at": moved.idle_since,
        "place": moved.order,
        "extra": moved.extra,
    }
    _upsert_agent(tx, moved.agent, columns)
    await note_agent(tx, moved.agent, now, moved.state, moved.reason, by if moved.wish else moved.wish_by or by)


async def note_agent(tx: Transaction, agent: str, at: float, state: AgentState, reason: str = "", by: str = "") -> None:
    """One line of the agent's history, and `AgentChanged`."""
    _add(tx, AGENT_EVENTS, {"agent": agent, "at": at, "state": state, "reason": reason, "by": by})
    tx.publish(events.AgentChanged(at, agent, state, reason))


async def sign_in(tx: Transaction, agent: str, now: float) -> None:
    columns = {"state": AgentState.NOT_READY, "reason": "", "since_at": now, "signed_in_at": now}
    _upsert_agent(tx, agent, columns)


async def note_desk(tx: Transaction, agent: str, *, desk: bool) -> None:
    """See `AgentRow.desk`."""
    _change(tx, AGENTS, agent, {"desk": desk})


async def _note_queued(tx: Transaction, call: LiveCall, now: float) -> None:
    """`waited`, seconds: he has an earlier place, as one who called again or was given away. `meant_for`: an agent."""
    known: dict[str, Any] = {"waited": round(max(0.0, now - call.queued_at), 3), "meant_for": call.only}
    await note(tx, call.id, now, Kind.QUEUED, **_where(call), **{name: value for name, value in known.items() if value})


def _where(call: LiveCall) -> dict[str, Any]:
    return {"queue": call.queue, "skills": call.skills, "priority": call.priority}


def _wait_columns(call: LiveCall) -> dict[str, Any]:
    stages = [asdict(stage) for stage in call.stages]
    return {"stages": stages, "meant_for": call.only, "meant_why": call.why, "joined": call.joined}


def _open_visit(tx: Transaction, call: LiveCall, now: float) -> None:
    _add(tx, VISITS, {"call": call.id, "queue": call.queue, "queued_at": now, "waits_since": now, "result": ""})


def close_visit(tx: Transaction, call: str, result: str, now: float) -> None:
    """Of the open one, if there is one; not before it began, should the engine of then have had another clock."""
    tx.write(_closing_visit(), {"of_call": call, "new_result": result, "at": now})


def _upsert_agent(tx: Transaction, agent: str, columns: Mapping[str, Any]) -> None:
    tx.write(_seating(), {"key": agent, "state": columns["state"], "since_at": columns["since_at"]})
    _change(tx, AGENTS, agent, columns)


def _add(tx: Transaction, table: Table, row: Mapping[str, Any]) -> None:
    tx.write(_inserting(table), row)


def _change(tx: Transaction, table: Table, key: str, columns: Mapping[str, Any]) -> None:
    values = {f"new_{name}": value for name, value in columns.items()}
    tx.write(_updating(table, tuple(columns)), {"key": key, **values})


@cache
def _seating() -> Insert:
    """A row for an agent who has none yet."""
    taken = exists().where(AGENTS.c.number == bindparam("key"))
    row = select(
        bindparam("key", type_=AGENTS.c.number.type),
        bindparam("state", type_=AGENTS.c.state.type),
        bindparam("since_at", type_=AGENTS.c.since_at.type),
    )
    return AGENTS.insert().from_select(["number", "state", "since_at"], row.where(~taken))


@cache
def _closing_visit() -> Update:
    opened = (VISITS.c.call == bindparam("of_call")) & (VISITS.c.result == "")
    at = bindparam("at", type_=Float)
    until = case((VISITS.c.queued_at > at, VISITS.c.queued_at), else_=at)
    return VISITS.update().where(opened).values(result=bindparam("new_result"), until_at=until)


@cache
def _moving_visit() -> Insert:
    """He waits on elsewhere, since when he waited where he was last."""
    last = VISITS.alias()
    since = select(last.c.waits_since).where(last.c.call == bindparam("of_call")).order_by(last.c.id.desc()).limit(1)
    at = bindparam("at", type_=Float)
    row = select(
        bindparam("of_call", type_=VISITS.c.call.type), bindparam("to_queue", type_=VISITS.c.queue.type), at,
        func.coalesce(since.scalar_subquery(), at), literal(""),
    )  # fmt: skip
    return VISITS.insert().from_select(["call", "queue", "queued_at", "waits_since", "result"], row)


@cache
def _inserting(table: Table) -> Insert:
    return table.insert()


@cache
def _updating(table: Table, columns: tuple[str, ...]) -> Update:
    """Built once: building costs as much as executing."""
    (primary,) = table.primary_key
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    return table.update().where(primary == bindparam("key")).values(values)
