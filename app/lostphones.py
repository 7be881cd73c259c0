"""Whose telephone goes while he talks on it is heard by his caller no more: nobody is left in that silence."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

import structlog

from accounts.events import PhoneMoved, PhoneTaken
from acd import inputs
from acd.call import CallState
from acd.consults import Consult
from acd.dispatcher import Dispatcher
from acd.events import SwitchChanged
from acd.live import LiveCall
from acd.roster import agent_of
from core.bus import Bus
from core.clock import Clock
from core.database import AWAY
from core.errors import NotFound, Refused
from core.tasks import Supervisor
from pbx.events import LinkDown, LinkUp, PhoneReachable
from pbx.switch import Switch, SwitchError

log = structlog.get_logger(__name__)

NAME = "lost phones"
AGAIN = 1.0
RING_GRACE, TALK_GRACE = 3.0, 20.0
"""Seconds out of reach after which a ring is given up, and a talk: a page that is loaded anew, a telephone that
registers anew and a network that breaks for a moment are back before."""
LISTENING = 2.0
"""Seconds in which sound has come from a telephone that is there and only out of reach, or its caller hears nobody."""
Deed = Callable[[], Awaitable[None]]


class LostPhones:
    """The caller waits in his queue for anybody, with what he has waited before; three who talk go on as two. Where the
    agent has given up his telephone himself, the talk is over. Who is only asked about a caller is asked no more.

    A telephone that stays out of reach, and from which no sound comes, is as one that was taken away."""

    def __init__(self, dispatcher: Dispatcher, switch: Switch, supervisor: Supervisor, clock: Clock) -> None:
        self._dispatcher = dispatcher
        self._switch = switch
        self._supervisor = supervisor
        self._clock = clock
        self._away: dict[str, PhoneTaken] = {}

    def listen(self, bus: Bus) -> None:
        bus.subscribe(NAME, PhoneTaken, self.on_taken)
        bus.subscribe(NAME, PhoneMoved, self.on_moved)
        bus.subscribe(NAME, PhoneReachable, self.on_phone)
        bus.subscribe(NAME, LinkDown, self.on_link)
        bus.subscribe(NAME, LinkUp, self.on_link)
        bus.subscribe(NAME, SwitchChanged, self.on_begun)

    async def on_taken(self, event: PhoneTaken) -> None:
        self._supervisor.spawn(NAME, self._free(partial(self._lost, event, self._clock())))

    async def on_moved(self, event: PhoneMoved) -> None:
        self._supervisor.spawn(NAME, self._free(partial(self._unheard, event, self._clock())))

    async def on_phone(self, event: PhoneReachable) -> None:
        number = agent_of(event.device)
        self._away.pop(number, None)
        if not event.reachable:
            self._is_lost(number)

    async def on_begun(self, event: SwitchChanged) -> None:
        """What was out of reach already when the link came up nobody tells."""
        for number, seat in self._dispatcher.floor.seats.items():
            if event.up and seat.call and not seat.phone and number not in self._away:
                self._is_lost(number)

    def _is_lost(self, number: str) -> None:
        gone, now = PhoneTaken(number, "", since=0.0), self._clock()
        self._away[number] = gone
        rang, talked = partial(self._rang, gone, now), partial(self._vanished, gone, now)
        self._supervisor.later(NAME, RING_GRACE, partial(self._free, rang))
        self._supervisor.later(NAME, TALK_GRACE - LISTENING, partial(self._free, talked))

    async def on_link(self, _event: LinkDown | LinkUp) -> None:
        """Without a link nobody tells that a telephone is back: it has its time anew."""
        self._away.clear()

    async def _free(self, lost: Callable[[], Deed | None]) -> None:
        """What is `lost`, as soon as that can be done."""
        while True:
            if self._dispatcher.serving:  # while all begins again the calls seem to have no agent
                if (deed := lost()) is None:
                    return
                try:
                    await deed()
                except (NotFound, Refused, SwitchError, *AWAY) as fault:
                    log.info("nobody freed yet", problem=str(fault))
            await asyncio.sleep(AGAIN)

    def _lost(self, event: PhoneTaken, taken: float) -> Deed | None:
        """Whatever rang there until it was `taken`. A caller's ring may be answered yet."""
        if consult := self._asked_there(event.number, event.since, taken):
            return partial(self._dispatcher.consults.stop, consult.call)
        if call := self._call_there(event, taken):
            return partial(self._give_away, call, event)
        return None

    def _rang(self, gone: PhoneTaken, lost: float) -> Deed | None:
        call = self._call_there(gone, lost) if self._is_away(gone) else None
        return partial(self._give_up_ring, call.id, gone.number) if call and call.state is CallState.RINGING else None

    async def _give_up_ring(self, call: str, agent: str) -> None:
        await self._dispatcher.carry_out(lambda _floor: (inputs.OfferFailed(call, agent, "unreachable"),), "")

    def _vanished(self, gone: PhoneTaken, lost: float) -> Deed | None:
        leg = self._leg_there(gone, lost)
        return partial(self._end_unless_heard, leg, gone, lost) if leg else None

    async def _end_unless_heard(self, leg: str, gone: PhoneTaken, lost: float) -> None:
        """It may be that it only does not register any more, or that another one did after this leg was rung."""
        before = await self._switch.sound_from(leg)
        await asyncio.sleep(LISTENING)
        silent = await self._switch.sound_from(leg) == before
        if silent and self._leg_there(gone, lost) == leg and (deed := self._lost(gone, lost)):
            await deed()

    def _leg_there(self, gone: PhoneTaken, lost: float) -> str:
        """'' also when the telephone is back."""
        if not self._is_away(gone):
            return ""
        if consult := self._asked_there(gone.number, gone.since, lost):
            return consult.leg
        call = self._call_there(gone, lost)
        return call.offer if call else ""

    def _is_away(self, gone: PhoneTaken) -> bool:
        return self._away.get(gone.number) is gone

    def _unheard(self, event: PhoneMoved, moved: float) -> Deed | None:
        """Who asks him about a caller would speak into silence, or hear it ring where nobody is."""
        consult = self._asked_there(event.number, event.since, moved)
        if consult is None or (event.rings and not consult.answered):
            return None
        return partial(self._dispatcher.consults.stop, consult.call)

    def _asked_there(self, number: str, since: float, until: float) -> Consult | None:
        consult = self._dispatcher.consults.asked(number)
        return consult if consult and since <= consult.rung_at <= until else None

    def _call_there(self, event: PhoneTaken, taken: float) -> LiveCall | None:
        dialled = self._dispatcher.outbound.of(event.number)
        call = self._dispatcher.control.call_of(event.number) or (dialled and dialled.call)
        return call if call and event.since <= call.rung_at <= taken else None

    async def _give_away(self, live: LiveCall, event: PhoneTaken) -> None:
        match live.state:
            case CallState.DIALLING:
                await self._dispatcher.outbound.stop(event.number)
            case CallState.TALKING:
                await self._end_talk(live.id, event)

    async def _end_talk(self, call: str, event: PhoneTaken) -> None:
        consult = self._dispatcher.consults.of(call)
        if consult is not None and consult.joined:
            await self._dispatcher.consults.complete(call, event.by)
        elif event.given_up:
            await self._dispatcher.control.hang_up(call, event.by)
        else:
            await self._dispatcher.control.reclaim(call, event.by, kept=False)
