"""AMI bytes cut into messages before anything is decoded: a character split across two reads stays whole."""

END = b"\r\n\r\n"
LINE = "\r\n"
LONGEST_MESSAGE = 1 << 20

Headers = dict[str, str]
"""One AMI message: lower-case names; values of a repeated name joined by line feeds."""


class Framer:
    """Feed it what the socket gives; it returns the messages that are complete."""

    def __init__(self) -> None:
        self._rest = b""
        self.version = ""

    def feed(self, data: bytes) -> list[Headers]:
        """Raises ValueError when what comes cannot be AMI."""
        data = self._rest + data if self._rest else data
        if not self.version:
            banner, found, data = data.partition(b"\r\n")
            if not found:
                self._rest = banner
                return []
            self.version = banner.decode("utf-8", "replace").rpartition("/")[2] or "?"
        *whole, self._rest = data.split(END)
        if len(self._rest) > LONGEST_MESSAGE:
            raise ValueError(f"more than {LONGEST_MESSAGE} bytes without the end of a message")
        return [headers(frame.decode("utf-8", "replace")) for frame in whole]


def headers(text: str) -> Headers:
    """The headers of one message; lines without a colon are skipped."""
    found: Headers = {}
    for line in text.split(LINE):
        name, colon, value = line.partition(":")
        if not colon:
            continue
        name = name.lower()
        value = value[1:] if value[:1] == " " else value
        found[name] = f"{found[name]}\n{value}" if name in found else value
    return found
