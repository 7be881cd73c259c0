"""The agents' phone on the library's socket."""

import select
import socket
import threading
from collections.abc import Iterator

import pytest
import pyVoIP.VoIP  # noqa: F401 - its modules can be imported in this order only

from app.phones.mended_sip import Signalling

OPTIONS = (
    b"OPTIONS sip:phone-8001@127.0.0.1 SIP/2.0\r\nVia: v\r\nFrom: f\r\nTo: t\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n"
)
REGISTERED = b"SIP/2.0 200 OK\r\n\r\n"


@pytest.fixture
def switch() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as switch:
        switch.bind(("127.0.0.1", 0))
        yield switch


def test_phone_that_is_asked_whether_it_is_there_while_it_registers_waits_for_the_answer(switch: socket.socket) -> None:
    said: list[bytes] = []
    asked = threading.Event()

    def answer(message: bytes) -> None:
        said.append(message)
        asked.set()

    with Signalling(answer) as phone:
        phone.bind(("127.0.0.1", 0))
        phone.setblocking(False)  # as the library does while it registers
        switch.sendto(OPTIONS, phone.getsockname())
        later = threading.Thread(target=lambda: asked.wait(5) and switch.sendto(REGISTERED, phone.getsockname()))
        later.start()
        assert select.select([phone], [], [], 5)[0]
        assert phone.recv(8192) == REGISTERED
        later.join()
        with pytest.raises(BlockingIOError):
            phone.recv(8192, socket.MSG_DONTWAIT)
    assert said[0].startswith(b"SIP/2.0 200")
