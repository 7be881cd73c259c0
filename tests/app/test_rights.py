"""Every route of the complete application names who may use it."""

from pathlib import Path

from acd.dispatcher import Dispatcher
from acd.live import LiveCalls
from acd.roster import PeopleRoster
from acd.routing import Balanced
from agentdesk.desk import make_desk
from agentdesk.roles import rights_of
from app import configuration
from app.web import compose
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.settings import ROOT, Settings
from pbx.server import AsteriskInfo
from recordings.vault import open_vault
from tests.fakes import FakePbx

OPEN = {"/api/health", "/metrics", "/login", "/logout", "/language", "/assets/{name}"}
"""Nobody needs to sign in to see whether the machine is well, to sign in, or to leave."""


async def test_every_route_names_its_roles_and_only_few_are_open(tmp_path: Path) -> None:
    bus = Bus()
    db = Database(f"sqlite+aiosqlite:///{tmp_path}/test.db", bus)
    config = configuration.load(ROOT / "config")
    switch = FakePbx(bus)
    info = AsteriskInfo("127.0.0.1", 1, "", "", "127.0.0.1", 2, 3, 4, 5, tmp_path, tmp_path, "22", 1, adopted=False)
    dispatcher = Dispatcher(db, bus, switch, LiveCalls(), config.queues, Balanced(), PeopleRoster(db), system_clock)
    desk = make_desk(config.site, config.queues, bus)
    vault = open_vault(Settings(data_dir=tmp_path))
    rights = rights_of(compose(config, db, desk, info, dispatcher, vault, system_clock))
    await db.close()
    assert [each for each in rights if each.roles is None] == []
    assert {each.path for each in rights if not each.roles} == OPEN
    assert len(rights) > 25
