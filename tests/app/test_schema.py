"""The migrations make exactly the tables that the models describe, on both databases."""

import asyncio
import json
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Float, Integer, inspect, select, text

from acd.models import Call, CallEvent, QueueVisit
from app import schema
from app.migrating import goes_on
from core.bus import Bus
from core.database import Database
from core.errors import HotlineError
from ivr.models import SurveyAnswer
from qa import repository, sampling
from qa.models import ScoreRow
from recordings.models import TranscriptRow
from tickets.models import Ticket


async def _differences(url: str) -> list[object]:
    database = Database(url, Bus())
    try:
        await schema.migrate(database)
        await schema.migrate(database)
        return list(await schema.differences(database))
    finally:
        await database.close()


async def test_migrated_sqlite_database_is_what_the_models_say(tmp_path: Path) -> None:
    assert await _differences(f"sqlite+aiosqlite:///{tmp_path}/test.db") == []


async def test_migrating_waits_for_who_writes_meanwhile(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    other = sqlite3.connect(tmp_path / "test.db", isolation_level=None)
    other.executescript("PRAGMA journal_mode=WAL; BEGIN IMMEDIATE; PRAGMA user_version=1")
    before = os.umask(0o077)
    migrating = asyncio.create_task(schema.migrate(database))
    await asyncio.sleep(0.3)
    os.umask(before)
    assert goes_on(database), "whoever stands by knows why nothing is renewed"
    assert (tmp_path / "test.db-migrating.lock").stat().st_mode & 0o777 == 0o644, "also as another user"
    other.execute("COMMIT")
    await migrating
    assert not goes_on(database)
    assert await schema.differences(database) == []
    await database.close()
    other.close()


@pytest.mark.real
async def test_migrated_postgresql_database_is_what_the_models_say(postgres_url: str) -> None:
    assert await _differences(postgres_url) == []


@pytest.mark.parametrize(
    "url", ["postgresql+asyncpg://nobody@127.0.0.1:1/nothing", "sqlite+aiosqlite:////nowhere/at/all.db"]
)
async def test_database_that_cannot_be_reached_is_one_clear_line(url: str) -> None:
    with pytest.raises(HotlineError, match=r"the database at .* cannot be used .*HOTLINE_DATABASE_URL") as caught:
        await _differences(url)
    assert "\n" not in str(caught.value)


async def test_numbers_in_evidence_stored_before_are_masked_by_the_migration(tmp_path: Path) -> None:
    card = "六二二二零二零二零零一二三四五六七八九"
    said = [{"speaker": "customer", "start": 1.0, "end": 3.0, "text": f"卡号{card[:9]}"},
            {"speaker": "customer", "start": 3.5, "end": 6.0, "text": card[9:]}]  # fmt: skip
    call = {"id": "c", "direction": "inbound", "queue": "cards", "agent": "8001", "language": "zh", "duration": 9.0,
            "call_type": "enquiry", "connected_at": "2026-03-02T09:15:00+08:00", "ended_by": "customer"}  # fmt: skip
    evidence = [{"at": each["start"], "speaker": "customer", "text": each["text"]} for each in said]
    items = [{"id": "E1", "verdict": "fail", "evidence": [*evidence, {"at": 7.0, "speaker": "agent", "text": card}]}]
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(schema._config(sync), "0005"))
        for table, row in (
            ("recordings", {"id": "r", "call": "c", "number": 1, "leg": "", "raw": "", "path": "", "state": "stored",
                            "started_at": 1, "seconds": 9, "sha256": "", "size": 1, "error": "", "events": "[]",
                            "key_id": "", "sealed_key": "", "held_by": "", "held_reason": "", "deleted_reason": "",
                            "text_sha256": ""}),
            ("transcripts", {"recording": "r", "call": "c", "language": "zh", "model": "", "state": "ready", "note": "",
                             "content": json.dumps({"call": call, "segments": said, "events": []}), "made_at": 1,
                             "tries": 1, "due_at": 0}),
            ("scores", {"recording": "r", "call": "c", "agent": "8001", "pack": "p", "pack_version": "1", "score": 90,
                        "veto": "[]", "items": json.dumps(items), "doubts": 0, "scored_at": 1}),
        ):  # fmt: skip
            names = ", ".join(f'"{name}"' for name in row)
            values = ", ".join(f":{name}" for name in row)
            await connection.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), row)
    await schema.migrate(database)
    async with database.reading() as session:
        score, told = await session.get_one(ScoreRow, "r"), await session.get_one(TranscriptRow, "r")
    await database.close()
    assert [each["text"] for each in score.items[0]["evidence"]] == [f"卡号{'*' * 9}", "*" * 10, "*" * 19]
    assert told.said == f"卡号{'*' * 9}\n{'*' * 10}"


