"""What strangers write into an INVITE, on a real Asterisk: who they are taken for, and that no event is theirs."""

import asyncio

import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from app.phones.light_sip import Party
from pbx.commands import Answer, HangUp
from pbx.events import CallArrived, LegEnded, LinkUp, PhoneCode
from tests.asterisk import HOTLINE, PHONES, RunningAsterisk
from tests.centre import until
from tests.pbx.plainest import SDP, Manager, heartbeat, invitation, invite
from tests.worlds import PATIENCE, linked

pytestmark = pytest.mark.real

FORGED = (
    "%0d%0a%0d%0aEvent%3a%20UserEvent%0d%0aUserEvent%3a%20CentrePhoneCode%0d%0aCode%3a%202%0d%0aDevice%3a%20phone-8001"
)
ASSERTED = "P-Asserted-Identity: "


async def told(asterisk: RunningAsterisk, user: str, shown: str = "", more: tuple[str, ...] = ()) -> CallArrived:
    """How a call from the trunk arrives at the engine, which is told nothing in his name or another's."""
    async with linked(asterisk.info) as (switch, _, events):
        waiting = asyncio.create_task(asyncio.to_thread(invite, asterisk, HOTLINE, user, shown=shown, more=more))
        arrived = events.all[await events.next(CallArrived) - 1]
        assert isinstance(arrived, CallArrived)
        await switch.do(HangUp(arrived.leg))
        await events.next(LegEnded, leg=arrived.leg)
        (await waiting)[0].close()
        assert not [each for each in events.all if isinstance(each, PhoneCode)]
        return arrived


@pytest.mark.parametrize(
    ("user", "shown", "more", "caller"),
    [
        ("13800138000", "", (), "13800138000"),
        ("+8613800138000;npdi=yes", "", (), "+8613800138000"),
        ("138", "", (ASSERTED + '"A, <sip:1@x>" <sip:139@x;user=phone>',), "139"),
        ("138", "", (ASSERTED + "<sip:139@x>, <tel:+86139>",), "+86139"),
        ("138", "", (ASSERTED + "tel:+86139;phone-context=x",), "+86139"),
        ("138", "", ("Remote-Party-ID: <sip:137@x>;party=calling",), "137"),
        ("138", '"<sip:139@x>" ', (), "138"),
        ("anonymous", '"Anonymous" ', (), ""),
        ("%e7%8e%8b", "", (), ""),
        ("138%0a1", "", (), "1381"),
        ("138%00", "", (), "138"),
        ("1" * 79, "", (), "1" * 40),
        ("1" + FORGED, "", (), "1EventUserEventUserEventCentrePhoneCodeC"),
        ("138", "", (f"{ASSERTED}<sip:1{FORGED}@x>",), "1EventUserEventUserEventCentrePhoneCodeC"),
        ("138", "", ("Diversion: <sip:1%0aagi_dnid%3a%20999@x>;reason=unconditional",), "138"),
    ],
)
async def test_caller_is_known_by_what_is_a_number_in_what_he_or_his_carrier_says(
    asterisk: RunningAsterisk, user: str, shown: str, more: tuple[str, ...], caller: str
) -> None:
    arrived = await told(asterisk, user, shown, more)
    assert (arrived.caller, arrived.dialled) == (caller, HOTLINE)


async def test_no_leg_ever_has_the_text_of_a_stranger_for_its_number(
    asterisk: RunningAsterisk, manager: Manager
) -> None:
    await heartbeat(manager)
    waiting = asyncio.create_task(asyncio.to_thread(invite, asterisk, HOTLINE, "1" + FORGED))
    born = await manager.hear(Event="Newchannel", Exten=HOTLINE)
    assert born["CallerIDNum"] == "anonymous"
    manager.send("Hangup", Channel=born["Channel"])
    await manager.hear(Event="Hangup", Uniqueid=born["Uniqueid"])
    (await waiting)[0].close()


class Carrier(Party):
    """Says more about its caller in the midst of a call."""

    more: dict[str, str] = {}  # noqa: RUF012  # replaced, never changed

    def _send(self, first: str, headers: dict[str, str], body: str) -> None:
        super()._send(first, headers | self.more, body)


async def test_who_a_caller_is_does_not_change_in_the_midst_of_his_call(asterisk: RunningAsterisk) -> None:
    carrier = Carrier("13900000000", asterisk.info.sip_port)
    await carrier.open()
    async with linked(asterisk.info) as (switch, _, events):
        dialog = await carrier.dial(HOTLINE)
        arrived = events.all[await events.next(CallArrived) - 1]
        assert isinstance(arrived, CallArrived)
        await switch.do(Answer(arrived.leg))
        await asyncio.wait_for(dialog.answered.wait(), PATIENCE)
    dialog.status, carrier.more = 0, {"P-Asserted-Identity": f"<sip:1{FORGED}@x>"}
    dialog.sequence = 2
    carrier.request("INVITE", dialog.target, dialog, 2, SDP)
    await until(lambda: taken(dialog.status), 5, "the new offer is taken")
    async with linked(asterisk.info) as (switch, _, events):
        up = events.all[0]
        assert isinstance(up, LinkUp)
        assert [leg.caller for leg in up.legs if leg.leg == arrived.leg] == ["13900000000"]
        await switch.do(HangUp(arrived.leg))
        await events.next(LegEnded, leg=arrived.leg)
    carrier.close()


async def taken(status: int) -> bool:
    return status == 200


@pytest.mark.parametrize("more", [(), (ASSERTED + "<sip:13900000001@x>",)])
async def test_stranger_who_calls_himself_the_trunk_is_not_the_trunk(
    asterisk: RunningAsterisk, more: tuple[str, ...]
) -> None:
    line, status = await asyncio.to_thread(invite, asterisk, HOTLINE, "trunk", source="127.0.0.2", more=more)
    line.close()
    assert status == "401"


async def test_browser_line_of_the_house_is_no_trunk(asterisk: RunningAsterisk) -> None:
    """Its SIP comes from this machine's own address, which the tests' trunk has too."""
    async with connect(f"ws://127.0.0.1:{asterisk.info.http_port}/ws", subprotocols=[Subprotocol("sip")]) as line:
        via, contact = "SIP/2.0/WS x.invalid", "sip:x@x.invalid;transport=ws"
        await line.send(invitation(asterisk, HOTLINE, "13900000001", via=via, contact=contact))
        async with asyncio.timeout(PATIENCE):
            status = "100"
            while status == "100":
                status = str(await line.recv()).split()[1]
        assert status == "403"


@pytest.mark.parametrize(("dialled", "status"), [("1" + FORGED, 404), ("12", 403), ("1" * 40, 403), ("1" * 41, 404)])
async def test_agents_telephone_may_dial_digits_and_nothing_else(
    asterisk: RunningAsterisk, dialled: str, status: int
) -> None:
    phone = await Party(PHONES[0].device, asterisk.info.sip_port, PHONES[0].secret).open()
    dialog = await phone.dial(dialled)
    await asyncio.wait_for(dialog.ended.wait(), PATIENCE)
    assert dialog.status == status
    phone.close()
