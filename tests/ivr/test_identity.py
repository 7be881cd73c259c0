"""Who a caller is: what counts before he has proved it, what a try is, and which keys are never shown."""

from pathlib import Path

import pytest

from ivr.effects import EnterQueue, Identified, VerifySecret
from ivr.menus import LoadedMenu
from ivr.secret import HIDDEN
from tests.ivr.material import Caller, write_menu

TYPED = """
languages: [zh]
start: main
person: person
keys: {"0": person, "*": back, "#": repeat}
priorities: {diamond: 30, silver: 10}
phrases: {wrong_key: {zh: 错了}, no_key: {zh: 没有}, sorry: {zh: 抱歉}}
steps:
  main:
    kind: menu
    prompt: {zh: 主菜单}
    options:
      "1": {go: number, say: {zh: 一}}
      "2": {go: inside, say: {zh: 二}}
  number: {kind: collect, prompt: {zh: 号码}, into: number, least: 11, most: 11, check: phone, next: find}
  find:
    kind: lookup
    source: customers
    by: number
    fields: {balance: account.balance}
    found: pin
    not_found: person
  pin: {kind: verify, prompt: {zh: 密码}, verified: told, failed: person}
  told: {kind: say, parts: [{value: manager, as: digits}, {value: balance, as: amount}], next: main, missing: main}
  inside: {kind: sub, start: deep, next: main}
  deep:
    kind: menu
    prompt: {zh: 里面}
    options: {"1": {go: up, say: {zh: 一}}, "2": {go: inside, say: {zh: 二}}}
  up: {kind: return}
  person: {kind: queue, to: general}
"""
DIAMOND = (("customer", "13800000001"), ("name", "王芳"), ("tier", "diamond"), ("manager", "8001"), ("balance", "7"))


@pytest.fixture(scope="module")
def menu(tmp_path_factory: pytest.TempPathFactory) -> LoadedMenu:
    return write_menu(tmp_path_factory.mktemp("menu"), TYPED)


def stranger(menu: LoadedMenu, *answers: str) -> Caller:
    """Has typed a diamond customer's number and is asked for the PIN."""
    caller = Caller(menu, tier="silver", answers=["found", *answers], fields=DIAMOND)
    caller.press("1" + DIAMOND[0][1], after=0.1)
    caller.wait(1)
    assert caller.session.step == "pin"
    return caller


def test_typed_number_gives_nobody_the_tier_or_the_facts_of_its_customer(menu: LoadedMenu) -> None:
    caller = stranger(menu, "failed")
    talk = caller.session._talk
    assert (talk.variables["tier"], talk.variables.get("balance"), talk.variables.get("name")) == ("silver", None, None)
    caller.press("111111", after=0.1)
    caller.run_out()
    queued = caller.queue()
    assert isinstance(queued, EnterQueue)
    assert queued.priority == 10
    assert talk.claimed == {}
    assert caller.all_of(Identified) == []


def test_person_key_before_the_proof_queues_with_the_priority_of_the_calling_number(menu: LoadedMenu) -> None:
    caller = stranger(menu)
    caller.press("*0", after=0.1)
    caller.run_out()
    assert caller.queue().priority == 10


def test_right_secret_makes_the_caller_that_customer_and_tells_the_distributor(menu: LoadedMenu) -> None:
    caller = stranger(menu, "right")
    caller.press("246810", after=0.1)
    caller.wait(1)
    assert caller.all_of(Identified) == [Identified("13800000001", "diamond")]
    caller.press("0")
    caller.run_out()
    assert (caller.queue().priority, caller.queue().manager) == (30, "8001")


@pytest.mark.parametrize("end", ["#", ""])
def test_part_of_a_secret_is_no_try(menu: LoadedMenu, end: str) -> None:
    caller = stranger(menu, "right")
    caller.press("2468" + end, after=0.1)
    caller.wait(4.5)
    assert caller.all_of(VerifySecret) == []
    assert caller.heard()[-2:] == ["错了", "密码"]
    caller.press("246810", after=0.1)
    (asked,) = caller.all_of(VerifySecret)
    assert isinstance(asked, VerifySecret)
    assert not asked.own, "he calls from another telephone than that customer's"


