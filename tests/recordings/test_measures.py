"""Speech measures on calls drawn by hand, and laws of the arithmetic on stretches of time."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from recordings.spans import Span, common, joined, outside, padded, total, without
from recordings.speech.measures import interruptions, measure, responses, tidy

SPANS = st.lists(
    st.tuples(st.integers(0, 900), st.integers(1, 100)).map(lambda pair: Span(pair[0] / 10, (pair[0] + pair[1]) / 10)),
    max_size=12,
).map(joined)


def test_an_orderly_talk_has_gaps_and_no_interruptions() -> None:
    agent, customer = (Span(1, 4), Span(10, 15)), (Span(5, 8),)
    found = measure(agent, customer, 20, characters=(40, None))
    assert (found.overlap, found.dead_air, found.longest_dead_air) == (0, 9, 5)
    assert (found.agent.talk, found.agent.silence, found.agent.turns) == (8, 12, 2)
    assert (found.agent.response.count, found.agent.response.mean) == (1, 2)
    assert (found.customer.response.count, found.customer.response.longest) == (1, 1)
    assert (found.agent.characters_per_minute, found.customer.characters_per_minute) == (300, None)
    assert found.agent.interruptions == found.customer.interruptions == 0


def test_who_talks_into_the_middle_interrupts_and_a_short_yes_does_not() -> None:
    agent = (Span(0, 10),)
    assert interruptions((Span(5, 7),), agent) == (5,)
    assert interruptions((Span(5, 5.4),), agent) == ()
    assert interruptions((Span(9.7, 12),), agent) == ()
    assert measure(agent, (Span(5, 7),), 10).overlap == 2


def test_an_answer_is_counted_from_the_end_of_what_was_said() -> None:
    assert responses((Span(6, 8),), (Span(0, 5), Span(1, 3))) == (1,)
    assert responses((Span(4, 8),), (Span(0, 5),)) == ()
    assert responses((Span(30, 31),), (Span(0, 5),)) == ()


def test_breathing_does_not_end_a_turn_and_clicks_are_no_talk() -> None:
    assert tidy((Span(0, 1), Span(1.2, 2), Span(5, 5.05))) == (Span(0, 2),)


def test_a_silent_call_has_measures_without_division_by_nothing() -> None:
    found = measure((), (), 30, characters=(0, 0))
    assert (found.dead_air, found.agent.characters_per_minute, found.agent.response.count) == (30, None, 0)


@given(SPANS, SPANS)
def test_parts_inside_and_outside_add_up(left: tuple[Span, ...], right: tuple[Span, ...]) -> None:
    both, only = common(left, right), without(left, right, 200)
    assert abs(total(both) + total(only) - total(left)) < 1e-6
    assert abs(total(outside(left, 200)) + total(left) - 200) < 1e-6
    assert common(left, right) == common(right, left)


@given(SPANS)
def test_widened_stretches_stay_inside_and_never_touch(spans: tuple[Span, ...]) -> None:
    wide = padded(spans, 0.3, 0.3, 95)
    assert all(span.start >= 0 and span.end <= 95 for span in wide)
    assert all(before.end < after.start for before, after in pairwise(wide))


def test_a_stretch_beyond_the_end_counts_only_to_the_end() -> None:
    assert outside((Span(5, 30),), 10) == (Span(0, 5),)
    assert outside((Span(12, 30),), 10) == (Span(0, 10),)
