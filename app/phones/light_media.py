"""A small RTP stream on loopback: sends a sound over and over, presses keys, keeps what it hears."""

import asyncio
import math
import re
import secrets
import struct
from typing import cast

SILENCE = b"\xd5" * 160  # 20 ms of A-law
EVENT_PAYLOAD, ALAW_PAYLOAD = 101, 8
KEYS = "0123456789*#"


def alaw(sample: int) -> int:
    """One 16-bit sample as A-law (ITU-T G.711)."""
    magnitude = (sample if sample >= 0 else -sample - 1) >> 3
    sign = 0x80 if sample >= 0 else 0
    exponent = max(0, min(7, magnitude.bit_length() - 5))
    mantissa = (magnitude >> (exponent if exponent else 1)) & 0x0F
    return (sign | (exponent << 4) | mantissa) ^ 0x55


def tone(hertz: int) -> bytes:
    """One second of a sine at a quarter of full scale, as A-law."""
    return bytes(alaw(int(8000 * math.sin(2 * math.pi * hertz * n / 8000))) for n in range(8000))


class Media(asyncio.DatagramProtocol):
    """One RTP stream: sends what `sound` holds, over and over, keeps what comes."""

    every = 0.02
    """Seconds from packet to packet."""

    def __init__(self) -> None:
        self.peer: tuple[str, int] | None = None
        self.sound = SILENCE
        self.heard = bytearray()
        self.keys_heard = ""
        self._last_key = b""
        self._transport: asyncio.DatagramTransport | None = None
        self._sequence, self._stamp, self._source = 1, 0, secrets.randbits(32)
        self._sender: asyncio.Task[None] | None = None
        self._keys: list[bytes] = []

    @classmethod
    async def open(cls) -> "Media":
        _, media = await asyncio.get_running_loop().create_datagram_endpoint(cls, ("127.0.0.1", 0))
        return media

    @property
    def port(self) -> int:
        assert self._transport is not None
        return int(self._transport.get_extra_info("sockname")[1])

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # the real class does not inherit it

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if data[1] & 0x7F == ALAW_PAYLOAD:
            self.heard += data[12:]
        elif data[1] & 0x7F == EVENT_PAYLOAD and data[4:8] != self._last_key:
            self._last_key = data[4:8]  # every packet of a key bears the time when it was pressed (RFC 4733)
            self.keys_heard += KEYS[data[12]] if data[12] < len(KEYS) else "?"

    def start(self, sdp: str) -> None:
        found = re.search(r"^m=audio (\d+)", sdp, re.M)
        if found:
            self.peer = ("127.0.0.1", int(found[1]))
        if self._sender is None:
            self._sender = asyncio.create_task(self._send())

    def press(self, key: str) -> None:
        """RFC 4733: 100 ms of the key, its end three times, and 60 ms of sound before the next."""
        code = KEYS.index(key)
        self._keys += [struct.pack("!BBH", code, 10, 160 * n) for n in range(1, 6)]
        self._keys += [struct.pack("!BBH", code, 0x80 | 10, 800)] * 3 + [b""] * 3

    def stop(self) -> None:
        if self._sender is not None:
            self._sender.cancel()
        if self._transport is not None:
            self._transport.close()

    async def _send(self) -> None:
        """Sound first: until Asterisk has learned our address from a few packets it drops them, keys too."""
        loop = asyncio.get_running_loop()
        due, position = loop.time(), 0
        while True:
            key = self._keys.pop(0) if self._keys and self._sequence > 10 else b""
            if key:
                self._packet(EVENT_PAYLOAD, key)
            else:
                position = (position + 160) % len(self.sound)
                self._stamp += 160
                self._packet(ALAW_PAYLOAD, self.sound[position : position + 160])
            due += self.every
            await asyncio.sleep(max(0.0, due - loop.time()))

    def _packet(self, payload: int, data: bytes) -> None:
        if self._transport is not None and self.peer is not None:
            head = struct.pack("!BBHII", 0x80, payload, self._sequence & 0xFFFF, self._stamp, self._source)
            self._transport.sendto(head + data, self.peer)
            self._sequence += 1
