"""Read model of the wallboard: queues with today's figures, who waits, what the agents do."""

import math
from collections.abc import Callable
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import repository as people
from acd import repository as calls
from acd.agent_state import AgentState
from acd.call import CallState
from acd.models import Call
from acd.queues import Queues
from acd.repository import TrendBar
from agentdesk.reading.switchwatch import SwitchWatch
from agentdesk.reading.views import AgentTile, Board, QueueTile, Waiting
from agentdesk.words.titles import titles_in
from core.clock import midnight
from recordings import repository as recordings

TARGET = 0.8
"""The service level from which a figure is shown in green."""
TREND_SECONDS = 60.0


class BoardReader:
    def __init__(
        self, queues: Queues, zone: ZoneInfo, switch: SwitchWatch, missing: Callable[[str], str] = lambda _agent: ""
    ) -> None:
        """`missing`: as in `UnderWay`."""
        self._queues = queues
        self._zone = zone
        self._switch = switch
        self._missing = missing
        self._counted: tuple[float, tuple[TrendBar, ...]] = (-math.inf, ())

    async def read(self, session: AsyncSession, language: str, now: float) -> Board:
        return Board(
            at=now,
            switch=self._switch.state,
            queues=await self._tiles(session, language, now),
            waiting=tuple(await self._waiting(session, language)),
            agents=await self._agents(session),
            speech_backlog=await recordings.backlog(session),
            trend=await self._trend(session, now),
            target=TARGET,
        )

    async def _trend(self, session: AsyncSession, now: float) -> tuple[TrendBar, ...]:
        """Counted once a minute: it goes over all calls of the day."""
        at, bars = self._counted
        if not 0 <= now - at < TREND_SECONDS:
            bars = tuple(await calls.trend(session, self._queues.queues, midnight(now, self._zone), now))
            self._counted = (now, bars)
        return bars

    def titles(self, language: str) -> dict[str, str]:
        return titles_in(language, self._queues)

    async def _waiting(self, session: AsyncSession, language: str) -> list[Waiting]:
        titles = self.titles(language)
        query = select(Call).where(Call.state.in_([CallState.WAITING, CallState.RINGING]))
        rows = await session.scalars(query.order_by(Call.priority.desc(), Call.queued_at, Call.id))
        return [
            Waiting(
                call=call.id,
                queue=titles.get(call.queue, call.queue),
                caller=call.caller,
                tier=call.tier,
                since_at=call.queued_at or call.arrived_at,
                ringing_at=call.agent if call.state == CallState.RINGING else "",
            )
            for call in rows
        ]

    async def _tiles(self, session: AsyncSession, language: str, now: float) -> tuple[QueueTile, ...]:
        titles = self.titles(language)
        figures = await calls.queue_figures(session, self._queues.queues, midnight(now, self._zone), now)
        return tuple(
            QueueTile(
                name=each.queue,
                title=titles[each.queue],
                waiting=each.waiting,
                oldest_at=now - each.longest_wait if each.waiting else 0.0,
                offered=each.offered,
                answered=each.answered,
                abandoned=each.abandoned,
                short_abandoned=each.short_abandoned,
                service_level=each.service_level,
                threshold=each.threshold,
                target=TARGET,
            )
            for each in figures
        )

    async def _agents(self, session: AsyncSession) -> tuple[AgentTile, ...]:
        rows = await calls.agents(session)
        tiles = []
        for person in await people.agents(session):
            row = rows.get(person.number)
            if row is None:
                tiles.append(AgentTile(person.number, person.name, AgentState.SIGNED_OUT, 0.0, ""))
            else:
                reason = row.reason or self._missing(person.number)
                tiles.append(AgentTile(person.number, person.name, row.state, row.since_at, reason, row.wish))
        return tuple(tiles)
