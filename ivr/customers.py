"""The built-in customer table: who calls from which number, how important, in which language."""

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from core import yamlfile

Tier = Literal["diamond", "gold", "silver", "ordinary"]


class Customer(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    tier: Tier = "ordinary"
    language: str = Field(default="", description="empty: not known, the menu asks")


class Customers(BaseModel):
    """`customers` maps a calling number, as a person writes it, to its customer."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    customers: Mapping[str, Customer]

    def find(self, caller: str) -> Customer | None:
        """The customer of a calling number, whatever its spelling (+86 138…, 0086138…, 138-…)."""
        return self._by_plain_number.get(plain_number(caller))

    @cached_property
    def _by_plain_number(self) -> dict[str, Customer]:
        return {plain_number(number): each for number, each in self.customers.items()}


def plain_number(number: str) -> str:
    """Digits only, without China's country code: +86 138-0000-0001 → 13800000001."""
    digits = "".join(each for each in number if each.isdigit())
    if number.strip().startswith("+86"):
        return digits[2:]
    return digits[4:] if digits.startswith("0086") else digits


def load(config_dir: Path) -> Customers:
    return yamlfile.load(config_dir / "customers.yaml", Customers)
