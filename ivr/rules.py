"""What the site has configured for its menus: menu by dialled number, known customers, opening hours, time zone."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from ivr.customers import Customers, facts_of, moment_facts
from ivr.effects import Started
from ivr.hours import Hours
from ivr.menus import LoadedMenu


@dataclass(frozen=True, slots=True)
class Rules:
    """A call keeps the rules it began with."""

    menus: Mapping[str, LoadedMenu]
    customers: Customers
    hours: Hours
    zone: ZoneInfo

    def is_open(self, schedule: str, at: float) -> bool:
        return self.hours.is_open(schedule, at, self.zone)

    def moment(self, at: float) -> dt.datetime:
        """The site's local time."""
        return dt.datetime.fromtimestamp(at, self.zone)

    def menu_for(self, dialled: str) -> LoadedMenu:
        """The menu of a dialled number; an unknown number is answered by the hotline's main menu."""
        return self.menus.get(dialled) or next(iter(self.menus.values()))

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
        return Started(at, caller, dialled, tier, language, customer is not None, (*moment_facts(moment), *mine), hears)
