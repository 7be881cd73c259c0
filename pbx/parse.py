"""AMI headers read as typed events. Pure; junk gives None, never an error."""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from urllib.parse import unquote

from pbx.events import (
    BridgeRefused,
    CallArrived,
    CallerFellBack,
    CallerHeld,
    CallerReleased,
    CallerWaiting,
    HoldChanged,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegJoined,
    LegLeft,
    LegRinging,
    LegSnapshot,
    PbxEvent,
    PhoneCode,
)
from pbx.framing import Headers

UP = "6"
NORMAL_CLEARING = 16
UNSET = "(null)"
"""What Status gives for a variable that a channel does not have."""
PLACES = {"CALLERCH": "centre-agent", "SPYLEG": "centre-spy"}
"""Variables of the legs we asked for, and the contexts they run in once answered."""
RINGING_PLACES = {"AGENTCH": "centre-reached"}
"""The same of customers' legs, who go from place to place as every caller does once they have answered."""
SERVED = "SHARED(SERVED)"
"""What an agent's channel leaves on a caller's just before the two are joined: its name, the time, and its leg."""
LEFT_SINCE = "UNTIL"
"""What the dial plan writes on a caller whom his agent has left."""

WITHHELD = frozenset({"<unknown>", "unknown", "anonymous", "restricted", "unavailable", "private"})
"""What stands for the number of a caller who hides it: two such callers are not the same customer."""

LONGEST_NUMBER = 40
"""Of what a caller is called by, and of what an agent dials: no table has room for more in all its places."""
LONGEST_DIALLED = 32

_BORN = re.compile(r"(?:^|-)([0-9]{10})\.([0-9]{1,15})$")
"""How Asterisk ends a Uniqueid of its own: the second in which the channel began, and a running number."""


def event(headers: Headers, now: float) -> PbxEvent | None:
    """The event these headers tell, or None. `at` is Asterisk's own time stamp, or `now` if it gives none."""
    reader = _READERS.get(headers.get("event", "").lower())
    leg = headers.get("uniqueid", "")
    if reader is None or not leg:
        return None
    return reader(headers, leg, number(headers.get("timestamp", ""), now))


def snapshots(listed: Iterable[Headers], now: float) -> tuple[LegSnapshot, ...]:
    """The items of a `Status` list. Who is alone in a bridge waits there, with nobody."""
    legs = [snapshot(each, now) for each in listed if each.get("event") == "Status"]
    inside = Counter(leg.bridge for leg in legs)
    return tuple(leg if inside[leg.bridge] > 1 else replace(leg, bridge="") for leg in legs)


def snapshot(headers: Headers, now: float) -> LegSnapshot:
    """One item of a `Status` list. A leg with CALLERCH is an agent's, with SPYLEG a supervisor's, wherever Asterisk
    thinks it is."""
    variables = pairs(headers.get("variable", ""))
    answered = headers.get("channelstate") == UP
    places = PLACES if answered else PLACES | RINGING_PLACES
    own = (place for name, place in places.items() if variables.get(name, UNSET) not in ("", UNSET))
    return LegSnapshot(
        leg=headers.get("uniqueid", ""),
        channel=headers.get("channel", ""),
        place=next(own, headers.get("context", "")),
        caller=shown(headers.get("calleridnum", "")),
        dialled=plain(headers.get("dnid", ""), LONGEST_DIALLED),
        answered=answered,
        bridge=headers.get("bridgeid", ""),
        started_at=_began(headers, now),
        served_since=served(variables.get(SERVED, ""))[1],
        left_since=number(variables.get(LEFT_SINCE, ""), 0.0),
    )


def served(said: str) -> tuple[str, float, str]:
    """Of SERVED: the channel, since when, 0 for nobody, and the leg."""
    channel, since, leg = [*said.split(" "), *[""] * 3][:3]
    return channel, number(since, 0.0), leg


def _began(headers: Headers, now: float) -> float:
    return born(headers.get("uniqueid", "")) or now - number(headers.get("seconds", ""), 0.0)


def born(leg: str) -> float:
    """When a leg that Asterisk named itself began, to the second; 0 for others.

    Of two legs that began in the same second the first has the smaller fraction.
    """
    found = _BORN.search(leg)
    return int(found[1]) + int(found[2]) % 1_000_000 / 1_000_000 if found else 0.0


