"""Retention, legal hold, deletion with its proof, and the daily comparison of the books."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import numpy as np
import pytest
from sqlalchemy import select

from accounts.models import AuditEntry
from core.clock import system_clock
from core.errors import ConfigError, NotFound, Refused
from recordings.events import RecordingDeleted
from recordings.jobs import SpeechJob
from recordings.keeping import deletion, reconcile, retention
from recordings.keeping.reconcile import NEW, PATIENCE, TURN, Books, Reads
from recordings.keeping.retention import DAY, Retention
from recordings.models import Recording, RecordingState, TranscriptState
from recordings.store import keys
from recordings.store.files import LocalStore, StoreAway
from recordings.store.vault import Vault
from tests.recordings.conftest import CONFIG, CONNECTED_AT, ENGINES, House, facts
from tests.recordings.test_recorder import nothing_known
from tests.speech import Turn, call

SOUND, _ = call([Turn("agent", "您好。")])
RULES = Retention(default_days=30, queues={"cards": 10, "vip": None})
OVER = CONNECTED_AT + 10 * DAY


async def audited(house: House) -> list[tuple[str, str, str]]:
    async with house.db.reading() as session:
        rows = await session.scalars(select(AuditEntry).order_by(AuditEntry.id))
        return [(row.who, row.what, row.reason) for row in rows]


async def the(house: House, call: str = "call1") -> Recording:
    return (await house.recordings(call))[0]


def test_each_queue_has_its_days_and_none_is_for_ever() -> None:
    (in_time, others), (a_second_before, _) = RULES.limits(10 * DAY), RULES.limits(10 * DAY - 1)
    assert (in_time["cards"], a_second_before["cards"], others) == (0, -1, -20 * DAY)
    assert RULES.limits(1e12)[0]["vip"] is None
    assert RULES.limits(100 * DAY) == ({"cards": 90 * DAY, "vip": None}, 70 * DAY)


def test_the_file_of_rules_is_checked_and_without_it_nothing_is_deleted(tmp_path: Path) -> None:
    assert retention.load(tmp_path, ["cards"]).days_of("cards") is None
    (tmp_path / "retention.yaml").write_text("default_days: 30\nqueues:\n  card: 10\n")
    with pytest.raises(ConfigError, match=r"retention\.yaml:3: there is no queue 'card'.*cards"):
        retention.load(tmp_path, ["cards"])
    assert retention.load(CONFIG, ["complaints"]).days_of("complaints") == 1825


async def test_what_is_over_is_deleted_and_the_proof_stays(house: House) -> None:
    row = await house.record("call1", SOUND)
    await SpeechJob(house.db, house.vault, ENGINES, house.clock).run(row.id)
    content = (await house.transcript("call1")).content
    assert (await deletion.sweep(house.db, house.vault, RULES, OVER - 1)).deleted == ()
    assert (await deletion.sweep(house.db, house.vault, RULES, OVER, dry_run=True)).deleted == ("call1",)
    assert house.vault.has(row.path)
    house.bus.subscribe("test", RecordingDeleted, house._hear)
    assert (await deletion.sweep(house.db, house.vault, RULES, OVER)).deleted == ("call1",)
    gone, text = await the(house), await house.transcript("call1")
    assert (gone.state, gone.deleted_at, gone.sha256) == (RecordingState.DELETED, OVER, row.sha256)
    assert (text.state, text.content) == (TranscriptState.DELETED, None)
    assert len(gone.text_sha256) == 64
    with pytest.raises(NotFound):
        house.sound(gone)
    assert list((house.home / "store").rglob("*.flac")) == []
    assert content is not None
    assert await audited(house) == [
        (
            "system", "recording_deleted",
            "kept 10 days (queue cards); sound as stored, "
            f"sha256 {row.sha256}; text sha256 {gone.text_sha256}",
        )
    ]  # fmt: skip
    await house.bus.drain()
    assert RecordingDeleted(OVER, "call1", row.id) in house.told
    assert (await deletion.sweep(house.db, house.vault, RULES, OVER)).deleted == ()


async def test_a_legal_hold_is_stronger_until_it_is_released(house: House) -> None:
    row = await house.record("call1", SOUND)
    async with house.db.transaction() as tx:
        await deletion.hold(tx, [await tx.session.get_one(Recording, row.id)], "carol", "court case 7", 5.0)
    assert (await deletion.sweep(house.db, house.vault, RULES, OVER)).deleted == ()
    assert not await deletion.delete(house.db, house.vault, row.id, "carol", "by mistake", OVER)
    assert (await the(house)).state == RecordingState.STORED
    async with house.db.transaction() as tx:
        await deletion.release(tx, await tx.session.get_one(Recording, row.id), "carol", "case closed")
    assert (await deletion.sweep(house.db, house.vault, RULES, OVER)).deleted == ("call1",)
    with pytest.raises(Refused):
        async with house.db.transaction() as tx:
            await deletion.hold(tx, [await tx.session.get_one(Recording, row.id)], "carol", "too late", 5.0)
    assert [what for _, what, _ in await audited(house)] == [
        "recording_held", "recording_released", "recording_deleted",
    ]  # fmt: skip


async def test_hold_put_on_at_the_moment_another_part_begins_keeps_that_part_too(house: House) -> None:
    first, second = await house.record("call1", SOUND), await house.record("call1", SOUND)
    async with house.db.transaction() as tx:
        await deletion.hold(tx, [await tx.session.get_one(Recording, first.id)], "carol", "court case 7", 5.0)
    assert [row.held_at for row in await house.recordings("call1")] == [5.0, None]
    assert not await deletion.delete(house.db, house.vault, second.id, "sweeper", "over", 9.0)
    await house.record("call2", SOUND)
    much_later, rules = house.clock.now + 1e7, Retention(default_days=1)
    swept = await deletion.sweep(house.db, house.vault, rules, much_later, dry_run=True)
    assert swept.deleted == ("call2",)


async def test_hold_put_on_a_call_that_goes_on_is_on_its_later_parts_too(house: House) -> None:
    first = await house.record("call1", SOUND)
    async with house.db.transaction() as tx:
        await deletion.hold(tx, [await tx.session.get_one(Recording, first.id)], "carol", "court case 7", 5.0)
    second = await house.record("call1", SOUND)
    (house.spool / "call1-3.raw").write_bytes(SOUND.tobytes())
    await house.recorder.recover(set(), nothing_known)
    await house.recorder.close_finished()
    await house.record("call2", SOUND)
    assert (second.held_at, second.held_by, second.held_reason) == (5.0, "carol", "court case 7")
    assert [row.held_at for row in await house.recordings("call1")] == [5.0] * 3
    assert (await deletion.sweep(house.db, house.vault, RULES, OVER)).deleted == ("call2",)
    async with house.db.transaction() as tx:
        for each in await deletion.parts(tx.session, "call1"):
            await deletion.release(tx, each, "carol", "case closed")
    assert (await house.record("call1", SOUND)).held_at is None


class Stuck(LocalStore):
    """A store that deletes nothing, until it does."""

    stuck = True

    def delete(self, name: str) -> None:
        if self.stuck:
            raise OSError("the store is away")
        super().delete(name)


async def test_a_deletion_that_was_interrupted_is_finished_by_the_next_sweep(house: House) -> None:
    store = Stuck(house.home / "store")
    house.vault = Vault(store)
    house.restart()
    row = await house.record("call1", SOUND)
    swept = await deletion.sweep(house.db, house.vault, RULES, OVER)
    assert (swept.deleted, swept.failed) == ((), ("call1: the store is away",))
    assert (await the(house)).state == RecordingState.DELETING
    store.stuck = False
    # The rules may have become milder since: what was begun is finished.
    assert (await deletion.sweep(house.db, house.vault, Retention(), OVER + 9)).deleted == ("call1",)
    assert ((await the(house)).deleted_at, house.vault.has(row.path)) == (OVER + 9, False)


async def test_a_sealed_file_that_was_damaged_is_deleted_all_the_same(house: House) -> None:
    keys.add(house.home / "keys", "k1")
    house.vault = Vault(LocalStore(house.home / "store"), keys.Keys(house.home / "keys"))
    house.restart()
    row = await house.record("call1", SOUND)
    path = house.home / "store" / row.path
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    swept = await deletion.sweep(house.db, house.vault, RULES, OVER)
    assert (swept.deleted, swept.failed, path.exists()) == (("call1",), (), False)
    assert "sound not as stored" in (await audited(house))[0][2]


class Worn(LocalStore):
    """A disk that gives the files of `call1` no more."""

    def open(self, name: str) -> BinaryIO:
        if "call1" in name and super().open(name):
            raise OSError(errno.EIO, "Input/output error")
        return super().open(name)


async def test_file_that_the_disk_does_not_give_is_named_and_deleted_in_time_and_the_others_are_looked_at(
    house: House,
) -> None:
    for name in ("call1", "call2"):
        await house.record(name, SOUND)
    path = house.home / "store" / (await the(house, "call2")).path
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    house.vault = Vault(Worn(house.home / "store"))
    books = await compared(house)
    assert (books.checked, books.unreadable) == (2, ["2026/03/02/call1.flac"])
    assert books.different == ["2026/03/02/call2.flac"]
    swept = await deletion.sweep(house.db, house.vault, RULES, OVER)
    assert (swept.deleted, swept.failed) == (("call1", "call2"), ())
    assert "sound unreadable (Input/output error)" in (await audited(house))[0][2]
    assert list((house.home / "store").rglob("*.flac")) == []


class Away(LocalStore):
    def open(self, name: str) -> BinaryIO:
        raise StoreAway("the store is away")


async def test_store_that_is_away_is_no_reason_to_call_its_files_unreadable(house: House) -> None:
    await house.record("call1", SOUND)
    house.vault = Vault(Away(house.home / "store"))
    with pytest.raises(StoreAway):
        await compared(house)
    assert (await deletion.sweep(house.db, house.vault, RULES, OVER)).failed == ("call1: the store is away",)


async def nobody(_before: float) -> set[str]:
    return set()


async def compared(house: House, now: float = 0.0, reads: Reads = reconcile.everything) -> Books:
    return await reconcile.reconcile(house.db, house.vault, nobody, now or system_clock(), reads=reads)


async def test_books_that_agree_are_said_to_agree(house: House) -> None:
    await house.record("call1", SOUND)
    assert await compared(house) == Books(checked=1)


def _drop(path: Path) -> None:
    path.unlink()


def _spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1] + b"x")


def _stray(path: Path) -> None:
    path.with_name("stray.flac").write_bytes(b"whose?")


@pytest.mark.parametrize(
    ("deed", "kind", "names"),
    [
        (_drop, "missing", ["2026/03/02/call1.flac"]),
        (_spoil, "different", ["2026/03/02/call1.flac"]),
        (_stray, "orphaned", ["2026/03/02/stray.flac"]),
    ],
)
async def test_each_fault_of_the_store_is_found(
    house: House, deed: Callable[[Path], None], kind: str, names: list[str]
) -> None:
    row = await house.record("call1", SOUND)
    deed(house.home / "store" / row.path)
    if kind != "different":
        assert (await compared(house, reads=reconcile.nothing)).faults == 1
    found = await compared(house)
    assert (getattr(found, kind), found.faults) == (names, 1)


async def test_a_recording_that_goes_on_without_a_channel_is_found(house: House) -> None:
    house.tape.sound = SOUND.tobytes()
    await house.recorder.start("call1", "leg1")
    now = CONNECTED_AT + PATIENCE + 1

    async def unended(legs: set[str] | None, ended: set[str]) -> list[str]:
        async def talks(_before: float) -> set[str]:
            return ended

        async def channels() -> set[str] | None:
            return legs

        return (await reconcile.reconcile(house.db, house.vault, talks, now, channels=channels)).unended

    assert await unended({"leg1"}, {"call1"}) == []
    assert await unended({"other"}, set()) == ["call1"]
    assert await unended(None, {"call1"}) == ["call1"]
    assert await unended(None, set()) == []


async def test_each_file_is_read_while_it_is_new_and_then_once_in_a_turn(house: House) -> None:
    row = await house.record("call1", SOUND)
    assert reconcile.in_turn(row, row.started_at + NEW)
    days = [row.started_at + NEW + (1 + day) * DAY for day in range(3 * TURN)]
    assert sum(reconcile.in_turn(row, day) for day in days) == 3


async def test_only_what_is_over_by_its_own_queue_s_rule_is_deleted(house: House) -> None:
    for name, queue in (("one", "cards"), ("two", "vip"), ("three", "loans")):
        row = await house.record(name, SOUND)
        async with house.db.transaction() as tx:
            stored = await tx.session.get_one(Recording, row.id)
            stored.facts = {**(stored.facts or {}), "queue": queue}
    assert (await deletion.sweep(house.db, house.vault, RULES, OVER)).deleted == ("one",)
    assert (await deletion.sweep(house.db, house.vault, RULES, CONNECTED_AT + 30 * DAY)).deleted == ("three",)
    assert (await deletion.sweep(house.db, house.vault, RULES, CONNECTED_AT + 9999 * DAY)).deleted == ()


@pytest.mark.real
async def test_on_postgresql_the_sweep_finds_the_same(tmp_path: Path, postgres_url: str) -> None:
    house = House(tmp_path, postgres_url)
    await house.db.create_all()
    await house.record("call1", SOUND)
    assert (await deletion.sweep(house.db, house.vault, RULES, OVER - 1)).deleted == ()
    assert (await deletion.sweep(house.db, house.vault, RULES, OVER)).deleted == ("call1",)
    assert await compared(house) == Books()
    await house.db.close()


async def test_calls_without_recordings_lost_ones_and_those_that_never_close_are_found(house: House) -> None:
    async def talks(_before: float) -> set[str]:
        return {"lost", "silent"}

    await house.record("lost", b"")
    house.tape.sound = np.ones((800, 2), dtype=np.int16).tobytes()
    await house.recorder.start("stuck", "leg")
    async with house.db.transaction() as tx:
        (await tx.session.get_one(Recording, (await the(house, "stuck")).id)).state = RecordingState.CLOSING
    early = await reconcile.reconcile(house.db, house.vault, talks, CONNECTED_AT + 1)
    assert (early.lost, early.unrecorded, early.unfinished) == (["lost"], ["silent"], [])
    assert (await compared(house, CONNECTED_AT + PATIENCE + 1)).unfinished == ["stuck"]


async def test_a_long_talk_that_is_over_just_now_is_not_taken_for_unfinished(house: House) -> None:
    await house.recorder.start("long", "leg")
    await house.recorder.finish("long", facts("long", seconds=3600))
    assert (await compared(house, CONNECTED_AT + 3600 + 1)).unfinished == []
    assert (await compared(house, CONNECTED_AT + 3600 + PATIENCE + 1)).unfinished == ["long"]
