"""The dial plan's notes of legs that ended unseen, read."""

from pbx.departed import read
from pbx.events import Departure

LEG = "n1a2b3-1700000000.12"
BEGAN = 1700000000.000012


def test_caller_who_was_served_is_told_with_his_agent_and_the_time_of_the_talk() -> None:
    note = "agent|1700000045|1700000040|PJSIP/phone-8001-0000000a 1700000010 a-1|queue|95566|13900000001"
    expected = Departure(
        "agent", 1700000045.0, BEGAN, "13900000001", "95566", True, "phone-8001", 1700000010.0, 1700000040.0, "a-1"
    )
    assert read(LEG, note) == expected


def test_end_of_an_earlier_talk_is_not_taken_for_the_end_of_this_one() -> None:
    note = "customer|1700000045|1700000005|PJSIP/phone-8001-0000000a 1700000010|music|95566|13900000001"
    assert read(LEG, note).until == 1700000045.0


def test_caller_who_gave_up_and_hides_his_number_was_served_by_nobody() -> None:
    expected = Departure("customer", 1700000045.0, BEGAN, "", "95566", True, "", 0.0, 1700000045.0)
    assert read(LEG, "customer|1700000045|||queue|95566|anonymous") == expected


def test_number_with_a_stroke_in_it_and_a_note_of_junk_harm_nothing() -> None:
    assert read(LEG, "customer|1|||menu|95566|1|2|x").caller == "1|2|x"
    assert read("x", "").by == ""
