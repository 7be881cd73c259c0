"""Files published at the start, published texts taken by running workers, and a change tried on stored calls."""

import asyncio
import re
import shutil
from dataclasses import replace
from pathlib import Path

from sqlalchemy import delete

from accounts import published
from accounts.access import Role, User
from accounts.published_models import Published
from accounts.taken import Live
from acd.models import Call
from app import configuration, publishing
from app.scoring import Packs, Scoring
from app.system import files, rules
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.errors import BadInput, ConfigError
from core.settings import ROOT, Settings
from qa import formedit, repository
from qa.events import PackChanged
from qa.models import ScoreFault
from qa.shelf import Shelf
from qa.standing import FORMER
from recordings import transcript
from recordings.models import Recording, RecordingState, TranscriptRow, TranscriptState
from tests.qa.calls import BYE, HELLO, call

LEAD = User("zhou.yan", "周燕", Role.QUALITY, "", "zh", lead=True)


async def _centre(folder: Path) -> tuple[Database, configuration.Configuration, Settings]:
    shutil.copytree(ROOT / "config", folder / "config")
    settings = Settings(data_dir=folder, config_dir=folder / "config")
    db = Database(settings.database, Bus())
    await db.create_all()
    await publishing.publish_files(db, folder / "config", system_clock)
    return db, configuration.load(folder / "config"), settings


async def _call(db: Database, name: str, queue: str = "cards") -> None:
    talk = call(HELLO, {"agent": "这个不归我管"}, BYE, id=name, queue=queue)
    async with db.transaction() as tx:
        tx.session.add(Call(id=name, leg=name, caller="1", dialled="2", tier="", language="zh", arrived_at=1.0,
                            state="ended", queue=queue, talk_ended_at=2.0))  # fmt: skip
        tx.session.add(Recording(id=name, call=name, number=1, raw="", started_at=1.0, state=RecordingState.STORED))
        await tx.session.flush()
        tx.session.add(TranscriptRow(recording=name, call=name, language="zh", model="", state=TranscriptState.READY,
                                     content=transcript.document(talk)))  # fmt: skip


async def test_a_file_is_published_once_and_again_only_when_it_was_edited(tmp_path: Path) -> None:
    db, _, _ = await _centre(tmp_path)
    await publishing.publish_files(db, tmp_path / "config", system_clock)
    plan = tmp_path / "config" / "sampling.yaml"
    plan.write_text(plan.read_text(encoding="utf-8").replace("low_score: 60", "low_score: 70"), encoding="utf-8")
    await publishing.publish_files(db, tmp_path / "config", system_clock)
    async with db.reading() as session:
        assert [each.number for each in await published.history(session, "sampling", "plan")] == [2, 1]
        assert set(await published.newest(session, "pack")) == {"en-bank", "zh-bank", "zh-telecom"}
    await db.close()


async def test_rules_published_by_another_version_that_cannot_be_read_now_give_way_to_the_files(tmp_path: Path) -> None:
    db, config, _ = await _centre(tmp_path)
    async with db.reading() as session:
        texts = dict(await published.texts_of(session, "pack"))
    spoilt = texts | {"zh-bank": "pack: zh-bank\nof another time: yes\n"}
    live = publishing.live_packs(config.directory, config.site, config.queues, spoilt)
    assert live.value.of("cards", "zh").version == config.packs["zh"].version
    await db.close()


def _telecom(config: configuration.Configuration) -> None:
    """The queue of cards is judged by the telephone company's pack."""
    cards = config.queues.queues["cards"].model_copy(update={"packs": {"zh": "zh-telecom"}})
    config.queues.become(config.queues.model_copy(update={"queues": {**config.queues.queues, "cards": cards}}))


async def test_a_pack_that_a_publication_spoils_stays_as_it_was_and_the_others_are_taken(tmp_path: Path) -> None:
    db, config, _ = await _centre(tmp_path)
    _telecom(config)
    live = publishing.live_packs(config.directory, config.site, config.queues)
    async with db.reading() as session:
        before = await live.current(session)
        texts = await published.texts_of(session, "pack")
    assert before.of("cards", "zh").version == Shelf(config.directory / "packs").read("zh-telecom", {}).version
    moved, later = _moved(texts["zh-bank"], "2"), _moved(texts["zh-bank"], "3")
    for bank in (moved, later):
        async with db.transaction() as tx:
            await published.publish(tx, "pack", "zh-bank", bank, "zhou.yan", "a point moved", 2.0)
        async with db.reading() as session:
            after = await live.current(session)
        assert after.of("loans", "zh").version.startswith("2+" if bank is moved else "3+")
        assert after.of("cards", "zh").version == before.of("cards", "zh").version
    again = publishing.live_packs(config.directory, config.site, config.queues, texts | {"zh-bank": later}).value
    assert again.of("loans", "zh").version.startswith("3+")
    assert again.of("cards", "zh").version == before.of("cards", "zh").version
    await db.close()


