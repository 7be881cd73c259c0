"""Steps of the menu at which waiting callers go on: who has waited too long, and who leaves by the key."""

from collections.abc import Iterator, Mapping

from acd.queues import Queue
from core.yamlfile import Place


def landings(queues: Mapping[str, Queue], name: str) -> Iterator[tuple[Place, str]]:
    """For callers who join the queue `name`, each with its place in queues.yaml.

    Who has flowed over leaves by the key of the queue he is in by then, else by that of the one he joined.
    """
    joined = queues[name]
    if joined.longest is not None:
        yield ("queues", name, "longest", "step"), joined.longest.step
    for each in (name, *([joined.overflow.to] if joined.overflow is not None else ())):
        if (way := queues[each].way_out) is not None:
            yield ("queues", each, "way_out", "step"), way.step
