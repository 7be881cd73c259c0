"""The customer table by calling number."""

from core.settings import ROOT
from ivr import customers
from ivr.customer_places import PLACES, known_place


def test_customer_is_found_however_the_number_is_written() -> None:
    table = customers.load(ROOT / "config")
    spellings = ("13800000001", "+86 138-0000-0001", "008613800000001")
    assert [found.tier for each in spellings if (found := table.find(each))] == ["diamond"] * 3
    assert table.find("13900000000") is None
    assert table.find("") is None


def test_lookups_may_ask_for_all_that_a_customer_can_have_but_his_secrets() -> None:
    table = customers.load(ROOT / "config")
    places: set[str] = set()

    def walk(value: object, place: str) -> None:
        match value:
            case dict():
                for name, each in value.items():
                    walk(each, f"{place}.{name}" if place else name)
            case list():
                for index, each in enumerate(value):
                    walk(each, f"{place}.{index}")
            case None:
                pass
            case _:
                places.add(place)

    for each in table.customers.values():
        walk(each.model_dump(mode="json", exclude={"pin", "identity"}), "")
    assert set(PLACES) <= places
    assert [place for place in places if not known_place(place)] == []
    assert not any(map(known_place, ("pin", "identity", "account", "account.transactions.0", "account.fee")))
