"""An administrator changes the queues on their page and takes it back, while callers wait on a fake switch."""

import asyncio
import shutil
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx

from accounts import service
from accounts.access import Role
from accounts.people import PersonEntry
from accounts.settings import SettingsOffice
from agentdesk.desk import make_desk
from agentdesk.forms import page as forms
from agentdesk.forms import settings as settings_pages
from agentdesk.web import create_app
from app import configuration, publishing
from app.effects import weigher
from app.settings import SETTINGS, demand
from app.taking import Taker, Taking, waiting_callers
from core.settings import ROOT
from tests.acd.centre import Centre, centre
from tests.agentdesk.test_quality import OURS
from tests.virtual_time import now, virtual_time

BOSS = PersonEntry(login="boss", name="管理员", role=Role.ADMIN)


async def page_of(running: Centre, config: configuration.Configuration) -> httpx.AsyncClient:
    """The administrator at the settings' pages of an engine that goes by what he publishes."""
    db, zone = running.db, ZoneInfo("Asia/Shanghai")
    await publishing.publish_files(db, config.directory, now)
    waiting = waiting_callers(db, running.dispatcher, config.queues, now)
    Taking(config, db, [Taker(frozenset({"queues"}), waiting)]).listen(db.bus)
    office = SettingsOffice(db, SETTINGS, demand(config.directory, db), weigher(db, zone, now), now)
    desk = make_desk(config.site, config.queues, db.bus)
    async with db.transaction() as tx:
        await service.seed_people(tx, [BOSS])
        token = await service.issue_token(tx, "boss", now())
    app = create_app(db, desk, [settings_pages.router(desk, office), forms.router(desk, office)])
    app.state.clock = now
    by = {"authorization": f"Bearer {token}", "accept-language": "zh", **OURS}
    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://desk", headers=by)


@virtual_time
async def test_queues_changed_on_their_page_count_for_who_waits_and_so_does_the_step_back(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    file = tmp_path / "config" / "queues.yaml"
    mild = file.read_text(encoding="utf-8")
    file.write_text(mild.replace("skills: {loans: 1}", "skills: {loans: 9}"), encoding="utf-8")
    config = configuration.load(tmp_path / "config")
    async with centre(tmp_path, "8001", rules=config.queues) as running, await page_of(running, config) as page:
        await running.sign_in("8001")
        first, leg = await running.caller("loans")
        await asyncio.sleep(5)
        assert await running.offers(first) == []
        checked = await page.post("/settings/queues/check", data={"text": mild})
        assert "1 位排队来电" in checked.text
        done = await page.post("/settings/queues/publish", data={"text": mild, "reason": "太严", "seen": "1"})
        assert done.status_code == 204
        await running.bus.drain()
        await asyncio.sleep(5)
        assert await running.offers(first) == [("8001", "accepted")]
        assert (await page.post("/settings/queues/back", data={"reason": "照旧"})).status_code == 303
        await running.bus.drain()
        second, _ = await running.caller("loans")
        running.pbx.hang_up(leg)
        await asyncio.sleep(30)
        assert await running.offers(second) == []


@virtual_time
async def test_a_queue_added_in_a_form_serves_its_callers_at_once_and_is_kept_while_they_wait(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    text = (tmp_path / "config" / "queues.yaml").read_text(encoding="utf-8")
    config = configuration.load(tmp_path / "config")
    async with centre(tmp_path, "8001", rules=config.queues) as running, await page_of(running, config) as page:
        await running.sign_in("8001")
        new = {"form": "1", "text": text, "at": "/queues/-", "seen": "1", "do": "publish", "reason": "新业务",
               "#key": "mortgages", "/queues/-/name/zh": "房贷", "/queues/-/ring_seconds": "20"}  # fmt: skip
        assert (await page.post("/settings/queues/form", data=new)).status_code == 303
        await running.bus.drain()
        call, _ = await running.caller("mortgages")
        await asyncio.sleep(5)
        assert await running.offers(call) == [("8001", "accepted")]
        await running.caller("mortgages")
        back = await page.post("/settings/queues/back", data={"reason": "撤回"})
        assert (back.status_code, "mortgages" in back.text) == (400, True)
