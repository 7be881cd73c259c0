"""Which phones can be reached."""

from pbx.events import PhoneReachable
from pbx.framing import Headers
from pbx.phones import Phones


def contact(status: str, uri: str = "sip:a", device: str = "phone-8001") -> Headers:
    return {"event": "ContactStatus", "contactstatus": status, "uri": uri, "aor": device, "endpointname": device}


def test_only_a_change_is_told() -> None:
    phones = Phones()
    assert phones.reset([]) == frozenset()
    assert phones.hear(contact("NonQualified"), 1.0) == PhoneReachable(1.0, "phone-8001", True)
    assert phones.hear(contact("Reachable"), 2.0) is None
    assert phones.hear(contact("Removed"), 3.0) == PhoneReachable(3.0, "phone-8001", False)
    assert phones.hear(contact("Removed"), 4.0) is None


def test_a_phone_with_two_places_is_reachable_until_both_are_gone() -> None:
    phones = Phones()
    phones.reset([{"endpoint": "phone-8001", "uri": f"sip:{name}", "status": "Reachable"} for name in "ab"])
    assert phones.hear(contact("Unreachable", "sip:a"), 1.0) is None
    assert phones.hear(contact("Unreachable", "sip:b"), 2.0) == PhoneReachable(2.0, "phone-8001", False)


def test_a_contact_that_does_not_answer_is_no_reachable_phone() -> None:
    assert Phones().reset([{"endpoint": "phone-8001", "uri": "sip:a", "status": "Unreachable"}]) == frozenset()
