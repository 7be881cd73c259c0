"""Ids sort by time and do not repeat."""

from core.clock import new_id


def test_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_id(1_760_000_000 + n / 1000) for n in range(2000)]
    assert ids == sorted(ids)
    assert len(set(ids + [new_id(1_760_000_000) for _ in range(2000)])) == 4000
    assert {len(each) for each in ids} == {22}
