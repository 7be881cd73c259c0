"""The shipped people are sound, and a wrong file names its line."""

from pathlib import Path

import pytest

from accounts import people, repository, service
from accounts.access import Role
from core.database import Database
from core.errors import ConfigError
from core.settings import ROOT


def write(folder: Path, text: str) -> Path:
    (folder / "people.yaml").write_text(text, encoding="utf-8")
    return folder


def test_shipped_people_cover_every_role_and_six_numbers() -> None:
    shipped = people.load(ROOT / "config")
    assert {person.role for person in shipped} == set(Role)
    assert [person.number for person in shipped if person.number] == [f"800{n}" for n in range(1, 7)]


@pytest.mark.parametrize(
    ("second", "line", "words"),
    [
        ("{login: li.na, name: B, role: quality}", 3, "listed twice"),
        ('{login: b, name: B, role: agent, number: "8001"}', 3, "login"),
        ('{login: bo, name: B, role: agent, number: "8001"}', 3, "is given to li.na already"),
        ("{login: bo, name: B, role: agent}", 3, "only an agent"),
        ("{login: bo, name: B, role: boss}", 3, "role"),
        ('{login: bo, name: B, role: agent, number: "8002", skills: {zh: 11}}', 3, "skills.zh"),
        ("{login: bo, name: B, role: quality, colour: red}", 3, "colour"),
    ],
)
def test_wrong_entry_names_file_and_line(tmp_path: Path, second: str, line: int, words: str) -> None:
    first = '{login: li.na, name: A, role: agent, number: "8001"}'
    folder = write(tmp_path, f"people:\n  - {first}\n  - {second}\n")
    with pytest.raises(ConfigError) as fault:
        people.load(folder)
    assert fault.value.line == line
    assert words in str(fault.value)


async def test_seeding_twice_keeps_what_was_changed_in_between(db: Database, tmp_path: Path) -> None:
    text = 'people:\n  - {login: li.na, name: Other, role: agent, number: "8009"}\n'
    async with db.transaction() as tx:
        created = await service.seed_people(tx, people.load(write(tmp_path, text)))
    async with db.reading() as session:
        found = {person.login: person.name for person in await repository.people(session)}
    assert created == []
    assert found["li.na"] == "李娜"


async def test_every_agent_has_a_telephone_with_a_secret_of_its_own(db: Database) -> None:
    async with db.reading() as session:
        phones = await repository.phones(session)
    assert [(phone.number, phone.user) for phone in phones] == [("8001", "phone-8001")]
    assert len(phones[0].secret) == 24
