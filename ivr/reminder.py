"""A centre that runs for months is told, once a day, when its knowledge of public holidays ends."""

import asyncio
from collections.abc import Callable

import structlog

from core.clock import Clock
from ivr.rules import Rules

log = structlog.get_logger(__name__)

DAY = 86400.0


async def remind(rules: Callable[[], Rules], clock: Clock) -> None:
    """For ever; the start of the centre has told it for today."""
    while True:
        await asyncio.sleep(DAY)
        now = rules()
        if complaint := now.hours.complaint(clock(), now.zone):
            log.error("public holidays not known", why=complaint)
