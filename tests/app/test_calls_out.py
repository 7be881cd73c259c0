"""Calls that leave the centre, with a SIP party on loopback as the outside world; who hears whom is told by tones."""

import asyncio
import contextlib
import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from app.phones.light_media import tone
from app.phones.light_sip import Dialog, Party
from core.settings import ROOT
from tests.app.test_call_control import CALLER, FIRST, SECOND, hears, telephones
from tests.asterisk import HOTLINE
from tests.centre import RunningCentre, running_centre, until

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

TO_THE_POLICE = "1552"
CUSTOMER = "13900000077"


class World:
    """Everybody outside: picks up, is busy or lets it ring, and speaks with a tone."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.answers, self.busy, self.hertz = True, False, SECOND
        self.calls: list[Dialog] = []
        self.dialled: list[str] = []
        party.on_invite = self._rings

    @property
    def port(self) -> int:
        return int(self.party.contact.rpartition(":")[2])

    def _rings(self, dialog: Dialog) -> None:
        assert dialog.invite is not None
        self.calls.append(dialog)
        self.dialled.append(dialog.invite.first.split("sip:")[1].partition("@")[0])
        if self.busy:
            self.party.reply(dialog.invite, 486, "Busy Here", dialog)
        elif self.answers:
            dialog.media.sound = tone(self.hertz)
            self.party.answer(dialog)


@dataclass
class Site:
    centre: RunningCentre
    world: World


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    party = await Party("world", 0).open()
    world = World(party)
    async with running_centre(_with_way_out(tmp_path / "config", world.port)) as centre:
        party.server = ("127.0.0.1", centre.sip_port)
        await until(lambda: _linked(centre), 10, "the engine takes calls")
        yield Site(centre, world)
    party.close()


async def _linked(centre: RunningCentre) -> bool:
    return bool((await centre.get("/api/health"))["link"] == "up")


def _with_way_out(folder: Path, port: int) -> Path:
    """The shipped site with a trunk that leads to `port`."""
    shutil.copytree(ROOT / "config", folder, ignore=shutil.ignore_patterns("models"))
    (folder / "models").symlink_to(ROOT / "config/models")
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    text = text.replace("match: 127.0.0.1}", f'match: 127.0.0.1, out: {{to: "127.0.0.1:{port}", shows: "95566"}}}}')
    (folder / "site.yaml").write_text(text, encoding="utf-8")
    return folder


@contextlib.asynccontextmanager
async def asking_for_the_police(site: Site) -> AsyncIterator[Dialog]:
    party = await Party("13900000001", site.centre.sip_port).open()
    caller = await party.dial(HOTLINE)
    caller.media.sound = tone(CALLER)
    await asyncio.wait_for(caller.answered.wait(), 10)
    for key in TO_THE_POLICE:
        caller.press(key)
        await asyncio.sleep(0.4)
    try:
        yield caller
    finally:
        party.close()


async def _only_call(site: Site) -> dict[str, object]:
    (call,) = (await site.centre.get("/api/calls"))["calls"]
    return dict(call)


async def _is_over(site: Site) -> bool:
    return (await _only_call(site))["state"] == "ended"


async def test_a_caller_of_the_menu_talks_with_a_number_outside_and_comes_back_when_it_is_busy(site: Site) -> None:
    async with asking_for_the_police(site) as caller:
        await until(lambda: _calls_out(site, 1), 15, "the police are rung")
        assert site.world.dialled == ["110"]
        assert await hears(caller, site.world.calls[0]) == [{"second"}, {"caller"}]
        assert (await _only_call(site))["state"] == "outside"
        await site.centre.kill()
        assert await hears(caller, site.world.calls[0]) == [{"second"}, {"caller"}]
        await site.centre.start()
        await until(lambda: _linked(site.centre), 10, "the new engine knows of it")
        site.world.calls[0].hang_up()
        await asyncio.wait_for(caller.ended.wait(), 5)
        await until(lambda: _is_over(site), 5, "the call is over")
        call = await _only_call(site)
        assert (call["outcome"], call["ended_by"]) == ("transferred", "outside")

    site.world.busy = True
    async with asking_for_the_police(site) as caller:
        await until(lambda: _calls_out(site, 2), 15, "the police are rung again")
        await until(lambda: _waits_for_lost_card(site), 20, "back in the menu, which puts him through to the card desk")
        waiting = (await site.centre.live_calls("waiting"))[0]
        story = await site.centre.get(f"/api/calls/{waiting['id']}")
        results = [each["data"]["result"] for each in story["events"] if each["kind"] == "outside"]
        assert results == ["ringing", "busy"]


async def _calls_out(site: Site, count: int) -> bool:
    return len(site.world.calls) == count


async def _waits_for_lost_card(site: Site) -> bool:
    return [each["queue"] for each in await site.centre.live_calls("waiting")] == ["lost-card"]


async def test_an_agent_calls_a_customer_who_is_recorded_and_survives_a_new_engine(site: Site) -> None:
    centre = site.centre
    site.world.hertz = CALLER
    async with telephones(centre, a8001=FIRST) as phones:
        await centre.ready_agent("8001")
        made = await centre.post("/api/me/dial", {"number": "139 0000 0077", "queue": "cards"}, login="li.na")
        assert (made["number"], made["shown"]) == (CUSTOMER, "95566")
        await until(lambda: _talks(centre), 15, "the customer has answered")
        agent, customer = phones["8001"].talk, site.world.calls[0]
        assert site.world.dialled == [CUSTOMER]
        assert customer.invite is not None
        assert "sip:95566@" in customer.invite.headers["from"]
        assert await hears(customer, agent) == [{"first"}, {"caller"}]
        path = f"/api/calls/{made['call']}"

        await centre.kill()
        assert await hears(customer, agent) == [{"first"}, {"caller"}]
        await centre.start()
        await until(lambda: _talks(centre), 10, "the talk is known again")
        await centre.post(f"{path}/hold", login="li.na")
        assert await hears(customer, agent) == [{"music"}, set()]
        await centre.post(f"{path}/resume", login="li.na")
        assert await hears(customer, agent) == [{"first"}, {"caller"}]
        await centre.post(f"{path}/keys", {"keys": "12#"}, login="li.na")
        await until(lambda: _has_heard_keys(customer, "12#"), 10, "the customer's side receives the keys")
        await centre.post(f"{path}/transfer", {"step": "goodbye"}, login="li.na")
        await asyncio.wait_for(customer.ended.wait(), 15)
        call = (await centre.get(path))["call"]
        assert (call["direction"], call["caller"], call["queue"]) == ("outbound", CUSTOMER, "cards")
        assert (call["outcome"], call["ended_by"], call["path"][-1]["step"]) == ("answered", "agent", "goodbye")
        await until(lambda: _is_stored(centre, path), 20, "the recording is stored")

        promised = await centre.post("/api/callbacks", {"number": CUSTOMER, "queue": "cards"})
        site.world.busy = True
        await centre.put("/api/agents/8001/state", {"state": "ready"}, login="li.na")
        await centre.post("/api/callbacks/next", login="li.na")
        await until(lambda: _tried(centre, promised["id"]), 15, "the line was busy")


async def _has_heard_keys(dialog: Dialog, keys: str) -> bool:
    return dialog.media.keys_heard == keys


async def _talks(centre: RunningCentre) -> bool:
    return bool(await centre.live_calls("talking"))


async def _tried(centre: RunningCentre, callback: str) -> bool:
    return [(each["id"], each["tries"], each["result"]) for each in await centre.get("/api/callbacks")] == [
        (callback, 1, "busy")
    ]


async def _is_stored(centre: RunningCentre, path: str) -> bool:
    parts = await centre.get(f"{path}/recordings", "zhou.yan")
    return [part["state"] for part in parts] == ["stored"]
