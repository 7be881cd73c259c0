"""The SIP user agent of tests and benches, without a switch."""

import asyncio

from app.phones.light_sip import Dialog, Message, Party
from tests.virtual_time import now, virtual_time

INVITE = (
    b"INVITE sip:8001@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1\r\n"
    b"From: <sip:13900000001@127.0.0.1>;tag=1\r\nTo: <sip:8001@127.0.0.1>\r\nCall-ID: one\r\nCSeq: 1 INVITE\r\n"
    b"Contact: <sip:127.0.0.1:5060>\r\n\r\nm=audio 4000 RTP/AVP 8\r\n"
)


async def test_an_invitation_that_is_sent_again_before_it_was_read_rings_once() -> None:
    phone = await Party("8001", 5060).open()
    rung: list[Dialog] = []
    phone.on_invite = rung.append
    try:
        for _ in range(2):
            phone.datagram_received(INVITE, phone.server)
        while reading := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(reading)
        assert len(rung) == 1
        assert list(phone.dialogs.values()) == rung
    finally:
        phone.close()


class Welcome(Party):
    """The server takes every registration."""

    def __init__(self) -> None:
        super().__init__("phone", 5060)
        self.sent: list[float] = []

    def _send(self, first: str, headers: dict[str, str], body: str) -> None:
        self.sent.append(now())
        self._response(Message("SIP/2.0 200 OK", {"cseq": headers["CSeq"]}, ""))

    @property
    def contact(self) -> str:
        return "sip:phone@127.0.0.1:5062"


@virtual_time
async def test_a_phone_registers_again_before_its_registration_lapses_until_it_is_closed() -> None:
    phone, begun = Welcome(), now()
    await phone.register(expires=120)
    await asyncio.sleep(200)
    phone.close()
    await asyncio.sleep(200)
    assert [round(at - begun) for at in phone.sent] == [0, 60, 120, 180]
