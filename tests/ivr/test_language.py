"""What a menu file can say: wordings of each try, barge-in, keys that work everywhere, keys typed early, branches."""

from pathlib import Path

import pytest

from acd.queues import Overflow, Queue
from core.errors import ConfigError
from ivr.effects import Finish, Pressed, PromiseCallBack, Say, Started, Trouble
from ivr.fault import FaultKind
from ivr.flow import Session
from ivr.menus import load
from tests.ivr.material import QUEUES, SCHEDULES, SERVICE, SMALL, Caller, leaving, write_menu


def changed(folder: Path, old: str, new: str, keys: str = "", **world: object) -> Caller:
    """A caller of SERVICE with one text replaced, who has pressed `keys`."""
    assert old in SERVICE
    caller = Caller(write_menu(folder, SERVICE.replace(old, new, 1)), **world)  # type: ignore[arg-type]
    caller.press(keys, after=0.1)
    return caller


RETRY = "retry: [{zh: 再来, en: again}], "


@pytest.mark.parametrize(
    ("old", "keys", "told"),
    [
        ("    prompt: {zh: 卡号", "1", ["卡号", "没有", "再来", "没有", "再来"]),
        ("birth: {kind: collect, ", "8", ["生日", "没有", "再来", "没有", "再来"]),
        ("survey: {kind: survey, ", "5", ["评价", "没有", "再来"]),
        ("    prompt: {zh: 回拨", "4", ["回拨", "按一", "没有", "再来", "按一", "没有", "再来", "按一"]),
    ],
)
def test_question_is_put_in_other_words_the_second_time(tmp_path: Path, old: str, keys: str, told: list[str]) -> None:
    words = RETRY if old.endswith(", ") else f"    retry: [{{zh: 再来, en: again}}]\n{old}"
    caller = changed(tmp_path, old, old + words if old.endswith(", ") else words, keys)
    caller.run_out()
    heard = [text for text in caller.heard() if text in told]
    assert heard[: len(told)] == told


@pytest.mark.parametrize(("old", "first"), [("survey: {kind: survey, ", "55"), ("birth: {kind: collect, ", "81")])
def test_question_without_barge_in_is_heard_out_and_the_key_counts_then(tmp_path: Path, old: str, first: str) -> None:
    caller = changed(tmp_path, old, old + "barge_in: false, ", first[0])
    said = caller.all_of(Say)[-1]
    assert isinstance(said, Say)
    assert not said.barge_in
    step = caller.session.step
    caller.feed(Pressed(caller.now, first[1]))
    assert caller.session.step == step
    caller.wait(2.5)
    assert caller.session.step != step or caller.session._talk.digits == first[1]


@pytest.mark.parametrize(
    ("keys", "step"),
    [
        ("50", "person"),
        ("5*", "main"),
        ("5#", "survey"),
        ("40", "person"),
        ("4*", "main"),
        ("6*", "main"),
        ("3*", "main"),
    ],
)
def test_keys_that_work_everywhere_work_in_surveys_call_backs_plays_and_transfers(
    tmp_path: Path, keys: str, step: str
) -> None:
    caller = changed(tmp_path, "kind: survey", "kind: survey", keys)
    assert caller.session.step == step


def test_key_typed_before_the_call_back_is_offered_takes_it(tmp_path: Path) -> None:
    caller = changed(tmp_path, "kind: menu", "kind: menu\n    barge_in: false", "41")
    caller.run_out()
    assert PromiseCallBack("13800000009", "business") in caller.effects
    assert caller.all_of(Finish) == [Finish("message", "system")]


def test_key_pressed_while_a_queue_is_announced_counts_where_the_queue_refuses(tmp_path: Path) -> None:
    text = SMALL.replace("to: general}", "to: general, refused: main, prompt: {zh: 转接, en: connecting}}")
    caller = Caller(write_menu(tmp_path, text), refused=frozenset({"general"}))
    caller.press("01", after=0.1)
    caller.wait(2.5)
    assert caller.session.step == "more"


def test_star_may_end_digits_and_then_leads_nowhere_else(tmp_path: Path) -> None:
    caller = changed(tmp_path, "    most: 19\n", '    most: 19\n    end: "*"\n', "16222021234567894*")
    assert caller.session.step == "card-said"


@pytest.mark.parametrize(
    ("branch", "facts", "step"),
    [
        ('on: time, ranges: [{between: "22:00-06:00", go: bye}], otherwise: person', {"time": "23:10"}, "bye"),
        ('on: time, ranges: [{between: "22:00-06:00", go: bye}], otherwise: person', {"time": "06:00"}, "person"),
        ('on: time, ranges: [{between: "09:00-12:00", go: bye}], otherwise: person', {"time": "09:00"}, "bye"),
        ('on: x, prefixes: {"138": person, "1380": bye}, otherwise: person', {"x": "+86 1380 000"}, "bye"),
        ('on: x, prefixes: {"00": person, "0044": bye}, otherwise: person', {"x": "+44 20 7946 0000"}, "bye"),
        ('on: x, prefixes: {"139": bye}, otherwise: person', {"x": "13800000009"}, "person"),
        ('on: x, ranges: [{below: 0.3, go: bye}], otherwise: person', {"x": "0.3"}, "person"),
    ],
)  # fmt: skip
def test_branch_by_time_of_day_and_by_prefix(tmp_path: Path, branch: str, facts: dict[str, str], step: str) -> None:
    text = SMALL.replace("start: main", "start: fork").replace(
        "steps:\n", f"steps:\n  fork: {{kind: branch, {branch}}}\n"
    )
    text = text.replace("  person:", "  set-x: {kind: set, values: {x: '1'}, next: bye}\n  person:")
    caller = Caller(write_menu(tmp_path, text), facts=tuple(facts.items()))
    assert caller.session.step == step


