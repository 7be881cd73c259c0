"""The SIP user agent of tests and benches, without a switch."""

import asyncio

from app.phones.light_sip import Dialog, Party

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
