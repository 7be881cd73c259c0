"""The plainest clients of an Asterisk: one that speaks AMI, and an INVITE written by hand."""

import asyncio
import socket
import time
from uuid import uuid4

from tests.asterisk import RunningAsterisk
from tests.worlds import PATIENCE

Message = dict[str, str]
SDP = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 40000 RTP/AVP 8\r\n"


class Manager:
    """The plainest AMI client: sends actions, waits for an event with these fields, whichever came before it."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._passed: list[Message] = []

    def send(self, action: str, **fields: str) -> None:
        lines = [f"Action: {action}", *(f"{name}: {value}" for name, value in fields.items()), "", ""]
        self._writer.write("\r\n".join(lines).encode())

    async def hear(self, **fields: str) -> Message:
        for heard in self._passed:
            if heard.items() >= fields.items():
                self._passed.remove(heard)
                return heard
        async with asyncio.timeout(PATIENCE):
            while True:
                block = (await self._reader.readuntil(b"\r\n\r\n")).decode()
                heard = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
                if heard.items() >= fields.items():
                    return heard
                self._passed.append(heard)

    def close(self) -> None:
        self._writer.close()


async def heartbeat(manager: Manager, seconds_ago: float = 0) -> None:
    manager.send("Setvar", ActionID="beat", Variable="HEARTBEAT", Value=str(int(time.time() - seconds_ago)))
    await manager.hear(ActionID="beat", Response="Success")


def invitation(
    asterisk: RunningAsterisk, number: str, user: str, *, via: str, contact: str, shown: str = "",
    more: tuple[str, ...] = (),
) -> str:  # fmt: skip
    """An INVITE; `shown` is the display name in From, `more` are further header lines."""
    call, target = uuid4().hex, f"127.0.0.1:{asterisk.info.sip_port}"
    lines = (
        f"INVITE sip:{number}@{target} SIP/2.0", f"Via: {via};branch=z9hG4bK{call}",
        f"From: {shown}<sip:{user}@127.0.0.1>;tag={call}", f"To: <sip:{number}@{target}>", f"Call-ID: {call}",
        "CSeq: 1 INVITE", f"Contact: <{contact}>", "Max-Forwards: 70", *more, "Content-Type: application/sdp",
        f"Content-Length: {len(SDP)}", "", SDP,
    )  # fmt: skip
    return "\r\n".join(lines)


def invite(
    asterisk: RunningAsterisk, number: str, user: str = "13800138000", *, source: str = "127.0.0.1", shown: str = "",
    more: tuple[str, ...] = (),
) -> tuple[socket.socket, str]:  # fmt: skip
    """Send an INVITE, from the trunk's address; the socket, and the first final or progress status after 100."""
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind((source, 0))
    line.settimeout(PATIENCE)
    here = f"{source}:{line.getsockname()[1]}"
    via, contact = f"SIP/2.0/UDP {here}", f"sip:caller@{here}"
    text = invitation(asterisk, number, user, via=via, contact=contact, shown=shown, more=more)
    line.sendto(text.encode(), ("127.0.0.1", asterisk.info.sip_port))
    while True:
        status = line.recv(4000).split()[1].decode()
        if status != "100":
            return line, status
