"""The benches' telephones stay registered for as long as a bench may last."""

import asyncio

from app.phones.light_sip import Message, Party
from tests.virtual_time import now, virtual_time


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