async def test_the_system_page_tells_which_rules_are_judged_by_as_they_were(tmp_path: Path) -> None:
    db, config, _ = await _centre(tmp_path)
    _telecom(config)
    spoilt: Live[dict[str, str]] = Live("pack", Shelf(config.directory / "packs").faults, {})
    assert [(each.state, each.told) for each in await rules(db, config, spoilt)] == [
        ("good", "en-bank, zh-bank, zh-telecom")
    ]
    async with db.transaction() as tx:
        texts = await published.texts_of(tx.session, "pack")
        bank = _moved(texts["zh-bank"], "2")
        await published.publish(tx, "pack", "zh-bank", bank, "zhou.yan", "a point moved", 2.0)
    (found,) = await rules(db, config, spoilt)
    assert (found.name, found.state, found.told) == ("rules", "poor", "zh-telecom")
    assert re.match("calls are judged by another version of zh-telecom: .*add up to 101", found.fault)
    await db.close()


async def test_the_system_page_tells_which_files_were_not_taken_at_the_start(tmp_path: Path) -> None:
    db, config, _ = await _centre(tmp_path)
    assert [(each.name, each.state) for each in files(config)] == [("files", "good")]
    broken, live = config.directory / "packs" / "en-bank.yaml", config.directory / "hours.yaml"
    wrong: dict[Path, BadInput] = {
        path: ConfigError(path, 3, "not valid YAML", "check indentation and quotes") for path in (broken, live)
    }
    (found,) = files(replace(config, wrong=wrong))
    assert (found.state, found.told) == ("fair", "en-bank.yaml")
    assert found.fault.endswith(f"until the next start: {broken}:3: not valid YAML: check indentation and quotes")
    await db.close()


def _later(text: str, version: str) -> str:
    return re.sub("version: '.*'", f"version: '{version}'", text, count=1)


async def _publish(db: Database, name: str, text: str, at: float) -> None:
    async with db.transaction() as tx:
        await published.publish(tx, "pack", name, text, "zhou.yan", "better", at)


async def _newly_started(db: Database, config: configuration.Configuration) -> Packs:
    async with db.reading() as session:
        texts = await published.texts_of(session, "pack")
        former = await published.former_texts(session, "pack", FORMER)
    return publishing.live_packs(config.directory, config.site, config.queues, texts, former).value


async def test_a_new_worker_judges_by_the_last_published_version_that_can_be_read(tmp_path: Path) -> None:
    db, config, _ = await _centre(tmp_path)
    async with db.reading() as session:
        bank = (await published.texts_of(session, "pack"))["zh-bank"]
    for version in ("2", "3"):
        await _publish(db, "zh-bank", _later(bank, version), 4e9 + int(version))
    await _publish(db, "zh-bank", "pack: zh-bank\nof another time: yes\n", 5e9)
    await _publish(db, "en-bank", "pack: en-bank\nof another time: yes\n", 6e9)
    assert (await _newly_started(db, config)).of("loans", "zh").version.startswith("3+")
    await db.close()


async def test_a_new_worker_judges_by_a_pack_with_the_base_that_it_fitted(tmp_path: Path) -> None:
    db, config, _ = await _centre(tmp_path)
    _telecom(config)
    async with db.reading() as session:
        texts = await published.texts_of(session, "pack")
    await _publish(db, "zh-telecom", _later(texts["zh-telecom"], "7"), 4e9)
    await _publish(db, "zh-bank", _moved(texts["zh-bank"], "2"), 5e9)
    judging = await _newly_started(db, config)
    assert judging.of("loans", "zh").version.startswith("2+")
    assert judging.of("cards", "zh").version.startswith("7+")
    await db.close()


