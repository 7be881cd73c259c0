"""The rules of good menus."""

from pathlib import Path

import pytest

from acd.queues import Queue
from core.settings import ROOT
from ivr.lint import RULES, lint
from tests.ivr.material import QUEUES, SMALL, leaving, shipped, write_menu

OPTIONS = " ".join(f'"{key}": {{go: more, say: {{zh: 一, en: one}}}},' for key in "23456789")


@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        ("  person: {", "  lonely: {kind: goto, next: bye}\n  person: {", ("lonely", "unreachable")),
        ("next: bye", "next: news2}\n  news2: {kind: goto, next: news", ("news", "endless-loop")),
        ("to: general}", "to: general, refused: person}", ("person", "endless-loop")),
        ('"0": person, ', "", ("more", "person-far")),
        (
            '    options:\n      "1": {go: more',
            f'    options: {{{OPTIONS} "1": {{go: more',
            ("main", "too-many-options"),
        ),
        ("retries: 1", "retries: 0", ("main", "no-second-chance")),
        ("barge_in: false", "timeout: 6", ("more", "same-words")),
        ("zh: 主菜单", "zh: 新春优惠，主菜单", ("main", "advertising")),
        ("zh: 新闻", f"zh: {'新闻' * 60}", ("news", "long-prompt")),
        ("barge_in: false", "last_resort: again\n  again: {kind: goto, next: more}", ("more", "silent-loop")),
        (
            "next: bye}",
            "next: code}\n  code: {kind: collect, prompt: {zh: 输入密码, en: x}, into: c, next: bye}",
            ("code", "open-secret"),
        ),
        ("say: {zh: 一, en: one}", "say: {zh: 请按二, en: press two}", ("main", "other-key")),
        ("say: {zh: 一, en: one}", "say: {zh: 请按一, en: press the star key}", ("main", "other-key")),
        ("zh: 新闻", "zh: News", ("news", "foreign-words")),
        (
            "news: {kind: play, prompt: {zh: 新闻, en: news}",
            "news: {kind: say, parts: [{value: hour, as: count, unit: {zh: GB, en: gigabytes}}]",
            ("news", "foreign-words"),
        ),
        ("en: news}", "en: '...'}", ("news", "no-words")),
        ("en: news}", "en: 新闻}", ("news", "foreign-words")),
        (
            "  bye: {",
            "  later: {kind: callback, prompt: {zh: 号, en: at}, confirm: {zh: 请按一，改请按二, en: x}, change: 3,"
            " other: {zh: 号, en: x}, thanks: {zh: 好, en: x}, next: bye}\n  bye: {",
            ("later", "other-key"),
        ),
        ("start: main", "start: main\nwaive: [{rule: too-deep, step: more, reason: none}]", ("more", "idle-waiver")),
        ("start: main", "start: main\nwaive: [{rule: nonsense, step: more, reason: none}]", ("more", "idle-waiver")),
        (
            "start: main",
            "start: main\nwaive: [{rule: unspoken-option, step: more, reason: a}, {rule: unspoken-option, step: more,"
            " reason: b}]",
            ("more", "idle-waiver"),
        ),
        ("retry: [", "retry: [{zh: 又来, en: once more}, ", ("main", "never-said")),
        ("prompt: {zh: 更多", f"prompt: {{zh: {'更多' * 40}", ("more", "long-before-choice")),
    ],
)
def test_broken_rule_is_found_at_its_step(tmp_path: Path, old: str, new: str, found: tuple[str, str]) -> None:
    text = SMALL.replace(old, new)
    text = text.replace("say: {zh: 一, en: one}}\n", "say: {zh: 一, en: one}}}\n") if "too-many" in found[1] else text
    if found[1] == "person-far":  # a menu whose silence does not lead to a person either
        text = text.replace("barge_in: false", "last_resort: bye")
    menu = write_menu(tmp_path, text)
    assert found in {(each.step, each.rule) for each in lint(menu)}


@pytest.mark.parametrize(
    "queues",
    [
        leaving("later"),
        leaving("later", "loans"),
        QUEUES | {"general": Queue.model_validate({"name": {"zh": "x"}, "longest": {"after": 60, "step": "later"}})},
    ],
)
def test_step_at_which_a_queue_sends_callers_on_is_reached(tmp_path: Path, queues: dict[str, Queue]) -> None:
    text = SMALL.replace("  person: {", "  later: {kind: goto, next: more}\n  person: {")
    assert ("later", "unreachable") in {(each.step, each.rule) for each in lint(write_menu(tmp_path, text))}
    found = {(each.step, each.rule) for each in lint(write_menu(tmp_path, text, queues))}
    assert not {each for each in found if each[0] == "later"}
    assert found == {(each.step, each.rule) for each in lint(write_menu(tmp_path))}