def test_queue_outside_its_hours_goes_on_at_closed(tmp_path: Path) -> None:
    text = SMALL.replace("to: general}", "to: general, schedule: personal, closed: bye}")
    for night, step in ((True, "bye"), (False, "person")):
        caller = Caller(write_menu(tmp_path, text), night=night)
        caller.press("0")
        assert caller.session.step == step


SAID = "{value: balance, as: count, unit: {zh: 笔, en: transaction/transactions}}"


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("{value: balance, as: amount}", "{value: balance, as: count}", "a count needs `unit`"),
        ("{value: balance, as: amount}", "{value: balance, as: amount, unit: {zh: 笔}}", "a count needs `unit`"),
        ("https://bank.test", "http://bank.test", "a secret would be sent unencrypted"),
        ("https://bank.test", "http://127.0.0.1.evil.test", "a secret would be sent unencrypted"),
        ("method: POST", "headers: {Authorization: 'Bearer ${HOME}'}, method: POST", "not for lookups"),
        ("below: 3", 'between: "9-12"', "no time span"),
        ("below: 3", 'below: 3, between: "09:00-12:00"', "or else between"),
        ("to: general}", "to: general, schedule: never}", "there is no schedule 'never'"),
    ],
)
def test_file_that_cannot_be_meant_is_refused_with_its_line(tmp_path: Path, old: str, new: str, fault: str) -> None:
    assert old in SERVICE
    path = tmp_path / "wrong.yaml"
    path.write_text(SERVICE.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=fault) as caught:
        load(path, schedules=SCHEDULES, queues=QUEUES)
    assert caught.value.line == SERVICE[: SERVICE.index(old)].count("\n") + 1 or "steps.balance" in str(caught.value)


GONE = "queue 'loans' sends callers on to step 'later', which is not there"


@pytest.mark.parametrize(
    "queues",
    [
        leaving("later", "loans"),
        leaving("bye", "loans", way_out=None, longest={"after": 60, "step": "later"}),
        leaving("later") | {"loans": Queue(name={"zh": "x"}, overflow=Overflow(after=60, to="general"))},
    ],
)
def test_menu_without_the_step_at_which_its_queue_sends_callers_on_is_refused_at_the_queue(
    tmp_path: Path, queues: dict[str, Queue]
) -> None:
    text = SMALL.replace("to: general", "to: loans")
    with pytest.raises(ConfigError, match=GONE) as caught:
        write_menu(tmp_path, text, queues)
    assert (caught.value.line, caught.value.spot) == (text.count("\n"), ("steps", "person", "to"))
    later = text.replace("  person: {", "  later: {kind: goto, next: more}\n  person: {")
    assert write_menu(tmp_path, later, queues).landings == {"later"}


def test_queue_to_which_a_menu_does_not_lead_may_name_the_steps_of_another_menu(tmp_path: Path) -> None:
    assert write_menu(tmp_path, SMALL, leaving("later", "loans")).landings == frozenset()


def test_caller_who_comes_back_to_a_step_that_is_not_there_begins_anew_and_the_menu_is_at_fault(
    tmp_path: Path,
) -> None:
    session = Session(write_menu(tmp_path), lambda schedule, at: True)
    effects = session.handle(Started(0.0, "", "", "ordinary", "", step="later"))
    assert session.step == "main"
    assert effects[0] == Trouble(
        "later", FaultKind.LANDING, "callers come back to step 'later', which is not there, and begin anew"
    )
    there = Session(write_menu(tmp_path), lambda schedule, at: True)
    told = there.handle(Started(0.0, "", "", "ordinary", "", step="news"))
    assert not any(isinstance(each, Trouble) for each in told)


def test_value_is_read_with_its_measure_word_from_prepared_pieces(tmp_path: Path) -> None:
    text = SERVICE.replace("{value: balance, as: amount}", SAID)
    menu = write_menu(tmp_path, text)
    for language, said in (("zh", "余额两笔"), ("en", "balance two transactions")):
        caller = Caller(menu, answers=["found", "right"], fields=(("customer", "13800000009"), ("balance", "2")))
        caller.session._talk.variables["language"] = language
        caller.press("2")
        caller.wait(3)
        caller.press("246810", after=0.1)
        caller.wait(0.6)
        spoken = caller.all_of(Say)[-1]
        assert isinstance(spoken, Say)
        assert (" " if language == "en" else "").join(piece.text for piece in spoken.pieces) == said
        assert set(spoken.pieces) <= set(menu.all_spoken())
