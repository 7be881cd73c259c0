"""Who ended the legs that ended while no engine looked: the dial plan's own notes, read and torn off."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from pbx import encode
from pbx.ami import AmiLink
from pbx.framing import Headers
from pbx.switch import LinkLost, SwitchError


async def departed(link: AmiLink) -> Mapping[str, str] | None:
    """Leg to who ended it; None on a switch that has never had a heartbeat. Raises LinkLost, SwitchError."""
    if not (await link.ask(encode.last_heartbeat())).get("value"):
        return None
    try:
        found = noted(await link.ask_list(encode.departed()))
    except LinkLost:
        raise
    except SwitchError:
        return {}  # Asterisk calls an empty list an error
    with suppress(SwitchError):
        await link.ask(encode.forget_departed())
    return found


def noted(listed: Iterable[Headers]) -> dict[str, str]:
    """The items of a DBGetTree list: keys `/family/leg`."""
    return {each["key"].rpartition("/")[2]: each.get("val", "") for each in listed if "key" in each}