async def test_calls_of_a_pack_of_which_nothing_can_be_read_wait_until_it_can_and_others_are_judged(
    tmp_path: Path,
) -> None:
    db, config, _ = await _centre(tmp_path)
    _telecom(config)
    async with db.reading() as session:
        texts = await published.texts_of(session, "pack")
    bank = config.directory / "packs" / "zh-bank.yaml"
    broken = texts | {"zh-bank": _moved(texts["zh-bank"], "2")}
    bank.write_text(broken["zh-bank"], encoding="utf-8")
    live = publishing.live_packs(config.directory, config.site, config.queues, broken)
    assert live.value.of("loans", "zh").version.startswith("2+")
    async with db.transaction() as tx:
        await tx.session.execute(delete(Published))
    await _publish(db, "zh-bank", broken["zh-bank"], 2.0)
    scoring = Scoring(db, config.queues, live, system_clock)
    await _call(db, "one")
    await _call(db, "two", queue="loans")
    assert await scoring.run_due() == 2
    assert await scoring.run_due() == 0
    async with db.reading() as session:
        fault = await session.get_one(ScoreFault, "one")
        assert re.match("the rules zh-telecom are set aside, .*: .*add up to 101", fault.why)
        assert [await repository.score_of(session, name) is None for name in ("one", "two")] == [True, False]
    spoilt: Live[dict[str, str]] = Live("pack", Shelf(config.directory / "packs").faults, {})
    (told,) = await rules(db, config, spoilt)
    assert told.fault == fault.why
    await _publish(db, "zh-bank", texts["zh-bank"], 3.0)
    assert await scoring.run_due() == 1
    async with db.reading() as session:
        assert await session.get(ScoreFault, "one") is None
        judged = await repository.score_of(session, "one")
    assert judged is not None
    assert judged.pack == "zh-telecom"
    await db.close()


def _moved(bank: str, version: str) -> str:
    """A version with a point moved away from a row that the telephone company's pack weighs itself."""
    rules = Shelf(ROOT / "config" / "packs").read("zh-bank", {"zh-bank": bank}).pack
    less, more = rules.items["A7"].weight - 1, rules.items["A1"].weight + 1
    text = formedit.edited(bank, rules, {"weight.A7": f"{less:g}", "weight.A1": f"{more:g}"})
    return re.sub("version: '.*'", f"version: '{version}'", text, count=1)


async def test_a_running_worker_judges_by_the_version_published_last(tmp_path: Path) -> None:
    db, config, settings = await _centre(tmp_path)
    scoring = Scoring(
        db, config.queues, publishing.live_packs(config.directory, config.site, config.queues), system_clock
    )
    await _call(db, "one")
    assert await scoring.run_due() == 1
    editor = publishing.editor(config, settings, db, system_clock)
    async with db.reading() as session:
        work = await editor.work(session, "zh-bank")
    text = re.sub("version: '.*'", "version: 'edited'", work.text, count=1)
    await editor.save("zh-bank", text, work.seen, LEAD)
    through = asyncio.Event()

    async def hear(_: PackChanged) -> None:
        async with db.reading() as session:
            if not (await editor.work(session, "zh-bank")).running:
                through.set()

    db.bus.subscribe("test", PackChanged, hear)
    await editor.begin_trial("zh-bank", LEAD)
    await through.wait()
    async with db.reading() as session:
        work = await editor.work(session, "zh-bank")
    assert work.tried["passed"], work.tried
    assert (work.tried["impact"]["calls"], work.tried["impact"]["changed"]) == (1, 0)
    await editor.publish("zh-bank", "the second edition", LEAD)
    await _call(db, "two")
    assert await scoring.run_due() == 1
    async with db.reading() as session:
        first, second = await repository.score_of(session, "one"), await repository.score_of(session, "two")
    assert first is not None
    assert second is not None
    assert [one.pack_version.startswith("edited+") for one in (first, second)] == [False, True]
    assert (second.queue, len(second.lot)) == ("cards", 16)
    await editor.close()
    await db.close()


async def test_a_trial_counts_the_calls_that_the_pack_judges_and_no_others(tmp_path: Path) -> None:
    db, config, settings = await _centre(tmp_path)
    packs = publishing.live_packs(config.directory, config.site, config.queues)
    await _call(db, "one")
    assert await Scoring(db, config.queues, packs, system_clock).run_due() == 1
    files = [config.directory / "packs" / f"{name}.yaml" for name in ("zh-telecom", "zh-bank")]
    assert [(await publishing._compared(settings, file, file, 30))["calls"] for file in files] == [0, 1]
    await db.close()
