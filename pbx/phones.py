"""Which phones can be reached, from the contacts Asterisk knows. Pure."""

from collections.abc import Iterable

from pbx.events import PhoneReachable
from pbx.framing import Headers
from pbx.parse import number

GONE = frozenset({"Unreachable", "Removed", "Unavail"})


class Phones:
    """A phone is reachable while at least one of its contacts is."""

    def __init__(self) -> None:
        self._contacts: dict[str, set[str]] = {}

    def reset(self, contacts: Iterable[Headers]) -> frozenset[str]:
        """Take the items of a PJSIPShowContacts list; returns the devices that can be reached."""
        self._contacts = {}
        for each in contacts:
            if each.get("status") not in GONE:
                self._contacts.setdefault(each.get("endpoint", ""), set()).add(each.get("uri", ""))
        return frozenset(self._contacts)

    def hear(self, headers: Headers, now: float) -> PhoneReachable | None:
        """A ContactStatus event; the answer is None unless it changes whether the phone can be reached."""
        device = headers.get("endpointname") or headers.get("aor", "")
        if headers.get("event") != "ContactStatus" or not device:
            return None
        contacts = self._contacts.setdefault(device, set())
        was = bool(contacts)
        if headers.get("contactstatus") in GONE:
            contacts.discard(headers.get("uri", ""))
        else:
            contacts.add(headers.get("uri", ""))
        if was == bool(contacts):
            return None
        return PhoneReachable(number(headers.get("timestamp", ""), now), device, bool(contacts))
