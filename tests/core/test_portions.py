"""Long lists in portions."""

from core.portions import portions


def test_every_item_is_in_one_portion_in_its_order() -> None:
    assert list(portions("abcde", 2)) == [["a", "b"], ["c", "d"], ["e"]]


def test_nothing_makes_no_portion() -> None:
    assert list(portions([])) == []
