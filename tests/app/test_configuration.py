"""The configuration as a whole: spoilt files give way to what was published."""

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from accounts import published
from accounts.settings import Effect, SettingsOffice
from app import configuration
from app import publishing as publishing_of_files
from app.configuration import NOTHING
from app.editing import setting_files
from app.settings import SETTINGS, demand, in_force, last_published, texts_of
from core.bus import Bus
from core.database import Database
from core.errors import BadInput, ConfigError
from core.settings import ROOT
from ivr.published import contest, publishing

SHIPPED = (ROOT / "config" / "menus" / "main.yaml").read_text(encoding="utf-8")


async def test_spoilt_menu_file_gives_way_to_the_version_that_was_live(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    spoilt = tmp_path / "config" / "menus" / "main.yaml"
    spoilt.write_text(SHIPPED + "\n  half a line", encoding="utf-8")
    address = f"sqlite+aiosqlite:///{tmp_path}/hotline.db"
    assert await last_published(address) == NOTHING
    with pytest.raises(ConfigError):
        configuration.load(tmp_path / "config", await last_published(address))
    db = Database(address, Bus())
    await db.create_all()
    async with db.transaction() as tx:
        await publishing.publish(tx, "main", SHIPPED, "chen", "", 1.0)
        await contest.start(tx, "main", SHIPPED + "# other\n", 0.5, "chen", "", 2.0)
    await db.close()
    found = configuration.load(tmp_path / "config", await last_published(address))
    menu = found.menus[found.site.hotline]
    assert (menu.name, menu.path) == ("main", spoilt)
    assert menu.flow == configuration.load(ROOT / "config").menus[found.site.hotline].flow


class Site:
    """A site that has run: what its files said is published."""

    def __init__(self, folder: Path) -> None:
        self.directory = Path(shutil.copytree(ROOT / "config", folder / "config"))
        self.address = f"sqlite+aiosqlite:///{folder}/hotline.db"
        self.db = Database(self.address, Bus())

    async def start(self) -> configuration.Configuration:
        """What a centre goes by that starts now."""
        former = await last_published(self.address)
        found = configuration.load_standing(self.directory, former)
        await publishing_of_files.publish_files(self.db, self.directory, lambda: 1.0, found.wrong)
        return await in_force(self.db, found, lambda _text: None)

    def edit(self, file: str, was: str, now: str) -> None:
        text = (self.directory / file).read_text(encoding="utf-8")
        assert was in text
        (self.directory / file).write_text(text.replace(was, now), encoding="utf-8")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    made = Site(tmp_path)
    await made.db.create_all()
    await made.start()
    yield made
    await made.db.close()


@pytest.mark.parametrize(
    ("file", "was", "now"),
    [
        ("hours.yaml", "schedules:", "schedules: [["),
        ("queues.yaml", "wrap_up: 10", "wrap_up: soon"),
        ("queues.yaml", "priority: 3", "priority: 3\n    entry: {hours: nihgt}"),
        ("queues.yaml", "every: 60}", 'every: 60}\n    way_out: {key: "1", step: nowhere}'),
        ("queues.yaml", "priority: 3", "priority: 3\n    overflow: {after: 50, to: lost-card}"),
        (
            "queues.yaml",
            "priority: 3",
            "priority: 3\n    overflow: {after: 50, to: general}\n    longest: {after: 20, step: call-back}",
        ),
        ("site.yaml", "match: 127.0.0.1", "match: carrier"),
        ("reports.yaml", "mails:", "mials:"),
        ("kpi.yaml", "weight:", "wieght:"),
        ("people.yaml", "role: agent", "role: emperor"),
        ("packs/zh-bank.yaml", "pack: zh-bank", "pack: zh-bnak"),
        ("knowledge/lost-card.zh.md", "title:", "titel:"),
    ],
)
async def test_a_file_spoilt_by_hand_gives_way_to_its_last_publication_and_is_named(
    site: Site, file: str, was: str, now: str
) -> None:
    before = await site.start()
    site.edit(file, was, now)
    with pytest.raises(BadInput):
        configuration.load(site.directory)
    for _ in range(2):  # the start itself publishes nothing that is spoilt
        found = await site.start()
        assert list(found.wrong) == [site.directory / file]
        assert (found.hours, found.queues, found.site) == (before.hours, before.queues, before.site)
        assert (found.reports, found.kpi, found.packs) == (before.reports, before.kpi, before.packs)
        assert found.articles == before.articles


async def test_a_menu_whose_file_loses_a_step_that_a_queue_names_stays_as_it_was(site: Site) -> None:
    async with site.db.transaction() as tx:
        await publishing.publish(tx, "main", SHIPPED, "chen", "", 1.0)
    site.edit("queues.yaml", "priority: 3\n", "priority: 3\n    longest: {after: 300, step: call-back}\n")
    assert (await site.start()).wrong == {}
    site.edit("menus/main.yaml", "call-back", "ring-back")
    found = await site.start()
    assert list(found.wrong) == [site.directory / "menus" / "main.yaml"]
    assert "call-back" in found.menus[found.site.hotline].flow.steps
    with pytest.raises(ConfigError, match=r"queues\.yaml:45: there is no step 'call-back' in menu 'main'"):
        configuration.load(site.directory)


def test_number_whose_menu_was_never_written_is_told_with_its_line_in_the_site(tmp_path: Path) -> None:
    directory = Path(shutil.copytree(ROOT / "config", tmp_path / "config"))
    site_file = directory / "site.yaml"
    text = site_file.read_text(encoding="utf-8").replace('"95566": main', '"95566": main\n  "95577": tele')
    site_file.write_text(text, encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"number 95577 leads to menu 'tele', and there is no menus/tele\.yaml"
    ) as caught:
        configuration.load(directory)
    assert (caught.value.path, caught.value.remedy) == (site_file, "write it, or take the number out")
    assert '"95577"' in text.splitlines()[caught.value.line - 1]


async def test_queues_that_were_published_with_an_overflow_nobody_reaches_stop_no_start_and_no_other_setting(
    site: Site,
) -> None:
    site.edit("queues.yaml", "priority: 3", "priority: 3\n    overflow: {after: 50, to: lost-card}")
    text = (site.directory / "queues.yaml").read_text(encoding="utf-8")
    async with site.db.transaction() as tx:
        await published.publish(tx, "setting", "queues", text, "chen", "of an earlier release", 1.0)
    found = await site.start()
    assert found.wrong == {}
    assert found.queues.queues["lost-card"].overflow is not None
    demanded, live = demand(site.directory, site.db), await texts_of(site.db)
    await demanded(live | {"breaks.yaml": live["breaks.yaml"].replace("free_agents: 3", "free_agents: 1")})
    with pytest.raises(ConfigError, match="lost-card overflows to itself: name another queue"):
        await demanded(live | {"queues.yaml": text + "# again\n"})


def _ends(found: configuration.Configuration) -> list[str]:
    """The steps where waits of a set length end."""
    return [queue.longest.step for queue in found.queues.queues.values() if queue.longest]


async def test_a_step_that_queues_name_and_no_menu_has_any_more_stops_neither_the_start_nor_other_settings(
    site: Site,
) -> None:
    was, now = "priority: 3\n", "priority: 3\n    longest: {after: 300, step: ring-back}\n"
    async with site.db.transaction() as tx:
        await publishing.publish(tx, "main", SHIPPED, "chen", "", 1.0)
        await publishing.publish(tx, "main", SHIPPED.replace("call-back", "ring-back"), "chen", "", 2.0)
    site.edit("queues.yaml", was, now)
    assert _ends(await site.start()) == ["ring-back"]
    async with site.db.transaction() as tx:
        await publishing.back(tx, "main", "chen", "", 3.0)
    found = await site.start()
    assert list(found.wrong) == [site.directory / "menus" / "main.yaml"]
    assert _ends(found) == ["ring-back"]
    assert "call-back" in found.menus[found.site.hotline].flow.steps
    demanded, live = demand(site.directory, site.db), await texts_of(site.db)
    breaks = live["breaks.yaml"].replace("free_agents: 3", "free_agents: 1")
    await demanded(live | {"breaks.yaml": breaks})
    with pytest.raises(BadInput, match="ring-back"):
        await demanded(live | {"queues.yaml": live["queues.yaml"] + "# again\n"})


async def test_a_live_menu_that_a_new_one_may_not_be_like_keeps_nobody_from_changing_queues(site: Site) -> None:
    async with site.db.transaction() as tx:
        await publishing.publish(
            tx, "main", SHIPPED.replace("skills: {cards: 1}", "skills: {cards: 0}"), "chen", "", 1.0
        )
    await site.start()
    demanded, live = demand(site.directory, site.db), await texts_of(site.db)
    await demanded(live | {"queues.yaml": live["queues.yaml"] + "# again\n"})


async def test_a_sound_change_by_hand_counts_beside_a_spoilt_file(site: Site) -> None:
    site.edit("hours.yaml", "schedules:", "schedules: [[")
    site.edit("breaks.yaml", "free_agents: 3", "free_agents: 1")
    found = await site.start()
    assert (found.breaks.free_agents, list(found.wrong)) == (1, [site.directory / "hours.yaml"])


async def test_files_that_do_not_fit_each_other_all_give_way(site: Site) -> None:
    site.edit("queues.yaml", "  complaints:\n", "  praise:\n")
    found = await site.start()
    assert "complaints" in found.queues.queues
    assert list(found.wrong) == [site.directory / "queues.yaml"]
    assert "there is no queue 'complaints'" in str(found.wrong[site.directory / "queues.yaml"])


async def test_a_rule_pack_that_the_site_s_file_misspells_is_the_one_it_named_before(site: Site) -> None:
    before = await site.start()
    site.edit("site.yaml", "zh: zh-bank", "zh: zh-bnak")
    assert (await site.start()).packs == before.packs


async def test_a_new_article_in_which_something_is_wrong_waits_until_it_is_right(site: Site) -> None:
    new = site.directory / "knowledge" / "new.zh.md"
    new.write_bytes(b"\xff\xfe")
    found = await site.start()
    assert list(found.wrong) == [new]
    assert "new.zh" not in {each.name for each in found.articles}


async def test_what_is_wrong_at_the_start_is_shown_until_the_file_is_mended(site: Site) -> None:
    site.edit("hours.yaml", "schedules:", "schedules: [[")
    found = await site.start()
    office = SettingsOffice(site.db, SETTINGS, demand(site.directory, site.db), _weightless, lambda: 2.0)
    files = setting_files(site.directory, office, found.wrong)
    assert list(office.wrong) == ["hours"]
    site.edit("hours.yaml", "schedules: [[", "schedules:")
    await files.look()
    assert office.wrong == {}


async def _weightless(_name: str, _before: str, _after: str) -> list[Effect]:
    return []


def test_a_customer_is_called_in_his_own_language_or_that_of_his_last_call_before_that_of_the_queue() -> None:
    found = configuration.load(ROOT / "config", NOTHING)
    english, chinese, unknown = "13800000005", "+86 138 0000 0004", "13912345678"
    assert found.site.languages[0] == "zh"
    assert [found.language_of(number, "general", "") for number in (english, chinese, unknown)] == ["en", "zh", "zh"]
    assert [found.language_of(number, "general", "en") for number in (chinese, unknown)] == ["zh", "en"]
    assert found.language_of(unknown, "general", "a language no longer spoken") == "zh"