async def test_what_an_older_centre_kept_is_carried_over(tmp_path: Path) -> None:
    """Scores with their queue, lot, veto, whether they are taken up and when they were judged."""
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(schema._config(sync), "0005"))
        for statement in OLD:
            await connection.execute(text(statement))
    await schema.migrate(database)
    async with database.reading() as session:
        scores = {row.recording: row for row in await repository.scores_by_recording(session, ["r1", "r2"])}
    await database.close()
    assert [(row.queue, row.vetoed, row.taken) for row in (scores["r1"], scores["r2"])] == [
        ("cards", True, True), ("", False, False),
    ]  # fmt: skip
    assert scores["r1"].lot == sampling.lot("r1")
    assert (scores["r1"].scored_at, scores["r1"].judged_at) == (1.0, 1.0)


async def test_tickets_of_an_older_centre_know_who_keeps_them_and_when_their_customer_was_told(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(schema._config(sync), "0030"))
        for statement in OLD_TICKETS:
            await connection.execute(text(statement))
    await schema.migrate(database)
    async with database.reading() as session:
        found = {each.id: each for each in await session.scalars(select(Ticket))}
    await database.close()
    assert {name: (each.keeper, each.told_at) for name, each in found.items()} == {
        "open": ("wang", None), "told": ("li.na", 5.0), "again": ("li.na", None), "short": ("chen", 7.0),
    }  # fmt: skip


async def test_callers_whom_a_telephone_had_lost_were_given_away_by_nobody(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    given = [("blind", "8001", "li.na"), ("blind", "general", ""), ("blind", "8002", "li.na"), ("attended", "8002", "")]
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(schema._config(sync), "0005"))
        await connection.execute(text(OLD[0]))
        for number, (mode, target, by) in enumerate(given):
            told = {"data": json.dumps({"mode": mode, "target": target, "queue": "general", "by": by}), "at": number}
            line = "INSERT INTO call_events (call, at, kind, agent, data) VALUES ('c1', :at, 'transfer', '8001', :data)"
            await connection.execute(text(line), told)
    await schema.migrate(database)
    async with database.reading() as session:
        kinds = list(await session.scalars(select(CallEvent.kind).order_by(CallEvent.at)))
    await database.close()
    assert kinds == ["lost", "lost", "transfer", "transfer"]


async def test_of_callers_on_the_line_while_the_centre_is_renewed_it_is_their_language_that_is_their_own(
    tmp_path: Path,
) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    menu, none = '[{"at": 1, "step": "main", "keys": "1"}]', "[]"
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(schema._config(sync), "0036"))
        for call, state, direction, path in (
            ("menu", "waiting", "inbound", menu), ("strange", "waiting", "inbound", none),
            ("called", "talking", "outbound", none), ("over", "ended", "inbound", menu),
        ):  # fmt: skip
            told = {"call": call, "state": state, "direction": direction, "path": path}
            await connection.execute(text(OLD_CALL), told)
    await schema.migrate(database)
    async with database.reading() as session:
        own = {each.id: (each.own, each.own_priority) for each in await session.scalars(select(Call))}
    await database.close()
    assert own == {"menu": ({"en": 1}, 0), "strange": ({}, 0), "called": ({"en": 1}, 0), "over": ({}, 0)}


