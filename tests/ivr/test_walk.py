"""Flows played as text."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from acd.queues import Entry, Queue
from core.errors import BadInput
from core.settings import ROOT
from ivr import customers, hours
from ivr.effects import Started
from ivr.rules import Rules
from ivr.walk import Ended, Walk, World, walk
from tests.ivr.material import QUEUES, SERVICE, SMALL, SPEAKING, shipped, write_menu

FULL = {"general": "full"}
STARTED = Started(0.0, "13800000001", "95566", "gold", "zh", True)


def walked(keys: str, *, open_now: bool = True) -> Walk:
    started = Started(0.0, "13800000001", "95566", "gold", "zh", True)
    return walk(shipped(), World(lambda schedule, at: open_now or schedule == "always"), keys, started)


@pytest.mark.parametrize(
    ("keys", "end"),
    [
        ("11", Ended("queue", "lost-card", "lost-card", (("cards", 1), ("zh", 1)), 40, "zh")),
        ("24", Ended("queue", "complaints", "complaints", (("complaints", 1), ("en", 1)), 20, "en")),
        ("2*11", Ended("queue", "lost-card", "lost-card", (("cards", 1), ("zh", 1)), 40, "zh")),
        ("131", Ended("queue", "loans-person", "loans", (("loans", 1), ("zh", 1)), 20, "zh")),
        ("123-", Ended("self_service", "goodbye", language="zh")),
        ("1h", Ended("hung_up", "main", language="zh")),
        ("", Ended("queue", "person", "general", (("zh", 1),), 20, "zh")),
    ],
)
def test_keys_lead_where_the_menu_says(keys: str, end: Ended) -> None:
    assert walked(keys).end == end


def test_walk_tells_what_is_heard_pressed_and_recorded() -> None:
    lines = walked("133", open_now=False).lines
    assert [line.text for line in lines if line.kind == "step"] == [
        "by-age", "welcome", "speak-chinese (after 1)", "main", "loans-hours (after 3)", "loans-closed", "message",
    ]  # fmt: skip
    assert [line.text for line in lines if line.kind == "answer by"] == ["email"]
    assert lines[-1].kind == "end"
    assert [line.at for line in lines] == sorted(line.at for line in lines)


def test_caller_whom_an_agent_has_served_rates_him_in_the_walk(tmp_path: Path) -> None:
    told = walked("11a5")
    assert [line.text.partition(" ")[0] for line in told.lines if line.kind == "step"][-3:] == [
        "rate-agent", "rated", "goodbye",
    ]  # fmt: skip
    assert (told.end.outcome, told.end.queue) == ("self_service", "")
    assert walked("1a1").end.queue == "lost-card", "nobody serves him before he is in a queue"


@pytest.mark.parametrize(
    ("answers", "outcome", "step"),
    [({}, "outside", "outside"), ({"outside": "busy"}, "menu", "main")],
)
def test_transfer_is_connected_in_the_walk_unless_the_answer_says_why_not(
    tmp_path: Path, answers: dict[str, str], outcome: str, step: str
) -> None:
    told = walk(write_menu(tmp_path, SERVICE), World(lambda *_: True, answers=answers), "3h", STARTED)
    assert (told.end.outcome.replace("hung_up", "menu"), told.end.step) == (outcome, step)


REASONS = SMALL.replace(
    "to: general}", "to: general, refused: {full: news, wait_too_long: more, closed: bye, nobody_signed_in: bye}}"
)


@pytest.mark.parametrize(("reason", "step"), [("full", "news"), ("wait_too_long", "more"), ("closed", "bye")])
def test_refused_queue_leads_where_its_reason_says(tmp_path: Path, reason: str, step: str) -> None:
    told = walk(write_menu(tmp_path, REASONS), World(lambda *_: True, refused={"general": reason}), "0h", STARTED)
    steps = [line.text.partition(" ")[0] for line in told.lines if line.kind == "step"]
    assert steps[:3] == ["main", "person", step]


@pytest.mark.parametrize(
    ("open_now", "refused", "step"), [(False, {}, "bye"), (False, FULL, "bye"), (True, FULL, "news")]
)
def test_queue_outside_its_hours_is_closed_in_the_walk_as_at_the_door(
    tmp_path: Path, open_now: bool, refused: dict[str, str], step: str
) -> None:
    lined = QUEUES | {"general": Queue(name={"zh": "x"}, entry=Entry(hours="business"))}

    def is_open(schedule: str, at: float) -> bool:
        return open_now or schedule != "business"

    told = walk(write_menu(tmp_path, REASONS), World(is_open, refused=refused, queues=lined), "0h", STARTED)
    assert f"person (after 0) {step}" in " ".join(line.text for line in told.lines if line.kind == "step")


def test_secrets_of_the_walk_fail_at_the_last_try_and_are_unknown_where_there_is_none(tmp_path: Path) -> None:
    menu, table = write_menu(tmp_path, SERVICE), customers.load(ROOT / "config")
    for caller, answers, results in (
        ("13800000001", {"pin": "wrong"}, ["wrong", "wrong", "failed"]),
        ("13800000001", {}, ["right"]),
        ("13800000003", {}, ["unknown"]),
    ):
        rules = Rules({}, table, hours.load(ROOT / "config"), ZoneInfo("Asia/Shanghai"))
        started = rules.started(1_750_000_000.0, caller, "95566", "zh")
        told = walk(menu, World(lambda *_: True, table, answers), "2" + "246810" * len(results), started)
        assert [line.text for line in told.lines if line.kind == "verifies"] == results


def test_walk_names_the_customer_whose_secret_a_draft_asks_for_whoever_calls(tmp_path: Path) -> None:
    menu = write_menu(
        tmp_path, SERVICE.replace("{balance: account.balance}", "{customer: name, balance: account.balance}")
    )
    world = World(lambda *_: True, customers.load(ROOT / "config"), {"find": {"customer": "138-0000-0002"}})
    told = walk(menu, world, "2135790h", Started(0.0, "1", "95566", "ordinary", "zh"))
    assert [line.text for line in told.lines if line.kind == "verifies"] == ["right"]
    assert told.customers == {"13800000002"}


def test_secret_that_was_locked_in_the_walk_stays_locked(tmp_path: Path) -> None:
    rules = Rules({}, customers.load(ROOT / "config"), hours.load(ROOT / "config"), ZoneInfo("Asia/Shanghai"))
    started = rules.started(1_750_000_000.0, "13800000001", "95566", "zh")
    world = World(lambda *_: True, rules.customers, {"pin": "wrong"})
    told = walk(write_menu(tmp_path, SERVICE), world, "2" + "1" * 18 + "2" + "1" * 6, started)
    assert [line.text for line in told.lines if line.kind == "verifies"] == ["wrong", "wrong", "failed", "locked"]
    assert told.end.step == "bye"


def test_callers_of_a_centre_that_hears_are_invited_to_speak_in_the_walk_too(tmp_path: Path) -> None:
    menu = write_menu(tmp_path, SPEAKING)
    told = [walk(menu, World(lambda *_: True, hears=hears), "1", STARTED) for hears in (frozenset({"zh"}), frozenset())]
    invited = [any(line.text == "请说" for line in each.lines) for each in told]
    assert (invited, [each.end.queue for each in told]) == ([True, False], ["lost-card", "lost-card"])


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        ({"nowhere": "failed"}, "there is no step 'nowhere'"),
        ({"web": "brocken"}, "step 'web' never gets 'brocken'"),
        ({"pin": "rihgt"}, "step 'pin' never gets 'rihgt'"),
        ({"card": "1"}, "step 'card' asks nobody outside"),
    ],
)
def test_answer_that_no_step_ever_gets_is_refused(tmp_path: Path, answers: dict[str, str], problem: str) -> None:
    with pytest.raises(BadInput) as fault:
        walk(write_menu(tmp_path, SERVICE), World(lambda *_: True, answers=answers), "", STARTED)
    assert fault.value.problem == problem


def test_sub_flow_that_is_used_again_and_again_is_no_circle(tmp_path: Path) -> None:
    subs = "".join(f"  s{at}: {{kind: sub, start: one, next: s{at + 1}}}\n" for at in range(9))
    steps = "  s9: {kind: goto, next: bye}\n  one: {kind: goto, next: two}\n  two: {kind: goto, next: turn}\n"
    text = f"{SMALL.replace('{go: news}', '{go: s0}').rstrip()}\n{subs}{steps}  turn: {{kind: return}}\n"
    told = walk(write_menu(tmp_path, text), World(lambda *_: True), "11", STARTED)
    assert (told.end.outcome, told.end.step) == ("self_service", "bye")
