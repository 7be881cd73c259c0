"""A fault of a former version is over when newer ones answer every call and have the broken place otherwise."""

import asyncio
from pathlib import Path

import pytest

from core import yamlfile
from ivr.fault import FaultKind
from ivr.faults import kept as faults
from ivr.faults.overtaken import over
from ivr.menu_models import MenuFault
from ivr.published import contest
from ivr.published.closing import EVERY, FaultCloser
from ivr.schema import Flow
from tests.fakes import FakePbx
from tests.ivr.material import SERVICE, SMALL
from tests.ivr.test_faults import stored
from tests.ivr.test_runner import house
from tests.ivr.test_versions import living, publish
from tests.virtual_time import now, virtual_time


def flow(text: str, *changes: tuple[str, str]) -> Flow:
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return yamlfile.loads(text, Path("menu.yaml"), Flow)


SHARED = (
    ("prompt: {zh: 知道, en: noted}", "prompt: known"),
    ("steps:", "prompts: {known: {zh: 知道, en: noted}}\nsteps:"),
)
FORMER = flow(SERVICE, *SHARED)
OTHER_WORDS = flow(SERVICE, *SHARED, ("known: {zh: 知道", "known: {zh: 知道了"))
OTHER_PHRASES = flow(SERVICE, *SHARED, ("sorry: {zh: 抱歉", "sorry: {zh: 对不起"))
OTHER_NUMBER = flow(SERVICE, *SHARED, ('police: "110"', 'police: "119"'))
OTHER_BANK = flow(SERVICE, *SHARED, ("https://bank.test", "https://bank2.test"))
OTHER_AMOUNT = flow(SERVICE, *SHARED, ("{balance: account.balance}", "{balance: account.available}"))
CIRCLE = flow(SERVICE, *SHARED, ("next: turn}", "next: detour}"))
STILL = flow(SERVICE, *SHARED, ("next: turn}", "next: detour}"), ("ask-pin, say: {zh: 七", "ask-pin, say: {zh: 柒"))
STRAY = flow(SERVICE, *SHARED, ("go: detour,", "go: told,"))
NO_TURN = flow(SERVICE, *SHARED, ("next: turn}", "next: bye}"), ("  turn: {kind: return}\n", ""))


@pytest.mark.parametrize(
    ("kind", "step", "now", "why"),
    [
        (FaultKind.LOOKUP, "web", FORMER, ""),
        (FaultKind.LOOKUP, "web", OTHER_BANK, "version 4 has this step otherwise"),
        (FaultKind.LOOKUP, "web", OTHER_PHRASES, ""),
        (FaultKind.PROMPT, "told", OTHER_WORDS, "version 4 has this step otherwise"),
        (FaultKind.PROMPT, "told", OTHER_PHRASES, "version 4 has this step otherwise"),
        (FaultKind.PROMPT, "told", OTHER_BANK, ""),
        (FaultKind.TRANSFER, "outside", OTHER_NUMBER, "version 4 has this step otherwise"),
        (FaultKind.RETURN, "turn", NO_TURN, "version 4 no longer has this step"),
        (FaultKind.VALUE, "balance", OTHER_AMOUNT, "version 4 has this step otherwise"),
        (FaultKind.VALUE, "balance", OTHER_PHRASES, ""),
        (FaultKind.VERSION, "person", FORMER, "version 4 was taken"),
        (FaultKind.LANDING, "told", FORMER, "version 4 has this step"),
        (FaultKind.LANDING, "gone", FORMER, ""),
        (FaultKind.PROMPT, "", FORMER, ""),
        (FaultKind.PROMPT, "", OTHER_BANK, "version 4 is another text"),
    ],
)
def test_fault_is_over_when_its_place_is_another_and_the_reason_is_told(
    kind: FaultKind, step: str, now: Flow, why: str
) -> None:
    assert over(kind, step, 3, FORMER, {4: now}, ()) == why


@pytest.mark.parametrize(
    ("kind", "step", "former", "now", "mended"),
    [
        (FaultKind.CIRCLE, "told", CIRCLE, FORMER, True),
        (FaultKind.CIRCLE, "noted", CIRCLE, FORMER, True),
        (FaultKind.CIRCLE, "told", CIRCLE, STILL, False),
        (FaultKind.CIRCLE, "bye", CIRCLE, FORMER, True),  # on the way out of it
        (FaultKind.CIRCLE, "bye", CIRCLE, CIRCLE, False),
        (FaultKind.RETURN, "turn", STRAY, FORMER, True),
        (FaultKind.RETURN, "turn", STRAY, STRAY, False),
    ],
)
def test_fault_that_was_mended_in_another_step_than_where_it_showed_is_over(
    kind: FaultKind, step: str, former: Flow, now: Flow, mended: bool
) -> None:
    assert over(kind, step, 3, former, {4: now}, ()) == ("version 4 has this step otherwise" if mended else "")


