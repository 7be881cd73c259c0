"""Each kind of step in virtual time: what is asked, said, passed on, and never shown."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import ConfigError
from ivr.effects import EnterQueue, Finish, LookUp, Pressed, PromiseCallBack, Say, SendOutside, Started, VerifySecret
from ivr.menus import LoadedMenu
from ivr.prompts.wanted import lines
from ivr.schema.flow import TROUBLE
from ivr.secret import HIDDEN, Secret
from ivr.walk import World, walk
from tests.ivr.material import SERVICE, SMALL, Caller, write_menu

CARD = "6222021234567894"
ME = (("customer", "13800000009"),)


@pytest.fixture(scope="module")
def menu(tmp_path_factory: pytest.TempPathFactory) -> LoadedMenu:
    return write_menu(tmp_path_factory.mktemp("menu"), SERVICE)


def test_card_number_is_checked_read_back_and_masked_in_the_path(menu: LoadedMenu) -> None:
    caller = Caller(menu)
    caller.press("1" + CARD[:-1] + "5#", after=0.1)
    assert caller.heard()[-2:] == ["卡号不对", "卡号"]
    caller.press(CARD + "#", after=0.1)
    spoken = caller.all_of(Say)[-1]
    assert isinstance(spoken, Say)
    assert "".join(piece.text for piece in spoken.pieces) == "您的卡号六二二二零二幺二三四五六七八九四"
    assert caller.path() == [
        ("main", ""), ("card", "1"), ("card", "••••7895"), ("card-said", "••••7894"),
    ]  # fmt: skip


def test_digits_end_by_length_and_a_late_hash_is_no_answer_to_the_next_question(menu: LoadedMenu) -> None:
    caller = Caller(menu)
    caller.press("819491231#", after=0.1)
    assert "".join(caller.heard()[-9:]) == "一九四九年十二月三十一日"
    assert caller.session.step == "born-said"


def test_silence_ends_digits_and_star_begins_them_anew_or_goes_back(menu: LoadedMenu) -> None:
    caller = Caller(menu)
    caller.press("1" + CARD, after=0.1)
    caller.wait(5)
    assert caller.session.step == "card-said"
    again = Caller(menu)
    again.press("8199*", after=0.1)
    assert again.session.step == "birth"
    again.press("*", after=0.1)
    assert again.session.step == "main"


def test_digits_pressed_before_the_question_are_taken(menu: LoadedMenu) -> None:
    caller = Caller(menu)
    caller.press("8" + "19491231", after=0.0)
    assert caller.session.step == "born-said"


TOLD = """
  told: {kind: play, prompt: {zh: 告知, en: told}, barge_in: true, next: known}
  known: {kind: branch, on: known, cases: {"yes": main}, otherwise: number}
  number: {kind: collect, prompt: {zh: 号码, en: number}, into: number, least: 11, most: 11, next: bye}
