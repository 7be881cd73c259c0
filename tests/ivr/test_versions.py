"""Live change of menus: published, taken for new calls only, one step back, who did it."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.errors import BadInput, ConfigError, Refused
from core.settings import ROOT
from ivr import versions
from ivr.checking import MenuChecker
from ivr.live import LiveMenus
from tests.ivr.material import QUEUES, SCHEDULES, SMALL, write_menu
from tests.ivr.test_runner import NUMBER, House, house, sounds
from tests.virtual_time import now, virtual_time

SHIPPED = (ROOT / "config" / "menus" / "main.yaml").read_text(encoding="utf-8")
CHECKER = MenuChecker(SCHEDULES, QUEUES)
CHANGED = SMALL.replace("新闻", "号外")


class NoMaker:
    async def prepare(self, wanted: object) -> list[str]:
        return []


async def living(home: House, folder: Path, text: str = SMALL) -> LiveMenus:
    """The house with one small menu, taken up from its file."""
    rules = home.runner._rules
    small = type(rules)({NUMBER: write_menu(folder, text)}, rules.customers, rules.hours, rules.zone)
    home.runner.use_rules(small)
    menus = LiveMenus(db=home.db, runner=home.runner, rules=small, checker=CHECKER, prompts=NoMaker(), clock=now)
    await menus.begin()
    menus.listen(home.db.bus)
    return menus


async def publish(home: House, text: str, by: str = "chen") -> int:
    async with home.db.transaction() as tx:
        number = (await versions.publish(tx, "small", text, by, "why not", now())).number
    await home.db.bus.drain()
    return number


def words(home: House) -> str:
    """What the news of a new call say."""
    flow = home.runner._rules.menus[NUMBER].flow
    news = flow.steps["news"]
    assert news.kind == "play"
    return flow.words(news.prompt)["zh"]


@virtual_time
async def test_new_calls_follow_the_new_version_and_running_calls_end_on_theirs(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path)
        old = await home.call("1")
        await publish(home, SMALL.replace("go: news", "go: person"))
        home.pbx.press(old, "1")
        await asyncio.sleep(4)
        assert sounds(home.pbx)[-1] == "/zh/small.news.prompt"
        await home.call("11")
        await asyncio.sleep(4)
        assert [queue for _, queue, _, _ in home.calls.queued] == ["general"]


@virtual_time
async def test_one_step_back_and_another_one_further(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path)
        await publish(home, CHANGED)
        await publish(home, SMALL.replace("新闻", "快讯"))
        seen = []
        for _ in range(2):
            async with home.db.transaction() as tx:
                await versions.back(tx, "small", "chen", "complaints", now())
            await home.db.bus.drain()
            seen.append(words(home))
        assert seen == ["号外", "新闻"]
        with pytest.raises(Refused, match="no former"):
            async with home.db.transaction() as tx:
                await versions.back(tx, "small", "chen", "", now())
        async with home.db.reading() as session:
            told = [(each.number, each.restores) for each in await versions.history(session, "small")]
            deeds = (await session.scalars(select(AuditEntry.what).order_by(AuditEntry.id))).all()
        assert told == [(5, 1), (4, 2), (3, 0), (2, 0), (1, 0)]
        assert list(deeds) == ["menu_published"] * 3 + ["menu_restored"] * 2


WAIVED = """
waive:
  - {rule: dead-end, step: person, reason: for tests}
  - {rule: unspoken-option, step: more, reason: for tests}
  - {rule: same-words, step: more, reason: for tests}
"""
"""The rules that SMALL breaks."""


@virtual_time
async def test_same_text_is_not_published_twice(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path)
        with pytest.raises(Refused):
            await publish(home, SMALL)


@virtual_time
async def test_published_version_outlives_a_restart_and_a_file_edited_by_hand_counts(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path)
        await publish(home, CHANGED)
        await living(home, tmp_path)  # the same file as before
        assert words(home) == "号外"
        by_hand = SMALL.replace("新闻", "手改")
        await living(home, tmp_path, by_hand)
        assert words(home) == "号外", "what breaks rules does not go live by itself"
        await living(home, tmp_path, by_hand + WAIVED)
        assert words(home) == "手改"
        async with home.db.reading() as session:
            newest = (await versions.history(session, "small"))[0]
        assert (newest.number, newest.published_by, newest.reason) == (3, "system", "read from small.yaml at the start")


def test_text_that_breaks_a_rule_or_cannot_be_read_does_not_pass() -> None:
    assert CHECKER.check("main", SHIPPED).passed
    with pytest.raises(BadInput, match=r"small\.yaml:27: step person: dead-end"):
        CHECKER.demand("small", SMALL.replace("to: general}", "to: general, refused: bye}"))
    with pytest.raises(ConfigError) as caught:
        CHECKER.demand("small", SMALL.replace("go: news", "go: nowhere"))
    assert str(caught.value).startswith("small.yaml:23: steps.more.options.1: there is no step 'nowhere'")
