"""Promises that hold for any flow that can be loaded, good or bad: it ends, and nothing the caller does breaks it."""

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from ivr import graph
from ivr.draw import draw
from ivr.effects import EnterQueue, Finish, Trouble
from ivr.lint import lint
from ivr.menus import LoadedMenu
from ivr.schema import Flow
from tests.ivr.material import Caller

NAMES = ["a", "b", "c", "d", "e", "f", "g", "person"]
WORDS = {"zh": "话", "en": "words"}
GO = st.sampled_from(NAMES)
MAYBE_GO = st.none() | GO


def step(kind: str, **fields: Any) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({"kind": st.just(kind)} | {
        name: each if isinstance(each, st.SearchStrategy) else st.just(each) for name, each in fields.items()
    })  # fmt: skip


SAID = ["挂失", "贷款", "是", "不是", "天气", ""]
PHRASES = st.sampled_from([{}, {"zh": ["挂失"]}, {"zh": ["贷款"], "en": ["loan"]}])
OPTIONS = st.dictionaries(
    st.sampled_from("123456789*#0"),
    st.builds(lambda go, phrases: {"go": go, "say": WORDS, "phrases": phrases}, GO, PHRASES),
    min_size=1,
)
SPEECH = dict.fromkeys(("invite", "heard", "confirm", "again", "keys_only"), WORDS)
STEPS = st.one_of(
    step(
        "menu",
        prompt=WORDS,
        options=OPTIONS,
        retries=st.integers(0, 2),
        last_resort=MAYBE_GO,
        barge_in=st.booleans(),
        speak=st.booleans(),
    ),
    step("play", prompt=WORDS, next=GO),
    step("say", parts=[WORDS, {"value": "x", "as": "amount"}], next=GO, missing=MAYBE_GO),
    step("language", to=st.sampled_from(["zh", "en"]), next=GO),
    step("hours", schedule="always", open=GO, closed=GO),
    step(
        "branch",
        on="x",
        cases=st.dictionaries(st.sampled_from(["1", "2"]), GO),
        ranges=[{"below": 9, "go": "a"}],
        otherwise=GO,
    ),
    step("set", values={"x": "{x}1"}, next=GO),
    step(
        "collect", prompt=WORDS, into="x", most=st.integers(1, 4), secret=st.booleans(), next=GO, last_resort=MAYBE_GO
    ),
    step("lookup", source="customers", fields={"x": "name"}, found=GO, not_found=GO, failed=MAYBE_GO),
    step("verify", prompt=WORDS, verified=GO, failed=GO, locked=MAYBE_GO),
    step("queue", to="cards", prompt=st.none() | st.just(WORDS), refused=MAYBE_GO),
    step("queue", to="cards", schedule="personal", closed=MAYBE_GO, refused=MAYBE_GO),
    step("callback", prompt=WORDS, confirm=WORDS, other=WORDS, thanks=WORDS, next=MAYBE_GO, last_resort=MAYBE_GO),
    step("message", prompt=WORDS, contact={"1": {"by": "sms", "say": WORDS}}, thanks=WORDS, nothing_heard=WORDS),
    step("survey", prompt=WORDS, next=GO),
    step("transfer", to="police", refused=MAYBE_GO),
    step("sub", start=GO, next=GO),
    step("return"),
    step("hang_up", prompt=st.none() | st.just(WORDS)),
)


@st.composite
def flows(draw_: st.DrawFn, onward: bool = False) -> LoadedMenu:
    """Any flow; `onward`: whose ways without a key lead to later steps, so that few walk in circles."""
    steps = {name: draw_(STEPS) for name in NAMES[:-1]}
    steps["person"] = {"kind": "queue", "to": "general", "refused": draw_(MAYBE_GO)}
    if onward:
        steps["person"]["refused"] = None
        for index, name in enumerate(NAMES[:-1]):
            later = st.sampled_from(NAMES[index + 1 :])
            for place in ("next", "otherwise", "found", "not_found", "failed", "refused", "open", "closed", "missing",
                          "start", "last_resort"):  # fmt: skip
                if steps[name].get(place) and steps[name]["kind"] not in ("collect", "menu"):
                    steps[name] = {**steps[name], place: draw_(later)}
    keys = draw_(st.sampled_from([{}, {"0": "person", "*": "back", "#": "repeat"}]))
    flow = Flow.model_validate({
        "languages": ["zh", "en"], "start": "a", "person": "person", "keys": keys, "outside": {"police": "110"},
        "phrases": {"wrong_key": WORDS, "no_key": WORDS, "sorry": WORDS, "speech": SPEECH}, "steps": steps,
    })  # fmt: skip
    return LoadedMenu("any", Path("any.yaml"), flow)


