"""Screens on walls: the wallboard by a token, its chosen parts alone, until the token is taken back."""

import asyncio
import re

from sqlalchemy import select

from accounts.models import Display
from core.clock import system_clock
from tests.agentdesk.conftest import House, Visitor, enter, until_watched

ORIGIN = {"origin": "http://desk.test"}


async def new_screen(web: Visitor, *tiles: str) -> str:
    """Its path."""
    form = {"name": "大厅", "language": "zh", "tiles": list(tiles)}
    answer = await web.post("/screens", data=form, headers=ORIGIN)
    found = re.search(r"http://desk.test(/display/[^<]+)<", answer.text)
    assert found is not None, answer.text
    return found[1]


async def test_screen_shows_its_parts_of_the_wallboard_without_anybody_signed_in(web: Visitor, house: House) -> None:
    await enter(web, "supervisor")
    path = await new_screen(web, "queues", "trend")
    web.cookies.clear()
    page = (await web.get(path)).text
    assert f'data-live-stream="{path}/live" data-screen' in page
    assert ("信用卡" in page, "今日半小时走势" in page, "今日呼入" in page, "<nav" in page) == (
        True,
        True,
        False,
        False,
    )
    part = (await web.get(path, headers={"hx-request": "true"})).text
    assert f'data-from="{path}"' in part
    assert "<html" not in part
    assert (await web.get("/wallboard")).status_code == 303
    async with house.db.reading() as session:
        (row,) = await session.scalars(select(Display))
    assert row.token_hash not in path


async def test_screen_that_was_taken_back_is_not_known_any_more(web: Visitor, house: House) -> None:
    await enter(web, "admin")
    path = await new_screen(web, "sums")
    async with house.db.reading() as session:
        mark = await session.scalar(select(Display.token_hash))
    assert (await web.post(f"/screens/{mark}/remove", headers=ORIGIN)).status_code == 303
    for address in (path, f"{path}/live", "/display/guessed"):
        assert (await web.get(address)).status_code == 404


async def test_screen_that_is_taken_back_is_told_nothing_more(web: Visitor, house: House) -> None:
    await enter(web, "supervisor")
    path = await new_screen(web, "agents")
    (listed,) = (await web.get("/api/screens")).json()
    listening = asyncio.create_task(web.get(f"{path}/live"))
    await until_watched(house)
    await web.delete(f"/api/screens/{listed['token_hash']}", headers=ORIGIN)
    async with asyncio.timeout(10):
        assert (await listening).status_code == 200


async def test_trend_counts_each_half_hour_by_what_came_of_the_callers(web: Visitor, house: House) -> None:
    async with house.db.reading() as session:
        board = await house.desk.board.read(session, "zh", system_clock())
    assert sum(bar.offered for bar in board.trend) == sum(tile.offered for tile in board.queues)
    assert sum(bar.answered for bar in board.trend) == sum(tile.answered for tile in board.queues)
    times = [bar.at for bar in board.trend]
    assert times == [times[0] + 1800 * half for half in range(len(times))], "quiet half hours keep their place"
    assert all(bar.in_time <= bar.answered <= bar.offered for bar in board.trend)


async def test_programs_keep_screens_as_the_page_does(web: Visitor) -> None:
    await enter(web, "supervisor")
    made = await web.post("/api/screens", json={"name": "Hall", "language": "en", "tiles": ["queues"]}, headers=ORIGIN)
    address = made.json()["address"].removeprefix("http://desk.test")
    (listed,) = (await web.get("/api/screens")).json()
    assert (listed["name"], listed["language"], listed["tiles"]) == ("Hall", "en", ["queues"])
    wrong = await web.post("/api/screens", json={"name": "x", "language": "en", "tiles": ["gossip"]}, headers=ORIGIN)
    assert wrong.status_code == 422
    await enter(web, "agent")
    assert (await web.delete(f"/api/screens/{listed['token_hash']}", headers=ORIGIN)).status_code == 403
    assert (await web.get(address)).status_code == 200
    await enter(web, "supervisor")
    assert (await web.delete(f"/api/screens/{listed['token_hash']}", headers=ORIGIN)).status_code == 204
    assert (await web.get(address)).status_code == 404
