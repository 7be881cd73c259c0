"""Working on a pack: draft, trial, publishing only what was tried, one step back, and who may."""

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from accounts import published
from accounts import repository as people
from accounts.access import Role, User
from core.bus import Bus
from core.clock import system_clock
from core.database import Database, Transaction
from core.errors import NotFound, Refused
from qa import formedit
from qa.events import PackChanged
from qa.models import PackDraft
from qa.office.drafts import Editor, Work
from qa.pack import Pack, Ruleset
from qa.shelf import KIND, Shelf
from qa.standing import StandingPacks
from tests.qa.calls import PACKS

LEAD = User("zhou.yan", "周燕", Role.QUALITY, "", "zh", lead=True)
HE = User("he.jing", "何静", Role.QUALITY, "", "zh")
NAME = "zh-telecom"
TEXT = (PACKS / f"{NAME}.yaml").read_text(encoding="utf-8")
BROKEN = TEXT.replace("weight: 4", "weight: 5")
BANK = (PACKS / "zh-bank.yaml").read_text(encoding="utf-8")


class Compared:
    """Takes the place of judging a month: notes which weights it was asked to compare."""

    def __init__(self) -> None:
        self.asked: list[tuple[bool, bool, int]] = []

    async def __call__(self, before: Path, after: Path, days: int) -> dict[str, Any]:
        texts = [await asyncio.to_thread(path.read_text, encoding="utf-8") for path in (before, after)]
        self.asked.append(("拨测" in texts[0], "拨测" in texts[1], days))
        return {"days": days, "calls": 0}


class Desk:
    def __init__(self, db: Database) -> None:
        self.db = db
        self.compared = Compared()
        self.editor = Editor(db, Shelf(PACKS), PACKS / "tests", self.compared, system_clock)

    async def work(self, pack: str = NAME) -> Work:
        async with self.db.reading() as session:
            return await self.editor.work(session, pack)

    async def save(self, text: str, user: User = LEAD, pack: str = NAME) -> None:
        seen = (await self.work(pack)).seen
        await self.editor.save(pack, text, seen, user)

    async def tried(self, pack: str = NAME) -> Work:
        await self.editor.begin_trial(pack, LEAD)
        while (await self.work(pack)).running:
            await self.db.bus.drain()
        return await self.work(pack)

    async def live(self, pack: str) -> int:
        async with self.db.reading() as session:
            return (await published.newest(session, KIND)).get(pack, 0)

    async def publish(self, reason: str = "new rules") -> int:
        return (await self.editor.publish(NAME, reason, LEAD)).number


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/hotline.db", Bus())
    await db.create_all()
    async with db.transaction() as tx:
        await published.begin(tx, KIND, NAME, TEXT, f"{NAME}.yaml", 1.0)
    made = Desk(db)
    yield made
    await made.editor.close()
    await db.close()


CHANGED = TEXT + "  C2:\n    title: {zh: 拨测, en: changed}\n"


async def test_only_a_text_whose_own_trial_has_passed_goes_live_and_one_step_back_undoes_it(desk: Desk) -> None:
    await desk.save(CHANGED)
    with pytest.raises(Refused, match="try this draft first"):
        await desk.publish()
    assert (await desk.tried()).tried["passed"]
    assert desk.compared.asked == [(False, True, 30)]
    await desk.save(CHANGED.replace("changed", "changed again"))
    with pytest.raises(Refused, match="try this draft first"):
        await desk.publish()
    await desk.tried()
    with pytest.raises(Refused, match="say why"):
        await desk.publish("")
    assert await desk.publish() == 2
    work = await desk.work()
    assert (work.draft, work.live and work.live.reason, work.rules is not None) == (None, "new rules", True)
    assert (await desk.editor.back(NAME, "complaints", LEAD)).restores == 1
    assert (await desk.work()).text == TEXT
    async with desk.db.reading() as session:
        assert [entry.what for entry in await people.trail(session, f"pack:{NAME}#3")] == ["pack_restored"]


def _moved(bank: Ruleset) -> str:
    """The bank's pack with a point moved from a row that the telephone company's weighs itself to one that it does
    not."""
    weights = {row: bank.pack.items[row].weight for row in ("A7", "A1")}
    return formedit.edited(
        BANK, bank.pack, {"weight.A7": f"{weights['A7'] - 1:g}", "weight.A1": f"{weights['A1'] + 1:g}"}
    )


async def test_a_trial_does_not_pass_when_a_pack_that_is_based_on_this_one_could_not_be_read(
    desk: Desk, bank: Ruleset
) -> None:
    await desk.save(_moved(bank), pack="zh-bank")
    work = await desk.tried("zh-bank")
    assert (work.fault, work.tried["passed"], desk.compared.asked) == ("", False, [])
    assert re.match("the pack zh-telecom, which is based on this one, .*add up to 101, not 100", work.tried["fault"])


