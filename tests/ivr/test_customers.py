"""The customer table by calling number."""

import pytest

from core.errors import ConfigError
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


@pytest.mark.parametrize("field", ["pin", "identity"])
def test_secret_that_is_no_hash_is_refused_with_the_command_that_makes_one_and_is_never_said(field: str) -> None:
    with pytest.raises(ConfigError) as caught:
        customers.read(f'customers:\n  "1": {{name: a, {field}: "246810"}}\n')
    assert "make one with `hotline ivr secret`" in str(caught.value)
    assert "246810" not in str(caught.value)
