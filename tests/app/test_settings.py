"""Published settings: taken at once by the parts that can, at the next start by all, and files edited by hand."""

import shutil
from dataclasses import replace
from pathlib import Path

from structlog.testing import capture_logs

from accounts.settings import SettingsOffice
from app import configuration, publishing
from app.settings import SETTINGS, InForce, SettingFiles, demand, in_force
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.settings import ROOT
from ivr.customers import Customers
from ivr.hours import Hours
from ivr.rules import Rules

PRAISE = "  praise: {name: {zh: 表扬}}\n"


class Menus:
    """Takes customers and hours for new calls."""

    def __init__(self, config: configuration.Configuration) -> None:
        self.rules = Rules(config.menus, config.customers, config.hours, config.site.zone)

    async def use_site(self, customers: Customers, hours: Hours) -> None:
        self.rules = replace(self.rules, customers=customers, hours=hours)


class House:
    """A site's files, published in a database of its own."""

    def __init__(self, folder: Path) -> None:
        self.directory = folder / "config"
        shutil.copytree(ROOT / "config", self.directory)
        self.db = Database(f"sqlite+aiosqlite:///{folder}/hotline.db", Bus())
        self.config = configuration.load(self.directory)
        self.said: list[str] = []

    async def start(self) -> configuration.Configuration:
        """What a centre that starts now goes by."""
        await publishing.publish_files(self.db, self.directory, system_clock)
        self.office = SettingsOffice(self.db, SETTINGS, demand(self.directory, self.db), system_clock)
        return await in_force(self.db, configuration.load(self.directory), self.said.append)

    def edited(self, name: str, was: str, now: str) -> str:
        text = (self.directory / f"{name}.yaml").read_text(encoding="utf-8")
        assert was in text
        return text.replace(was, now, 1)

    def edit(self, name: str, was: str, now: str) -> None:
        (self.directory / f"{name}.yaml").write_text(self.edited(name, was, now), encoding="utf-8")


async def house(folder: Path) -> House:
    made = House(folder)
    await made.db.create_all()
    return made


async def test_the_next_start_goes_by_what_was_published_until_a_file_is_edited_by_hand(tmp_path: Path) -> None:
    home = await house(tmp_path)
    await home.start()
    await home.office.publish("queues", home.edited("queues", "wrap_up: 10", "wrap_up: 25"), "longer", "admin")
    assert (await home.start()).queues.queues["general"].wrap_up == 25
    home.edit("queues", "wrap_up: 10", "wrap_up: 40")
    assert (await home.start()).queues.queues["general"].wrap_up == 40
    assert home.said == []
    await home.db.close()


async def test_published_settings_that_are_no_longer_sound_give_way_to_the_files_and_this_is_said(
    tmp_path: Path,
) -> None:
    home = await house(tmp_path)
    await home.start()
    await home.office.publish("queues", home.edited("queues", "queues:\n", f"queues:\n{PRAISE}"), "x", "admin")
    await home.office.publish("retention", "default_days: 30\nqueues: {praise: 10}\n", "x", "admin")
    assert (await home.start()).retention.default_days == 30
    home.edit("queues", "wrap_up: 10", "wrap_up: 11")
    started = await home.start()
    assert (started.retention.default_days, started.queues.queues["general"].wrap_up) == (1095, 11)
    assert "retention.yaml:2: there is no queue 'praise'" in home.said[0]
    await home.db.close()


async def test_parts_that_need_no_restart_take_a_published_text_at_once(tmp_path: Path) -> None:
    home = await house(tmp_path)
    config = await home.start()
    taken, menus = InForce(config), Menus(config)
    taken.listen(home.db.bus, home.db, menus)
    assert taken.breaks.value == config.breaks
    for name, was, now in (
        ("breaks", "free_agents: 3", "free_agents: 1"),
        ("retention", "default_days: 1095", "default_days: 90"),
        ("scripts", "请您稍等，好吗？", "请您稍候，好吗？"),
        ("hours", "[06:00-24:00]", "closed"),
    ):
        await home.office.publish(name, home.edited(name, was, now), "x", "admin")
    await home.db.bus.drain()
    assert (taken.breaks.value.free_agents, taken.retention.value.default_days) == (1, 90)
    assert "请您稍候" in taken.scripts.value.enquiry[3].say.zh
    assert menus.rules.hours.schedules["personal"].weekly["mon"] == ()
    await home.office.back("breaks", "too few", "admin")
    await home.db.bus.drain()
    assert taken.breaks.value == config.breaks
    await home.db.close()


async def test_a_file_edited_while_the_centre_runs_becomes_a_version_and_a_broken_one_is_told_once(
    tmp_path: Path,
) -> None:
    home = await house(tmp_path)
    await home.start()
    files = SettingFiles(home.directory, home.office)
    assert await files.look() == []
    home.edit("breaks", "free_agents: 3", "free_agents: 2")
    assert await files.look() == ["breaks"]
    standing = await home.office.standing("breaks")
    assert (standing.number, standing.live and standing.live.published_by) == (2, "system")
    with capture_logs() as logs:
        home.edit("breaks", "free_agents: 2", "free_agents: many")
        assert await files.look() == []
        assert await files.look() == []
        home.edit("breaks", "free_agents: many", "free_agents: 3")
        assert await files.look() == []
    assert [each["event"][:12] for each in logs] == ["changed file", "changed file"]
    assert "breaks.yaml:3" in logs[0]["why"]
    assert (await home.office.standing("breaks")).number == 2
    await home.db.close()
