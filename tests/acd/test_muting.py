"""Whether an agent is muted, from the history of his talk."""

from typing import Any

import pytest

from acd.muting import Muting, muting_of

Did = tuple[str, dict[str, Any]]
CONNECTED: Did = ("connected", {})
ON, OFF = (("muted", {"muted": on, "by": "li.na", "phone": True}) for on in (True, False))
"""By his own telephone."""
SWITCH_ON, SWITCH_OFF = (("muted", {"muted": on, "by": "sun.li"}) for on in (True, False))


@pytest.mark.parametrize(
    ("did", "found"),
    [
        ([CONNECTED], Muting()),
        ([CONNECTED, ON], Muting(on=True)),
        ([CONNECTED, ON, OFF], Muting()),
        ([CONNECTED, SWITCH_ON], Muting(on=True, in_switch=True, line=2)),
        ([CONNECTED, SWITCH_ON, ON], Muting(on=True, in_switch=True, line=2)),
        ([CONNECTED, SWITCH_ON, OFF], Muting(line=2)),
        ([CONNECTED, SWITCH_ON, OFF, ON], Muting(on=True, line=2)),
        ([CONNECTED, ON, SWITCH_OFF], Muting(line=3)),
        ([CONNECTED, SWITCH_ON, CONNECTED], Muting()),
    ],
)
def test_there_is_one_mute_which_his_telephone_and_the_switch_share(did: list[Did], found: Muting) -> None:
    assert muting_of((line, kind, data) for line, (kind, data) in enumerate(did, 1)) == found
