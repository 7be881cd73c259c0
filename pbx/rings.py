"""The rings we asked for and how each ended: exactly one RingFailed for one that never came up. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from pbx.encode import RING_ID
from pbx.events import RingFailed
from pbx.framing import Headers
from pbx.parse import UP, cause, number

NO_ANSWER, NOT_REGISTERED = 19, 20
JUST_NOW = 1.0  # seconds after Ring in which "no such channel" may mean "not yet"


@dataclass(slots=True)
class _Ring:
    asked_at: float
    lasts: float
    exists: bool = False


class Rings:
    """Feed it every AMI event; it answers with what else is to be told, before the event itself."""

    def __init__(self) -> None:
        self._open: dict[str, _Ring] = {}

    def asked(self, leg: str, seconds: float, now: float) -> None:
        self._open[leg] = _Ring(now, seconds)

    def forget(self, leg: str) -> None:
        self._open.pop(leg, None)

    def maybe_not_yet(self, leg: str, now: float) -> bool:
        """Whether `leg` was asked for so lately that its channel may still be on its way."""
        ring = self._open.get(leg)
        return ring is not None and not ring.exists and now - ring.asked_at < JUST_NOW

    def on_the_way(self, now: float) -> bool:
        """Whether some leg that was asked for may still come to be."""
        return any(self.maybe_not_yet(leg, now) for leg in self._open)

    def found(self, legs: Iterable[str], now: float) -> None:
        """After a reconnect: these unanswered agents' legs live; the others are no concern any more."""
        self._open = {leg: self._open.get(leg) or _Ring(now, 0.0) for leg in legs}
        for ring in self._open.values():
            ring.exists = True

    def hear(self, headers: Headers, now: float) -> RingFailed | None:
        match headers.get("event"):
            case "Newchannel" if ring := self._open.get(headers.get("uniqueid", "")):
                ring.exists = True
            case "Newstate" if headers.get("channelstate") == UP:
                self.forget(headers.get("uniqueid", ""))
            case "Hangup":
                return self._hung_up(headers, now)
            case "OriginateResponse":
                return self._responded(headers, now)
        return None

    def _hung_up(self, headers: Headers, now: float) -> RingFailed | None:
        leg = headers.get("uniqueid", "")
        ring = self._open.pop(leg, None)
        if ring is None:
            return None
        at = number(headers.get("timestamp", ""), now)
        # When the time is over Asterisk gives up itself and names no reason of the phone's.
        over = ring.lasts and at - ring.asked_at >= ring.lasts
        return RingFailed(at, leg, NO_ANSWER if over else cause(headers))

    def _responded(self, headers: Headers, now: float) -> RingFailed | None:
        leg = headers.get("actionid", "").removeprefix(RING_ID)
        ring = self._open.get(leg)
        if ring is None or headers.get("response") != "Failure" or ring.exists:
            return None
        self.forget(leg)
        return RingFailed(number(headers.get("timestamp", ""), now), leg, NOT_REGISTERED)
