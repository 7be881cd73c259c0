"""Every fault in a configuration file names its file, its line and the way out."""

from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from core import site, yamlfile
from core.errors import ConfigError
from core.settings import ROOT


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid")
    name: str
    size: int


class Whole(BaseModel):
    model_config = ConfigDict(extra="forbid")
    title: str
    parts: list[Part]


def _fault(tmp_path: Path, text: str) -> ConfigError:
    path = tmp_path / "whole.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError) as caught:
        yamlfile.load(path, Whole)
    return caught.value


def test_wrong_value_deep_inside_names_its_own_line(tmp_path: Path) -> None:
    fault = _fault(tmp_path, "title: 甲\nparts:\n  - name: a\n    size: 1\n  - name: b\n    size: big\n")
    assert fault.line == 6
    assert "parts.1.size" in str(fault)


def test_missing_value_names_the_line_of_its_owner(tmp_path: Path) -> None:
    assert _fault(tmp_path, "title: x\nparts:\n  - name: a\n    size: 1\n  - name: b\n").line == 5


def test_misspelt_key_is_refused_where_it_stands(tmp_path: Path) -> None:
    assert _fault(tmp_path, "title: x\nparts: []\ncolour: red\n").line == 3


def test_all_faults_of_a_file_are_told_in_the_order_of_their_lines(tmp_path: Path) -> None:
    fault = _fault(tmp_path, "titel: x\nparts:\n  - name: a\n  - name: [b]\n    size: big\n    colour: red\n")
    told = [(each.line, each.what.partition(": ")[0]) for each in fault.all]
    assert told == [(1, "titel"), (3, "parts.0.size"), (4, "parts.1.name"), (5, "parts.1.size"), (6, "parts.1.colour")]
    assert fault.of_file(Path("other.yaml")).all[-1].problem.startswith("other.yaml:6: parts.1.colour: Extra inputs")


class Round(BaseModel):
    model_config = ConfigDict(extra="forbid")
    shape: Literal["round"]
    radius: int = 1


class Square(BaseModel):
    model_config = ConfigDict(extra="forbid")
    shape: Literal["square"]
    length: int = 1
    since: str = Field(default="", alias="from")


class Many(BaseModel):
    model_config = ConfigDict(extra="forbid")
    shapes: dict[str, Annotated[Round | Square, Field(discriminator="shape")]] = {}
    pairs: tuple[tuple[Part | None, ...], ...] = ()
    either: Square | Part | None = None


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("shapos: {}", "perhaps 'shapes'"),
        ("shapes: {a: {shape: round, radios: 2}}", "perhaps 'radius'"),
        ("shapes: {a: {shape: square, lenght: 2}}", "perhaps 'length'"),
        ("shapes: {a: {shape: square, form: x}}", "perhaps 'from'"),
        ("pairs: [[{name: a, size: 1, siez: 1}]]", "perhaps 'size'"),
        ("either: {shape: square, lenght: 1}", "perhaps 'length'"),
        ("shapes: {a: {shape: round, lenght: 2}}", "correct its name, or remove it"),
    ],
)
def test_misspelt_field_is_told_the_one_that_was_meant(text: str, meant: str) -> None:
    with pytest.raises(ConfigError) as caught:
        yamlfile.loads(text, Path("many.yaml"), Many)
    assert any(meant in each.remedy for each in caught.value.all), str(caught.value)


def test_broken_yaml_names_the_line(tmp_path: Path) -> None:
    fault = _fault(tmp_path, "title: x\nparts: [\n")
    assert fault.line >= 2
    assert "not valid YAML" in str(fault)


@pytest.mark.parametrize("value", ["2026-02-30", "[1, 2026-13-01]", "!!int some", "9" * 5000])
def test_a_day_that_is_not_in_the_calendar_names_its_line(value: str) -> None:
    with pytest.raises(ConfigError, match=r"^x.yaml:2: '.+' looks like a date or a number and is none: correct it"):
        yamlfile.parse(f"a: 1\nb: {value}\n", Path("x.yaml"))


def test_same_key_twice_is_refused(tmp_path: Path) -> None:
    assert "not valid YAML" in str(_fault(tmp_path, "title: x\ntitle: y\nparts: []\n"))


def test_missing_file_and_wrong_encoding_are_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="missing"):
        yamlfile.load(tmp_path / "absent.yaml", Whole)
    path = tmp_path / "gbk.yaml"
    path.write_bytes("title: x\nparts: []  # 零件".encode("gbk"))
    with pytest.raises(ConfigError, match=r"gbk\.yaml:2: not UTF-8"):
        yamlfile.load(path, Whole)


def test_unknown_time_zone_of_the_site_is_refused_with_its_line(tmp_path: Path) -> None:
    text = (ROOT / "config/site.yaml").read_text(encoding="utf-8").replace("Asia/Shanghai", "Asia/Atlantis")
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"site\.yaml:3: .*Asia/Atlantis"):
        site.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "line", "name"),
    [
        ("a:\n  kind：menu\n  b: 1\n", 2, "kind"), ("a:\n  b: 1\n  c：2\n", 3, "c"), ("a: 1\nb：2\nc: 3\n", 2, "b"),
        ("- a：1\n  b: 2\n", 1, "a"), ('x: 1\n"1"：{go: x}\ny: 2\n', 2, "1"),
    ],
)  # fmt: skip
def test_wide_colon_after_a_name_is_told_with_its_line(text: str, line: int, name: str) -> None:
    with pytest.raises(ConfigError, match=f"： stands after {name} where : should: write : and a space") as caught:
        yamlfile.parse(text, Path("x.yaml"))
    assert caught.value.line == line


def test_wide_colon_in_words_that_are_said_is_nobodys_fault() -> None:
    with pytest.raises(ConfigError, match="check indentation and quotes"):
        yamlfile.parse("a:\n  say: {zh: 请按：一, en: x\n  b: 2\n", Path("x.yaml"))