def test_step_that_was_waived_until_a_queue_named_it_may_keep_its_waiver(tmp_path: Path) -> None:
    waiver = "waive:\n  - {rule: unreachable, step: later, reason: queues.yaml names it next}\n"
    text = waiver + SMALL.replace("  person: {", "  later: {kind: goto, next: more}\n  person: {")
    for queues in (QUEUES, leaving("later")):
        assert "idle-waiver" not in {each.rule for each in lint(write_menu(tmp_path, text, queues))}
    unneeded = text.replace("step: later", "step: more")
    assert "idle-waiver" in {each.rule for each in lint(write_menu(tmp_path, unneeded, leaving("later")))}


COLLECT = "  code: {kind: collect, prompt: {zh: 数字, en: digits}, into: c, "
VERIFY = "  v: {kind: verify, prompt: {zh: 密码, en: code}, verified: bye, failed: g}\n  g: {kind: goto, next: v}\n"
LATER = (
    "  later: {kind: callback, prompt: {zh: 号, en: at}, confirm: {zh: 请按一, en: x}, other: {zh: 号, en: x},"
    " thanks: {zh: 好, en: x}}\n"
)
FIND = "  find: {kind: lookup, source: {url: 'https://bank.test/{caller}', deadline: 3}, found: main, not_found: bye}\n"
ONLY_DIAMONDS = (
    "  t: {kind: branch, on: tier, cases: {diamond: person}, otherwise: bye}\n"
    "  ask: {kind: menu, prompt: {zh: 请选择, en: choose}, options: {0: {go: t, say: {zh: 零, en: zero}},"
    " '*': {go: ask, say: {zh: 星, en: star}}}, retries: 1}\n"
)
TWICE = (
    "  first: {kind: play, in_every_language: true, next: main,"
    f" prompt: {{zh: {'新闻' * 12}, en: {'good news ' * 9}}}}}\n"
)
LOST = "  lost: {kind: queue, to: cards, refused: bye}\n"


@pytest.mark.parametrize(
    ("steps", "start", "found"),
    [
        (VERIFY, "v", ("v", "endless-loop")),  # a caller without a customer's record is never asked
        (COLLECT + "next: main, last_resort: bye}\n", "code", ("code", "person-far")),
        (COLLECT + "next: bye, retries: 0}\n", "code", ("code", "no-second-chance")),
        (COLLECT + "next: bye}\n", "code", ("code", "same-words")),
        (COLLECT + "next: bye, last_resort: bye}\n", "code", ("code", "dead-end")),
        (LOST, "lost", ("lost", "dead-end")),
        (LOST.replace("refused: bye", "schedule: personal, closed: bye"), "lost", ("lost", "dead-end")),
        (LOST.replace("refused: bye", "schedule: personal"), "lost", ("person", "no-hours")),
        (FIND, "find", ("find", "dead-end")),
        (FIND.replace("not_found: bye", "not_found: main, failed: bye"), "find", ("find", "dead-end")),
        (FIND.replace("deadline: 3", "deadline: 9"), "find", ("find", "silent-wait")),
        (VERIFY.replace("failed: g", "failed: bye"), "v", ("v", "dead-end")),
        ("  h: {kind: hours, schedule: business, open: person, closed: bye}\n", "h", ("h", "dead-end")),
        (ONLY_DIAMONDS.replace("retries", "last_resort: t, retries"), "ask", ("ask", "dead-end")),
        (ONLY_DIAMONDS.replace("retries", "last_resort: t, retries"), "ask", ("ask", "person-far")),
        (TWICE, "first", ("main", "long-before-choice")),
        ("  turn: {kind: return}\n", "turn", ("turn", "dead-end")),
        (f"  first: {{kind: play, prompt: {{zh: {'新闻' * 18}, en: news}}, next: main}}\n", "first",
         ("main", "long-before-choice")),
    ],
)  # fmt: skip
def test_fault_of_a_step_is_found_at_its_line(tmp_path: Path, steps: str, start: str, found: tuple[str, str]) -> None:
    text = SMALL.replace("  person: {", steps + "  person: {").replace("start: main", f"start: {start}")
    menu = write_menu(tmp_path, text)
    (finding,) = [each for each in lint(menu) if (each.step, each.rule) == found][:1]
    assert text.splitlines()[finding.line - 1].startswith(f"  {found[0]}:")


