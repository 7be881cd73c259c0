"""What accounts tell the house."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PhonesChanged:
    """Which telephones may register, or with which secret, is no longer what the switch was told."""
