"""pyVoIP's media stream with its faults mended: an exact clock, A-law as A-law, threads that end."""

import audioop
import contextlib
import select
import socket
import threading
import time
from typing import Any

from pyVoIP.RTP import PayloadType, RTPClient, RTPParseError

FRAME = 160
FRAME_SECONDS = 0.02
LAW_SILENCE = {PayloadType.PCMU: b"\xff", PayloadType.PCMA: b"\xd5"}


class Stream(RTPClient):
    """One RTP session. `heard` collects what came in as 16-bit samples, in the order of its timestamps.

    What the parent class does wrong: its sender sleeps a frame after each frame, so it falls behind; it sends
    mu-law when A-law was agreed; one odd packet ends its receiver; it cannot be stopped before it was started.
    """

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.running = False
        self.heard = bytearray()
        self._first_stamp: int | None = None

    def start(self) -> None:
        """Open the socket and run both directions; a second call changes nothing."""
        if self.running:
            return
        self.sin = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sin.bind((self.inIP, self.inPort))
        self.sout = self.sin
        self.running = True
        for loop in (self.recv, self.trans):
            threading.Thread(target=loop, name=f"rtp {loop.__name__}", daemon=True).start()

    def stop(self) -> None:
        self.NSD = False
        if self.running:
            self.running = False
            self.sin.close()

    def recv(self) -> None:
        while self.NSD:
            try:
                if select.select([self.sin], [], [], 0.2)[0]:
                    self.parse_packet(self.sin.recv(2048))
            except (RTPParseError, IndexError):
                continue  # comfort noise or a cut packet
            except (OSError, ValueError):
                return  # closed under us

    def parse_packet(self, packet: bytes) -> None:
        law = PayloadType(packet[1] & 0x7F) if packet[1] & 0x7F in (0, 8) else None
        if law is None:
            super().parse_packet(packet)
            return
        if self._first_stamp is None:
            self._first_stamp = int.from_bytes(packet[4:8])
        place = 2 * ((int.from_bytes(packet[4:8]) - self._first_stamp) % 2**32)
        decode = audioop.ulaw2lin if law is PayloadType.PCMU else audioop.alaw2lin
        sound = decode(packet[12:], 2)
        if place > len(self.heard) + 16000 * 3600:
            return  # the stamps started anew
        if place > len(self.heard):
            self.heard.extend(bytes(place - len(self.heard)))
        self.heard[place : place + len(sound)] = sound

    def trans(self) -> None:
        due = time.monotonic()
        while self.NSD:
            packet = self._next_packet()
            with contextlib.suppress(OSError):
                self.sout.sendto(packet, (self.outIP, self.outPort))
            due += FRAME_SECONDS
            pause = due - time.monotonic()
            if pause > 0:
                time.sleep(pause)
            elif pause < -1:
                due = time.monotonic()  # the machine slept: do not send the lost second in one burst

    def encode_packet(self, payload: bytes) -> bytes:
        linear = audioop.bias(payload, 1, -128)
        if self.preference is PayloadType.PCMA:
            return audioop.lin2alaw(linear, 1)
        return audioop.lin2ulaw(linear, 1)

    def _next_packet(self) -> bytes:
        payload = self.encode_packet(self.pmout.read(FRAME))
        self.outSequence = (self.outSequence + 1) % 2**16
        self.outTimestamp = (self.outTimestamp + FRAME) % 2**32
        head = bytes((0x80, int(self.preference)))
        head += self.outSequence.to_bytes(2) + self.outTimestamp.to_bytes(4) + self.outSSRC.to_bytes(4)
        return head + payload
