"""Messages over HTTP: who may hear them, and that each is answered once."""

import json
import shutil
from collections.abc import AsyncIterator, Iterable
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from typer.testing import CliRunner

from accounts import people, service
from accounts.models import AuditEntry
from acd import queues
from acd.models import Call
from agentdesk.desk import make_desk
from agentdesk.web import create_app
from app.commands.ivr import app as command_line
from core import site
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.errors import ConfigError
from core.settings import ROOT
from ivr import customers, hours
from ivr.faults import kept as faults
from ivr.faults.kept import Faults
from ivr.menus import Spoken
from ivr.messages import endpoints
from ivr.messages import service as messages
from ivr.messages.storing import MessageStore
from ivr.models import Message
from ivr.prompts import voice
from ivr.prompts.store import PromptFault
from ivr.published.checking import MenuChecker
from ivr.published.deeds import MenuOffice
from ivr.published.endpoints import menus_router
from ivr.rules import Rules
from recordings.store import keys as key_file
from recordings.store.files import LocalStore, StoreAway
from recordings.store.keys import Keys, Seal
from recordings.store.vault import Vault
from tests.ivr.material import QUEUES, SCHEDULES, SMALL
from tests.ivr.test_walk import REASONS

CONFIG = ROOT / "config"


@pytest.fixture
async def db(tmp_path: Path) -> AsyncIterator[Database]:
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/ivr.db", Bus())
    await db.create_all()
    async with db.transaction() as tx:
        await service.seed_people(tx, people.load(CONFIG))
    yield db
    await db.close()


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    key_file.add(tmp_path / "keys", "k1")
    return Vault(LocalStore(tmp_path / "store"), Keys(tmp_path / "keys"))


@pytest.fixture
def app(db: Database, vault: Vault) -> FastAPI:
    desk = make_desk(site.load(CONFIG), queues.load(CONFIG), db.bus)
    rules = Rules({}, customers.load(CONFIG), hours.load(CONFIG), ZoneInfo("Asia/Shanghai"))
    office = MenuOffice(db, MenuChecker(SCHEDULES, QUEUES), lambda: {"small"}, lambda: rules, NoSounds(), system_clock)
    return create_app(db, desk, [endpoints.router(db, vault), menus_router(office)])


class NoSounds:
    """No prompt can be made."""

    async def prepare(self, wanted: Iterable[Spoken]) -> list[PromptFault]:
        return [PromptFault(next(iter(wanted)), "no voice")]


async def visitor(db: Database, app: FastAPI, login: str) -> httpx.AsyncClient:
    async with db.transaction() as tx:
        token = await service.issue_token(tx, login, system_clock())
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url="http://desk", headers={"Authorization": f"Bearer {token}"})


async def leave_message(db: Database, path: Path, deadline: float, contact: str = "") -> str:
    voice.synthesise("请给我回电。", "zh", path)
    async with db.transaction() as tx:
        found = await messages.begin_message(
            tx, call=f"call-{deadline}", caller="13800000009", language="zh", path=path, deadline_at=deadline, now=1.0
        )
        await messages.keep_message(tx, found, 3.0, 5.0)
        if contact:
            await messages.choose_contact(tx, f"call-{deadline}", contact, 6.0)
    return found


async def test_agent_lists_hears_and_answers_a_message_once(db: Database, app: FastAPI, tmp_path: Path) -> None:
    late = await leave_message(db, tmp_path / "late.wav", 900.0)
    soon = await leave_message(db, tmp_path / "soon.wav", 500.0, "sms")
    async with await visitor(db, app, "li.na") as agent:
        listed = (await agent.get("/api/messages")).json()
        assert [(each["id"], each["contact_by"], each["state"]) for each in listed] == [
            (soon, "sms", "open"), (late, "call_back", "open"),
        ]  # fmt: skip
        sound = await agent.get(f"/api/messages/{soon}/sound")
        assert sound.content == (tmp_path / "soon.wav").read_bytes()
        done = await agent.post(f"/api/messages/{soon}/done")
        assert (done.json()["state"], done.json()["done_by"]) == ("done", "li.na")
        assert (await agent.post(f"/api/messages/{soon}/done")).status_code == 409
        assert [each["id"] for each in (await agent.get("/api/messages?state=open")).json()] == [late]
    async with db.reading() as session:
        deeds = (await session.scalars(select(AuditEntry.what).where(AuditEntry.about == f"message:{soon}"))).all()
    assert list(deeds) == ["message_played", "message_done"]


