"""Asterisk in a process of its own goes by the numbers and lines that were published."""

import shutil
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from accounts import published
from accounts.settings import KIND
from app.keeper import site_in_force
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.settings import ROOT, Settings

FILE, NUMBERS = "site.yaml", "\nnumbers:\n"


def with_number(text: str, number: str) -> str:
    return text.replace(NUMBERS, f'{NUMBERS}  "{number}": main\n')


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    (tmp_path / "config").mkdir()
    shutil.copy(ROOT / "config" / FILE, tmp_path / "config")
    return Settings(data_dir=tmp_path, config_dir=tmp_path / "config")


async def publish_a_number(settings: Settings, number: str) -> str:
    """The file's text is published, then one with a number more; the file's text."""
    said = (settings.config_dir / FILE).read_text(encoding="utf-8")
    db = Database(settings.database, Bus())
    await db.create_all()
    async with db.transaction() as tx:
        await published.begin(tx, KIND, "site", said, FILE, system_clock())
        await published.publish(tx, KIND, "site", with_number(said, number), "admin", "a second line", system_clock())
    await db.close()
    return said


async def test_number_that_was_published_is_answered_though_the_file_does_not_say_so(settings: Settings) -> None:
    await publish_a_number(settings, "95577")
    assert "95577" in (await site_in_force(settings)).numbers


async def test_file_edited_since_the_last_publication_counts(settings: Settings) -> None:
    said = await publish_a_number(settings, "95577")
    (settings.config_dir / FILE).write_text(with_number(said, "95588"), encoding="utf-8")
    numbers = (await site_in_force(settings)).numbers
    assert "95588" in numbers
    assert "95577" not in numbers


async def test_file_counts_on_a_new_site_without_a_word_and_makes_no_database(settings: Settings) -> None:
    with capture_logs() as logs:
        assert (await site_in_force(settings)).hotline
    assert not logs
    assert not list(settings.data_dir.glob("*.db"))


async def test_file_counts_and_that_is_said_while_the_database_cannot_be_reached(settings: Settings) -> None:
    away = settings.model_copy(update={"database_url": "postgresql+asyncpg://hotline:x@127.0.0.1:1/hotline"})
    with capture_logs() as logs:
        assert "95577" not in (await site_in_force(away)).numbers
    assert [each["event"] for each in logs] == ["published numbers and lines are not known, site.yaml counts"]


@pytest.mark.parametrize(("was", "now"), [("numbers:", "numbres:"), ("match: 127.0.0.1", "match: carrier")])
async def test_what_was_published_stands_in_for_a_file_that_was_spoilt_since(
    settings: Settings, was: str, now: str
) -> None:
    said = await publish_a_number(settings, "95577")
    assert was in said
    (settings.config_dir / FILE).write_text(said.replace(was, now), encoding="utf-8")
    with capture_logs() as logs:
        assert "95577" in (await site_in_force(settings)).numbers
    assert [each["log_level"] for each in logs] == ["error"]