async def test_a_text_that_was_tried_does_not_go_live_once_another_pack_is_based_on_what_it_takes_away(
    desk: Desk, bank: Ruleset
) -> None:
    text = _moved(bank)
    async with desk.db.transaction() as tx:
        passed = {"tried": {"passed": True}, "tried_sha256": published.fingerprint(text)}
        tx.session.add(PackDraft(pack="zh-bank", text=text, by="zhou.yan", at=1.0, **passed))
    with pytest.raises(Refused, match="zh-telecom, which is based on this one") as caught:
        await desk.editor.publish("zh-bank", "a point moved", LEAD)
    assert (caught.value.reason, await desk.live("zh-bank")) == ("derived_broken", 0)


async def test_no_step_back_leads_to_packs_that_cannot_be_read(desk: Desk, bank: Ruleset) -> None:
    async with desk.db.transaction() as tx:
        for text in (_moved(bank), BANK):
            await published.publish(tx, KIND, "zh-bank", text, "zhou.yan", "x", 1.0)
        for text in (BROKEN, CHANGED):
            await published.publish(tx, KIND, NAME, text, "zhou.yan", "x", 1.0)
    for pack, reason in (("zh-bank", "derived_broken"), (NAME, "pack_broken")):
        before = await desk.live(pack)
        with pytest.raises(Refused, match="add up to 101") as caught:
            await desk.editor.back(pack, "complaints", LEAD)
        assert (caught.value.reason, await desk.live(pack)) == (reason, before)


def test_packs_that_could_not_be_read_before_either_hold_up_nobody(bank: Ruleset) -> None:
    shelf, spoilt = Shelf(PACKS), {"zh-telecom": "pack: zh-telecom\nbased_on: zh-bank\nitems: 5\n"}
    assert shelf.faults(spoilt).keys() == {"zh-telecom"}
    shelf.demand_sound("zh-bank", _moved(bank), spoilt)
    with pytest.raises(Refused) as caught:
        shelf.demand_sound("zh-bank", _moved(bank), {})
    assert caught.value.reason == "derived_broken"