def test_fault_of_a_version_that_was_dropped_is_over_when_its_last_call_has_ended() -> None:
    web = FaultKind.LOOKUP, "web", 5, FORMER, {4: FORMER}
    assert over(*web, (), dropped=True) == "version 5 was dropped"
    assert over(*web, (5,), dropped=True) == ""
    assert over(*web, ()) == "", "it is yet to be taken"


def test_fault_stays_while_calls_are_on_its_version_or_a_version_that_answers_has_its_place() -> None:
    web = FaultKind.LOOKUP, "web", 3
    assert over(*web, FORMER, {4: OTHER_BANK}, {3}) == ""
    assert over(*web, FORMER, {4: OTHER_BANK}, {2, 4}) == "version 4 has this step otherwise"
    assert over(*web, FORMER, {4: OTHER_BANK, 5: FORMER}, ()) == "", "one side of a trial has it as it was"
    assert over(*web, FORMER, {4: OTHER_BANK, 5: OTHER_BANK}, ()) == "version 5 has this step otherwise"
    assert over(*web, FORMER, {2: OTHER_BANK}, ()) == "", "what answers is older: this version is yet to be taken"
    assert over(*web, FORMER, {}, ()) == "no number has this menu any more"
    assert over(*web, None, {4: OTHER_BANK}, ()) == "version 4 has this step otherwise", "nobody can read how it was"


@virtual_time
async def test_fault_of_a_former_version_is_over_once_its_last_call_has_left_the_menu(tmp_path: Path) -> None:
    async with house(tmp_path, kind=FakePbx) as home:
        await living(home, tmp_path)
        closer = FaultCloser(home.db, lambda: home.runner._rules, home.runner.running, now)
        watch = asyncio.create_task(closer.run())
        home.prompts.missing.add("small.news.prompt")
        await home.call("11")
        leg = await home.call()
        await asyncio.sleep(2)
        await publish(home, SMALL.replace("新闻", "号外"))
        await asyncio.sleep(2 * EVERY)
        (row,) = await stored(home)
        assert (row.step, row.seen_by, row.over) == ("news", "", ""), "one caller is in the former version"
        home.pbx.hang_up(leg)
        await asyncio.sleep(2 * EVERY)
        (row,) = await stored(home)
        assert (row.seen_by, row.over) == (faults.BY_ITSELF, "version 2 has this step otherwise")
        await home.call("11")
        await asyncio.sleep(2 * EVERY)
        back, _ = await stored(home)
        assert (back.version, back.seen_by) == (2, ""), "what is wrong in the new version is a fault of its own"
        watch.cancel()


@virtual_time
async def test_fault_that_only_a_dropped_challenger_has_is_over_by_itself(tmp_path: Path) -> None:
    async with house(tmp_path, kind=FakePbx) as home:
        await living(home, tmp_path)
        watch = asyncio.create_task(
            FaultCloser(home.db, lambda: home.runner._rules, home.runner.running, now).run()
        )  # fmt: skip
        async with home.db.transaction() as tx:
            await contest.start(tx, "small", SMALL.replace("新闻", "号外"), 0.99, "chen", "", now())
        await home.db.bus.drain()
        home.prompts.missing.add("small.news.prompt")
        for _ in range(4):
            await home.call("11")
        await asyncio.sleep(2 * EVERY)
        assert {(row.version, row.over) for row in await stored(home)} >= {(2, "")}
        async with home.db.transaction() as tx:
            await contest.end(tx, "small", "chen", "", now(), take=False)
        await home.db.bus.drain()
        await asyncio.sleep(60)
        told = {row.version: row.over for row in await stored(home)}
        assert told[2] == "version 2 was dropped"
        watch.cancel()


@virtual_time
async def test_fault_that_somebody_has_acknowledged_keeps_his_name(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        await living(home, tmp_path)
        async with home.db.transaction() as tx:
            tx.session.add(MenuFault(
                id="f", menu="small", version=1, step="news", kind="prompt", problem="x", first_at=1, last_at=1,
                seen_by="sun.li", seen_at=2.0,
            ))  # fmt: skip
            await faults.close(tx, "f", "version 2 was taken", now())
        (row,) = await stored(home)
        assert (row.seen_by, row.over) == ("sun.li", "")