def device(channel: str) -> str:
    """`PJSIP/phone-8001-0000000a` → `phone-8001`."""
    return channel.partition("/")[2].rpartition("-")[0]


def shown(caller: str) -> str:
    """A caller's number, '' for one who hides it."""
    number = plain(caller, LONGEST_NUMBER)
    return "" if number.lower() in WITHHELD else number


def plain(text: str, longest: int) -> str:
    """What a stranger wrote, on one line and no longer than we can keep."""
    return "".join(filter(str.isprintable, text)).strip()[:longest]


def pairs(text: str) -> dict[str, str]:
    """`a=1` per line, as repeated `Variable` headers come."""
    split = (line.partition("=") for line in text.split("\n"))
    return {name: value for name, equals, value in split if equals}


def number(text: str, otherwise: float) -> float:
    try:
        value = float(text)
    except ValueError:
        return otherwise
    return value if abs(value) < 1e12 else otherwise  # also refuses nan and inf


def cause(headers: Headers) -> int:
    """The Q.850 cause of a Hangup. Asterisk says 0 for a caller who simply hung up: that is 16, normal clearing."""
    return int(number(headers.get("cause", ""), 0)) or NORMAL_CLEARING


def agi_environment(text: str) -> dict[str, str]:
    """The `Env` header of AsyncAGIStart: URL-encoded lines `agi_dnid: 95000`.

    Of a name that comes twice the first counts: below stands what strangers may have broken lines in.
    """
    split = (line.partition(": ") for line in reversed(unquote(text).split("\n")))
    return {name: value for name, colon, value in split if colon}


def _arrived(headers: Headers, leg: str, at: float) -> PbxEvent | None:
    environment = agi_environment(headers.get("env", ""))
    dialled = environment.get("agi_dnid", "")
    if dialled in ("", "unknown"):
        dialled = headers.get("exten", "")
    return CallArrived(at, leg, shown(headers.get("calleridnum", "")), plain(dialled, LONGEST_DIALLED))


def _key(headers: Headers, leg: str, at: float) -> PbxEvent | None:
    key = headers.get("digit", "")
    return KeyPressed(at, leg, key) if headers.get("direction") == "Received" and len(key) == 1 else None


def _state(headers: Headers, leg: str, at: float) -> PbxEvent | None:
    match headers.get("channelstate"):
        case "5":
            return LegRinging(at, leg)
        case "6":
            return LegAnswered(at, leg)
        case _:
            return None


def _joined(headers: Headers, leg: str, at: float) -> PbxEvent | None:
    return LegJoined(at, leg, headers.get("bridgeuniqueid", ""))


def _left(headers: Headers, leg: str, at: float) -> PbxEvent | None:
    return LegLeft(at, leg, headers.get("bridgeuniqueid", ""))


def _ended(headers: Headers, leg: str, at: float) -> PbxEvent | None:
    return LegEnded(at, leg, cause(headers))


def _held(headers: Headers, leg: str, at: float) -> PbxEvent | None:
    return HoldChanged(at, leg, headers["event"].lower() == "hold")


def _dialplan(headers: Headers, leg: str, at: float) -> PbxEvent | None:
    """What our own contexts say by UserEvent."""
    match headers.get("userevent"):
        case "CentreWaiting":
            return CallerWaiting(at, leg)
        case "CentreHeld":
            return CallerHeld(at, leg)
        case "CentreFallback":
            return CallerFellBack(at, leg)
        case "CentreAfter":
            return CallerReleased(at, leg)
        case "CentrePhoneCode" if len(code := headers.get("code", "")) == 1:
            return PhoneCode(at, leg, headers.get("device", ""), code)
        case "CentreBridgeEnd" if (result := headers.get("result", "")) != "SUCCESS":
            return BridgeRefused(at, leg, result)
        case _:
            return None


_READERS: dict[str, Callable[[Headers, str, float], PbxEvent | None]] = {
    "asyncagistart": _arrived,
    "dtmfend": _key,
    "newstate": _state,
    "bridgeenter": _joined,
    "bridgeleave": _left,
    "hangup": _ended,
    "hold": _held,
    "unhold": _held,
    "userevent": _dialplan,
}