def test_digits_are_masked_on_the_path_and_surplus_ones_are_no_choices_to_be_read(menu: LoadedMenu) -> None:
    caller = Caller(menu, answers=["found", "right"], fields=DIAMOND)
    caller.press("1138", after=0.1)
    caller.wait(5)
    caller.press("13800000001", after=0.1)
    caller.wait(1)
    caller.press("24681029", after=0.05)  # two digits more than the PIN has: they are the next menu's
    caller.wait(3)
    shown = [keys for _, keys in caller.path()]
    assert shown[:6] == ["", "1", HIDDEN, "••••0001", "", HIDDEN]
    assert set("".join(shown[6:])) <= {"•"}
    assert not any(digit in "".join(shown[6:]) for digit in "29")


def test_star_leaves_sub_flows_so_that_no_caller_ends_at_a_person_by_going_in_and_out(menu: LoadedMenu) -> None:
    caller = Caller(menu)
    for _ in range(12):
        caller.press("2", after=0.1)
        assert caller.session.step == "deep"
        caller.press("*", after=0.1)
        assert caller.session.step == "main"
        assert caller.session._talk.returns == []


def test_sub_flow_entered_anew_from_inside_is_entered_once(menu: LoadedMenu) -> None:
    caller = Caller(menu)
    caller.press("2" * 20, after=0.1)
    assert caller.session._talk.returns == ["inside"]
    caller.press("1", after=0.1)
    assert (caller.session.step, caller.session._talk.returns) == ("main", [])


SERVICE = """
  code: {kind: collect, prompt: {zh: 口令}, into: code, least: 4, most: 4, secret: true, next: ask}
  ask:
    kind: lookup
    source: {url: "https://bank.test/{number}", method: POST, body: {code: "{code}"}}
    fields: {customer: id, tier: level}
    found: main
    not_found: person
"""


@pytest.mark.parametrize(("secret", "priority"), [(True, 30), (False, 10)])
def test_service_that_saw_a_secret_proves_the_caller_and_one_that_saw_a_number_does_not(
    tmp_path: Path, secret: bool, priority: int
) -> None:
    text = TYPED.replace("next: find}", "next: code}").replace("  pin: {", SERVICE.lstrip("\n") + "  pin: {")
    text = text if secret else text.replace(', method: POST, body: {code: "{code}"}', "")
    caller = Caller(write_menu(tmp_path, text), tier="silver", answers=["found"], fields=DIAMOND[::2])
    caller.press("1" + DIAMOND[0][1] + "9753", after=0.1)
    caller.wait(1)
    caller.press("0")
    caller.run_out()
    assert caller.queue().priority == priority
    assert caller.all_of(Identified) == ([Identified("13800000001", "diamond")] if secret else [])


@pytest.mark.parametrize("variable", ["tier", "customer", "name"])
def test_no_step_but_a_lookup_may_make_the_caller_a_customer(tmp_path: Path, variable: str) -> None:
    text = TYPED.replace("into: number,", f"into: {variable},").replace("by: number", f"by: {variable}")
    with pytest.raises(Exception, match="not to be changed"):
        write_menu(tmp_path, text)


OWN = (("customer", "13800000009"), ("name", "李明"), ("tier", "silver"))
BY_CALLER = """
  ask:
    kind: lookup
    source: {url: "https://bank.test/{caller}"}
    fields: {customer: id}
    found: pin
    not_found: person
"""


@pytest.mark.parametrize("keys", ["113800000009", "2"])
def test_caller_who_corrects_a_typed_number_to_his_own_is_asked_for_his_own_secret(tmp_path: Path, keys: str) -> None:
    text = TYPED.replace('"2": {go: inside', '"2": {go: ask', 1)
    text = text.replace("  pin: {", BY_CALLER.lstrip("\n") + "  pin: {")
    caller = stranger(write_menu(tmp_path, text), "found")
    caller.fields = OWN
    caller.wait(1)
    caller.press("*" + keys, after=0.1)
    caller.wait(2)
    caller.press("246810", after=0.1)
    (asked,) = caller.all_of(VerifySecret)
    assert isinstance(asked, VerifySecret)
    assert (asked.customer, asked.own) == ("13800000009", True)


def test_caller_who_corrects_a_typed_number_claims_nothing_of_the_first_customer(menu: LoadedMenu) -> None:
    caller = stranger(menu, "found")
    caller.fields = (("customer", "13800000002"), ("name", "张伟"))
    caller.wait(1)
    caller.press("*113800000002", after=0.1)
    caller.wait(2)
    assert caller.session._talk.claimed == dict(caller.fields)
