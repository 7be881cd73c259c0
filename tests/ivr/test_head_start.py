"""When the engine looks at a key: a moment later where the switch by itself says what follows it."""

import asyncio
from pathlib import Path

import pytest

from pbx.commands import Play, Played
from pbx.switch import HEAD_START
from tests.fakes import FakePbx
from tests.ivr.test_runner import house
from tests.virtual_time import now, virtual_time


class Timed(FakePbx):
    """Notes when each sound was asked for."""

    asked = 0.0

    async def play(self, command: Play) -> Played:
        self.asked = now()
        return await super().play(command)


@pytest.mark.parametrize(("heard", "late"), [(1.0, HEAD_START), (14.0, 0.0)])
@virtual_time
async def test_key_into_a_prompt_waits_for_the_switch_and_one_into_silence_does_not(
    tmp_path: Path, heard: float, late: float
) -> None:
    async with house(tmp_path, kind=Timed) as home:
        assert isinstance(home.pbx, Timed)
        leg = home.pbx.call("13800000009", "95566")
        await asyncio.sleep(heard)
        pressed = now()
        home.pbx.press(leg, "1")
        await asyncio.sleep(0.1)
        assert home.pbx.asked - pressed == pytest.approx(late, abs=0.002)
