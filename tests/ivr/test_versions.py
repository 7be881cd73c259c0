"""Live change of menus: published, taken for new calls only, one step back, who did it."""

import asyncio
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select
from structlog.testing import capture_logs

from accounts.models import AuditEntry
from acd.calls import Landing
from core.errors import ConfigError, Refused
from core.settings import ROOT
from ivr.customers import Customers
from ivr.faults import kept as faults
from ivr.menus import Spoken
from ivr.prompts.store import PromptFault
from ivr.published import contest, publishing, versions
from ivr.published.book import Speakable
from ivr.published.checking import MenuChecker
from ivr.published.live import LiveMenus
from pbx.commands import BackToMenu
from tests.ivr.material import QUEUES, SCHEDULES, SMALL, leaving, write_menu
from tests.ivr.test_runner import NUMBER, House, house, sounds
from tests.virtual_time import now, virtual_time

SHIPPED = (ROOT / "config" / "menus" / "main.yaml").read_text(encoding="utf-8")
CHECKER = MenuChecker(SCHEDULES, QUEUES)
CHANGED = SMALL.replace("新闻", "号外")
SOUND = f"""{SMALL}
waive:
  - {{rule: dead-end, step: person, reason: for tests}}
  - {{rule: unspoken-option, step: more, reason: for tests}}
  - {{rule: same-words, step: more, reason: for tests}}
"""
"""Breaks no rule."""


class NoMaker:
    async def prepare(self, wanted: object) -> list[PromptFault]:
        return []


async def cards_alone() -> set[str]:
    return {"cards"}


async def living(home: House, folder: Path, text: str = SMALL) -> LiveMenus:
    """The house with one small menu, taken up from its file."""
    rules = home.runner._rules
    small = type(rules)({NUMBER: write_menu(folder, text)}, rules.customers, rules.hours, rules.zone)
    home.runner.use_rules(small)
    menus = LiveMenus(
        db=home.db, runner=home.runner, rules=small, checker=CHECKER, prompts=NoMaker(), clock=now, skills=cards_alone
    )
    await menus.begin()
    menus.listen(home.db.bus)
    return menus


async def publish(home: House, text: str, by: str = "chen") -> int:
    async with home.db.transaction() as tx:
        number = (await publishing.publish(tx, "small", text, by, "why not", now())).number
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
async def test_caller_taken_up_after_a_broken_link_keeps_his_version(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path)
        leg = await home.call()
        await publish(home, CHANGED)
        home.pbx.link_up()
        await asyncio.sleep(2)
        other = await home.call()
        assert [home.runner._visits[each]._menu.number for each in (leg, other)] == [1, 2]


@virtual_time
async def test_one_step_back_and_another_one_further(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path)
        await publish(home, CHANGED)
        await publish(home, SMALL.replace("新闻", "快讯"))
        seen = []
        for _ in range(2):
            async with home.db.transaction() as tx:
                await publishing.back(tx, "small", "chen", "complaints", now())
            await home.db.bus.drain()
            seen.append(words(home))
        assert seen == ["号外", "新闻"]
        with pytest.raises(Refused, match="no former"):
            async with home.db.transaction() as tx:
                await publishing.back(tx, "small", "chen", "", now())
        async with home.db.reading() as session:
            told = [(each.number, each.restores) for each in await versions.history(session, "small")]
            deeds = (await session.scalars(select(AuditEntry.what).order_by(AuditEntry.id))).all()
        assert told == [(5, 1), (4, 2), (3, 0), (2, 0), (1, 0)]
        assert list(deeds) == ["menu_published"] * 3 + ["menu_restored"] * 2


@pytest.mark.parametrize(
    ("broken", "rule"),
    [(("retries: 1", "retries: 0"), "no-second-chance"),
     (("to: general", "to: general, skills: {wealth: 5}"), "unknown-skill")],
)  # fmt: skip
@virtual_time
async def test_file_that_breaks_a_rule_is_not_taken_at_the_start_and_the_live_version_stays(
    tmp_path: Path, broken: tuple[str, str], rule: str
) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path, SOUND)
        with capture_logs() as logs:
            await living(home, tmp_path, SOUND.replace("新闻", "手改").replace(*broken))
        assert words(home) == "新闻"
        (told,) = (each for each in logs if each["event"] == "menu file not published, the live version stays")
        assert (told["menu"], told["live"]) == ("small", 1)
        assert rule in told["why"]