def test_person_to_whom_no_step_is_named_for_a_reason_of_refusal_is_a_dead_end(tmp_path: Path) -> None:
    def told(refused: str) -> list[str]:
        text = SMALL.replace("to: general}", f"to: general, refused: {{{refused}}}}}")
        menu = write_menu(tmp_path, text.replace("  person: {", LATER + "  person: {"))
        return [each.problem for each in lint(menu) if (each.step, each.rule) == ("person", "dead-end")]

    assert told("nobody_signed_in: later, full: later, wait_too_long: later, closed: later") == []
    (finding,) = told("full: later, wait_too_long: later")
    assert "closed, nobody_signed_in" in finding


def asked_for(folder: Path, words: str) -> set[str]:
    """Rules broken by a step that asks for this."""
    before, language = ("数字", "zh") if words[0] > "z" else ("digits", "en")
    step = f"{COLLECT}next: bye}}\n".replace(f"{language}: {before}", f'{language}: "{words}"')
    text = SMALL.replace("  person: {", step + "  person: {").replace("start: main", "start: code")
    return {each.rule for each in lint(write_menu(folder, text)) if each.step == "code"}


@pytest.mark.parametrize(
    "words",
    [
        "Please enter your six digit telephone code.", "the secret number we sent you",
        "请输入您的PIN码", "请输入动态码", "请输入短信校验码", "请输入支付口令", "Please enter your PIN: ",
        "Enter your PIN.", "Your PINs, please", "the verification code sent to you", "your OTP", "a one-time code",
        "the one time passcode", "the CVC on the back", "CVV2?", "your pass phrase",
    ],
)  # fmt: skip
def test_prompt_that_asks_for_a_secret_is_found_in_whatever_words(tmp_path: Path, words: str) -> None:
    assert "open-secret" in asked_for(tmp_path, words)


@pytest.mark.parametrize(
    "words",
    [
        "Your shopping list number", "the opinion poll, spinning", "the postal code", "the laptop's number",
        "请输入邮政编码", "请输入车辆识别码",
    ],
)  # fmt: skip
def test_prompt_that_asks_for_something_else_is_no_open_secret(tmp_path: Path, words: str) -> None:
    assert "open-secret" not in asked_for(tmp_path, words)


def test_menu_that_needs_the_persons_key_for_something_else_does_not_count_it(tmp_path: Path) -> None:
    taken = SMALL.replace('"1": {go: news}', '"1": {go: bye}\n      "0": {go: bye}\n      "*": {go: bye}')
    assert ("more", "person-far") in {(each.step, each.rule) for each in lint(write_menu(tmp_path, taken))}
    (far,) = [each.problem for each in lint(write_menu(tmp_path, taken)) if each.rule == "person-far"][:1]
    assert all(way in far for way in ('"0": person', '"*": back')), "the way out is named"
    assert ("more", "person-far") not in {(each.step, each.rule) for each in lint(write_menu(tmp_path))}


def test_order_of_options_is_held_against_their_use(tmp_path: Path) -> None:
    two = SMALL.replace(
        "say: {zh: 一, en: one}}\n", 'say: {zh: 一, en: one}}\n      "2": {go: news, say: {zh: 二, en: two}}\n'
    )
    menu = write_menu(tmp_path, two)
    assert ("main", "against-use") in {(each.step, each.rule) for each in lint(menu, {"main": {"1": 20, "2": 60}})}
    for use in ({"1": 60, "2": 20}, {"1": 55, "2": 60}, {"1": 2, "2": 6}):
        assert "against-use" not in {each.rule for each in lint(menu, {"main": use})}


def test_skill_that_nobody_can_have_is_found_where_skills_are_known_by_name(tmp_path: Path) -> None:
    asking = SMALL.replace("to: general}", "to: general, skills: {cards: 5, welth: 3, en: 4}}")

    def told(text: str, known: set[str] | None) -> list[tuple[str, str]]:
        rules = ("unknown-skill", "idle-waiver")
        found = lint(write_menu(tmp_path, text), known_skills=known)
        return [(each.rule, each.problem) for each in found if each.rule in rules and not each.waived]

    ((rule, problem),) = told(asking, {"cards", "wealth"})
    assert (rule, "'welth'" in problem) == ("unknown-skill", True)
    assert told(asking, None) == []
    waived = "waive: [{rule: unknown-skill, step: person, reason: she begins in May}]\n" + asking
    assert told(waived, {"cards"}) == told(waived, None) == []


def test_advertising_is_found_however_many_silent_steps_come_before_the_main_menu(tmp_path: Path) -> None:
    silent = "".join(f"  s{n}: {{kind: goto, next: s{n + 1}}}\n" for n in range(6)).replace("s6", "main")
    text = SMALL.replace("  person: {", silent + "  person: {").replace("start: main", "start: s0")

    def found(said: str) -> set[str]:
        menu = write_menu(tmp_path, text.replace(f"zh: {said}", f"zh: 新春优惠，{said}"))
        return {each.step for each in lint(menu) if each.rule == "advertising"}

    assert found("主菜单") == {"main"}
    assert found("更多") == set(), "who has chosen wants to hear it"


