"""Self-service on the fake switch: the visit asks table and bank, keeps promises, and shows no secret anywhere."""

import asyncio
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
from structlog.testing import capture_logs

from core.settings import ROOT
from ivr import customers, hours
from ivr.runner import Rules
from pbx.events import KeyPressed
from tests.ivr.material import SERVICE, write_menu
from tests.ivr.test_runner import NUMBER, House, house, sounds
from tests.virtual_time import virtual_time

SHIPPED = customers.load(ROOT / "config")


def serve(home: House, folder: Path) -> None:
    menu = write_menu(folder, SERVICE)
    home.runner.use_rules(Rules({NUMBER: menu}, SHIPPED, hours.load(ROOT / "config"), ZoneInfo("Asia/Shanghai")))


async def answered(home: House, leg: str, seconds: float = 30.0) -> None:
    """Argon2 works in a thread, in real time."""
    for _ in range(200):
        if leg not in home.pbx.live or "/zh/small.balance.parts.0" in sounds(home.pbx):
            return
        await asyncio.sleep(seconds / 200)


def files_with(folder: Path, text: bytes) -> list[str]:
    return [file.name for file in folder.glob("ivr.db*") if text in file.read_bytes()]


@virtual_time
async def test_customer_hears_his_balance_and_his_secret_is_nowhere(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        serve(home, tmp_path)
        with capture_logs() as logs:
            leg = await home.call("2", caller="13800000001")
            await asyncio.sleep(4)
            home.pbx.press(leg, "246810")
            await answered(home, leg)
            await asyncio.sleep(60)
        heard = [each.rsplit("value.", 1)[-1] for each in sounds(home.pbx) if "value." in each]
        assert "".join(heard).startswith("十万五千二百三十元五角")
        assert [keys for _, keys in home.calls.path][:5] == ["", "2", "", "••••", ""]
        assert "246810" not in repr((logs, home.calls.path, home.pbx.commands))
        assert home.calls.identified == {leg: ("13800000001", "diamond")}
    assert files_with(tmp_path, b"246810") == []


@virtual_time
async def test_promised_call_back_is_a_message_with_the_confirmed_number(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        serve(home, tmp_path)
        await home.call("41")
        await asyncio.sleep(20)
        (message,) = await home.messages()
        assert (message.caller, message.contact_by, message.state, message.raw) == (
            "13800000009", "call_back", "open", "",
        )  # fmt: skip
        assert home.calls.finished[0][1:] == ("message", "system")


@virtual_time
async def test_bank_that_answers_nonsense_leads_to_a_person_and_is_reported_once(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        serve(home, tmp_path)
        lookups = home.runner._service.lookups
        lookups._transport = httpx.MockTransport(lambda request: httpx.Response(200, content=b"<html>"))
        with capture_logs() as logs:
            for _ in range(2):
                await home.call("79753")
                await asyncio.sleep(30)
        assert [queue for _, queue, _, _ in home.calls.queued] == ["general", "general"]
        (report,) = (each for each in logs if each["event"] == "menu fault")
        assert report["place"] == "small.yaml:71: step web"
        assert "9753" not in repr(logs)


@virtual_time
async def test_key_that_the_switch_tells_twice_counts_once_and_one_pressed_twice_counts_twice(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        serve(home, tmp_path)
        leg = await home.call("8")
        at = 1000.0
        for key, later in (("1", 0.2), ("9", 0.2), ("9", 0.02), ("4", 0.2), ("4", 0.13), ("1", 0.2)):
            at += later
            home.db.bus.publish(KeyPressed(at, leg, key))
        await asyncio.sleep(3)
        (visit,) = home.runner._visits.values()
        assert visit._session._talk.digits == "19441"


@virtual_time
async def test_transfer_without_an_outside_line_goes_on(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        serve(home, tmp_path)
        leg = await home.call("3")
        await asyncio.sleep(5)
        assert [step for step, _ in home.calls.path] == ["main", "outside", "main"]
        assert home.pbx.live[leg].place == "hotline"


@virtual_time
async def test_end_key_after_the_last_digit_does_not_cut_off_what_the_caller_waits_for(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        serve(home, tmp_path)
        home.pbx.usual_duration = 10.0
        leg = await home.call("819900101", every=0.2)
        before = sounds(home.pbx)
        home.pbx.press(leg, "#")
        await asyncio.sleep(1)
        assert (home.calls.path[-1][0], sounds(home.pbx)) == ("born-said", before)
        await asyncio.sleep(1)
        home.pbx.press(leg, "#")  # now it means what it means everywhere: to hear it again
        await asyncio.sleep(1)
        assert sounds(home.pbx) == [*before, before[-1]]
