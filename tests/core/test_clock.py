"""Ids sort by time and do not repeat."""

import pytest

from core.clock import made_at, new_id


def test_ids_sort_by_time_and_never_repeat() -> None:
    ids = [new_id(1_760_000_000 + n / 1000) for n in range(2000)]
    assert ids == sorted(ids)
    assert len(set(ids + [new_id(1_760_000_000) for _ in range(2000)])) == 4000
    assert {len(each) for each in ids} == {22}


def test_an_id_tells_when_it_was_made_and_a_name_of_another_make_does_not() -> None:
    assert made_at(new_id(1_760_000_000.125)) == pytest.approx(1_760_000_000.125, abs=0.001)
    assert [made_at(each) for each in ("", "1760000000.17", "hotline-1760000000.170", "offer-1")] == [None] * 4
