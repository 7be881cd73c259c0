"""Branches whose cases no caller meets are found, by what their variable can be."""

from pathlib import Path

import pytest

from ivr.lint import lint
from tests.ivr.material import SERVICE, write_menu


def found(tmp_path: Path, branch: str) -> list[tuple[tuple[str, ...], str]]:
    start = f"  first: {{kind: branch, {branch}, otherwise: main}}\n  main:\n"
    text = SERVICE.replace("  main:\n", start, 1).replace("start: main", "start: first")
    return [(each.place, each.problem) for each in lint(write_menu(tmp_path, text)) if each.rule == "never-true"]


@pytest.mark.parametrize(
    ("branch", "place", "problem"),
    [
        ("on: weekday, cases: {saturday: bye, sun: bye}", ("cases", "saturday"), "weekday is never 'saturday'"),
        ("on: tier, cases: {platinum: bye}", ("cases", "platinum"), "tier is never 'platinum'"),
        ("on: language, cases: {english: bye}", ("cases", "english"), "language is never 'english'"),
        ('on: hour, ranges: [{between: "22:00-06:00", go: bye}]', ("ranges", "0"), "hour is never 22:00-06:00"),
        ("on: time, ranges: [{at_least: 18, go: bye}]", ("ranges", "0"), "time is never 18 ≤ x"),
        ("on: date, cases: {'20261001': bye}", ("cases", "20261001"), "date is never '20261001'"),
        ("on: date, ranges: [{at_least: 20261001, go: bye}]", ("ranges", "0"), "date is never 20261001 ≤ x"),
        ("on: score, cases: {'6': bye}", ("cases", "6"), "score is never '6'"),
        (
            "on: age, ranges: [{at_least: 18, go: bye}, {at_least: 65, go: person}]",
            ("ranges", "1"),
            "65 ≤ x: what stands before it takes all of these",
        ),
        (
            "on: balance, ranges: [{below: 100, go: bye}, {at_least: 10, below: 20, go: person}]",
            ("ranges", "1"),
            "10 ≤ x < 20: what stands before it takes all of these",
        ),
        ("on: wish, cases: {a: bye}", ("", ""), ""),  # is set from another variable
    ],
)
def test_case_that_never_holds_is_found(tmp_path: Path, branch: str, place: tuple[str, ...], problem: str) -> None:
    assert found(tmp_path, branch) == ([(place, problem)] if problem else [])


@pytest.mark.parametrize(
    "branch",
    [
        "on: age, ranges: [{at_least: 65, go: bye}, {at_least: 18, go: person}], cases: {'': person}",
        'on: caller, prefixes: {"138": bye, "1380": person, "0044": bye}, cases: {"13800000001": bye}',
        'on: time, ranges: [{between: "09:00-12:00", go: bye}, {between: "22:00-06:00", go: person}]',
        "on: balance, ranges: [{below: 0, go: bye}, {at_least: 0, below: 100, go: person}], cases: {unknown: bye}",
        'on: date, cases: {"2026-10-01": bye}, prefixes: {"202612": person}',
    ],
)
def test_branch_that_says_what_can_be_is_not_found_fault_with(tmp_path: Path, branch: str) -> None:
    assert found(tmp_path, branch) == []