async def test_strangers_and_quality_staff_hear_no_messages(db: Database, app: FastAPI, tmp_path: Path) -> None:
    found = await leave_message(db, tmp_path / "one.wav", 1.0)
    async with await visitor(db, app, "zhou.yan") as quality:
        for path in ("", f"/{found}/sound"):
            assert (await quality.get(f"/api/messages{path}")).status_code == 403
        del quality.headers["Authorization"]
        assert (await quality.get("/api/messages")).status_code == 401


async def test_message_whose_sound_is_gone_is_a_clear_404(db: Database, app: FastAPI, tmp_path: Path) -> None:
    found = await leave_message(db, tmp_path / "gone.wav", 1.0)
    (tmp_path / "gone.wav").unlink()  # a test's own small file
    async with await visitor(db, app, "li.na") as agent:
        for path in (f"{found}/sound", "nothing/sound"):
            answer = await agent.get(f"/api/messages/{path}")
            assert answer.status_code == 404
            assert "留言" in answer.json()["detail"]


async def test_message_is_sealed_in_the_store_and_heard_as_it_was_spoken(
    db: Database, app: FastAPI, vault: Vault, tmp_path: Path
) -> None:
    raw = tmp_path / "one.wav"
    found = await leave_message(db, raw, 1.0)
    spoken = raw.read_bytes()
    await MessageStore(db, vault, Faults(db, system_clock)).put_away()
    assert not raw.exists()
    (name,) = vault.names()
    assert name.startswith("messages/")
    assert spoken[44:] not in (tmp_path / "store" / name).read_bytes()
    async with await visitor(db, app, "li.na") as agent:
        assert (await agent.get(f"/api/messages/{found}/sound")).content == spoken
        (tmp_path / "store" / name).write_bytes(b"nonsense")
        assert (await agent.get(f"/api/messages/{found}/sound")).status_code in (404, 409, 503)


