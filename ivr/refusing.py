"""Queues that take no caller of a walk: written as a list of those that are closed, or each with its reason."""

from collections.abc import Collection, Iterator, Mapping
from typing import Annotated

from pydantic import Discriminator, Tag

from core.errors import BadInput
from ivr.schema import Flow, Queue, Refusal

Refused = Annotated[
    Annotated[frozenset[str], Tag("list")] | Annotated[dict[str, Refusal], Tag("reasons")],
    Discriminator(lambda said: "reasons" if isinstance(said, dict) else "list"),
]


def reasons(refused: frozenset[str] | dict[str, Refusal]) -> Mapping[str, Refusal]:
    """Queue → why it takes nobody."""
    return refused if isinstance(refused, dict) else dict.fromkeys(refused, "closed")


def demand_led_to(flow: Flow, refused: Mapping[str, str]) -> None:
    """Raises BadInput for a queue that none of its callers comes to."""
    for _, fault in not_led_to(flow, refused):
        raise fault


def not_led_to(flow: Flow, queues: Collection[str]) -> Iterator[tuple[str, BadInput]]:
    """Of these queues those that none of its callers comes to."""
    there = sorted({step.to for step in flow.steps.values() if isinstance(step, Queue)})
    for each in sorted(set(queues) - set(there)):
        yield each, BadInput(f"no step leads to queue {each!r}", f"they lead to {', '.join(there)}")
