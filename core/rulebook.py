"""What a file of the configuration says, while it may change under a running centre."""

from typing import Self

from pydantic import BaseModel, ConfigDict


class Rulebook(BaseModel):
    """A centre has one of each, given to all who go by it, who read it anew for every decision.

    `become` makes it say what a newer text says, in one step: between two events everybody has the new rules. Who
    needs rules that stay as they are takes it `as_now`.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, protected_namespaces=())

    def become(self, other: Self) -> None:
        object.__setattr__(self, "__dict__", {**other.__dict__})

    def as_now(self) -> Self:
        """Equal to this one, and never another."""
        return self.model_copy()
