"""What Prometheus is told: of any process how much it lives on, of the engine how the centre stands."""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, Gauge, generate_latest
from sqlalchemy import func, select

from acd.agent_state import AgentState
from acd.call import CallState
from acd.models import AgentRow, Call
from app.memory import MB, measure
from core.database import AWAY, Database
from recordings import repository as recorded
from recordings.models import Recording, RecordingState


@dataclass(frozen=True, slots=True)
class Standing:
    """Of the centre: calls and agents by state, speech jobs that wait, talks whose sound is not in the store yet."""

    calls: Mapping[str, int]
    agents: Mapping[str, int]
    backlog: int
    unstored: int


async def standing(db: Database) -> Standing | None:
    """Nobody's data: counts only. None while the database is away."""
    live = select(Call.state, func.count()).where(Call.state != CallState.ENDED).group_by(Call.state)
    crew = select(AgentRow.state, func.count()).group_by(AgentRow.state)
    closing = select(func.count()).select_from(Recording).where(Recording.state == RecordingState.CLOSING)
    try:
        async with db.reading() as session:
            return Standing(
                dict((await session.execute(live)).all()), dict((await session.execute(crew)).all()),
                await recorded.backlog(session), await session.scalar(closing) or 0,
            )  # fmt: skip
    except AWAY:
        return None


def of_process(*, engine: bool) -> CollectorRegistry:
    registry, memory = CollectorRegistry(), measure()
    _tell(registry, "hotline_engine", "this process is the engine", engine)
    _tell(registry, "hotline_memory_bytes", "memory of this process", memory.rss_mb * MB)
    _tell(registry, "hotline_memory_idle_bytes", "of it: kept by the allocator after use", memory.idle_mb * MB)
    _tell(registry, "hotline_live_objects", "Python's containers made since the start", memory.objects)
    _tell(registry, "hotline_live_blocks", "small pieces of memory in use by Python", memory.blocks)
    return registry


def of_centre(
    now: Standing | None, data_dir: Path, *, link: bool, left: int, stores: bool = True
) -> CollectorRegistry:  # fmt: skip
    """`stores`: whether what was to be stored last could be."""
    registry = of_process(engine=True)
    _tell(registry, "hotline_link_up", "AMI link up and reconciled", link)
    _tell(registry, "hotline_leftover_channels", "channels Asterisk lost hold of, until it is started again", left)
    _tell(registry, "hotline_database_up", "the database answers and takes what is stored", now is not None and stores)
    disk = os.statvfs(data_dir)
    _tell(registry, "hotline_disk_free_bytes", "room on the disk of the data directory", disk.f_bavail * disk.f_frsize)
    if now is None:
        return registry
    _tell(registry, "hotline_speech_backlog", "recordings waiting for their transcript", now.backlog)
    _tell(registry, "hotline_recordings_unstored", "talks that ended whose sound is not in the store yet", now.unstored)
    _by_state(registry, "hotline_calls", "calls that are going on", CallState, now.calls)
    _by_state(registry, "hotline_agents", "agents who have ever signed in", AgentState, now.agents)
    return registry


def page(registry: CollectorRegistry) -> PlainTextResponse:
    return PlainTextResponse(generate_latest(registry), media_type="text/plain; version=0.0.4")


def _tell(registry: CollectorRegistry, name: str, what: str, value: float) -> None:
    Gauge(name, what, registry=registry).set(value)


def _by_state(
    registry: CollectorRegistry, name: str, what: str, states: Iterable[StrEnum], counts: Mapping[str, int]
) -> None:  # fmt: skip
    """Every state there is: a figure that comes and goes raises no alarm."""
    gauge = Gauge(name, what, ["state"], registry=registry)
    for state in states:
        if state != CallState.ENDED:
            gauge.labels(state.value).set(counts.get(state.value, 0))
