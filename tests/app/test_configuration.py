"""The configuration as a whole: a spoilt menu file gives way to what was published."""

import shutil
from pathlib import Path

import pytest

from app import configuration
from core.bus import Bus
from core.database import Database
from core.errors import ConfigError
from core.settings import ROOT
from ivr.published import contest, publishing
from ivr.published.live import last_published

SHIPPED = (ROOT / "config" / "menus" / "main.yaml").read_text(encoding="utf-8")


async def test_spoilt_menu_file_gives_way_to_the_version_that_was_live(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "config", tmp_path / "config")
    spoilt = tmp_path / "config" / "menus" / "main.yaml"
    spoilt.write_text(SHIPPED + "\n  half a line", encoding="utf-8")
    address = f"sqlite+aiosqlite:///{tmp_path}/hotline.db"
    assert await last_published(address) == {}
    with pytest.raises(ConfigError):
        configuration.load(tmp_path / "config", await last_published(address))
    db = Database(address, Bus())
    await db.create_all()
    async with db.transaction() as tx:
        await publishing.publish(tx, "main", SHIPPED, "chen", "", 1.0)
        await contest.start(tx, "main", SHIPPED + "# other\n", 0.5, "chen", "", 2.0)
    await db.close()
    found = configuration.load(tmp_path / "config", await last_published(address))
    menu = found.menus[found.site.hotline]
    assert (menu.name, menu.path) == ("main", spoilt)
    assert menu.flow == configuration.load(ROOT / "config").menus[found.site.hotline].flow