KEYS = st.lists(st.sampled_from([*"0123456789*#.", *SAID]), max_size=40)
ANSWERS = st.lists(st.sampled_from(["found", "not_found", "right", "wrong", "locked"]), max_size=6)
REFUSED = st.sets(st.sampled_from(["general", "cards"]))
HANG_UP = st.none() | st.integers(0, 40)
AFTER = st.sampled_from([0.0, 0.4, 2.5, 9.0])


def live(
    menu: LoadedMenu, keys: list[str], answers: list[str], refused: set[str], after: float,
    hang_up: int | None = None, **more: Any,
) -> Caller:  # fmt: skip
    """A caller who has pressed and said `keys`, and hung up after so many of them."""
    known = (("customer", "1"), ("x", "5")) if len(keys) % 2 else ()
    caller = Caller(
        menu, hears=frozenset({"zh"}), answers=answers, fields=known, facts=known, refused=frozenset(refused), **more
    )
    act(caller, keys[:hang_up], after)
    if hang_up is not None:
        caller.hang_up()
        act(caller, keys[hang_up:], after)
    return caller


def act(caller: Caller, keys: list[str], after: float) -> None:
    """Press keys, and say what is no key."""
    for each in keys:
        if each in SAID:
            caller.speak(each, after)
        else:
            caller.press(each, after)


@settings(max_examples=200)
@given(flows(), KEYS, ANSWERS, REFUSED, AFTER, st.sampled_from([0.0, 5.0]), HANG_UP, st.booleans())
def test_any_flow_ends_for_any_caller(
    menu: LoadedMenu, keys: list[str], answers: list[str], refused: set[str], after: float, message: float,
    hang_up: int | None, mute: bool,
) -> None:  # fmt: skip
    caller = live(menu, keys, answers, refused, after, hang_up, message=message, mute=mute)
    assert caller.run_out(3000) < 3000
    assert caller.session.over
    assert hang_up is not None or caller.all_of((EnterQueue, Finish))


LOOPS = ("endless-loop", "silent-loop")


@settings(max_examples=200, suppress_health_check=[HealthCheck.filter_too_much])
@given(flows(onward=True), KEYS, ANSWERS, REFUSED, AFTER, HANG_UP, st.booleans())
def test_flow_without_circles_for_lint_never_walks_in_circles(
    menu: LoadedMenu,
    keys: list[str],
    answers: list[str],
    refused: set[str],
    after: float,
    hang_up: int | None,
    night: bool,
) -> None:
    assume(not any(each.rule in LOOPS for each in lint(menu)))
    caller = live(menu, keys, answers, refused, after, hang_up, night=night)
    caller.run_out()
    assert caller.session.over
    assert not [each for each in caller.effects if isinstance(each, Trouble) and "circles" in each.why]


@settings(max_examples=300)
@given(flows(), KEYS, ANSWERS, REFUSED, AFTER)
def test_every_move_of_a_caller_is_a_way_of_the_graph_and_one_by_key_needs_a_key(
    menu: LoadedMenu, keys: list[str], answers: list[str], refused: set[str], after: float
) -> None:
    caller = live(menu, keys, answers, refused, after)
    caller.run_out()
    for moved in caller.moves:
        if moved.troubled:
            continue  # once a caller was told that the menu is broken, he goes to the person from anywhere
        ways = [way for way in graph.ways(menu.flow, moved.source) if way.target == moved.target]
        if moved.keys:
            assert ways or "*" in moved.keys or "#" in moved.keys or moved.source == moved.target
        else:
            assert [way for way in ways if not way.by_key], moved


@settings(max_examples=60)
@given(menu=flows())
def test_any_flow_can_be_checked_and_drawn(menu: LoadedMenu) -> None:
    assert all(each.step in menu.flow.steps for each in lint(menu))
    assert draw(menu).count("<rect") == len(menu.flow.steps) + 1
