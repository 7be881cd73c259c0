"""What a caller hears first when the engine is gone, on a real Asterisk."""

import asyncio
from pathlib import Path

import pytest

from app import fallback_words
from app.phones.light_media import SILENCE
from app.phones.light_sip import Party
from ivr.prompts.store import PromptStore
from tests.asterisk import HOTLINE, running_asterisk
from tests.centre import PATIENCE, until


@pytest.mark.real
async def test_caller_is_told_in_each_language_before_he_waits(tmp_path: Path) -> None:
    async with running_asterisk(()) as asterisk:
        prompts = PromptStore(asterisk.info.sounds / "prompts", tmp_path)
        assert await fallback_words.prepare(prompts, asterisk.info.sounds) == []
        assert await fallback_words.prepare(prompts, asterisk.info.sounds) == []
        caller = await (await Party("13900000001", asterisk.info.sip_port).open()).dial(HOTLINE)
        played: list[str] = []

        async def in_queue() -> bool:
            channel = await asterisk.server.command("core show channels concise")
            _, _, _, _, _, application, data, *_ = channel.split("!")
            if application in ("Playback", "MusicOnHold") and data not in played:
                played.append(data)
            return application == "MusicOnHold"

        await asyncio.wait_for(caller.answered.wait(), PATIENCE)
        await until(in_queue, 20, "the caller is in the queue")
        folder = asterisk.info.sounds / "fallback"
        assert played == [str(folder / "zh"), str(folder / "en"), "default,15"]
        heard = bytes(caller.media.heard)
        assert len(heard) > 4 * 8000
        assert heard.count(SILENCE[:1]) < len(heard) / 2
        caller.hang_up()