async def test_what_the_trial_has_read_is_not_read_again_while_writers_wait(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    await desk.save(CHANGED)
    await desk.tried()
    monkeypatch.setattr(Shelf, "read", lambda *_args: pytest.fail("read again"))
    assert await desk.publish() == 2


@pytest.fixture
def unhurried(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs may be read and rewritten only while nobody waits to write, and off the event loop."""
    read, edited, transaction, writing = Shelf.read, formedit.edited, desk.db.transaction, set[Transaction]()

    @asynccontextmanager
    async def begun() -> AsyncIterator[Transaction]:
        async with transaction() as tx:
            writing.add(tx)
            yield tx
            writing.discard(tx)

    def demand_quiet() -> None:
        assert not writing, "read while writers wait"
        with pytest.raises(RuntimeError):
            asyncio.get_running_loop()

    def reads(shelf: Shelf, name: str, texts: Mapping[str, str], *, standing: bool = False) -> Ruleset:
        demand_quiet()
        return read(shelf, name, texts, standing=standing)

    def rewrites(text: str, pack: Pack, values: Mapping[str, str]) -> str:
        demand_quiet()
        return edited(text, pack, values)

    monkeypatch.setattr(desk.db, "transaction", begun)
    monkeypatch.setattr(Shelf, "read", reads)
    monkeypatch.setattr(formedit, "edited", rewrites)


async def test_a_step_back_is_read_before_writers_wait(desk: Desk, unhurried: None) -> None:
    async with desk.db.transaction() as tx:
        for text in (BANK, re.sub("version: '.*'", "version: later", BANK, count=1)):
            await published.publish(tx, KIND, "zh-bank", text, "zhou.yan", "x", 1.0)
    assert (await desk.editor.back("zh-bank", "complaints", LEAD)).restores == 1


async def test_a_draft_is_read_before_writers_wait(desk: Desk, unhurried: None) -> None:
    await desk.save(CHANGED)
    values = {"say.courtesy": "劳驾您"}
    await desk.editor.change(NAME, values, (await desk.work()).seen, LEAD)
    text = (await desk.work()).text
    assert ("changed" in text, "劳驾您" in text) == (True, True)
    async with desk.db.transaction() as tx:
        draft = await tx.session.get_one(PackDraft, NAME)
        draft.tried, draft.tried_sha256 = {"passed": True}, published.fingerprint(text)
    assert await desk.publish() == 2


async def test_a_change_that_is_refused_reads_nothing(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = (await desk.work()).seen
    monkeypatch.setattr(Shelf, "read", lambda *_args, **_kinds: pytest.fail("read for nothing"))
    for user, shown, reason in ((LEAD, "x", "draft_moved"), (HE, seen, "not_lead")):
        with pytest.raises(Refused) as caught:
            await desk.editor.change(NAME, {}, shown, user)
        assert caught.value.reason == reason


async def test_a_change_is_refused_when_the_draft_moves_while_it_is_made(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen, loop, edited = (await desk.work()).seen, asyncio.get_running_loop(), formedit.edited

    def overtaken(text: str, pack: Pack, values: Mapping[str, str]) -> str:
        asyncio.run_coroutine_threadsafe(desk.editor.save(NAME, CHANGED, seen, LEAD), loop).result()
        return edited(text, pack, values)

    monkeypatch.setattr(formedit, "edited", overtaken)
    with pytest.raises(Refused, match="meanwhile"):
        await desk.editor.change(NAME, {"say.courtesy": "劳驾您"}, seen, LEAD)
    assert (await desk.work()).text == CHANGED


def test_a_pack_is_based_on_another_directly_or_through_others() -> None:
    texts = {"small": "pack: small\nbased_on: zh-telecom\n", "spoilt": "based_on: [", "en-bank": "pack: en-bank\n"}
    shelf = Shelf(PACKS)
    assert shelf.derived("zh-bank", texts) == ["small", "zh-telecom"]
    assert shelf.derived("small", texts) == []


async def test_a_broken_draft_says_what_is_wrong_and_does_not_pass(desk: Desk) -> None:
    await desk.save(BROKEN)
    work = await desk.tried()
    assert "add up to 101" in work.fault
    assert work.tried == {"passed": False, "fault": work.fault, "unused": [], "tests": None, "impact": None}
    assert desk.compared.asked == []


async def test_a_live_pack_that_judges_its_unit_tests_otherwise_does_not_pass(tmp_path: Path, desk: Desk) -> None:
    tests = "dialogues:\n- {id: x, fails: [A2], lines: [{agent: 您好}]}\n"
    (tmp_path / f"{NAME}.yaml").write_text(tests, encoding="utf-8")
    desk.editor = Editor(desk.db, Shelf(PACKS), tmp_path, desk.compared, system_clock)
    await desk.save(CHANGED)
    work = await desk.tried()
    assert not work.tried["passed"]
    assert "A2" in [each["row"] for each in work.tried["tests"]["mistakes"]]


async def test_nobody_overwrites_what_he_has_not_seen(desk: Desk) -> None:
    seen = (await desk.work()).seen
    await desk.save(CHANGED)
    with pytest.raises(Refused, match="meanwhile"):
        await desk.editor.save(NAME, TEXT, seen, LEAD)


async def test_only_leads_change_packs_and_unknown_ones_are_not_found(desk: Desk) -> None:
    with pytest.raises(Refused, match="leads"):
        await desk.save(CHANGED, HE)
    with pytest.raises(Refused, match="leads"):
        await desk.editor.begin_trial(NAME, HE)
    async with desk.db.reading() as session:
        with pytest.raises(NotFound):
            await desk.editor.work(session, "../people")


async def test_a_trial_tells_when_it_is_through(desk: Desk) -> None:
    told: list[str] = []

    async def hear(event: PackChanged) -> None:
        told.append(event.pack)

    desk.db.bus.subscribe("test", PackChanged, hear)
    await desk.save(CHANGED)
    await desk.tried()
    await desk.db.bus.drain()
    assert told == [NAME] * 3


SENSELESS = TEXT.replace(
    "  C1:\n", "  A3:\n    checks: [{check: rate, families: [courtesy], per: hundred, min: 5, max: 1}]\n  C1:\n"
)


async def test_a_rule_that_cannot_work_stands_where_it_was_published_and_is_refused_in_a_new_text(desk: Desk) -> None:
    shelf = Shelf(PACKS)
    judging = StandingPacks(shelf).read([NAME], {NAME: SENSELESS})[NAME]
    assert isinstance(judging, Ruleset)
    assert judging.pack.items["A3"].checks[0].check == "rate"
    assert shelf.faults({NAME: SENSELESS}) == {}
    async with desk.db.transaction() as tx:
        await published.publish(tx, KIND, NAME, SENSELESS, "zhou.yan", "x", 1.0)
    assert (await desk.work()).fault == ""
    await desk.save(SENSELESS + "\n")
    assert re.fullmatch(
        r"zh-telecom\.yaml:\d+: A3: min 5 is more than max 1: correct the pack", (await desk.work()).fault
    )
    async with desk.db.transaction() as tx:
        await desk.editor.drop(tx, NAME, LEAD)
        await published.publish(tx, KIND, NAME, CHANGED, "zhou.yan", "x", 1.0)
    assert (await desk.editor.back(NAME, "complaints", LEAD)).text == SENSELESS


async def test_a_draft_is_told_all_its_faults_one_a_line(desk: Desk) -> None:
    await desk.save(BROKEN + "  C2: {weihgt: 1}\n  C3: {title: 无}\n")
    assert [line.split(":")[0] for line in (await desk.work()).fault.splitlines()] == ["zh-telecom.yaml"] * 2
