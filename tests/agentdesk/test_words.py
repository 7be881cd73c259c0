"""Every text of the pages exists in both languages, and every code other parts use has a word."""

import ast
import gettext
from collections import Counter
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

import agentdesk
from acd.agent_state import AgentState
from acd.call import CallState
from acd.ledger import Kind
from acd.routing.policies import POLICIES
from agentdesk.reading.asking import OUTCOMES
from agentdesk.reports.words import FIGURES
from agentdesk.words.codes import STEPS, WORDS
from agentdesk.words.deeds import DEEDS
from core.pages import load_catalogue

HERE = Path(agentdesk.__file__).parent


def texts() -> set[str]:
    found = extract_from_dir(
        HERE,
        method_map=[("**.py", "python"), ("**.html", "jinja2")],
        options_map={"**.html": {"newstyle_gettext": "true"}},
        keywords={"_": None, "N_": None, "ngettext": (1, 2)},
    )
    return {message[2] if isinstance(message[2], str) else message[2][0] for message in found}


def test_every_text_is_translated_and_no_translation_is_left_over() -> None:
    with (HERE / "locale" / "zh.po").open("rb") as file:
        catalogue = read_po(file, locale="zh")
    translated = {message.id if isinstance(message.id, str) else message.id[0] for message in catalogue if message.id}
    assert texts() - translated == set()
    assert translated - texts() == set()


def test_no_text_is_translated_twice() -> None:
    lines = (HERE / "locale" / "zh.po").read_text(encoding="utf-8").splitlines()
    said = Counter(line for line in lines if line.startswith("msgid ") and line != 'msgid ""')
    assert [line for line, count in said.items() if count > 1] == []


def test_catalogue_speaks_chinese_and_counts() -> None:
    chinese = load_catalogue(HERE / "locale", "zh")
    assert chinese.gettext("Wallboard") == "监控大屏"
    assert chinese.ngettext("%(num)s call", "%(num)s calls", 2) == "共 %(num)s 通"
    assert isinstance(load_catalogue(HERE / "locale", "en"), gettext.NullTranslations)


def test_time_on_breaks_is_not_named_like_the_rules_for_them() -> None:
    chinese = load_catalogue(HERE / "locale", "zh")
    assert chinese.gettext(FIGURES["breaks"][0]) == "休息时间"
    assert chinese.gettext(WORDS["setting-breaks"]) == "休息规则"


@pytest.mark.parametrize("code", [*AgentState, *CallState, *OUTCOMES])
def test_states_and_outcomes_have_words(code: str) -> None:
    assert code in WORDS


@pytest.mark.parametrize("code", list(Kind))
def test_every_step_of_a_call_has_words(code: str) -> None:
    assert code in STEPS


@pytest.mark.parametrize("policy", POLICIES)
def test_every_policy_has_words(policy: str) -> None:
    assert f"policy-{policy}" in WORDS


def test_every_deed_that_is_noted_has_words() -> None:
    folders = [
        HERE.parent / part
        for part in ("accounts", "acd", "agentdesk", "app", "ivr", "knowledge", "qa", "recordings", "tickets")
    ]
    trees = [ast.parse(path.read_text(encoding="utf-8")) for each in folders for path in each.rglob("*.py")]
    calls = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Call)]
    noted = {call.args[2].value for call in calls if _is_note(call) and isinstance(call.args[2], ast.Constant)}
    assert len(noted) > 30
    assert noted - DEEDS.keys() == set()


def _is_note(call: ast.Call) -> bool:
    name = call.func
    return (
        isinstance(name, ast.Attribute)
        and name.attr == "note"
        and ast.unparse(name.value) == "audit"
        and len(call.args) > 2
    )
