"""The customer table by calling number."""

from core.settings import ROOT
from ivr import customers


def test_customer_is_found_however_the_number_is_written() -> None:
    table = customers.load(ROOT / "config")
    spellings = ("13800000001", "+86 138-0000-0001", "008613800000001")
    assert [found.tier for each in spellings if (found := table.find(each))] == ["diamond"] * 3
    assert table.find("13900000000") is None
    assert table.find("") is None
