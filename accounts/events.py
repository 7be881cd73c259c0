"""What accounts tell the house."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PeopleChanged:
    """Somebody's skills, role or number are others, or somebody may not sign in any more."""


@dataclass(frozen=True, slots=True)
class PhonesChanged:
    """Which telephones may register, or with which secret, is no longer what the switch was told."""
