"""Rings that a telephone has not answered for good: whoever reloads its page hears them again. Pure."""

import re

_CALL = re.compile(r"^(?:Call-ID|i)\s*:\s*(\S+)", re.I | re.M)
_WITHIN = re.compile(r"^(?:To|t)\s*:.*;\s*tag=", re.I | re.M)
_REFUSED_OR_TAKEN = re.compile(r"SIP/2\.0 [2-6][0-9][0-9] .*?^CSeq\s*:\s*[0-9]+ INVITE\s*$", re.I | re.M | re.S)


class Unanswered:
    """`rings` are the INVITEs as the switch sent them; a telephone that gets one twice knows it by its branch."""

    def __init__(self) -> None:
        self._rings: dict[str, str] = {}

    @property
    def rings(self) -> list[str]:
        return list(self._rings.values())

    def asked(self, message: str) -> None:
        """What the switch says."""
        head = message.partition("\r\n\r\n")[0]
        if head.startswith("INVITE ") and not _WITHIN.search(head):
            self._rings[_call(head)] = message
        elif head.startswith("CANCEL "):
            self._rings.pop(_call(head), None)

    def answered(self, message: str) -> None:
        """What the telephone says."""
        head = message.partition("\r\n\r\n")[0]
        if _REFUSED_OR_TAKEN.match(head):
            self._rings.pop(_call(head), None)


def _call(head: str) -> str:
    found = _CALL.search(head)
    return found[1] if found else ""
