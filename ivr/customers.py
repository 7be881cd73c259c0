"""The built-in customer table: who calls from which number, how important, in which language, with what account."""

import datetime as dt
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from core import yamlfile
from core.rulebook import Rulebook
from ivr.checks import age_on
from ivr.document import as_text, dig
from ivr.reading.values import plain_number
from ivr.schema.parts import Tier

Facts = tuple[tuple[str, str], ...]


def _made(written: object) -> object:
    """Never says what was written: it may be the secret itself."""
    if written != "" and not (isinstance(written, str) and written.startswith("$argon2")):
        raise ValueError("this is no hash of a secret: make one with `hotline ivr secret`")
    return written


Fingerprint = Annotated[str, Field(pattern=r"^(\$argon2.*)?$"), BeforeValidator(_made)]


class Transaction(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    date: dt.date
    amount: float = Field(description="yuan; negative: paid out")


class Account(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    last_four: str = Field(pattern=r"^[0-9]{4}$")
    balance: float
    transactions: tuple[Transaction, ...] = Field(default=(), description="the newest first")


class Customer(BaseModel):
    """`pin` and `identity` (the last six places) are Argon2 hashes made by `hotline ivr secret`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    tier: Tier = "ordinary"
    language: str = Field(default="", description="empty: not known, the menu asks")
    birth_year: int | None = Field(default=None, ge=1900, le=2100)
    manager: str = Field(default="", pattern=r"^[0-9]*$", description="agent's number, first in queues: manager_wait")
    account: Account | None = None
    pin: Fingerprint = Field(default="", repr=False)
    identity: Fingerprint = Field(default="", repr=False, description="of the last six places of the identity card")


class Customers(Rulebook):
    """`customers` maps a calling number, as a person writes it, to its customer."""

    customers: Mapping[str, Customer]

    def find(self, caller: str) -> Customer | None:
        """The customer of a calling number, whatever its spelling (+86 138…, 0086138…, 138-…)."""
        return self._by_plain_number.get(plain_number(caller))

    def secret_of(self, number: str, kind: str) -> str:
        """The hash of a customer's `pin` or `identity`, '' where there is none."""
        customer = self.find(number)
        return (customer.pin if kind == "pin" else customer.identity) if customer else ""

    def answer(self, by: str, fields: Facts, day: dt.date) -> tuple[str, Facts]:
        """What a lookup step gets: `found` with the wanted fields and the customer's facts, or `not_found`."""
        customer = self.find(by)
        if customer is None:
            return "not_found", ()
        known = customer.model_dump(mode="json", exclude={"pin", "identity"})
        wanted = tuple((name, as_text(dig(known, path)) or "") for name, path in fields)
        return "found", (*facts_of(customer, by, day), ("tier", customer.tier), *wanted)

    @cached_property
    def _by_plain_number(self) -> dict[str, Customer]:
        return {plain_number(number): each for number, each in self.customers.items()}


def facts_of(customer: Customer, number: str, day: dt.date) -> Facts:
    """The variables a known customer gives his call."""
    born = str(customer.birth_year or "")
    return (
        ("customer", plain_number(number)), ("name", customer.name),
        ("birth_year", born), ("age", age_on(born, day)), ("manager", customer.manager),
    )  # fmt: skip


def read(text: str) -> Customers:
    """What a published text says; raises ConfigError."""
    return yamlfile.loads(text, Path("customers.yaml"), Customers)


def load(config_dir: Path) -> Customers:
    return yamlfile.load(config_dir / "customers.yaml", Customers)
