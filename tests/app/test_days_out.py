"""A day of calls out, in a whole centre with real telephones: what agents may dial, a campaign, a promise kept."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from app.phones.light_sip import Dialog, Party
from tests.app.test_call_control import FIRST, telephones
from tests.app.test_calls_out import CUSTOMER, WAY_OUT, Site, World, with_way_out
from tests.app.test_days import LOST_CARD, becomes, call, comes_to, story, waits
from tests.centre import running_centre, until

pytestmark = pytest.mark.real

ABROAD, BLOCKED, BARRED = "+1 212 555 0100", "+86 170 1234 5678", "13900000088"


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    party = await Party("world", 0).open()
    world = World(party)
    folder = with_way_out(tmp_path / "config", world.port)
    yaml = YAML()
    for name, change in (("dialling", _dialling), ("queues", _queues)):
        rules = yaml.load(folder / f"{name}.yaml")
        change(rules)
        yaml.dump(rules, folder / f"{name}.yaml")
    async with running_centre(folder) as centre:
        party.server = ("127.0.0.1", centre.sip_port)
        yield Site(centre, world)
    party.close()


def _dialling(rules: dict) -> None:  # type: ignore[type-arg]  # as YAML has it
    """Call backs are given to agents like callers."""
    rules["callbacks"]["automatic"] = True


def _queues(rules: dict) -> None:  # type: ignore[type-arg]
    for queue in rules["queues"].values():
        queue |= {"wrap_up": 1}


async def test_an_agent_dials_what_his_class_allows_and_works_a_campaign_off(site: Site) -> None:
    centre = site.centre
    async with telephones(centre, a8001=FIRST):
        for state in ("not-ready", "outbound"):
            await centre.put("/api/agents/8001/state", {"state": state})
        for number, why in ((ABROAD, "not_permitted"), (BLOCKED, "number_blocked"), ("12", "not_a_number")):
            with pytest.raises(AssertionError, match=why):
                await centre.post("/api/me/dial", {"number": number}, login="li.na")

        await centre.post("/api/do-not-call", {"number": BARRED, "reason": "asked us"})
        campaign = (await centre.post("/api/campaigns", {"name": "autumn", "queue": "cards", "open": True}))["id"]
        people = f"number,name,card\n{BARRED},Zhao,gold\n{CUSTOMER},Qian,silver\n"
        taken = await centre.send(f"/api/campaigns/{campaign}/list", people)
        assert (taken["added"], taken["barred"]) == (1, 1)

        shown = await centre.post(f"/api/campaigns/{campaign}/next", login="li.na")
        assert (shown["number"], shown["name"], shown["facts"]) == (CUSTOMER, "Qian", {"card": "silver"})
        await centre.post(f"/api/prospects/{shown['id']}/dial", login="li.na")
        customer = await site.world.rung(CUSTOMER)
        await becomes(centre, "8001", "talking")
        customer.hang_up()
        await becomes(centre, "8001", "outbound")
        await centre.post(f"/api/prospects/{shown['id']}/result", {"result": "interested"}, login="li.na")
        (counted,) = await centre.get("/api/campaigns")
        assert counted["counts"] == {"interested": 1}
        with pytest.raises(AssertionError, match="404"):
            await centre.post(f"/api/campaigns/{campaign}/next", login="li.na")
        talk = await call(centre, CUSTOMER)
        assert (talk["direction"], talk["queue"], talk["outcome"]) == ("outbound", "cards", "answered")


async def test_a_caller_who_leaves_his_place_is_called_back_by_the_agent_whose_turn_it_is(site: Site) -> None:
    centre = site.centre
    async with telephones(centre, a8001=FIRST):
        caller: Dialog = await waits(centre, CUSTOMER, LOST_CARD)
        waiting = await call(centre, CUSTOMER)
        caller.press(WAY_OUT)
        await comes_to(centre, CUSTOMER, "menu")
        caller.press("1")
        await until(lambda: _is_promised(site), 20, "a call back is promised to him")
        caller.hang_up()
        await comes_to(centre, CUSTOMER, "ended")

        await centre.put("/api/agents/8001/state", {"state": "ready"})
        customer = await site.world.rung(CUSTOMER)
        await becomes(centre, "8001", "talking")
        back = await call(centre, CUSTOMER)
        assert (back["direction"], back["queue"], back["agent"]) == ("outbound", "lost-card", "8001")
        (promise,) = [each for each in await centre.get("/api/callbacks?state=") if each["number"] == CUSTOMER]
        assert promise["queued_at"] == waiting["queued_at"]
        assert "connected" in [each["kind"] for each in await story(centre, CUSTOMER)]
        customer.hang_up()


async def _is_promised(site: Site) -> bool:
    return CUSTOMER in [each["number"] for each in await site.centre.get("/api/callbacks")]