async def test_who_had_flowed_over_has_waited_since_he_came_to_the_first_of_those_queues(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    visits = [("a", 10, 40, "left"), ("b", 40, 70, "left"), ("a", 70, 80, "answered"), ("b", 200, 210, "answered")]
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(schema._config(sync), "0038"))
        told = {"call": "c1", "state": "ended", "direction": "inbound", "path": "[]"}
        await connection.execute(text(OLD_CALL), told)
        for queue, queued_at, until_at, result in visits:
            line = (
                "INSERT INTO queue_visits (call, queue, queued_at, until_at, result) VALUES ('c1', :q, :at, :to, :how)"
            )
            await connection.execute(text(line), {"q": queue, "at": queued_at, "to": until_at, "how": result})
    await schema.migrate(database)
    async with database.reading() as session:
        since = list(await session.scalars(select(QueueVisit.waits_since).order_by(QueueVisit.id)))
    await database.close()
    assert since == [10, 10, 10, 200]


async def test_answers_of_before_are_on_the_scale_of_steps_that_name_none_or_on_the_widest(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(schema._config(sync), "0039"))
        for name, step, answer in (("1", "rate", 5), ("2", "again", 3), ("3", "again", 0)):
            line = (
                "INSERT INTO survey_answers (id, call, agent, queue, step, question, answer, answered_at)"
                " VALUES (:id, 'c1', '', '', :step, 'score', :answer, 1)"
            )
            await connection.execute(text(line), {"id": name, "step": step, "answer": answer})
    await schema.migrate(database)
    async with database.reading() as session:
        rows = list(await session.scalars(select(SurveyAnswer).order_by(SurveyAnswer.id)))
    await database.close()
    assert [(each.lowest, each.highest) for each in rows] == [(1, 5), (0, 9), (0, 9)]


async def test_an_upgrade_that_is_broken_off_leaves_the_database_as_it_was(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(schema._config(sync), "0019"))
    with sqlite3.connect(tmp_path / "test.db") as before:
        tables = set(before.execute("SELECT sql FROM sqlite_master"))
    async with database.engine.execution_options(writes=True).connect() as connection:
        await connection.run_sync(schema._upgrade)
        await connection.rollback()
    assert await schema.revision(database) == "0019"
    with sqlite3.connect(tmp_path / "test.db") as after:
        assert set(after.execute("SELECT sql FROM sqlite_master")) == tables
    await schema.migrate(database)
    assert await schema.differences(database) == []
    await database.close()


