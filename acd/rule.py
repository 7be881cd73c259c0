"""What the floor knows of a queue."""

from dataclasses import dataclass
from math import isfinite


@dataclass(frozen=True, slots=True)
class QueueRule:
    """Seconds: a phone rings, wrap-up after a conversation (infinite: until the agent says), by how much he may
    lengthen it, and the wait within which a caller should be answered."""

    ring: float
    wrap_up: float
    extra: float = 0.0
    target: float = 20.0

    @property
    def known_wrap_up(self) -> float:
        """Seconds; one that the agent ends himself is not known."""
        return self.wrap_up if isfinite(self.wrap_up) else 0.0