"""


@pytest.mark.parametrize("barge_in", ["true", "false"])
@pytest.mark.parametrize("number", ["13800000001", "1*13800000001"])
def test_number_typed_ahead_during_a_sentence_is_kept_whole(tmp_path: Path, number: str, barge_in: str) -> None:
    told = TOLD.replace("true", barge_in)
    caller = Caller(write_menu(tmp_path, SMALL.rstrip().replace("go: more", "go: told") + told))
    caller.press("1" + number, after=0.1)
    caller.run_out()
    assert [step for step, _ in caller.path()] == ["main", "told", "known", "number", "bye"]


@pytest.mark.parametrize("keys", ["10", "190"])
def test_key_of_the_person_during_a_sentence_leads_there_unless_it_is_a_digit(tmp_path: Path, keys: str) -> None:
    told = "\n  told: {kind: play, prompt: {zh: 告知, en: told}, barge_in: false, next: more}\n"
    caller = Caller(write_menu(tmp_path, SMALL.rstrip().replace("go: more", "go: told") + told))
    caller.press(keys, after=0.1)
    assert caller.session.step == "person"
    first = Caller(write_menu(tmp_path, SMALL.rstrip().replace("go: more", "go: told") + TOLD))
    first.press("10", after=0.1)
    assert first.session.step == "person"


def test_silent_caller_is_asked_again_and_then_meets_a_person(menu: LoadedMenu) -> None:
    caller = Caller(menu)
    caller.press("1")
    caller.run_out()
    assert caller.heard().count("卡号") == 3
    assert caller.queue().queue == "general"


def test_customer_with_the_right_secret_hears_his_balance(menu: LoadedMenu) -> None:
    caller = Caller(menu, answers=["found", "wrong", "right"], fields=(*ME, ("balance", "1050.2")))
    caller.press("2")
    caller.wait(3)
    caller.press("111111", after=0.1)
    caller.wait(1)
    assert caller.heard()[-2:] == ["密码错误", "密码"]
    caller.press("246810", after=0.1)
    caller.wait(1)
    assert "".join(caller.heard()[-7:]) == "余额一千零五十元两角"
    asked = caller.all_of(VerifySecret)[-1]
    assert asked == VerifySecret(asked.token, "13800000009", "pin", Secret("246810"), 3, 1800.0, own=True)  # type: ignore[union-attr]
    assert [keys for _, keys in caller.path()] == ["", "2", "", HIDDEN, HIDDEN]


def test_who_typed_a_wrong_secret_is_asked_in_other_words(tmp_path: Path) -> None:
    text = SERVICE.replace(
        "    wrong: {zh: 密码错误", "    retry: [{zh: 再输密码, en: again}]\n    wrong: {zh: 密码错误"
    )
    caller = Caller(write_menu(tmp_path, text), answers=["found", "wrong"], fields=ME)
    caller.press("2")
    caller.wait(3)
    caller.press("111111", after=0.1)
    caller.wait(1)
    assert caller.heard()[-2:] == ["密码错误", "再输密码"]


def test_marks_between_values_and_words_that_a_language_does_not_need_are_not_said(tmp_path: Path) -> None:
    text = SERVICE.replace(
        "parts: [{zh: 余额, en: balance}, {value: balance, as: amount}]",
        'parts: [{zh: "", en: you have}, {value: balance, as: amount}, {zh: 。, en: .}]',
    )
    menu = write_menu(tmp_path, text)
    caller = Caller(menu, answers=["found", "right"], fields=(*ME, ("balance", "1")))
    caller.press("2")
    caller.wait(3)
    caller.press("246810", after=0.1)
    caller.wait(1)
    assert caller.heard()[-2:] == ["一", "元"]
    assert all(each.text not in ("", "。", ".") for each in menu.all_spoken())
    assert all(each.spoken.text not in ("", "。", ".") for each in lines([menu]))
    with pytest.raises(ConfigError, match="no words in zh"):
        write_menu(tmp_path, SERVICE.replace("{zh: 知道, en: noted}", '{zh: "", en: noted}'))


@pytest.mark.parametrize(("result", "end"), [("failed", "main"), ("unknown", "main"), ("locked", "bye")])
def test_secret_that_cannot_be_verified_leads_where_the_step_says(menu: LoadedMenu, result: str, end: str) -> None:
    caller = Caller(menu, answers=["found", result], fields=(*ME, ("balance", "1")))
    caller.press("2")
    caller.wait(3)
    caller.press("111111", after=0.1)
    caller.wait(0.6)
    assert caller.session.step == end


def test_secret_reaches_the_service_and_no_effect_shows_it(menu: LoadedMenu) -> None:
    caller = Caller(menu, answers=["found"], fields=(("limit", "500"),))
    caller.press("7" + "9753", after=0.1)
    wish = caller.all_of(LookUp)[-1]
    assert isinstance(wish, LookUp)
    assert dict(wish.values) == {"caller": "13800000009", "code": Secret("9753")}
    assert "9753" not in repr(caller.effects)
    assert caller.path()[-1] == ("web", HIDDEN)


def test_failed_lookup_reaches_a_person_and_a_missing_value_its_own_step(menu: LoadedMenu) -> None:
    caller = Caller(menu, answers=["failed"])
    caller.press("2")
    caller.run_out()
    assert caller.queue().queue == "general"
    odd = Caller(menu, answers=["found", "right"], fields=(*ME, ("balance", "a lot")))
    odd.press("2")
    odd.wait(3)
    odd.press("111111", after=0.1)
    odd.run_out()
    assert odd.path()[-1][0] == "person"


def test_transfer_that_is_refused_goes_on_in_the_menu(menu: LoadedMenu) -> None:
    caller = Caller(menu)
    caller.press("3")
    caller.wait(2.5)
    assert SendOutside("110") in caller.effects
    assert caller.session.step == "main"


def test_call_back_is_promised_to_the_confirmed_number(menu: LoadedMenu) -> None:
    caller = Caller(menu)
    caller.press("4")
    assert "".join(caller.heard()[-13:]) == "回拨幺三八零零零零零零零九按一"
    caller.press("2", after=0.1)
    caller.press("01088886666#", after=0.1)
    assert "".join(caller.heard()[-13:]) == "回拨零幺零八八八八六六六六按一"
    caller.press("1", after=0.1)
    caller.run_out()
    assert PromiseCallBack("01088886666", "business") in caller.effects
    assert caller.all_of(Finish) == [Finish("message", "system")]


def test_caller_who_hangs_up_after_the_promise_is_called_all_the_same(menu: LoadedMenu) -> None:
    caller = Caller(menu)
    caller.press("41")
    caller.hang_up()
    assert caller.effects[-1] == Finish("message", "customer")


@pytest.mark.parametrize(("keys", "end"), [("55", "bye"), ("52", "person"), ("599", "bye"), ("5", "bye")])
def test_survey_goes_on_whatever_the_caller_presses(menu: LoadedMenu, keys: str, end: str) -> None:
    caller = Caller(menu)
    caller.press(keys)
    caller.run_out()
    assert caller.path()[-1][0] == end


def test_sub_flow_comes_back_to_where_it_was_called(menu: LoadedMenu) -> None:
    caller = Caller(menu)
    caller.press("6")
    caller.run_out()
    assert [step for step, _ in caller.path()] == ["main", "detour", "noted", "told", "turn", "bye"]


def test_return_without_a_sub_flow_and_endless_sub_flows_reach_a_person(tmp_path: Path) -> None:
    deep = SERVICE.replace("start: main", "start: detour").replace("start: noted", "start: detour")
    for text in (SERVICE.replace("start: main", "start: turn"), deep):
        caller = Caller(write_menu(tmp_path, text))
        caller.run_out()
        assert caller.heard() == [TROUBLE["zh"]]
        assert caller.queue().queue == "general"


ANSWERS = st.lists(st.sampled_from(["found", "not_found", "failed", "right", "wrong", "locked", "unknown"]), max_size=8)


@settings(max_examples=150)
@given(
    keys=st.text(alphabet="0123456789*#.", max_size=60),
    answers=ANSWERS,
    value=st.sampled_from(["", "1050.2", "x"]),
    after=st.sampled_from([0.0, 0.3, 2.5, 9.0]),
    hang_up=st.booleans(),
)
def test_any_keys_and_answers_come_to_an_end(
    menu: LoadedMenu, keys: str, answers: list[str], value: str, after: float, hang_up: bool
) -> None:
    caller = Caller(menu, answers=answers, fields=(*ME, ("balance", value), ("limit", value)))
    caller.press(keys, after)
    if hang_up:
        caller.hang_up()
    assert caller.run_out() < 1000
    assert caller.session.over
    assert hang_up or caller.all_of((EnterQueue, Finish))


@pytest.mark.parametrize("most", ["", "    most: 18\n", "    most: 40\n"])
@pytest.mark.parametrize("end", ["'#'", "'*'", "null"])
def test_identity_card_that_ends_in_x_can_be_typed_whatever_key_ends_it(tmp_path: Path, end: str, most: str) -> None:
    card = f"{most}    end: {end}\n    check: identity\n"
    text = SERVICE.replace("    least: 12\n    most: 19\n    check: luhn\n", card)
    caller = Caller(write_menu(tmp_path, text))
    caller.press("1.11010519491231002*", after=0.1)
    assert caller.session.step == "card-said"


CODES = """
  first: {kind: collect, prompt: {zh: 编号, en: code}, into: first, most: 4, next: second}
  second: {kind: collect, prompt: {zh: 证件, en: card}, into: second, most: 18, check: identity, next: main}
