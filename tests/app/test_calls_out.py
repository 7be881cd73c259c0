"""Calls that leave the centre, with a SIP party on loopback as the outside world; who hears whom is told by tones."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from app.phones.light_media import tone
from app.phones.light_sip import Dialog, Party
from ivr.prompts import voice
from tests.app.test_call_control import CALLER, FIRST, SECOND, SUPERVISOR, hear, telephones
from tests.asterisk import HOTLINE
from tests.centre import PATIENCE, RunningCentre, open_at_night, running_centre, until
from tests.tones import CLEAR, RATE, amplitude

pytestmark = pytest.mark.real

TO_THE_POLICE = "162"
CUSTOMER, POLICE = "13900000077", "110"
VOICES = {POLICE: SECOND, CUSTOMER: SUPERVISOR}
PLACE, WAY_OUT = 1000, "9"


class World:
    """Everybody outside: picks up and speaks with the tone of his number, or is busy."""

    def __init__(self, party: Party) -> None:
        self.party = party
        self.busy = False
        self.calls: dict[str, Dialog] = {}
        party.on_invite = self._rings

    @property
    def port(self) -> int:
        return int(self.party.contact.rpartition(":")[2])

    def _rings(self, dialog: Dialog) -> None:
        assert dialog.invite is not None
        dialled = dialog.invite.first.split("sip:")[1].partition("@")[0]
        self.calls[dialled] = dialog
        if self.busy:
            self.party.reply(dialog.invite, 486, "Busy Here", dialog)
        else:
            dialog.media.sound = tone(VOICES[dialled])
            self.party.answer(dialog)

    async def rung(self, number: str) -> Dialog:
        await until(lambda: self._knows(number), 20, f"{number} is rung")
        return self.calls.pop(number)

    async def _knows(self, number: str) -> bool:
        return number in self.calls


@dataclass
class Site:
    centre: RunningCentre
    world: World


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    party = await Party("world", 0).open()
    world = World(party)
    async with running_centre(with_way_out(tmp_path / "config", world.port)) as centre:
        party.server = ("127.0.0.1", centre.sip_port)
        await until(lambda: _linked(centre), 10, "the engine takes calls")
        yield Site(centre, world)
    party.close()


async def _linked(centre: RunningCentre) -> bool:
    return bool((await centre.get("/api/health"))["link"] == "up")


def with_way_out(folder: Path, port: int) -> Path:
    """The shipped site with a trunk that leads to `port`, and a menu that connects callers with the police.

    Who waits for the card desk is soon told his place, by the tone PLACE, and may leave by the key WAY_OUT. It rings
    and is wrapped up for long enough to look at everything on a busy machine.
    """
    open_at_night(folder)
    yaml, path = YAML(), folder / "menus/main.yaml"
    queues = yaml.load(folder / "queues.yaml")
    for queue in queues["queues"].values():
        queue |= {"ring_seconds": 60, "wrap_up": 40}
    queues["queues"]["lost-card"] |= {
        "announce": {"first": 1, "every": 60}, "way_out": {"key": WAY_OUT, "step": "call-back"},
    }  # fmt: skip
    yaml.dump(queues, folder / "queues.yaml")
    (folder / "prompts/zh").mkdir(parents=True)
    voice.write_wav(folder / "prompts/zh/waiting-place-1.wav", voice.tone(PLACE, 2.0))
    menu = yaml.load(path)
    menu["outside"] = {"police": POLICE}
    menu["steps"]["police"] = {"kind": "transfer", "to": "police", "refused": "lost-card"}
    yaml.dump(menu, path)
    text = (folder / "site.yaml").read_text(encoding="utf-8")
    text = text.replace("match: 127.0.0.1}", f'match: 127.0.0.1, out: {{to: "127.0.0.1:{port}", shows: "95566"}}}}')
    (folder / "site.yaml").write_text(text, encoding="utf-8")
    return folder


async def asking_for_the_police(site: Site, number: str) -> Dialog:
    caller = await (await Party(number, site.centre.sip_port).open()).dial(HOTLINE)
    caller.media.sound = tone(CALLER)
    await asyncio.wait_for(caller.answered.wait(), PATIENCE)
    for key in TO_THE_POLICE:
        caller.press(key)
        await asyncio.sleep(0.25)
    return caller


async def call_of(site: Site, number: str) -> dict[str, Any]:
    (call,) = (await site.centre.get(f"/api/calls?caller={number}"))["calls"]
    return dict(call)


async def test_talks_with_people_outside_outlive_the_engine(site: Site) -> None:
    centre = site.centre
    async with telephones(centre, a8001=FIRST) as phones:
        caller = await asking_for_the_police(site, "13900000001")
        await centre.ready_agent("8001")
        made = await centre.post("/api/me/dial", {"number": "139 0000 0077", "queue": "cards"}, login="li.na")
        assert (made["number"], made["shown"]) == (CUSTOMER, "95566")
        police, customer = await site.world.rung(POLICE), await site.world.rung(CUSTOMER)
        assert customer.invite is not None
        assert "sip:95566@" in customer.invite.headers["from"]
        await until(lambda: _talks(site), 15, "the customer has answered")
        agent = phones["8001"].talk
        everybody = [{"second"}, {"caller"}, {"first"}, {"supervisor"}]
        await hear(everybody, caller, police, customer, agent)
        await centre.kill()
        await hear(everybody, caller, police, customer, agent)
        await centre.start()
        await until(lambda: _talks(site), 10, "the talks are known again")
        await until(lambda: _is_outside(site, "13900000001"), 10, "both of them")

        police.hang_up()
        await asyncio.wait_for(caller.ended.wait(), PATIENCE)
        path = f"/api/calls/{made['call']}"
        await centre.post(f"{path}/hold", login="li.na")
        await hear([{"music"}, set()], customer, agent)
        await centre.post(f"{path}/resume", login="li.na")
        await hear([{"first"}, {"supervisor"}], customer, agent)
        await centre.post(f"{path}/keys", {"keys": "12#"}, login="li.na")
        await until(lambda: _has_heard_keys(customer, "12#"), 10, "the customer's side receives the keys")
        await centre.post(f"{path}/transfer", {"step": "goodbye"}, login="li.na")
        await asyncio.wait_for(customer.ended.wait(), PATIENCE)
        call = await call_of(site, "13900000001")
        assert (call["outcome"], call["ended_by"]) == ("transferred", "outside")
        await until(lambda: _is_stored(site, path), 20, "the recording is stored")
        call = await call_of(site, CUSTOMER)
        assert (call["id"], call["direction"], call["queue"]) == (made["call"], "outbound", "cards")
        assert (call["outcome"], call["ended_by"], call["path"][-1]["step"]) == ("answered", "agent", "goodbye")

        made = await centre.post("/api/me/dial", {"number": CUSTOMER, "queue": "cards"}, login="li.na")
        customer = await site.world.rung(CUSTOMER)
        await until(lambda: _talks(site), 15, "the customer has answered again")
        await centre.kill()
        agent = phones["8001"].talk
        assert agent is not None
        agent.hang_up()
        await asyncio.wait_for(customer.ended.wait(), 15)
        await centre.start()
        await until(lambda: _is_over(site, made["call"]), 10, "that this talk is over is known")
        call = (await centre.get(f"/api/calls/{made['call']}"))["call"]
        assert (call["outcome"], call["ended_by"]) == ("answered", "agent")
        assert call["talk_ended_at"] - call["connected_at"] < 4 < call["ended_at"] - call["connected_at"]


async def _is_outside(site: Site, number: str) -> bool:
    return bool((await call_of(site, number))["state"] == "outside")


async def _talks(site: Site) -> bool:
    return [call["caller"] for call in await site.centre.live_calls("talking")] == [CUSTOMER]


async def _has_heard_keys(dialog: Dialog, keys: str) -> bool:
    return dialog.media.keys_heard == keys


async def _is_over(site: Site, call: str) -> bool:
    return bool((await site.centre.get(f"/api/calls/{call}"))["call"]["state"] == "ended")


async def _is_stored(site: Site, path: str) -> bool:
    parts = await site.centre.get(f"{path}/recordings", "zhou.yan")
    return [part["state"] for part in parts] == ["stored"]


async def test_where_it_is_busy_a_caller_waits_for_the_desk_instead_and_leaves_by_a_key_for_a_call_back(
    site: Site,
) -> None:
    centre = site.centre
    site.world.busy = True
    caller = await asking_for_the_police(site, "13900000002")
    async with telephones(centre, a8001=FIRST):
        promised = await centre.post("/api/callbacks", {"number": CUSTOMER, "queue": "loans"})
        for state in ("not-ready", "outbound"):
            await centre.put("/api/agents/8001/state", {"state": state})
        await centre.post("/api/callbacks/next", login="li.na")
        await until(lambda: _tried(site, promised["id"]), 15, "the line was busy")
    await until(lambda: _waits_for_lost_card(site), 20, "the menu puts him through to the card desk")
    await until(lambda: _is_told_his_place(caller), 10, "he hears his place")
    caller.press(WAY_OUT)
    await until(lambda: _is_at(site, "13900000002", "call-back"), 10, "he is asked whether he wants a call back")
    caller.press("1")
    await until(lambda: _is_promised(site, "13900000002"), 10, "a call back is promised to him")
    story = await centre.get(f"/api/calls/{(await call_of(site, '13900000002'))['id']}")
    results = [each["data"]["result"] for each in story["events"] if each["kind"] == "outside"]
    assert results == ["ringing", "busy"]
    kinds = [each["kind"] for each in story["events"]]
    assert kinds[kinds.index("queued") :][:4] == ["queued", "announced", "sent-back", "menu"]
    caller.hang_up()


async def _tried(site: Site, callback: str) -> bool:
    known = {each["id"]: (each["tries"], each["result"]) for each in await site.centre.get("/api/callbacks")}
    return known.get(callback) == (1, "busy")


async def _is_told_his_place(caller: Dialog) -> bool:
    """Now or before: it is told once in a minute."""
    heard, part = caller.media.heard, RATE // 2
    return any(amplitude(heard[at : at + part], PLACE) > CLEAR for at in range(0, len(heard) - part, part))


async def _is_at(site: Site, number: str, step: str) -> bool:
    return bool((await call_of(site, number))["path"][-1]["step"] == step)


async def _is_promised(site: Site, number: str) -> bool:
    return number in [each["number"] for each in await site.centre.get("/api/callbacks")]


async def _waits_for_lost_card(site: Site) -> bool:
    return [each["queue"] for each in await site.centre.live_calls("waiting")] == ["lost-card"]
