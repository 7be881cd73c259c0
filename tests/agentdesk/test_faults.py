"""Every fault of a rule pack and every refusal of the quality office has its sentence in Chinese."""

import ast
import copy
import re
from collections.abc import Iterable, Iterator, Set
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML, composer, constructor, parser, scanner

from accounts.access import Role
from accounts.people import PersonEntry, clash_of
from acd.outward.dialling import Reach
from agentdesk.words.faults import SENTENCES, fault_words
from core.errors import ConfigError
from core.pages import load_catalogue
from core.settings import ROOT
from ivr.schema.flow import AnyStep
from qa import pack
from qa.pack import Anger, Family, Pack, Row
from tests.agentdesk.test_words import HERE
from tests.ivr.material import SERVICE, SMALL

CHINESE = load_catalogue(HERE / "locale", "zh")
RAISED = {"ConfigError", "BadInput", "NotFound", "Refused", "PatternError", "ValueError", "HTTPException", "Wrong"}
RAISERS = [
    *(ROOT / "qa").rglob("*.py"),
    *(ROOT / "ivr" / "schema").glob("*.py"),
    *(ROOT / "accounts").glob("*.py"),
    ROOT / "core" / "yamlfile.py",
]
ELSEWHERE = {"access.py", "kpi.py", "dialogue.py", "agreement.py"}
"""What these find wrong is told when the centre starts, or by a command."""
WRONG: list[Any] = [None, True, "x", -1, 1e9, 0.5, [], ["x", 1], {}, {"x": 1}, {1: 1}, [{}], ""]
PLACE = re.compile(r"^('[\w.-]+'|[\w.-]+)$")
DIALLED = ("calls out", *(f"{each.name.lower()} calls" for each in Reach if each.name != "NONE"))
SHAPES = (
    "name of a step: write small letters, digits and -", "name of a variable: write small letters, digits and _",
    "number that can be rung: write 3 to 20 digits, + before a country's",
)  # fmt: skip
SEVERAL = {
    "you may not make x1; ask your supervisor": [f"you may not make {each}; ask your supervisor" for each in DIALLED],
    "the old password is x1": ["the old password is wrong", "the old password is locked"],
    "write for example pin: wrong; web: limit=500": [],  # an example stays as it is
    "there is no x1 'x1'": [f"there is no {each} 'x1'" for each in ("queue", "language", "schedule", "wrap-up code")],
    "'x1' is no x1": [f"'x1' is no {each}" for each in SHAPES],
    "the key 'x1' of x1 is x1": [
        f"the key 'x1' of x1 is {each}" for each in ("not in x1", "not here: HOTLINE_KEY_FILE is not set")
    ],
}
"""Where a word is put into a sentence that has no Chinese by itself: all that may be said."""


def chinese(text: str) -> str:
    return fault_words(text, CHINESE.gettext)


def left_in_english(text: str) -> list[str]:
    """Pieces of a fault that nobody has translated; codes and names of places may stay."""
    return [piece for piece in chinese(text).split(": ") if not re.search("[㐀-鿿]", piece) and not PLACE.match(piece)]


def untold(found: Iterable[str]) -> dict[str, list[str]]:
    """What of it is left in English. Whatever is put into a sentence is no Chinese itself."""
    said = {each for sentence in found for each in SEVERAL.get(sentence, [sentence])}
    return {each: left for each in said if (left := left_in_english(each))}


def sample(node: ast.expr) -> str | None:
    """What a literal or an f-string may say, None for anything else."""
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr():
            parts = [sample(part) for part in node.values]
            return None if None in parts else "".join(part or "" for part in parts)
        case ast.FormattedValue(conversion=114):
            return "'x1'"
        case ast.FormattedValue():
            return "x1"
    return None


def raised_in(path: Path, kinds: Set[str] = RAISED) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in kinds:
            arguments = node.args[1:] if node.func.id == "Refused" else node.args
            yield from (said for said in map(sample, arguments) if said and " " in said)