@pytest.mark.parametrize(
    ("words", "found"),
    [("请下载APP或到ATM办理，准备好SIM卡、CVV2和U盾", False), ("请打开WeChat支付", True), ("请下载app", True),
     ("欢迎致电HARBOUR银行", True), ("请按OK键", False)],
)  # fmt: skip
def test_latin_word_is_no_abbreviation_that_the_chinese_voice_may_spell(
    tmp_path: Path, words: str, found: bool
) -> None:
    menu = write_menu(tmp_path, SMALL.replace("zh: 新闻", f"zh: {words}"))
    assert [each.step for each in lint(menu) if each.rule == "foreign-words"] == ["news"] * found


def test_chinese_in_the_files_own_phrases_under_another_language_is_found_with_its_line(tmp_path: Path) -> None:
    assert "no_key: {zh: 没有, en: silence}" in SMALL
    menu = write_menu(tmp_path, SMALL.replace("en: silence}", "en: 没有}"))
    (found,) = [each for each in lint(menu) if each.rule == "foreign-words"]
    line = 1 + next(n for n, text in enumerate(menu.path.read_text("utf-8").splitlines()) if "no_key:" in text)
    assert (found.step, found.problem, found.line) == ("", "phrases.no_key: Chinese as en: '没有'", line)


def test_waived_rule_keeps_its_reason(tmp_path: Path) -> None:
    waiver = "waive: [{rule: dead-end, step: person, reason: somebody is always there}]\nsteps:"
    findings = {each.rule: each.waived for each in lint(write_menu(tmp_path, SMALL.replace("steps:", waiver)))}
    assert findings == {"dead-end": "somebody is always there", "unspoken-option": "", "same-words": ""}


def test_outcomes_that_lead_to_somebody_are_no_dead_ends(tmp_path: Path) -> None:
    steps = (
        FIND.replace("not_found: bye", "not_found: h, failed: t")
        + "  h: {kind: hours, schedule: business, open: person, closed: news}\n"  # key 0 leads to a person from there
        + "  t: {kind: branch, on: tier, cases: {diamond: person}, otherwise: more}\n"
    )
    menu = write_menu(tmp_path, SMALL.replace("  person: {", steps + "  person: {").replace("{go: more", "{go: find"))
    assert {each.step for each in lint(menu) if each.rule in ("dead-end", "person-far")} == {"person"}


def test_every_rule_is_explained_where_menus_are() -> None:
    told = (ROOT / "docs" / "menus.md").read_text(encoding="utf-8")
    assert [name for name, why in RULES.items() if f"| `{name}` | {why} |" not in told] == []


def test_shipped_menu_breaks_no_rule() -> None:
    assert [each for each in lint(shipped()) if not each.waived] == []


SUBS = """
  a: {kind: sub, start: said, next: b}
  b: {kind: sub, start: c, next: %s}
  c: {kind: sub, start: said, next: turn}
  said: {kind: play, prompt: {zh: 新闻, en: news}, next: turn}
  turn: {kind: return}
"""


@pytest.mark.parametrize(("after", "found"), [("bye", set()), ("a", {"a", "b"})])
def test_sub_flow_that_is_used_twice_is_no_circle_and_one_that_leads_into_itself_is(
    tmp_path: Path, after: str, found: set[str]
) -> None:
    menu = write_menu(tmp_path, SMALL.replace("{go: news}", "{go: a}").rstrip() + SUBS % after)
    assert {each.step for each in lint(menu) if each.rule == "endless-loop"} == found


@pytest.mark.parametrize("after", ["main", "again"])
def test_caller_who_comes_back_from_an_agent_walks_in_no_circle(tmp_path: Path, after: str) -> None:
    text = SMALL.replace("to: general}", f"to: general, after_call: {after}}}\n  again: {{kind: goto, next: person}}")
    assert not {each.step for each in lint(write_menu(tmp_path, text)) if each.rule in ("silent-loop", "endless-loop")}


def test_findings_are_told_in_the_order_of_their_lines() -> None:
    lines = [each.line for each in lint(shipped())]
    assert lines == sorted(lines)


def test_finding_stands_at_its_own_line(tmp_path: Path) -> None:
    text = SMALL.replace("say: {zh: 一, en: one}", "say: {zh: 请按二, en: press two}")
    lines = {each.line for each in lint(write_menu(tmp_path, text)) if each.rule == "other-key"}
    assert lines == {next(n for n, line in enumerate(text.splitlines(), 1) if "请按二" in line)}
