"""How figures of waiting are put into words: those of nobody are none, and not 0."""

from collections.abc import Mapping
from typing import Any


def level_words(figures: Mapping[str, Any]) -> str:
    return f"service level {figures['service_level']:.1%}" if figures["offered"] else "service level: no calls"


def target_words(figures: Mapping[str, Any]) -> str:
    seconds = figures["service_level_seconds"]
    return "each queue's seconds" if seconds is None else f"{seconds:g} s"


def mean_words(figures: Mapping[str, Any], what: str) -> str:
    return f"{what} {figures['asa']:.1f} s" if figures["answered"] else nobody(figures)


def nobody(figures: Mapping[str, Any]) -> str:
    """Why there are no waits of the answered."""
    return "nobody was answered" if figures["offered"] else "no calls"
