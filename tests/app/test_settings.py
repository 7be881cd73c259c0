"""Published settings: taken at once by the parts that can, at the next start by all, and files edited by hand."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from structlog.testing import capture_logs

from accounts import published
from accounts.settings import KIND, SettingsOffice
from app import configuration, publishing
from app.editing import article_files, setting_files
from app.effects import OVER, weigher
from app.settings import SETTINGS, demand, demand_now, in_force
from app.taking import Prepare, Taker, Taking
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.errors import BadInput, ConfigError, HotlineError
from core.settings import ROOT
from knowledge.article import Known
from knowledge.office import KnowledgeOffice
from recordings.models import Recording, RecordingState

CHANGES = {
    "breaks": ("free_agents: 3", "free_agents: 1"),
    "retention": ("default_days: 1095", "default_days: 90"),
    "scripts": ("请您稍等，好吗？", "请您稍候，好吗？"),
    "queues": ("wrap_up: 10", "wrap_up: 25"),
    "dialling": ("ring_seconds: 45", "ring_seconds: 30"),
    "customers": ("tier: ordinary", "tier: gold"),
    "hours": ("[06:00-24:00]", "closed"),
    "site": (
        "Asia/Shanghai\nlanguages: [zh, en]\nnumbers:\n",
        'Asia/Urumqi\nlanguages: [zh, en]\nnumbers:\n  "95577": main\n',
    ),
}
BEIJING = ZoneInfo("Asia/Shanghai")
PRAISE = "  praise: {name: {zh: 表扬}}\n"


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
        weigh = weigher(self.db, BEIJING, system_clock)
        self.office = SettingsOffice(self.db, SETTINGS, demand(self.directory, self.db), weigh, system_clock)
        return await in_force(self.db, configuration.load(self.directory), self.said.append)

    async def publish_unchecked(self, changes: Mapping[str, tuple[str, str]]) -> None:
        async with self.db.transaction() as tx:
            for name, (was, now) in changes.items():
                await published.publish(tx, KIND, name, self.edited(name, was, now), "admin", "x", system_clock())

    def note(self, asked: list[str], name: str) -> Prepare:
        async def prepare(_fresh: configuration.Configuration) -> None:
            asked.append(name)

        return prepare

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


async def test_a_running_centre_goes_by_published_texts_at_once_and_by_the_former_after_a_step_back(
    tmp_path: Path,
) -> None:
    home = await house(tmp_path)
    config = await home.start()
    began, asked = config.breaks.as_now(), list[str]()
    Taking(config, home.db, [Taker(frozenset({each}), home.note(asked, each)) for each in CHANGES]).listen(home.db.bus)
    await home.publish_unchecked(CHANGES)
    await home.db.bus.drain()
    assert asked == list(CHANGES)
    assert (config.breaks.free_agents, config.retention.default_days) == (1, 90)
    assert "请您稍候" in config.scripts.enquiry[3].say.zh
    assert (config.queues.queues["general"].wrap_up, config.dialling.ring_seconds) == (25, 30)
    assert config.customers.customers["13800000004"].tier == "gold"
    assert config.hours.schedules["personal"].weekly["mon"] == ()
    assert (list(config.site.numbers), config.site.time_zone) == (["95577", "95566"], "Asia/Shanghai")
    assert (await home.office.standing("site")).waits == ("time_zone",)
    await home.office.back("breaks", "too few", "admin")
    await home.db.bus.drain()
    assert config.breaks == began
    await home.db.close()


async def test_a_part_that_cannot_take_its_rules_keeps_the_former_until_the_next_publication(tmp_path: Path) -> None:
    home, broken = await house(tmp_path), [True]
    config = await home.start()

    async def prepare(_fresh: configuration.Configuration) -> None:
        if broken[0]:
            raise HotlineError("Asterisk does not answer")

    taking = Taking(config, home.db, [Taker(frozenset({"site"}), prepare)])
    await home.publish_unchecked({each: CHANGES[each] for each in ("site", "breaks")})
    with capture_logs() as logs:
        await taking.take()
    assert (list(config.site.numbers), config.breaks.free_agents) == (["95566"], 1)
    assert logs[0]["why"] == "Asterisk does not answer"
    broken[0] = False
    await taking.take()
    assert list(config.site.numbers) == ["95577", "95566"]
    await home.db.close()


@pytest.mark.parametrize(
    ("name", "was", "now", "told"),
    [
        ("models", "path: models/zh-espeak", "path: models/gone", r"models.yaml:\d+: the model of zh is not at .*gone"),
        ("customers", "tier: ordinary", "tier: bronze", r"customers.yaml:\d+: customers.13800000004.tier"),
        ("site", "match: 127.0.0.1", "match: carrier", "'carrier' is no IP address or network"),
        (
            "site",
            '"95566": main',
            '"95566": none',
            "number 95566 leads to menu 'none', and there is no menus/none.yaml",
        ),
        ("queues", "priority: 3", "priority: 3\n    entry: {hours: night}", "there is no schedule 'night'"),
        (
            "queues",
            "priority: 3",
            'priority: 3\n    way_out: {key: "1", step: nowhere}',
            r"queues.yaml:\d+: there is no step 'nowhere' in menu 'main'",
        ),
        ("queues", "  complaints:\n", "  praise:\n    longest: {after: 60, step: nowhere}\n", "in menu 'main'"),
        ("queues", "  complaints:\n", "  praise:\n", "alarms.yaml:.* there is no queue 'complaints'"),
    ],
)
def test_drafts_by_which_a_centre_could_not_run_are_refused(name: str, was: str, now: str, told: str) -> None:
    text = (ROOT / "config" / f"{name}.yaml").read_text(encoding="utf-8")
    assert was in text
    with pytest.raises(BadInput, match=told):
        demand_now(ROOT / "config", {f"{name}.yaml": text.replace(was, now, 1)})


def test_a_queue_is_not_taken_away_from_callers_who_wait_in_it() -> None:
    with pytest.raises(ConfigError, match="1 waiting in queue 'mortgages', which would be gone"):
        demand_now(ROOT / "config", {}, waiting={"loans": 2, "mortgages": 1})


async def test_a_file_edited_while_the_centre_runs_becomes_a_version_and_a_broken_one_is_told_once(
    tmp_path: Path,
) -> None:
    home = await house(tmp_path)
    await home.start()
    files = setting_files(home.directory, home.office)
    assert await files.look() == []
    home.edit("breaks", "free_agents: 3", "free_agents: 2")
    assert await files.look() == ["breaks"]
    standing = await home.office.standing("breaks")
    assert (standing.number, standing.live and standing.live.published_by) == (2, "system")
    with capture_logs() as logs:
        home.edit("breaks", "free_agents: 2", "free_agents: many")
        assert await files.look() == []
        assert await files.look() == []
    assert [each["event"][:12] for each in logs] == ["changed file"]
    assert "breaks.yaml:4" in logs[0]["why"]
    (home.directory / "breaks.yaml").touch()
    assert await files.look() == []
    assert home.office.wrong == {"breaks": logs[0]["why"]}
    home.edit("breaks", "free_agents: many", "free_agents: 3")
    assert await files.look() == ["breaks"]
    assert (await home.office.standing("breaks")).number == 3
    assert home.office.wrong == {}
    await home.db.close()


async def test_shorter_keeping_tells_how_many_recordings_the_next_sweep_deletes(tmp_path: Path) -> None:
    home, now = await house(tmp_path), system_clock()
    async with home.db.transaction() as tx:
        for days, held in ((10, None), (20, None), (30, now), (400, None)):
            tx.session.add(
                Recording(id=f"r{days}", call=f"c{days}", number=1, raw="", state=RecordingState.STORED, facts={},
                          started_at=now - days * 86400, held_at=held)
            )  # fmt: skip
    weigh = weigher(home.db, BEIJING, system_clock)
    found = await weigh("retention", "default_days: 365\n", "default_days: 15\n")
    assert [(each.before, each.after) for each in found if each.field == OVER] == [("1", "2")]
    assert [each.after for each in await weigh("retention", "", "default_days:\n") if each.field == OVER] == ["0"]
    await home.db.close()


async def test_an_article_edited_by_hand_is_published_a_new_one_too_and_a_wrong_one_told(tmp_path: Path) -> None:
    home = await house(tmp_path)
    await home.start()
    known = Known(home.config.site.languages, home.config.queues.queues, home.config.codes.choices)
    office = KnowledgeOffice(home.db, lambda: known, system_clock)
    files = article_files(home.directory, office)
    (old,) = (home.directory / "knowledge").glob("*lost*.zh.md")
    assert await files.look() == []
    text = old.read_text(encoding="utf-8")
    old.write_text(text.replace("title: ", "title: 新 "), encoding="utf-8")
    old.with_name("fresh.zh.md").write_text(text, encoding="utf-8")
    assert sorted(await files.look()) == ["fresh.zh", old.stem]
    assert "title: 新 " in await office.text(old.stem)
    with capture_logs() as logs:
        old.write_text(text.replace("queues: [", "queues: [nowhere, "), encoding="utf-8")
        assert await files.look() == []
    assert f"{old.name}:7" in office.wrong[old.stem] == logs[0]["why"]
    old.write_bytes(b"\xff")
    assert await files.look() == []
    assert "not UTF-8" in office.wrong[old.stem]
    old.unlink()
    assert await files.look() == []
    assert office.wrong == {}
    assert (await office.history("fresh.zh"))[0].published_by == "system"
    await home.db.close()
