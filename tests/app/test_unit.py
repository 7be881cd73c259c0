"""The systemd unit: what it starts is there, and what systemd does by itself does not end a hotline."""

import re

import pytest

from core.settings import PREFIX, ROOT, Settings

UNIT = (ROOT / "config/hotline.service").read_text(encoding="utf-8")


def test_the_unit_gives_settings_there_are() -> None:
    given = set(re.findall(rf"({PREFIX}[A-Z_]+)=", UNIT))
    assert given
    assert given <= {PREFIX + name.upper() for name in Settings.model_fields}


@pytest.mark.parametrize(
    "line",
    [
        "User=hotline",  # Asterisk and engine need no rights
        "KillMode=process",  # conversations outlive a killed engine
        "StartLimitIntervalSec=0",  # a database that is long away is waited for
        "OOMPolicy=continue",  # a speech worker without memory ends no conversation
        "NoNewPrivileges=yes",
        "LimitRTPRIO=10",  # Asterisk may go first
    ],
)
def test_the_unit_keeps_what_the_hotline_lives_by(line: str) -> None:
    assert line in UNIT.splitlines()
