"""The event bus: who hears which event. Order is kept per listener, and no listener can hurt another."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

log = structlog.get_logger(__name__)

Handler = Callable[[Any], Awaitable[None]]


class Bus:
    """Delivers each event to every listener subscribed to its exact type.

    A listener is a name; all its events pass through one queue, so it sees them in the order of
    publication whatever their types. A handler that raises is logged and the next event goes on.
    """

    def __init__(self) -> None:
        self._routes: dict[type, list[tuple[str, Handler]]] = defaultdict(list)
        self._queues: dict[str, asyncio.Queue[tuple[Handler, object]]] = {}
        self._pumps: dict[str, asyncio.Task[None]] = {}

    def subscribe(self, listener: str, event_type: type, handler: Handler) -> None:
        self._routes[event_type].append((listener, handler))
        self._queues.setdefault(listener, asyncio.Queue())

    def publish(self, event: object) -> None:
        """Hand `event` to its listeners; returns at once. Needs a running event loop."""
        for listener, handler in self._routes.get(type(event), ()):
            self._queues[listener].put_nowait((handler, event))
            pump = self._pumps.get(listener)
            if pump is None or pump.done():
                self._pumps[listener] = asyncio.create_task(self._pump(listener), name=f"bus:{listener}")

    async def drain(self) -> None:
        """Wait until every event published so far, and those they caused, has been handled."""
        while any(not pump.done() for pump in self._pumps.values()):
            await asyncio.gather(*self._pumps.values())

    async def _pump(self, listener: str) -> None:
        queue = self._queues[listener]
        while not queue.empty():
            handler, event = queue.get_nowait()
            try:
                await handler(event)
            except Exception:
                log.exception("listener failed", listener=listener, event_type=type(event).__name__)