@pytest.mark.parametrize("path", [each for each in RAISERS if each.name not in ELSEWHERE], ids=lambda path: path.stem)
def test_whatever_a_module_raises_for_people_has_chinese_words(path: Path) -> None:
    assert untold(raised_in(path)) == {}


STANDS_STILL = {"Unusable", "StoreAway", "KeyGone", "NoEngine", "Tampered", "OSError"}
HEARD = ("jobs", "sound", "speech/recognise", "store/files", "store/keys", "store/sealing")
SOUND = [ROOT / "recordings" / f"{name}.py" for name in HEARD]


@pytest.mark.parametrize("path", SOUND, ids=lambda path: path.stem)
def test_why_a_call_is_not_heard_has_chinese_words(path: Path) -> None:
    found = set(raised_in(path, STANDS_STILL))
    assert found
    assert untold(found) == {}


@pytest.mark.parametrize(
    "why",
    ["The specified bucket does not exist", 'Could not connect to the endpoint URL: "http://store:9000/calls"',
     "Access Denied", "Unable to locate credentials"],
)  # fmt: skip
def test_why_the_store_of_recordings_cannot_be_used_has_chinese_words(why: str) -> None:
    assert left_in_english(f"the store calls/hotline cannot be used: {why}") == []


def test_a_disk_that_cannot_be_used_is_told_with_its_place() -> None:
    assert chinese("[Errno 13] Permission denied: '/data/sound'") == "没有权限 '/data/sound'"


def test_the_walk_finds_what_is_raised() -> None:
    found = set(raised_in(ROOT / "qa" / "pack.py"))
    assert "x1 names the phrase family 'x1', which does not exist" in found
    for said in ("nobody has written this sentence yet", "nobody has written that 'x1' of x1 is wrong either"):
        assert left_in_english(said) == [said]


@pytest.mark.parametrize("module", [scanner, parser, composer, constructor])
def test_whatever_is_wrong_with_yaml_has_chinese_words(module: Any) -> None:
    made = {"OrderedMap", "Python", "timestamp", "base64", "constructor for the tag", "node, but found", "a sequence,",
            "str(exc)"}  # fmt: skip
    left = {}
    for node in ast.walk(ast.parse(Path(module.__file__).read_text(encoding="utf-8"))):
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("Error") and len(node.args) > 2:
            said = sample(node.args[2]) or sample(node.args[0])
            if said and not any(word in ast.unparse(node) for word in made) and (english := left_in_english(said)):
                left[said] = english
    assert left == {}


