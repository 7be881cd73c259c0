"""A whole centre with a key: a call paused over HTTP, sealed on disk, heard, exported; the books agree."""

import asyncio
import io
import os
import sys
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile

from app.phones.light_media import alaw
from core.settings import ROOT
from recordings.sound import RATE, read
from recordings.store import keys
from recordings.store.sealing import MARK
from tests.app.test_survival import agents_at_work, dial_to_cards
from tests.centre import PATIENCE, RunningCentre, running_centre, until
from tests.speech import Turn, call

TALK = [Turn("agent", "您好，请问有什么可以帮您？"), Turn("customer", "我的手机号是一三八零零一三八零零零。")]


@pytest.mark.real
async def test_a_paused_call_is_sealed_silent_heard_and_exported(tmp_path: Path) -> None:
    keys.add(tmp_path / "keys", "k1")
    sound, _ = call(TALK)
    customer = bytes(alaw(int(sample)) for sample in sound[:, 0])
    async with (
        running_centre(environment={"HOTLINE_KEY_FILE": str(tmp_path / "keys")}) as centre,
        agents_at_work(centre, ("8001",)) as phones,
    ):
        (caller,) = await dial_to_cards(centre, ["13900000001"])
        await until(lambda: _is(centre, "talking"), 15, "they talk")
        name = (await centre.live_calls("talking"))[0]["id"]
        agent, place = "li.na", f"/api/calls/{name}/recording"
        await until(lambda: _answers(centre, place), 5, "it is recorded")
        caller.media.sound = customer
        await asyncio.sleep(len(customer) / RATE)
        await centre.put(place, {"paused": True, "reason": "card number"}, agent)
        await asyncio.sleep(1.5)
        resumed = await centre.put(place, {"paused": False}, agent)
        assert [pause["by"] for pause in resumed["pauses"]] == [agent]
        caller.hang_up()
        await until(lambda: _heard(centre, name), 40, "the text is there")
        (row,) = await centre.get(f"/api/calls/{name}/recordings", "zhou.yan")
        (file,) = (centre.data / "recordings").rglob("*.flac")
        assert file.read_bytes().startswith(MARK)
        leave = await centre.post(f"/api/recordings/{row['id']}/playings", {"reason": "review"}, "zhou.yan")
        played = await _fetch(centre, leave["address"])
        exported = await _fetch(centre, f"/api/recordings/{row['id']}/export?reason=court")
        with soundfile.SoundFile(io.BytesIO(exported)) as marked:
            assert "exported by zhou.yan" in marked.copy_metadata()["comment"]
        before, after = read(io.BytesIO(played)), read(io.BytesIO(exported))
        assert np.count_nonzero(before.any(axis=1)) - np.count_nonzero(after.any(axis=1)) > RATE
        text = await centre.get(f"/api/recordings/{row['id']}/transcript", "zhou.yan")
        assert [event["type"] for event in text["events"]] == ["pause"]
        assert "*" * 11 in "".join(segment["text"] for segment in text["segments"])
        assert await _reconciled(centre, tmp_path / "keys") == (0, "1 recordings looked at, 0 faults\n")
        assert phones


async def _is(centre: RunningCentre, state: str) -> bool:
    return len(await centre.live_calls(state)) == 1


async def _answers(centre: RunningCentre, place: str) -> bool:
    try:
        await centre.get(place, "li.na")
    except AssertionError:
        return False
    return True


async def _heard(centre: RunningCentre, call: str) -> bool:
    rows = await centre.get(f"/api/calls/{call}/recordings", "zhou.yan")
    return [row["transcript"] for row in rows] == ["ready"]


async def _fetch(centre: RunningCentre, path: str) -> bytes:
    headers = {"Authorization": f"Bearer {await centre._token('zhou.yan')}"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{centre.web_port}", headers=headers) as client:
        answer = await client.get(path, timeout=PATIENCE)
    assert answer.status_code == 200, answer.text
    return answer.content


async def _reconciled(centre: RunningCentre, key_file: Path) -> tuple[int | None, str]:
    command = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", "recordings", "reconcile", "--data", str(centre.data), cwd=ROOT,
        env=os.environ | {"HOTLINE_KEY_FILE": str(key_file)}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await command.communicate()
    return command.returncode, output.decode()