async def test_message_stays_in_the_spool_while_the_store_is_away_and_is_stored_afterwards(
    db: Database, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    raw = tmp_path / "one.wav"
    await leave_message(db, raw, 1.0)
    async with db.transaction() as tx:
        path = [{"at": 1.0, "step": "message", "keys": "1"}]
        tx.session.add(Call(id="call-1.0", leg="l", caller="1", dialled="2", arrived_at=1.0, state="ended",
                            menu="main", menu_version=2, path=path))  # fmt: skip

    def away(source: Path, name: str) -> Seal:
        raise StoreAway("the store does not answer")

    with monkeypatch.context() as broken:
        broken.setattr(vault, "keep", away)
        book = Faults(db, system_clock)
        store = MessageStore(db, vault, book)
        await store.put_away()
        await store.put_away()
        await book.close()
    async with db.reading() as session:
        (fault,) = await faults.unseen(session, "main")
    assert (fault.step, fault.kind, fault.version, fault.calls) == ("message", "message", 2, 1)
    assert fault.problem == "the store does not answer"
    assert raw.exists()
    assert list(vault.names()) == []
    await MessageStore(db, vault, Faults(db, system_clock)).put_away()
    assert not raw.exists()
    assert len(list(vault.names())) == 1


async def test_message_whose_row_was_written_before_the_power_went_is_not_stored_twice(
    db: Database, app: FastAPI, vault: Vault, tmp_path: Path
) -> None:
    raw = tmp_path / "one.wav"
    found = await leave_message(db, raw, 1.0)
    spoken = raw.read_bytes()
    await MessageStore(db, vault, Faults(db, system_clock)).put_away()
    raw.write_bytes(spoken)
    async with db.transaction() as tx:
        row = await tx.session.get_one(Message, found)
        row.raw = str(raw)
    await MessageStore(db, vault, Faults(db, system_clock)).put_away()
    assert not raw.exists()
    assert list(vault.names()) == [row.path]
    async with await visitor(db, app, "li.na") as agent:
        assert (await agent.get(f"/api/messages/{found}/sound")).content == spoken


BOX = """
  box:
    kind: message
    prompt: {zh: 留言, en: speak}
    contact: {"1": {by: sms, say: {zh: 短信, en: text}}}
    thanks: {zh: 谢谢, en: thanks}
    nothing_heard: {zh: 没有, en: nothing}
"""
GOOD = SMALL.replace("to: general}", "to: general, refused: bye}")
GOOD = GOOD.replace("refused: bye}", "refused: box}").replace("  person: {", BOX + "  person: {")
GOOD = GOOD.replace("go: news}", "go: news, say: {zh: 新, en: n}}").replace("barge_in: false", "retries: 1")


async def test_administrator_publishes_a_menu_and_takes_it_back(db: Database, app: FastAPI) -> None:
    async with await visitor(db, app, "admin") as designer:
        checked = (await designer.post("/api/menus/small/check", json={"text": SMALL})).json()
        assert {each["rule"] for each in checked["findings"]} == {"dead-end", "unspoken-option", "same-words"}
        assert (await designer.post("/api/menus/small/publish", json={"text": SMALL, "reason": "x"})).status_code == 400
        assert (await designer.post("/api/menus/small/back", json={"reason": "x"})).json()["reason"] == "no_former"
        for text in (GOOD, GOOD.replace("新闻", "号外")):
            assert (
                await designer.post("/api/menus/small/publish", json={"text": text, "reason": "new"})
            ).status_code == 200
        assert (await designer.post("/api/menus/small/back", json={"reason": "typo"})).json()["restores"] == 1
        told = (await designer.get("/api/menus/small/versions")).json()
        assert [(each["number"], each["published_by"], each["reason"]) for each in told] == [
            (3, "admin", "typo"), (2, "admin", "new"), (1, "admin", "new"),
        ]  # fmt: skip
        assert "号外" in (await designer.get("/api/menus/small/versions/2")).text
        assert (await designer.get("/api/menus/small/drawing")).text.startswith("<svg")
        assert (await designer.get("/api/menus/other/versions")).status_code == 404


async def test_queue_for_a_skill_that_nobody_has_does_not_go_live_unless_that_is_meant(db: Database) -> None:
    checker, people = MenuChecker(SCHEDULES, QUEUES), {"cards"}
    rules = Rules({}, customers.load(CONFIG), hours.load(CONFIG), ZoneInfo("Asia/Shanghai"))

    async def skills() -> set[str]:
        return people

    office = MenuOffice(db, checker, lambda: {"small"}, lambda: rules, NoSounds(), system_clock, skills=skills)
    asking = GOOD.replace("to: general,", "to: general, skills: {wealth: 5},")
    with pytest.raises(ConfigError, match="nobody is known to have 'wealth'"):
        await office.publish("small", asking, "admin", "new")
    (found,) = (await office.check("small", asking)).findings
    assert (found.rule, asking.splitlines()[found.line - 1].strip()[:7]) == ("unknown-skill", "person:")
    waived = "waive: [{rule: unknown-skill, step: person, reason: she begins in May}]\n" + asking
    await office.publish("small", waived, "admin", "new")
    people.add("wealth")
    await office.publish("small", asking, "admin", "she is here")


async def test_step_back_to_a_text_that_names_what_is_gone_is_refused(db: Database) -> None:
    checker = MenuChecker(SCHEDULES, QUEUES)
    rules = Rules({}, customers.load(CONFIG), hours.load(CONFIG), ZoneInfo("Asia/Shanghai"))
    office = MenuOffice(db, checker, lambda: {"small"}, lambda: rules, NoSounds(), system_clock)
    for text in (GOOD.replace("to: general", "to: cards"), GOOD):
        await office.publish("small", text, "admin", "new")
    checker.use(SCHEDULES, {"general": QUEUES["general"]})
    with pytest.raises(ConfigError, match="there is no queue 'cards'"):
        await office.back("small", "admin", "typo")
    assert len(await office.history("small")) == 2
    checker.use(SCHEDULES, QUEUES)
    assert (await office.back("small", "admin", "typo")).restores == 1


async def test_who_has_not_seen_the_live_version_undoes_nothing(db: Database, app: FastAPI) -> None:
    drafts = [GOOD, GOOD.replace("新闻", "号外"), GOOD.replace("新闻", "快讯")]
    async with await visitor(db, app, "admin") as designer:

        async def post(place: str, **wish: Any) -> dict[str, Any]:
            said = wish | {"reason": "better"}
            return dict((await designer.post(f"/api/menus/small/{place}", json=said)).json())

        for seen, text in enumerate(drafts):
            assert (await post("publish", text=text, seen=seen))["number"] == seen + 1
        late = GOOD.replace("新闻", "旧闻")
        assert (await post("publish", text=late, seen=2))["reason"] == "changed_meanwhile"
        assert (await post("trial", text=late, seen=2, share=0.5))["reason"] == "changed_meanwhile"
        assert (await post("back", seen=3))["restores"] == 2
        assert (await post("back", seen=3))["reason"] == "changed_meanwhile", "one button pressed twice is one step"
        assert (await designer.get("/api/menus/small/versions/0")).text == drafts[1]
        assert (await post("publish", text=late, seen=4))["number"] == 5


@pytest.mark.parametrize(
    ("place", "wish"),
    [
        ("publish", {"text": GOOD}),
        ("back", {}),
        ("trial", {"text": GOOD, "share": 0.5}),
        ("trial/end", {"take": False}),
    ],
)
async def test_nobody_changes_what_callers_hear_without_saying_why(
    db: Database, app: FastAPI, place: str, wish: dict[str, Any]
) -> None:
    async with await visitor(db, app, "admin") as designer:
        for reason in ({}, {"reason": " "}):
            told = await designer.post(f"/api/menus/small/{place}", json=wish | reason)
            assert (told.status_code, told.json()["reason"]) == (409, "reason_missing")
        assert (await designer.get("/api/menus/small/versions")).json() == []


async def test_figures_are_those_of_the_live_version_though_a_challenger_had_calls_and_was_dropped(
    db: Database, app: FastAPI
) -> None:
    now = system_clock()
    async with await visitor(db, app, "admin") as designer:

        async def post(place: str, **wish: Any) -> None:
            wish |= {"reason": "x"}
            assert (await designer.post(f"/api/menus/small/{place}", json=wish)).status_code == 200

        await post("publish", text=GOOD)
        await post("trial", text=GOOD.replace("新闻", "号外"), share=0.5)
        async with db.transaction() as tx:
            for number in (1, 2):
                tx.session.add(Call(id=f"c{number}", leg=f"l{number}", caller="1", dialled="95566", arrived_at=now,
                                    state="ended", menu="small", menu_version=number))  # fmt: skip
        use = "/api/menus/small/use"
        assert (await designer.get(use)).json()["version"] == 1
        await post("trial/end", take=False)
        assert (
            (await designer.get(use)).json()["version"],
            (await designer.get(f"{use}?version=2")).json()["version"],
        ) == (1, 2)
        told = (await designer.get("/api/menus/small/versions")).json()
        assert [(each["number"], each["dropped"]) for each in told] == [(2, True), (1, False)]


async def test_agents_may_not_touch_menus(db: Database, app: FastAPI) -> None:
    async with await visitor(db, app, "li.na") as agent:
        assert (await agent.get("/api/menus")).status_code == 403
        assert (await agent.post("/api/menus/small/publish", json={"text": GOOD})).status_code == 403


async def test_draft_is_checked_with_lines_and_tried_before_it_is_published(db: Database, app: FastAPI) -> None:
    async with await visitor(db, app, "sun.li") as supervisor:
        checked = (await supervisor.post("/api/menus/small/check", json={"text": SMALL})).json()
        lines = {each["rule"]: each["line"] for each in checked["findings"]}
        assert (checked["passed"], lines["unspoken-option"]) == (
            False,
            SMALL.splitlines().index('      "1": {go: news}') + 1,
        )
        broken = (await supervisor.post("/api/menus/small/check", json={"text": "languages: [zh"})).json()
        assert (broken["passed"], broken["faults"][0]["line"] > 0) == (False, True)
        wish = {"text": GOOD, "keys": "1 1", "caller": "13800000001", "at": "2026-03-02T10:00"}
        walked = (await supervisor.post("/api/menus/small/walk", json=wish)).json()
        assert [line["text"] for line in walked["lines"] if line["kind"] == "step"] == [
            "main", "more (after 1)", "news (after 1)", "bye",
        ]  # fmt: skip
        for wrong in ({"keys": "x"}, {"at": "soon"}, {"text": "a"}):
            assert (await supervisor.post("/api/menus/small/walk", json=wish | wrong)).status_code == 400
    async with db.reading() as session:
        deeds = (await session.scalars(select(AuditEntry.about).where(AuditEntry.what == "menu_walked"))).all()
    assert deeds[0] == "customer:13800000001"


ASKS = (
    GOOD.replace("start: main", "start: ask")
    + """
  ask: {kind: collect, prompt: {zh: 号码, en: number}, into: who, least: 11, most: 11, next: find}
  find: {kind: lookup, source: customers, by: who, found: told, not_found: person}
  told: {kind: say, parts: [{value: who, as: digits}], next: bye}
"""
)
NAMES = ASKS.replace("start: ask", "start: named") + '  named: {kind: set, values: {who: "13800000002"}, next: find}\n'


@pytest.mark.parametrize(
    ("refused", "step", "reason"), [({"general": "full"}, "news", "full"), (["general"], "bye", "closed")]
)
async def test_program_walks_past_a_queue_that_takes_nobody_as_the_command_line_does(
    db: Database, app: FastAPI, tmp_path: Path, refused: Any, step: str, reason: str
) -> None:
    folder = tmp_path / "config"
    shutil.copytree(CONFIG, folder)
    (folder / "menus" / "small.yaml").write_text(REASONS, encoding="utf-8")
    words = ["walk", "small", "--keys", "0h", "--refused", json.dumps(refused), "--at", "2026-03-02T10:00", "--json"]
    typed = CliRunner().invoke(command_line, [*words, "--config", str(folder)])
    wish = {"text": REASONS, "keys": "0h", "at": "2026-03-02T10:00", "refused": refused}
    async with await visitor(db, app, "sun.li") as supervisor:
        walked = (await supervisor.post("/api/menus/small/walk", json=wish)).json()
        lines = [line["text"] for line in walked["lines"]]
        assert f"general refused ({reason})" in lines
        assert any(each.startswith(step) for each in lines)
        assert walked["lines"] == json.loads(typed.stdout)["lines"]
        for wrong in ({"general": "tired"}, "general"):
            assert (await supervisor.post("/api/menus/small/walk", json=wish | {"refused": wrong})).status_code == 422
        unmet = await supervisor.post("/api/menus/small/walk", json=wish | {"refused": ["cards"]})
        assert (unmet.status_code, "cards" in unmet.json()["detail"]) == (400, True)


@pytest.mark.parametrize(
    ("wish", "noted"),
    [
        ({"text": ASKS, "keys": "13800000002"}, ["customer:13800000002"]),
        ({"text": NAMES}, ["customer:13800000002"]),
        ({"text": ASKS, "keys": "13800000002", "caller": "+86 138-0000-0001"},
         ["customer:13800000001", "customer:13800000002"]),
        ({"text": ASKS, "keys": "13800000002", "caller": "13800000002"}, ["customer:13800000002"]),
        ({"text": ASKS, "keys": "13999999999"}, []),
        ({"text": ASKS, "keys": "13800000002", "answers": {"find": "failed"}}, []),
    ],
)  # fmt: skip
async def test_customer_of_whom_a_walk_tells_is_in_the_audit_trail_however_he_was_named(
    db: Database, app: FastAPI, wish: dict[str, Any], noted: list[str]
) -> None:
    async with await visitor(db, app, "sun.li") as supervisor:
        walked = await supervisor.post("/api/menus/small/walk", json=wish | {"at": "2026-03-02T10:00"})
    assert "looks up" in {line["kind"] for line in walked.json()["lines"]}
    async with db.reading() as session:
        deeds = (await session.scalars(select(AuditEntry.about).where(AuditEntry.what == "menu_walked"))).all()
    assert sorted(deeds) == noted


async def test_trial_runs_by_the_api_and_blocks_other_changes(db: Database, app: FastAPI) -> None:
    other = {"text": GOOD.replace("新闻", "号外"), "share": 0.25, "reason": "shorter"}
    async with await visitor(db, app, "admin") as designer:
        assert (await designer.post("/api/menus/small/trial", json=other)).json()["reason"] == "never_published"
        published = await designer.post("/api/menus/small/publish", json={"text": GOOD, "reason": "first"})
        assert "no voice" in published.json()["prompt_faults"][0]
        assert (await designer.get("/api/menus/small/trial")).status_code == 404
        assert (await designer.post("/api/menus/small/trial", json=other)).json()["challenger"] == 2
        for place in ("publish", "back", "trial"):
            assert (await designer.post(f"/api/menus/small/{place}", json=other)).json()["reason"] == "trial_runs"
        told = (await designer.get("/api/menus/small/trial")).json()
        assert {each["verdict"] for each in told["rates"] + told["times"]} == {"too_few"}
        assert "+" in (await designer.get("/api/menus/small/difference?before=1&after=2")).text
        for take in (True, False):
            how = {"take": take, "seen": 1, "reason": "x"}
            late = await designer.post("/api/menus/small/trial/end", json=how)
            assert (late.status_code, late.json()["reason"]) == (409, "changed_meanwhile")
        how = {"take": False, "seen": 2, "reason": "worse"}
        ended = (await designer.post("/api/menus/small/trial/end", json=how)).json()
        assert (ended["result"], ended["ended_by"]) == ("dropped", "admin")
        use = (await designer.get("/api/menus/small/use?day=2026-03-02")).json()
        assert (use["version"], use["calls"], use["edges"], use["day"]) == (1, 0, [], "2026-03-02")
        assert (await designer.get("/api/menus/small/use?day=soon")).status_code == 400
        assert (await designer.get("/api/menus/small/reordered")).status_code == 404
