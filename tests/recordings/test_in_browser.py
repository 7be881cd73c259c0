"""A real browser plays a recording and jumps in it."""

import pytest
from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse

from accounts.access import COOKIE, anyone
from accounts.models import Person, SessionRow
from accounts.tokens import fingerprint
from core.clock import system_clock
from recordings.endpoints import router
from recordings.models import Playing
from tests.browser import chromium, served
from tests.recordings.conftest import House
from tests.speech import RATE, Turn, call

JUMP = """async (to) => {
  const audio = document.querySelector("audio");
  if (audio.readyState < 1) await new Promise((done, fail) => { audio.onloadedmetadata = done; audio.onerror = fail; });
  audio.currentTime = to;
  await audio.play();
  await new Promise((done) => { audio.ontimeupdate = () => audio.currentTime > to + 0.2 && done(); });
  return [audio.duration, audio.currentTime];
}"""


@pytest.mark.real
async def test_the_browser_plays_the_stored_sound_from_any_moment(house: House) -> None:
    sound, _ = call([Turn("agent", "您好，请问有什么可以帮您？")] * 8)
    row = await house.record("call1", sound)
    async with house.db.transaction() as tx:
        tx.session.add(Person(login="quinn", name="quinn", role="quality", number=""))
        await tx.session.flush()
        ends = system_clock() + 3600
        tx.session.add(SessionRow(token_hash=fingerprint("x"), login="quinn", created_at=0.0, expires_at=ends))
    app = FastAPI()
    app.state.db = house.db
    app.include_router(router(house.db, house.vault))

    @app.get("/", dependencies=[Depends(anyone())])
    async def page() -> HTMLResponse:
        async with house.db.transaction() as tx:
            until = system_clock() + 60
            tx.session.add(
                Playing(token_hash=fingerprint("p"), recording=row.id, login="quinn", reason="x", until_at=until)
            )
        return HTMLResponse(f'<audio preload="metadata" src="/api/recordings/{row.id}/sound?playing=p"></audio>')

    async with served(app, lambda: None) as address, chromium() as browser:
        context = await browser.new_context()
        await context.add_cookies([{"name": COOKIE, "value": "x", "url": address}])
        tab = await context.new_page()
        await tab.goto(address)
        duration, reached = await tab.evaluate(JUMP, 15.0)
        await context.close()
    assert duration == pytest.approx(len(sound) / RATE, abs=0.1)
    assert 15.2 <= reached < 20
