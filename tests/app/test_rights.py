"""Every route of the complete application names who may use it."""

from pathlib import Path

from agentdesk.roles import rights_of
from app import configuration, parts
from app.parts import Ground
from app.web import compose
from core.bus import Bus
from core.clock import system_clock
from core.database import Database
from core.leasing import Holding
from core.settings import ROOT, Settings
from ivr.prompts import PromptStore
from pbx.provision import AsteriskProgram
from pbx.server import AsteriskInfo, AsteriskServer
from recordings.vault import open_vault
from tests.asterisk import wanted

OPEN = {"/api/health", "/metrics", "/login", "/logout", "/language", "/assets/{name}"}
"""Nobody needs to sign in to see whether the machine is well, to sign in, or to leave."""


def ground(folder: Path) -> Ground:
    """A centre that was never started: its Asterisk is a name only."""
    program = AsteriskProgram((), (), "22", folder, (), folder, folder, folder, bundled=False)
    info = AsteriskInfo("127.0.0.1", 1, "", "", "127.0.0.1", 2, 3, 4, 5, folder, folder, "22", 1, adopted=False)
    settings = Settings(data_dir=folder)
    db = Database(f"sqlite+aiosqlite:///{folder}/test.db", Bus())
    return Ground(
        settings,
        configuration.load(ROOT / "config"),
        db,
        Holding(db),
        AsteriskServer(program, folder, wanted()),
        info,
        PromptStore(folder, folder),
        open_vault(settings),
        system_clock,
    )


async def test_every_route_names_its_roles_and_only_few_are_open(tmp_path: Path) -> None:
    standing = ground(tmp_path)
    rights = rights_of(compose(standing, parts.build(standing)))
    await standing.db.close()
    assert [each for each in rights if each.roles is None] == []
    assert {each.path for each in rights if not each.roles} == OPEN
    assert len(rights) > 60
