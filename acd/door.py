"""Into a queue: what is known of the caller and of the floor, for the rules of admission."""

from collections.abc import Callable
from dataclasses import replace

from sqlalchemy import bindparam, exists, or_, select
from sqlalchemy.orm import aliased

from accounts import audit
from acd import admission
from acd.admission import Meant, Scene
from acd.agent_state import AT_WORK
from acd.call import CallState
from acd.events import QueueChanged
from acd.floor import Floor
from acd.free import serves
from acd.ledger import Kind
from acd.live import LiveCall
from acd.models import Call, CallEvent, ClosedQueue
from acd.queues import Queue, Queues
from acd.waiting import Need, need_of
from core.clock import Clock
from core.database import Database, Transaction
from core.errors import Refused
from core.onehop import Query

_OF_CALLER = Call.caller == bindparam("of")
_served = aliased(Call)
_LOST = select(Call.queued_at).where(
    _OF_CALLER, or_(Call.queue == bindparam("name"), Call.joined == bindparam("name")), Call.queued_at.is_not(None),
    Call.connected_at.is_(None), Call.ended_at >= bindparam("since"),
    ~exists().where(
        _served.caller == bindparam("of"), CallEvent.call == _served.id, CallEvent.kind == Kind.CONNECTED,
        CallEvent.at >= Call.ended_at,
    ),
).order_by(Call.ended_at.desc()).limit(1)  # fmt: skip
_TALKED = select(Call.agent).where(
    _OF_CALLER, Call.connected_at >= bindparam("since"), Call.agent != "", Call.id != bindparam("but")
).order_by(Call.connected_at.desc()).limit(1)  # fmt: skip
_CLOSED = select(ClosedQueue.queue).where(ClosedQueue.queue == bindparam("name"))


class Door:
    """`is_open` says whether a schedule of hours.yaml is open at a time; `floor` gives the present floor."""

    def __init__(
        self,
        db: Database,
        queues: Queues,
        clock: Clock,
        is_open: Callable[[str, float], bool],
        floor: Callable[[], Floor],
    ) -> None:
        self._db = db
        self._queues = queues
        self._clock = clock
        self._is_open = is_open
        self._floor = floor

    async def admit(self, call: LiveCall, name: str, own: dict[str, int], priority: int, manager: str = "") -> LiveCall:
        """The call as it waits from now on. Raises Refused: unknown_queue, and as `acd.admission.refusal`."""
        rules = self._queues.as_now()
        queue = rules.queues.get(name)
        if queue is None:
            raise Refused("unknown_queue", f"there is no queue {name!r}")
        lost, last, closed = await self._db.firsts(
            self._lost_place(call, name, queue), self._last_agent(call, queue),
            (_CLOSED, {"name": name}),
        )  # fmt: skip
        own = admission.own_of(queue, own, call.language)
        now, floor = self._clock(), self._floor()
        since = _kept_place(call, name) or lost or now
        need = need_of(admission.with_own(queue.skills, own))
        meant = Meant(*(each if _could_serve(floor, each, need) else "" for each in (manager, last or "")))
        wait = admission.plan(rules, name, own, priority, now, meant)
        in_hours = not queue.entry.hours or self._is_open(queue.entry.hours, now)
        scene = Scene(
            in_hours and closed is None, floor.outlook.waiting_in(name, since),
            max(floor.outlook.at_work_for(need_of(skills)) for skills in wait.all_skills),
            floor.outlook.expected(need, wait.priority, since),
        )  # fmt: skip
        if (refused := admission.refusal(queue, scene)) is not None:
            raise Refused(*refused)
        return replace(
            call, queue=name, joined=name, queued_at=since, skills=dict(wait.skills), priority=wait.priority,
            stages=wait.stages, only=wait.only, why=wait.why,
        )  # fmt: skip

    def _lost_place(self, call: LiveCall, name: str, queue: Queue) -> Query | None:
        """Since when he waited whose call was cut off a moment ago, and who has talked to nobody since."""
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


def _could_serve(floor: Floor, agent: str, need: Need) -> bool:
    seat = floor.seats.get(agent)
    return seat is not None and seat.state in AT_WORK and serves(seat.profile, need)
