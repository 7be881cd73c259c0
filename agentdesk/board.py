"""Read model of the wallboard: queues with today's figures, who waits, what the agents do."""

from collections import defaultdict
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from accounts import repository as people
from acd.agent_state import AgentState
from acd.call import CallState
from acd.models import AgentRow, Call
from acd.queues import Queues
from agentdesk.figures import QueuedCall, figures
from agentdesk.switchwatch import SwitchWatch
from agentdesk.views import AgentTile, Board, QueueTile, Waiting
from recordings import repository as recordings

TARGET = 0.8
"""The service level from which a figure is shown in green."""


class BoardReader:
    def __init__(self, queues: Queues, zone: ZoneInfo, switch: SwitchWatch) -> None:
        self._queues = queues
        self._zone = zone
        self._switch = switch

    async def read(self, session: AsyncSession, language: str, now: float) -> Board:
        waiting = await self._waiting(session, language)
        return Board(
            at=now,
            switch=self._switch.state,
            queues=await self._tiles(session, language, now, waiting),
            waiting=tuple(waiting),
            agents=await self._agents(session),
            speech_backlog=await recordings.backlog(session),
        )

    def titles(self, language: str) -> dict[str, str]:
        """Queue → its name in a language."""
        return {name: title(queue.name, language) for name, queue in self._queues.queues.items()}

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

    async def _tiles(
        self, session: AsyncSession, language: str, now: float, waiting: list[Waiting]
    ) -> tuple[QueueTile, ...]:
        today = midnight(now, self._zone)
        columns = select(Call.queue, Call.queued_at, Call.connected_at, Call.ended_at)
        calls: dict[str, list[QueuedCall]] = defaultdict(list)
        for queue, queued_at, connected_at, ended_at in await session.execute(columns.where(Call.queued_at >= today)):
            calls[queue].append(QueuedCall(queued_at or 0.0, connected_at, ended_at))
        tiles = []
        for name, rule in self._queues.queues.items():
            shown = title(rule.name, language)
            since = [caller.since_at for caller in waiting if caller.queue == shown]
            day = figures(calls[name], rule.service_level_seconds, now)
            tiles.append(
                QueueTile(
                    name=name,
                    title=shown,
                    waiting=len(since),
                    oldest_at=min(since, default=0.0),
                    offered=day.offered,
                    answered=day.answered,
                    abandoned=day.abandoned,
                    service_level=day.service_level,
                    threshold=rule.service_level_seconds,
                    target=TARGET,
                )
            )
        return tuple(tiles)

    async def _agents(self, session: AsyncSession) -> tuple[AgentTile, ...]:
        rows = {row.number: row for row in await session.scalars(select(AgentRow))}
        tiles = []
        for person in await people.agents(session):
            row = rows.get(person.number)
            if row is None:
                tiles.append(AgentTile(person.number, person.name, AgentState.SIGNED_OUT, 0.0, ""))
            else:
                tiles.append(AgentTile(person.number, person.name, row.state, row.since_at, row.reason))
        return tuple(tiles)


def title(names: dict[str, str], language: str) -> str:
    """The name in a language, or in the first there is."""
    return names.get(language) or next(iter(names.values()))


def midnight(now: float, zone: ZoneInfo) -> float:
    """When the day of `now` began in `zone`."""
    return datetime.fromtimestamp(now, zone).replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
