"""What the site has configured for its menus: menu by dialled number, known customers, opening hours, time zone."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from ivr.customers import Customers, facts_of
from ivr.effects import Started
from ivr.hours import Hours
from ivr.menus import LoadedMenu
from ivr.moment import moment_facts


@dataclass(frozen=True, slots=True)
class Challenge:
    """A trial under way: `menu` answers a `share` (0–1) of the calls instead of the live version."""

    trial: str
    menu: LoadedMenu
    share: float


@dataclass(frozen=True, slots=True)
class Rules:
    """A call keeps the rules it began with. `challenges` are the trials by the name of their menu."""

    menus: Mapping[str, LoadedMenu]
    customers: Customers
    hours: Hours
    zone: ZoneInfo
    challenges: Mapping[str, Challenge] = field(default_factory=dict)

    def is_open(self, schedule: str, at: float) -> bool:
        return self.hours.is_open(schedule, at, self.zone)

    def moment(self, at: float) -> dt.datetime:
        """The site's local time."""
        return dt.datetime.fromtimestamp(at, self.zone)

    def menu_for(self, dialled: str, leg: str = "") -> LoadedMenu:
        """The menu of a dialled number; an unknown number is answered by the hotline's main menu.

        In a trial the call's `leg` decides between the two versions, always in the same way.
        """
        menu = self.menus.get(dialled) or next(iter(self.menus.values()))
        challenge = self.challenges.get(menu.name)
        return challenge.menu if challenge and leg and lot(challenge.trial, leg) < challenge.share else menu

    def started(
        self,
        at: float,
        caller: str,
        dialled: str,
        language: str = "",
        hears: frozenset[str] = frozenset(),
    ) -> Started:
        """How a call begins: what is known of the caller and of the moment."""
        customer, moment = self.customers.find(caller), self.moment(at)
        mine = facts_of(customer, caller, moment.date()) if customer else ()
        tier = customer.tier if customer else "ordinary"
        language = language or (customer.language if customer else "")
        mine = (*moment_facts(moment), *mine)
        return Started(at, caller, dialled, tier, language, customer is not None, mine, hears)


def lot(trial: str, leg: str) -> float:
    """A number from 0 up to 1, evenly spread over the legs and another one in every trial."""
    return int.from_bytes(hashlib.sha256(f"{trial}:{leg}".encode()).digest()[:8]) / 2**64
