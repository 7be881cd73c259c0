"""One demonstration from the first phone to the last check, on a centre that runs already."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from pathlib import Path

from app.centre import Centre
from app.demo.agents import SUPERVISOR
from app.demo.api import Api
from app.demo.check import check
from app.demo.play import Play
from app.demo.records import Recorded, Records
from app.demo.report import Row
from app.demo.sounds import Sounds
from app.demo.stage import Stage
from app.demo.stories import STORIES
from app.demo.story import Story
from core.errors import HotlineError

QUALITY = "zhou.yan"
SPEECH_SECONDS = 180.0
"""How long after the last call transcripts and scores may take."""


async def run_demo(
    centre: Centre,
    voices: Path,
    say: Callable[[str], None],
    *,
    stories: tuple[Story, ...] = STORIES,
    recordings: Path | None = None,
) -> list[Row]:
    """Play the stories and compare what the centre recorded. `voices` keeps synthesised lines between runs.

    `recordings`: where to leave what each caller heard. Raises HotlineError when the play cannot begin.
    """
    sounds = Sounds(voices)
    say(f"{await sounds.prepare(stories)} spoken lines ready")
    since = time.time() - 1
    play = Play(centre, stories, sounds, say, recordings)
    quality, supervisor = await Api.of(centre, QUALITY), await Api.of(centre, SUPERVISOR)
    try:
        await _sign_everybody_out(supervisor)
        heard = await play.run()
        say("waiting for transcripts and scores")
        records = Records(quality, supervisor)
        read = await asyncio.gather(*(records.find_when_done(each, since, SPEECH_SECONDS) for each in stories))
    finally:
        await quality.close()
        await supervisor.close()
    found: dict[str, Recorded | None] = {each.name: one for each, one in zip(stories, read, strict=True)}
    rows = [
        Row(each, found[each.name], tuple(check(each, heard[each.name], found[each.name], found))) for each in stories
    ]
    return [_with_faults(rows[0], play.faults), *rows[1:]]


async def _sign_everybody_out(supervisor: Api) -> None:
    """A run that was broken off may have left agents signed in."""
    for agent in await supervisor.get("/api/agents"):
        if agent["state"] != "signed-out":
            with contextlib.suppress(HotlineError):
                await supervisor.put(f"/api/agents/{agent['number']}/state", {"state": "signed-out"})


def _with_faults(row: Row, faults: list[str]) -> Row:
    """What agents could not do belongs to no single call; it is shown with the first."""
    return Row(row.story, row.found, (*row.stages, Stage("agents' work", False, "; ".join(faults)))) if faults else row