def _places(node: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place of a tree, of lists only the first."""
    if place:
        yield place
    below = node.items() if isinstance(node, dict) else list(enumerate(node))[:1] if isinstance(node, list) else ()
    for key, value in below:
        yield from _places(value, (*place, key))


def _spoiled(tree: Any) -> Iterator[Any]:
    """The tree with every place missing, and with every wrong value at it."""
    for place in _places(tree):
        for wrong in (*WRONG, KeyError):
            whole = node = copy.deepcopy(tree)
            for part in place[:-1]:
                node = node[part]
            if wrong is KeyError:
                del node[place[-1]]
            else:
                node[place[-1]] = copy.deepcopy(wrong)
            yield whole
    yield {**tree, "unknown": 1}
    yield from WRONG


def _complaints(model: type[BaseModel], tree: Any) -> set[str]:
    found: set[str] = set()
    for spoiled in _spoiled(tree):
        try:
            model.model_validate(spoiled)
        except ValidationError as fault:
            found |= {each["msg"].removeprefix("Value error, ") for each in fault.errors(include_url=False)}
    return found


def test_whatever_is_wrong_with_a_value_of_a_pack_has_chinese_words() -> None:
    tree = YAML(typ="safe").load((ROOT / "config" / "packs" / "zh-bank.yaml").read_text(encoding="utf-8"))
    rows = {check["check"]: {**row, "checks": [check]} for row in tree["items"].values() for check in row["checks"]}
    soft = next(family for family in tree["families"].values() if "softened" in family)
    found = _complaints(Pack, {**tree, "families": {"x": {"say": ["y"]}}, "items": {}})
    found |= _complaints(Family, soft) | _complaints(Anger, tree["anger"])
    for row in rows.values():
        found |= _complaints(Row, row)
    assert len(rows) == len(pack.Check.__origin__.__args__)  # type: ignore[attr-defined]  # every kind of check
    assert len(found) > 30
    assert {said for said in found if left_in_english(said)} == set()


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("weight: 4\n", "weight: 5\n", "各项权重之和为 101，应为 100"),
        ("weight: 4\n", "weight: much\n", "items.A3.weight: 应为数字"),
        ("pack: zh-bank", "pack: zh-bank\npack: x", "写了两次"),
        ("language: zh", "language: de", "只能是 'zh' 或 'en'"),
        ("sections:", "  sections:", "不是有效的 YAML: 此处不能写"),
    ],
)
def test_a_broken_pack_is_told_in_chinese_with_file_line_place_and_remedy(
    tmp_path: Path, old: str, new: str, words: str
) -> None:
    text = (ROOT / "config" / "packs" / "zh-bank.yaml").read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "zh-bank.yaml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        pack.load(tmp_path, "zh-bank")
    said = chinese(str(caught.value))
    assert said.startswith(f"{tmp_path}/zh-bank.yaml:{caught.value.line}: ")
    assert words in said
    assert said.endswith(("请修改规则包", "请检查缩进和引号"))
    assert caught.value.line > 1


def test_every_sentence_is_recognised_as_itself() -> None:
    """One that takes in more stands behind the others."""
    filled = {each: re.sub(r"%\(\w\)s", "x1", each) for each in SENTENCES}
    wanted = {each: re.sub(r"%\(\w\)s", "x1", CHINESE.gettext(each)) for each in SENTENCES}
    wrong = {said: chinese(said) for each, said in filled.items() if chinese(said) != wanted[each].replace("%%", "%")}
    assert wrong == {}


def test_what_is_quoted_may_hold_a_colon() -> None:
    assert chinese("x.yaml:3: 'a: (b': a bracket is not closed: correct the pack") == (
        "x.yaml:3: 'a: (b': 括号没有闭合: 请修改规则包"
    )
    assert chinese("there is no phrase family 'a: b'") == "没有话术词组 'a: b'"


def test_whatever_is_wrong_with_a_step_of_a_menu_has_chinese_words() -> None:
    written = [YAML(typ="safe").load(text)["steps"] for text in (SMALL, SERVICE)]
    kinds = {step["kind"]: step for steps in written for step in steps.values()}
    found: set[str] = set()
    for model in AnyStep.__origin__.__args__:  # type: ignore[attr-defined]
        step = kinds.get(model.model_fields["kind"].annotation.__args__[0])
        found |= _complaints(model, step) if step else set()
    assert len(kinds) > 10
    assert len(found) > 10
    assert {said for said in found if left_in_english(said)} == set()


def test_why_two_people_cannot_have_one_number_has_chinese_words() -> None:
    agent = PersonEntry(login="li.na", name="Li", role=Role.AGENT, number="8001")
    without = agent.model_copy(update={"number": ""})
    clashes = [
        clash_of(without, {}),
        clash_of(agent, {"8001": ["zhao.min"]}),
        clash_of(agent, {}, {"8001": "zhao.min"}),
    ]
    told = [f"{clash.problem}: {clash.remedy}" for clash in clashes if clash]
    assert len(told) == 3
    assert {said: left for said in told if (left := left_in_english(said))} == {}
    assert chinese(told[1]) == "工号 8001 已由 zhao.min 使用: 请为每位坐席分配各自的工号"
    assert chinese("there is somebody with the login li.na already") == "用户名 li.na 已存在"