async def test_an_older_program_leaves_a_newer_database_alone_and_says_what_to_do(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    await schema.migrate(database)
    async with database.engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(HotlineError, match=r"used by a newer program .*9999.*: start that one again, or put back"):
        await schema.migrate(database)
    await database.close()


def _old_tickets() -> Iterator[str]:
    for login, number in (("li.na", "8001"), ("wang", "8002"), ("chen", "8003")):
        yield (
            "INSERT INTO people (login, name, role, number, skills, locale, password_hash, phone_secret, active,"
            f" failures, locked_until_at) VALUES ('{login}', '', 'agent', '{number}', '{{}}', 'zh', '', '', true, 0, 0)"
        )
    for ticket, state, steps in (
        ("open", "accepted", {}), ("told", "closed", {"informed": 5.0, "closed": 6.0}),
        ("again", "investigating", {"informed": 5.0, "investigating": 6.0}), ("short", "closed", {"closed": 7.0}),
    ):  # fmt: skip
        yield (
            "INSERT INTO tickets (id, call, customer, category, summary, state, opened_by, opened_at, moved_at, due_at)"
            f" VALUES ('{ticket}', 'c', '', 'service', '', '{state}', 'li.na', 1, 1, 9)"
        )
        for step, told in steps.items():
            yield (
                "INSERT INTO ticket_steps (ticket, state, at, who, note)"
                f" VALUES ('{ticket}', '{step}', {told}, 'li.na', '')"
            )
    for n, (taker, tickets, at) in enumerate(
        (("8003", '["open", "short"]', "3"), ("8002", '["open"]', "4"), ("8003", '["told"]', "NULL"))
    ):
        yield (
            "INSERT INTO shift_handovers (id, at, giver, taker, note, tickets, callbacks, confirmed_at)"
            f" VALUES ('h{n}', {n}, '8001', '{taker}', '', '{tickets}', '[]', {at})"
        )


OLD_CALL = (
    "INSERT INTO calls (id, leg, caller, dialled, tier, language, arrived_at, state, queue, skills, priority, agent,"
    " ended_by, outcome, path, stages, meant_for, meant_why, menu, menu_version, direction, purpose, after_step,"
    " customer, joined) VALUES (:call, :call, '1', '2', '', 'en', 1, :state, 'cards',"
    " '{\"cards\": 5, \"en\": 1}', 7, '', '', '', :path, '[]', '', '', '', 0, :direction, '', '', '', '')"
)
OLD_TICKETS = tuple(_old_tickets())

OLD = (
    "INSERT INTO calls (id, leg, caller, dialled, tier, language, arrived_at, state, queue, skills, priority, agent,"
    " ended_by, outcome, path) VALUES ('c1', 'l', '1', '2', '', 'zh', 1, 'ended', 'cards', '{}', 0, '8001', '', '',"
    " '[]')",
    "INSERT INTO scores (recording, call, agent, pack, pack_version, score, veto, items, doubts, scored_at)"
    " VALUES ('r1', 'c1', '8001', 'p', '1', 0, '[\"F1\"]', '[]', 0, 1.0)",
    "INSERT INTO scores (recording, call, agent, pack, pack_version, score, veto, items, doubts, scored_at)"
    " VALUES ('r2', 'c2', '8001', 'p', '1', 90, '[]', '[]', 0, 1.0)",
    "INSERT INTO reviews (id, recording, call, agent, pack, pack_version, machine_score, why, state, reviewer, rows,"
    " items, score, veto, opened_at) VALUES ('v', 'r1', 'c1', '8001', 'p', '1', 0, 'veto', 'open', 'x', '[]', '[]', 0,"
    " '[]', 1.0)",
)
"""Rows as revision 0005 had them."""


async def test_hidden_numbers_stored_as_words_are_none_after_the_migration(tmp_path: Path) -> None:
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    stored = {"a": "anonymous", "b": "<unknown>", "c": "Restricted", "d": "138\r\n1", "e": "+86138", "f": ""}
    async with database.engine.begin() as connection:
        await connection.run_sync(lambda sync: command.upgrade(schema._config(sync), "0030"))
        columns = await connection.run_sync(lambda sync: inspect(sync).get_columns("calls"))
        needed = {each["name"]: each["type"] for each in columns if not each["nullable"] and each["default"] is None}
        for call, caller in stored.items():
            row = {name: 0 if isinstance(kind, Integer | Float) else "[]" for name, kind in needed.items()}
            row |= {"id": call, "leg": call, "caller": caller}
            names = ", ".join(row)
            values = ", ".join(f":{name}" for name in row)
            await connection.execute(text(f"INSERT INTO calls ({names}) VALUES ({values})"), row)
    await schema.migrate(database)
    async with database.engine.connect() as connection:
        found = {row.id: row.caller for row in await connection.execute(text("SELECT id, caller FROM calls"))}
    await database.close()
    assert found == {"a": "", "b": "", "c": "", "d": "1381", "e": "+86138", "f": ""}


async def test_a_database_of_another_product_is_not_taken_for_one_of_a_newer_program(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "test.db") as other:
        other.executescript("CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('x')")
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    with pytest.raises(HotlineError, match="another product"):
        await schema.migrate(database)
    await database.close()


async def test_a_damaged_database_stops_the_start_with_the_way_to_put_a_backup_back(tmp_path: Path) -> None:
    (tmp_path / "test.db").write_bytes(b"no database" * 100)
    database = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", Bus())
    with pytest.raises(HotlineError, match=r"\./hotline restore"):
        await schema.has_lease(database)
    await database.close()
