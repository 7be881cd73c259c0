"""The flow in virtual time: keys, silence, hang-ups, messages, and promises that hold for any caller."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.effects import (
    ChooseContact,
    DropMessage,
    EndCall,
    EnterQueue,
    Finish,
    HungUp,
    KeepMessage,
    MessageEnded,
    Pressed,
    QueueRefused,
    RecordMessage,
    Say,
    SoundEnded,
    SpeakLanguage,
    TimedOut,
    Trouble,
)
from ivr.flow import Phase
from ivr.schema.flow import TROUBLE
from tests.ivr.material import SMALL, Caller, shipped, write_menu

SHIPPED = shipped()


def test_queue_step_may_ask_for_more_of_the_callers_language_than_some(tmp_path: Path) -> None:
    talk = Caller(write_menu(tmp_path, SMALL.replace("to: general}", "to: general, skills: {zh: 5, cards: 2}}")))
    talk.press("0")
    assert talk.queue().skills == (("cards", 2), ("zh", 5))


def test_caller_reaches_the_cards_queue_by_three_keys() -> None:
    caller = Caller(SHIPPED)
    caller.press("121")
    caller.run_out()
    assert caller.path() == [
        ("by-age", ""), ("welcome", ""), ("speak-chinese", "1"), ("main", ""), ("cards", "2"), ("cards-person", "1"),
    ]  # fmt: skip
    assert caller.queue() == EnterQueue("cards", (("cards", 1), ("zh", 1)), 0, "rate-agent")
    assert caller.session.over


def test_menu_says_ahead_what_follows_each_key_and_a_question_for_digits_says_nothing() -> None:
    caller = Caller(SHIPPED)
    caller.press("1")
    ahead = caller.session.ahead()
    assert {key: said.text for key, said in ahead.items() if key in "25"} == {"2": "账户和银行卡。", "5": "自助查询。"}
    assert (caller.session.step, caller.session.ahead()) == ("main", ahead)
    caller.press("51")
    assert caller.session.step == "ask-number"
    assert caller.session.ahead() == {}


def test_english_caller_needs_an_agent_who_speaks_english() -> None:
    caller = Caller(SHIPPED, tier="diamond")
    caller.press("20")
    caller.run_out()
    assert SpeakLanguage("en") in caller.effects
    assert caller.queue() == EnterQueue("general", (("en", 1),), 50, "rate-agent")
    assert caller.heard()[-1].startswith("We are connecting you")


def test_welcome_is_said_in_every_language_until_one_is_chosen() -> None:
    caller = Caller(SHIPPED)
    first = caller.effects[2]
    assert isinstance(first, Say)
    assert [piece.language for piece in first.pieces] == ["zh", "zh", "en", "en"]
    caller.press("1")
    last = caller.effects[-1]
    assert isinstance(last, Say)
    assert {piece.language for piece in last.pieces} == {"zh"}


def test_wrong_key_is_told_and_the_menu_read_again_in_other_words(tmp_path: Path) -> None:
    caller = Caller(write_menu(tmp_path))
    caller.press("7")
    assert caller.heard() == ["主菜单", "一", "错了", "再来", "一"]
    caller.press("1")
    assert caller.session.step == "more"
    assert caller.path() == [("main", ""), ("main", "•"), ("more", "1")]  # perhaps a digit of something private


def test_silence_leads_to_a_person_after_the_last_retry(tmp_path: Path) -> None:
    caller = Caller(write_menu(tmp_path))
    caller.run_out()
    assert caller.heard() == ["主菜单", "一", "没有", "再来", "一"]
    assert caller.queue().queue == "general"


def test_keys_pressed_during_a_prompt_that_cannot_be_interrupted_are_kept(tmp_path: Path) -> None:
    caller = Caller(write_menu(tmp_path))
    caller.press("11", after=0.1)
    assert caller.session.step == "more"
    caller.wait(2.0)
    assert caller.session.step == "news"


def test_star_goes_back_hash_repeats_and_zero_is_a_person_from_anywhere() -> None:
    caller = Caller(SHIPPED)
    caller.press("12#*")
    assert [step for step, _ in caller.path()][-3:] == ["cards", "cards", "main"]
    caller.press("23")
    assert caller.session.step == "branches"
    caller.press("0")
    assert caller.session.step == "person"


def test_loans_outside_hours_offer_a_message_and_an_answer_by_the_chosen_way() -> None:
    caller = Caller(SHIPPED, open_now=False)
    caller.press("13")
    caller.wait(7)
    assert caller.session.phase is Phase.RECORDING
    caller.wait(caller.message)
    caller.press("2")
    caller.run_out()
    assert caller.all_of((KeepMessage, ChooseContact, Finish, EndCall)) == [
        KeepMessage(6.0), ChooseContact("sms"), Finish("message", "system"), EndCall(),
    ]  # fmt: skip


def test_call_of_who_hangs_up_in_the_menu_is_over_at_once() -> None:
    caller = Caller(SHIPPED)
    caller.press("1")
    caller.hang_up()
    assert caller.effects[-1:] == [Finish("abandoned", "customer")]
    assert caller.session.over


def test_message_of_a_caller_who_hangs_up_is_kept() -> None:
    caller = Caller(SHIPPED, open_now=False)
    caller.press("13")
    caller.wait(7)
    recording = caller.all_of(RecordMessage)[-1]
    assert isinstance(recording, RecordMessage)
    caller.hang_up()
    assert not caller.session.over
    caller.feed(MessageEnded(caller.now, recording.token, 4.0, "hangup"))
    assert caller.effects[-2:] == [KeepMessage(4.0), Finish("message", "customer")]
    assert caller.session.over


def test_empty_message_is_asked_for_again_and_then_ends_the_call_with_a_word_of_regret() -> None:
    caller = Caller(SHIPPED, open_now=False, message=0.0)
    caller.press("13")
    caller.run_out()
    assert len(caller.all_of(RecordMessage)) == 2
    assert caller.heard().count("没有听到您的留言，请在提示音后再说一遍。") == 1
    assert caller.heard()[-1] == SHIPPED.flow.words(SHIPPED.flow.phrases.sorry)["zh"]
    assert caller.all_of(KeepMessage) == []
    assert caller.effects[-2:] == [Finish("failed", "system"), EndCall()]


@pytest.mark.parametrize("seconds", [0.0, 0.6])
def test_message_too_short_to_be_one_is_dropped_though_its_caller_hangs_up(seconds: float) -> None:
    caller = Caller(SHIPPED, open_now=False)
    caller.press("13")
    caller.wait(7)
    recording = caller.all_of(RecordMessage)[-1]
    assert isinstance(recording, RecordMessage)
    caller.hang_up()
    caller.feed(MessageEnded(caller.now, recording.token, seconds, "hangup"))
    assert caller.all_of((KeepMessage, DropMessage)) == [DropMessage()]
    assert caller.session.over


def test_message_that_cannot_be_recorded_ends_with_a_word_of_regret() -> None:
    caller = Caller(SHIPPED, open_now=False)
    caller.press("13")
    caller.wait(7)
    recording = caller.all_of(RecordMessage)[-1]
    assert isinstance(recording, RecordMessage)
    caller.feed(MessageEnded(caller.now, recording.token, 0.0, "failed"))
    caller.run_out()
    assert caller.heard()[-1].startswith("非常抱歉")
    assert caller.effects[-2:] == [Finish("failed", "system"), EndCall()]


def test_key_that_ended_the_recording_is_no_answer_to_the_next_question() -> None:
    caller = Caller(SHIPPED, open_now=False, message=90)
    caller.press("13")
    caller.wait(7)
    recording = caller.all_of(RecordMessage)[-1]
    assert isinstance(recording, RecordMessage)
    caller.feed(MessageEnded(caller.now, recording.token, 5.0, "key"))
    said = len(caller.all_of(Say))
    caller.feed(Pressed(caller.now + 0.05, "#"))
    assert len(caller.all_of(Say)) == said


def test_refused_queue_leads_to_a_message_never_to_silence() -> None:
    caller = Caller(SHIPPED, refused=frozenset({"cards", "general"}))
    caller.press("121")
    caller.wait(20)
    assert caller.session.step == "message"


def test_refused_last_queue_without_another_way_says_sorry_and_hangs_up(tmp_path: Path) -> None:
    caller = Caller(write_menu(tmp_path), refused=frozenset({"general"}))
    caller.press("0")
    caller.run_out()
    assert caller.heard()[-1] == "抱歉"
    assert caller.effects[-2:] == [Finish("failed", "system"), EndCall()]


def test_missing_prompt_of_a_menu_leads_to_a_person() -> None:
    caller = Caller(SHIPPED)
    said = caller.effects[-1]
    assert isinstance(said, Say)
    caller.feed(SoundEnded(caller.now, said.token, missing=True))
    caller.run_out()
    assert caller.session.step in ("main", "person")


def test_steps_that_only_lead_to_each_other_end_at_a_person(tmp_path: Path) -> None:
    circle = SMALL.replace("  person: {", "  a: {kind: goto, next: b}\n  b: {kind: goto, next: a}\n  person: {")
    caller = Caller(write_menu(tmp_path, circle.replace("start: main", "start: a")))
    assert [each.step for each in caller.effects if isinstance(each, Trouble)] == ["a"]
    caller.run_out()
    assert caller.heard() == [TROUBLE["zh"]]
    assert caller.queue().queue == "general"


WORLD = st.lists(st.sampled_from([*"0123456789*#", ".", "silence", "hangup", "stale"]), max_size=40)


@settings(max_examples=150)
@given(
    deeds=WORLD,
    open_now=st.booleans(),
    refused=st.sets(st.sampled_from(["general", "cards", "loans", "lost-card", "complaints"])),
    message=st.sampled_from([0.0, 3.0, 120.0]),
    after=st.sampled_from([0.0, 0.3, 2.5, 9.0]),
)
def test_any_caller_in_any_world_comes_to_an_end(
    deeds: list[str], open_now: bool, refused: set[str], message: float, after: float
) -> None:
    caller = Caller(SHIPPED, open_now=open_now, refused=frozenset(refused), message=message)
    for deed in deeds:
        match deed:
            case "hangup":
                caller.feed(HungUp(caller.now))
            case "stale":
                for wrong in (SoundEnded(caller.now, 0), TimedOut(caller.now, 0), QueueRefused(caller.now, "x")):
                    if not caller.session.over:
                        caller.feed(wrong)
            case "silence":
                caller.wait(12.0)
            case key:
                caller.press(key, after)
    assert caller.run_out() < 1000
    assert caller.session.over
    left = [each for each in caller.effects if isinstance(each, EnterQueue | Finish)]
    assert left or any(deed == "hangup" for deed in deeds)
