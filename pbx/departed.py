"""Legs that ended while no engine looked: the dial plan's own notes, read, and torn off some time later."""

from collections.abc import Iterable

from pbx import encode, parse
from pbx.ami import AmiLink
from pbx.events import Departure, Unseen
from pbx.framing import Headers
from pbx.switch import LinkLost, SwitchError


async def unseen(link: AmiLink) -> Unseen:
    """Raises LinkLost, SwitchError."""
    since = parse.number((await link.ask(encode.last_heartbeat())).get("value", ""), 0.0)
    if not since:
        return Unseen()
    try:
        return Unseen(noted(await link.ask_list(encode.departed())), since)
    except LinkLost:
        raise
    except SwitchError:
        return Unseen({}, since)  # Asterisk calls an empty list an error


async def forget(link: AmiLink) -> None:
    """An engine that has heard everything for a while needs none of them. Raises LinkLost."""
    try:
        await link.ask(encode.forget_departed())
    except LinkLost:
        raise
    except SwitchError:
        return  # there was none


def noted(listed: Iterable[Headers]) -> dict[str, Departure]:
    """The items of a DBGetTree list: keys `/family/leg`."""
    legs = ((each["key"].rpartition("/")[2], each.get("val", "")) for each in listed if "key" in each)
    return {leg: read(leg, note) for leg, note in legs}


def read(leg: str, note: str) -> Departure:
    """`by|at|until|CHANNEL since leg|place|dialled|caller`, as [centre-gone] writes it; the times are epoch seconds."""
    by, at, until, by_whom, place, dialled, caller = [*note.split("|", 6), *[""] * 7][:7]
    channel, began, agent_leg = parse.served(by_whom)
    ended = parse.number(at, 0.0)
    left = parse.number(until, 0.0)
    return Departure(
        by=by,
        at=ended,
        began=parse.born(leg) or ended,
        caller=parse.shown(caller),
        dialled=dialled,
        queued=place == "queue",
        device=parse.device(channel) if began else "",
        since=began,
        until=left if left and left >= began else ended,  # an agent who had left before him was another
        agent_leg=agent_leg,
    )
