"""Lists of people: whatever a spreadsheet writes is read, and what it would change is told line by line."""

import pytest

from accounts import roll
from accounts.people import PersonEntry
from accounts.roll import Plan
from accounts.staff import entry_of
from core import tables
from core.errors import BadInput
from tests.accounts.conftest import PEOPLE

KNOWN = {each.login: each for each in PEOPLE}
CHINESE = "登录名,姓名,角色,工号,班组,技能\nwang.wei,王伟,坐席,8002,一组,cards：9；zh：7\n"
WANG = PersonEntry.model_validate(
    {
        "login": "wang.wei",
        "name": "王伟",
        "role": "agent",
        "number": "8002",
        "team": "一组",
        "skills": {"cards": 9, "zh": 7},
    }
)


def planned(text: str, *able: str) -> Plan:
    return roll.plan(text, KNOWN, able)


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_excel_and_other_programs_may_write_it_in_any_coding(coding: str) -> None:
    assert planned(tables.decoded(CHINESE.encode(coding))).entries == [WANG]


@pytest.mark.parametrize("delimiter", ["\t", ";"])
def test_columns_may_be_divided_by_tabs_or_semicolons(delimiter: str) -> None:
    text = "login,name,role\nmei.hua,梅花,质检\n".replace(",", delimiter)
    assert [(each.login, each.role) for each in planned(text).entries] == [("mei.hua", "quality")]


def test_what_is_neither_coding_names_its_line() -> None:
    with pytest.raises(BadInput, match="line 2"):
        tables.decoded("登录名\n".encode("gb18030") + b"\xff\xff\n")


def test_only_columns_that_are_there_change_anything() -> None:
    plan = planned("login,skills\nli.na,zh:9; cards:4\nsun.li,\n")
    assert [(each.number, each.kind) for each in plan.lines] == [(2, "changed"), (3, "same")]
    assert [(c.field, c.before, c.after) for c in plan.lines[0].changes] == [("skills", "zh:9", "zh:9; cards:4")]
    assert plan.entries == [entry_of({**KNOWN["li.na"].model_dump(), "skills": {"zh": 9, "cards": 4}})]


def test_an_empty_cell_takes_skills_and_team_away_but_neither_name_nor_role() -> None:
    changes = planned("login,name,role,skills,active\nli.na,,,,\n").lines[0].changes
    assert [(each.field, each.after) for each in changes] == [("skills", "")]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("Li.Na,x,agent,8005,", "person_login"),
        ("new.one,,agent,8005,", "person_name"),
        ("new.one,x,boss,8005,", "person_role"),
        ("new.one,x,agent,08,", "person_number"),
        ("new.one,x,agent,,", "number_needed"),
        ("sun.li,孙丽,supervisor,8005,", "number_needed"),
        ("new.one,x,agent,8001,", "number_taken"),
        ("new.one,x,agent,8005,cards", "person_skills"),
        ("new.one,x,agent,8005,cards:11", "person_skills"),
        ("new.one,x,agent,8005,Cards:1", "person_skills"),
    ],
)
def test_a_wrong_line_is_told_with_its_number_and_spoils_the_whole(line: str, fault: str) -> None:
    plan = planned(f"login,name,role,number,skills\nfine.one,x,quality,,\n\n{line}\n")
    assert [(each.number, each.kind, each.fault) for each in plan.lines] == [(2, "new", ""), (4, "wrong", fault)]
    assert not plan.sound


def test_a_login_that_is_there_twice_and_an_unclear_yes_are_wrong() -> None:
    plan = planned("login,active\nli.na,yes\nli.na,no\nboss,maybe\n", "boss")
    assert [each.fault for each in plan.lines] == ["", "login_twice", "person_active"]


def test_agents_who_would_swap_numbers_in_one_file_are_refused_as_calls_are_kept_by_number() -> None:
    both = {**KNOWN, "wang.wei": WANG}
    plan = roll.plan("login,number\nli.na,8002\nwang.wei,8001\n", both)
    assert [each.fault for each in plan.lines] == ["number_held", "number_held"]


def test_line_with_a_number_that_somebody_gave_up_is_wrong_and_fine_for_himself() -> None:
    text = "login,name,role,number\n{},王伟,agent,8002\n"
    faults = [
        roll.plan(text.format(who), KNOWN, (), {"8002": "wang.wei"}).lines[0].fault for who in ("x.y", "wang.wei")
    ]
    assert faults == ["number_held", ""]


def test_the_last_administrator_who_can_sign_in_cannot_be_taken_away() -> None:
    text = "login,role\nboss,supervisor\nsun.li,admin\n"
    assert [each.fault for each in planned(text, "boss").lines] == ["last_admin", ""]
    assert [each.fault for each in planned(text, "boss", "sun.li").lines] == ["", ""]


@pytest.mark.parametrize(
    ("text", "told"),
    [("", "empty"), ("name,role\nx,admin\n", "login is missing"), ("login,colour\nx,red\n", "'colour'"),
     ("login,name,姓名\nx,y,z\n", "twice"), ("login\n" + "a.b\n" * 1001, "1000")],
)  # fmt: skip
def test_a_file_whose_heading_says_nothing_is_refused(text: str, told: str) -> None:
    with pytest.raises(BadInput, match=told):
        planned(text)


def test_the_digest_is_another_one_as_soon_as_something_else_would_be_done() -> None:
    text = "login,team\nli.na,二组\n"
    moved = {**KNOWN, "li.na": KNOWN["li.na"].model_copy(update={"team": "一组"})}
    digests = {planned(text).digest, planned(text).digest, roll.plan(text, moved).digest}
    assert len(digests) == 2
