"""Into a queue: what is known of the caller and of the floor, for the rules of admission."""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from accounts import audit
from acd import admission
from acd.admission import Meant, Scene
from acd.call import CallState
from acd.events import QueueChanged
from acd.floor import Floor
from acd.ledger import Kind
from acd.live import LiveCall
from acd.models import Call, CallEvent, ClosedQueue
from acd.opening import Opening
from acd.queues import Queue, Queues
from acd.waiting import Need, Wait, need_of
from core.clock import Clock
from core.database import Database, Transaction
from core.errors import Refused
from core.onehop import Query

_OF_CALLER = Call.caller == bindparam("of")
_served, _taken = aliased(Call), aliased(Call)
_LOST = select(Call.queued_at).where(
    _OF_CALLER, or_(Call.queue == bindparam("name"), Call.joined == bindparam("name")), Call.queued_at.is_not(None),
    Call.connected_at.is_(None), Call.ended_at >= bindparam("since"),
    ~exists().where(
        _served.caller == bindparam("of"), CallEvent.call == _served.id, CallEvent.kind == Kind.CONNECTED,
        CallEvent.at >= Call.ended_at,
    ),
    ~exists().where(
        _taken.caller == bindparam("of"), _taken.queued_at == Call.queued_at, _taken.id != Call.id,
        or_(_taken.ended_at.is_(None), _taken.ended_at > Call.ended_at),
    ),
).order_by(Call.ended_at.desc()).limit(1)  # fmt: skip
_TALKED = select(Call.agent).where(
    _OF_CALLER, Call.connected_at >= bindparam("since"), Call.agent != "", Call.id != bindparam("but")
).order_by(Call.connected_at.desc()).limit(1)  # fmt: skip
_CLOSED = select(ClosedQueue.queue).where(ClosedQueue.queue == bindparam("name"))


Admit = Callable[[Floor | None], LiveCall]
"""Asked in the moment in which he joins: the call as it waits from then on, on this floor. Raises Refused as
`acd.admission.refusal`; where the floor is not known, None, only for a queue that is closed."""


class Door:
    def __init__(self, db: Database, queues: Queues, clock: Clock, opening: Opening) -> None:
        self._db = db
        self._queues = queues
        self._clock = clock
        self._opening = opening

    async def ask(self, call: LiveCall, name: str, own: dict[str, int], priority: int, manager: str = "") -> Admit:
        """What is stored of the caller is read. Raises Refused: unknown_queue."""
        rules = self._queues.as_now()
        queue = rules.queues.get(name)
        if queue is None:
            raise Refused("unknown_queue", f"there is no queue {name!r}")
        lost, last, closed = await self._db.firsts(
            self._lost_place(call, name, queue), self._last_agent(call, queue),
            (_CLOSED, {"name": name}),
        )  # fmt: skip
        own = admission.own_of(queue, own, call.language)

        def admit(floor: Floor | None) -> LiveCall:
            now = self._clock()
            since = _kept_place(call, name) or lost or now
            need = need_of(admission.with_own(queue.skills, own))
            meant = Meant(*(each if _could_serve(floor, each, need) else "" for each in (manager, last or "")))
            wait = admission.plan(rules, name, own, priority, now, meant)
            is_open = closed is None and self._opening.in_hours(queue, now)
            scene = _scene(floor, name, need, wait, since, is_open=is_open) if floor else Scene(is_open)
            if (refused := admission.refusal(queue, scene)) is not None:
                raise Refused(*refused)
            return replace(
                call, queue=name, joined=name, queued_at=since, skills=dict(wait.skills), priority=wait.priority,
                own=own, own_priority=priority, stages=wait.stages, only=wait.only, why=wait.why,
            )  # fmt: skip

        return admit

    def _lost_place(self, call: LiveCall, name: str, queue: Queue) -> Query | None:
        """Since when he waited whose call was cut off a moment ago, who has talked to nobody since and whose place no
        other call of that number has by now."""
        if not queue.return_within or not call.caller:
            return None
        return _LOST, {"of": call.caller, "name": name, "since": self._clock() - queue.return_within}

    def _last_agent(self, call: LiveCall, queue: Queue) -> Query | None:
        if queue.last_agent is None or not call.caller:
            return None
        return _TALKED, {"of": call.caller, "since": self._clock() - queue.last_agent.within, "but": call.id}


async def set_open(tx: Transaction, queue: str, by: str, now: float, *, is_open: bool) -> None:
    """Whether callers may join; who waits already stays, and callers who are transferred are let in."""
    row = await tx.session.get(ClosedQueue, queue)
    if is_open == (row is None):
        return
    if row is not None:
        await tx.session.delete(row)
    else:
        tx.session.add(ClosedQueue(queue=queue, closed_at=now, closed_by=by))
    await audit.note(tx, by, "queue_opened" if is_open else "queue_closed", f"queue:{queue}")
    tx.publish(QueueChanged(now, queue, is_open))


def _kept_place(call: LiveCall, name: str) -> float:
    """Since when he waited whom the menu has again from that queue, unserved; 0 for anybody else."""
    return call.queued_at if call.state is CallState.MENU and name in (call.queue, call.joined) else 0.0


def _scene(floor: Floor, name: str, need: Need, wait: Wait, since: float, *, is_open: bool) -> Scene:
    outlook = floor.outlook
    at_work = max(outlook.at_work_for(need_of(skills)) for skills in wait.all_skills(floor.closed))
    return Scene(is_open, outlook.waiting_in(name, since), at_work, outlook.expected(need, wait.priority, since))


def _could_serve(floor: Floor | None, agent: str, need: Need) -> bool:
    seat = floor.seats.get(agent) if floor else None
    return seat is not None and seat.may_serve(need)