"""


@pytest.mark.parametrize("keys", ["1234#11010519491231002*", "123411010519491231002*"])
@pytest.mark.parametrize("barge_in", [True, False])
def test_late_end_keys_are_waited_for_only_until_a_key_that_counts(tmp_path: Path, keys: str, barge_in: bool) -> None:
    codes = CODES if barge_in else CODES.replace("most: 18", "most: 18, barge_in: false")
    text = SMALL.rstrip().replace("start: main", "start: first") + codes
    caller = Caller(write_menu(tmp_path, text))
    caller.press(keys, after=0.05)
    caller.run_out(3)
    assert [step for step, _ in caller.path()] == ["first", "second", "main"]


@pytest.mark.parametrize(("keys", "end"), [("1234#", "#"), ("1234*", "*")])
def test_walk_presses_a_late_end_key_at_once_as_a_caller_does(tmp_path: Path, keys: str, end: str) -> None:
    codes = CODES.replace("most: 4", f"most: 4, end: '{end}'")
    menu = write_menu(tmp_path, SMALL.rstrip().replace("start: main", "start: first") + codes)
    world = World(lambda schedule, at: True)
    lines = walk(menu, world, keys, Started(0.0, "1", "2", "ordinary", "zh"), patient=True).lines
    (last,) = (line for line in lines if (line.kind, line.text) == ("presses", "4"))
    (late,) = (line for line in lines if (line.kind, line.text) == ("presses", end))
    assert late.at == last.at
    assert [line.text for line in lines if line.kind == "hears"] == ["编号", "证件"]


def test_late_end_key_ends_no_sound_that_the_caller_waits_for(menu: LoadedMenu) -> None:
    caller = Caller(menu)
    caller.press("819900101", after=0.1)
    said = caller.all_of(Say)[-1]
    assert isinstance(said, Say)
    assert (caller.session.step, said.barge_in, said.deaf_to) == ("born-said", True, "#*")
    session, now = caller.session, caller.now
    assert [session.is_deaf_to(Pressed(now + 1.4, key)) for key in "#*0"] == [True, True, False]
    assert not session.is_deaf_to(Pressed(now + 1.6, "#"))
    caller.wait(1.6)
    caller.press("#", after=0.0)  # says it again
    again = caller.all_of(Say)[-1]
    assert isinstance(again, Say)
    assert (again.token > said.token, again.deaf_to) == (True, "")