@virtual_time
async def test_file_that_is_gone_or_unreadable_leaves_the_live_version(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        menus = await living(home, tmp_path)
        path = home.runner._rules.menus[NUMBER].path
        for spoil in (lambda: path.write_text("steps: [", encoding="utf-8"), path.unlink):
            spoil()
            with capture_logs() as logs:
                await menus.begin()
            assert words(home) == "新闻"
            assert "menu file not published, the live version stays" in [each["event"] for each in logs]


@virtual_time
async def test_live_version_without_a_step_that_a_queue_names_by_now_goes_on_and_is_at_fault(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        menus = await living(home, tmp_path)
        menus._checker = MenuChecker(SCHEDULES, leaving("later"))
        await publish(home, CHANGED)
        assert words(home) == "号外"
        await home.runner.faults.close()
        async with home.db.reading() as session:
            (row,) = await faults.history(session)
        assert (row.step, row.kind, row.version) == ("later", "landing", 2)
        assert row.line == CHANGED[: CHANGED.index("\nsteps:")].count("\n") + 2
    refused = MenuChecker(SCHEDULES, leaving("later")).check("small", CHANGED)
    assert [each.spot for each in refused.faults] == [("steps", "person", "to")]


@virtual_time
async def test_calls_are_stored_with_the_version_they_run_on(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path)
        first = await home.call()
        await publish(home, CHANGED)
        second = await home.call()
        assert [home.calls.versions[leg] for leg in (first, second)] == [("small", 1), ("small", 2)]


@virtual_time
async def test_trial_gives_its_share_of_calls_the_challenger_until_it_is_taken_or_dropped(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path)
        async with home.db.transaction() as tx:
            trial = await contest.start(tx, "small", CHANGED, 0.3, "chen", "shorter?", now())
        await home.db.bus.drain()
        rules = home.runner._rules
        legs = [f"{1772330000 + n}.{n}" for n in range(2000)]
        drawn = [rules.menu_for(NUMBER, leg).number for leg in legs]
        assert drawn == [rules.menu_for(NUMBER, leg).number for leg in legs]
        assert 0.27 < drawn.count(2) / len(drawn) < 0.33
        assert (trial.champion, trial.challenger) == (1, 2)
        with pytest.raises(Refused, match="take or drop"):
            await publish(home, SMALL.replace("新闻", "快讯"))
        async with home.db.transaction() as tx:
            await contest.end(tx, "small", "chen", "", now(), take=False)
        await home.db.bus.drain()
        assert (words(home), dict(home.runner._rules.challenges)) == ("新闻", {})
        for take in (True, False):
            async with home.db.transaction() as tx:
                await contest.start(tx, "small", CHANGED.replace("号外", f"号外{take}"), 0.5, "chen", "", now())
                await contest.end(tx, "small", "chen", "", now(), take=take)
        await home.db.bus.drain()
        assert words(home) == "号外True"
        async with home.db.reading() as session:
            told = [(each.number, each.restores, each.challenger) for each in await versions.history(session, "small")]
        assert told == [(5, 0, True), (4, 3, False), (3, 0, True), (2, 0, True), (1, 0, False)]


@virtual_time
async def test_numbers_customers_and_hours_are_others_for_new_calls(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        menus = await living(home, tmp_path)
        await publish(home, CHANGED)
        await home.db.bus.drain()
        before, known = menus.rules, Customers.model_validate({"customers": {"13900000001": {"name": "新人"}}})
        again, other = write_menu(tmp_path, SMALL), replace(write_menu(tmp_path, SOUND), name="second")
        (tmp_path / "second.yaml").write_text(SOUND, encoding="utf-8")
        numbers = {"95001": again, "95002": replace(other, path=tmp_path / "second.yaml")}
        await menus.use_site(numbers, known, before.hours, QUEUES)
        assert menus.rules is home.runner._rules
        assert (menus.rules.menus["95001"].number, menus.rules.menus["95002"].name) == (2, "second")
        assert (NUMBER in menus.rules.menus, menus.rules.customers.find("13900000001") is not None) == (False, True)
        async with home.db.reading() as session:
            assert set(await versions.live_texts(session)) == {"small", "second"}
        await publish(home, CHANGED.replace("号外", "快讯"))
        await home.db.bus.drain()
        assert menus.rules.menus["95001"].number == 3


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
        await living(home, tmp_path, SOUND.replace("新闻", "手改"))
        assert words(home) == "手改"
        async with home.db.reading() as session:
            newest = (await versions.history(session, "small"))[0]
        assert (newest.number, newest.published_by, newest.reason) == (3, "system", "read from small.yaml at the start")


def test_text_that_breaks_a_rule_or_cannot_be_read_does_not_pass() -> None:
    assert CHECKER.check("main", SHIPPED).passed
    with pytest.raises(ConfigError) as caught:
        CHECKER.demand("small", SMALL.replace("to: general}", "to: general, refused: bye}"))
    told = [each.problem.partition(": ")[0] for each in caught.value.all if "dead-end" in each.what]
    assert told == ["small.yaml:27"]
    with pytest.raises(ConfigError) as caught:
        CHECKER.demand("small", SMALL.replace("go: news", "go: nowhere"))
    assert str(caught.value).startswith("small.yaml:23: steps.more.options.1: there is no step 'nowhere'")


@virtual_time
async def test_version_that_cannot_be_taken_and_prompts_that_cannot_be_made_are_faults_of_the_menu(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        menus = await living(home, tmp_path)

        class Mute:
            async def prepare(self, wanted: Iterable[Spoken]) -> list[PromptFault]:
                return [PromptFault(each, "no voice") for each in wanted if each.name == "small.news.prompt"]

        menus._prompts = Mute()
        await publish(home, SMALL.replace("新闻", "号外"))
        await publish(home, SMALL.replace("to: general}", "to: sales}"))
        await asyncio.sleep(2)
        async with home.db.reading() as session:
            found = {(each.version, each.step, each.kind, each.calls) for each in await faults.history(session)}
            lines = [each.line for each in await faults.history(session)]
        assert found == {(3, "person", "version", 0), (2, "news", "prompt", 0)}
        assert all(lines)
        assert words(home) == "号外", "what was live goes on"


RATED = SMALL.replace("to: general}", "to: general, after_call: rate}").replace(
    "  bye:", "  rate: {kind: survey, prompt: {zh: 评价, en: rate}, next: bye}\n  bye:"
)


async def back_in_menu(home: House, leg: str, step: str) -> None:
    """His agent has hung up, or the queue has sent him back."""
    home.calls.landings[leg] = Landing(step, "zh", "8001", "general")
    await home.pbx.do(BackToMenu(leg))
    await asyncio.sleep(1)


@virtual_time
async def test_caller_whose_agent_hangs_up_is_asked_as_the_version_says_on_which_he_began(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path, RATED)
        leg = await home.call("0")
        await asyncio.sleep(5)
        await publish(home, SMALL)
        await back_in_menu(home, leg, "rate")
        assert (home.calls.path[-1], sounds(home.pbx)[-1]) == (("rate", ""), "/zh/small.rate.prompt")
        assert (home.runner.running("small"), home.calls.versions[leg]) == ({1}, ("small", 1))


@virtual_time
async def test_caller_of_a_challenger_ends_on_it_though_it_was_dropped_meanwhile(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path)
        async with home.db.transaction() as tx:
            await contest.start(tx, "small", RATED, 0.999, "chen", "survey?", now())
        await home.db.bus.drain()
        leg = await home.call("0")
        await asyncio.sleep(5)
        async with home.db.transaction() as tx:
            await contest.end(tx, "small", "chen", "", now(), take=False)
        await home.db.bus.drain()
        await back_in_menu(home, leg, "rate")
        assert (home.calls.path[-1], home.calls.versions[leg]) == (("rate", ""), ("small", 2))


@virtual_time
async def test_engine_that_takes_over_goes_on_with_the_versions_on_which_its_callers_began(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path)
        leg = await home.call()
        await publish(home, CHANGED)
        home.runner._visits[leg]._rules = home.runner._rules  # another engine knows the newest only
        home.pbx.link_up()
        await asyncio.sleep(1)
        assert (home.runner.running("small"), home.calls.versions[leg]) == ({1}, ("small", 1))


@pytest.mark.parametrize(
    ("stored", "landing", "met"),
    [(("small", 0), "rate", "main"), (("small", 9), "rate", "main"), (("small", 1), "later", "later")],
    ids=["not known", "cannot be read", "has no such step"],
)
@virtual_time
async def test_caller_who_cannot_go_on_with_his_version_goes_on_with_todays_and_counts_for_none(
    tmp_path: Path, stored: tuple[str, int], landing: str, met: str
) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path)
        leg = await home.call("0")
        await asyncio.sleep(5)
        await publish(home, CHANGED.replace("  bye:", "  later: {kind: goto, next: bye}\n  bye:"))
        home.calls.versions[leg] = stored
        await back_in_menu(home, leg, landing)
        assert met in [step for step, _ in home.calls.path[2:]]
        assert (home.runner.running("small"), home.calls.versions[leg]) == ({2}, ("small", 0))


class Maker:
    """Counts how often it was asked for all of a version; at first it has no voice."""

    def __init__(self) -> None:
        self.faults, self.asked = [PromptFault(Spoken("a", "zh", "b"), "no voice")], 0

    async def prepare(self, wanted: Iterable[Spoken]) -> list[PromptFault]:
        self.asked += 1
        return self.faults


@virtual_time
async def test_what_a_version_says_is_prepared_once_for_who_comes_back_to_it_but_tried_again_while_it_cannot_be_heard(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path)
        numbers, maker = [await publish(home, text) for text in (CHANGED, SMALL)], Maker()
        book = Speakable(home.db, maker)
        for faults_left, asked in ((maker.faults, 1), ([], 2), ([], 2), ([], 2)):
            maker.faults = faults_left
            assert await book.of("small", numbers[0])
            assert maker.asked == asked
        assert await book.of("small", numbers[1])
        assert maker.asked == 3
