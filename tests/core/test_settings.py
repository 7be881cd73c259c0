"""Settings of the environment: what is misspelt or cannot be is told at once, with the way out."""

import pytest

from core.errors import BadInput
from core.settings import Settings, strangers


def test_a_name_that_is_no_setting_is_told_with_the_one_that_is_meant() -> None:
    known = ("HOTLINE_WEB_PORT", "hotline_key_file", "HOTLINE_STATE", "HOME")
    assert strangers(known) == []
    assert strangers(("HOTLINE_WEBPORT", "HOTLINE_KEYFILE", "HOTLINE_QQQ", *known)) == [
        "HOTLINE_KEYFILE is no setting and counts for nothing: write HOTLINE_KEY_FILE, if that is meant",
        "HOTLINE_QQQ is no setting and counts for nothing: the README names the settings",
        "HOTLINE_WEBPORT is no setting and counts for nothing: write HOTLINE_WEB_PORT, if that is meant",
    ]


@pytest.mark.parametrize("value", ["[{", '{"urls": "stun:x"}', '[{"credential": "secret"}]'])
def test_servers_that_cannot_be_read_are_refused_before_anything_starts_and_not_shown(value: str) -> None:
    with pytest.raises(BadInput) as fault:
        Settings(ice_servers=value)
    assert str(fault.value).startswith("HOTLINE_ICE_SERVERS cannot be read: write a JSON list")
    assert "secret" not in str(fault.value)


def test_servers_that_can_be_read_are_taken() -> None:
    assert Settings(ice_servers='[{"urls": "stun:x"}]').ice_servers
