"""The skills that menus may ask for are those that queues.yaml and people.yaml name."""

from pathlib import Path

from accounts.people import PersonEntry
from acd.queues import Queues
from app.skills import known_skills, skills_of
from core.settings import ROOT

QUEUE = {"name": {"zh": "综合"}, "skills": {"cards": 1}, "relax": [{"after": 30, "skills": {"loans": 1}}]}
LINES = Queues.model_validate({"queues": {"general": QUEUE}, "skills": {"wealth": {"name": {"zh": "理财"}}}})
LI_NA = PersonEntry.model_validate({"login": "li.na", "name": "李娜", "role": "agent", "skills": {"zh": 9}})


def test_skills_are_known_by_title_by_a_queues_wish_in_the_end_too_and_by_who_has_them() -> None:
    assert known_skills(LINES, [LI_NA]) == frozenset({"cards", "loans", "wealth", "zh"})


def test_no_skill_is_known_where_nobody_is_named_who_could_have_it(tmp_path: Path) -> None:
    assert known_skills(LINES, []) is None
    assert skills_of(tmp_path) is None
    assert "complaints" in (skills_of(ROOT / "config") or ())
