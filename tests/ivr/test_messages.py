"""Messages of callers whose engine went away while they spoke: what was said is kept, whole."""

import asyncio
from pathlib import Path

import pytest

from acd.models import Call
from ivr.messages import repository
from pbx.commands import Record
from tests.ivr.test_faults import stored
from tests.ivr.test_runner import NUMBER, House, house, sounds, write_silence
from tests.virtual_time import now, virtual_time


@virtual_time
async def test_message_being_recorded_when_the_engine_died_is_kept(tmp_path: Path) -> None:
    async with house(tmp_path, special="closed") as home:
        leg = await home.call("13")
        await asyncio.sleep(8)
        recording = home.pbx.live[leg]
        assert recording.busy_with is not None
        await home.runner.stop()
        home.pbx.hang_up(leg)
        await asyncio.sleep(0)
        async with home.db.reading() as session:
            (row,) = await repository.unfinished(session)
        write_silence(Path(row.raw), 3)
        home.pbx.link_up()
        await asyncio.sleep(1)
        (message,) = await home.messages()
        assert (message.seconds, message.contact_by) == (3.0, "call_back")


async def speaks(home: House) -> tuple[str, Path]:
    """A caller leaves a message: his leg, and the file that Asterisk writes."""
    leg = await home.call("13")
    await asyncio.sleep(8)
    async with home.db.transaction() as tx:
        (row,) = await repository.unfinished(tx.session)
        tx.session.add(Call(id=row.call, leg=leg, caller="1", dialled=NUMBER, state="menu", arrived_at=now()))
        return leg, Path(row.raw)


@virtual_time
async def test_caller_who_speaks_while_the_engine_is_gone_speaks_to_the_end_and_then_hears_the_menu(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, special="closed") as home:
        leg, raw = await speaks(home)
        await home.runner.stop()
        going_on = asyncio.create_task(home.pbx.record(Record(leg, raw, longest=40, silence=30)))
        await asyncio.sleep(10)
        before = len(sounds(home.pbx))
        home.pbx.link_up()
        await asyncio.sleep(15)
        assert (await home.messages(), sounds(home.pbx)[before:]) == ([], []), "he is let speak"
        home.pbx.press(leg, "#")
        await asyncio.sleep(2)
        await going_on
        (message,) = await home.messages()
        assert message.contact_by == "call_back"
        assert message.seconds == pytest.approx(25, abs=0.1)
        assert sounds(home.pbx)[before].endswith("main.welcome.prompt"), "the key that ended it chooses nothing"
        assert await stored(home) == []


@virtual_time
@pytest.mark.parametrize("stays", [True, False])
async def test_link_that_breaks_while_a_caller_speaks_neither_ends_his_call_nor_cuts_his_message(
    tmp_path: Path, stays: bool
) -> None:
    async with house(tmp_path, special="closed") as home:
        leg, raw = await speaks(home)
        home.pbx.link_down()
        write_silence(raw, 3)
        await asyncio.sleep(20)
        assert (await home.messages(), home.calls.finished) == ([], []), "he may be speaking yet"
        if not stays:
            home.pbx.hang_up(leg)
        write_silence(raw, 23)
        before = len(sounds(home.pbx))
        home.pbx.link_up()
        await asyncio.sleep(5)
        (message,) = await home.messages()
        assert message.seconds == 23
        assert ("/zh/main.welcome.prompt" in sounds(home.pbx)[before:]) is stays
        assert home.calls.finished == ([] if stays else [(leg, "message", "customer")])
        assert await stored(home) == []


def wavs(folder: Path) -> list[str]:
    return [each.name for each in folder.glob("*.wav")]


@virtual_time
@pytest.mark.parametrize("hangs_up", [True, False])
async def test_caller_who_says_too_little_leaves_neither_a_message_nor_a_file(tmp_path: Path, hangs_up: bool) -> None:
    async with house(tmp_path, special="closed") as home:
        leg = await home.call("13")
        await asyncio.sleep(6.6)
        assert home.pbx.live[leg].stop_keys == "#*", "he is being recorded"
        if hangs_up:
            home.pbx.hang_up(leg)
        else:
            home.pbx.press(leg, "#")
        await asyncio.sleep(2)
        async with home.db.reading() as session:
            assert list(await repository.unfinished(session)) == []
        assert (await home.messages(), wavs(tmp_path)) == ([], [])


@virtual_time
async def test_message_without_a_word_when_the_engine_died_goes_with_its_file(tmp_path: Path) -> None:
    async with house(tmp_path, special="closed") as home:
        leg, raw = await speaks(home)
        await home.runner.stop()
        home.pbx.hang_up(leg)
        await asyncio.sleep(0)
        write_silence(raw, 0)
        home.pbx.link_up()
        await asyncio.sleep(1)
        async with home.db.reading() as session:
            assert list(await repository.unfinished(session)) == []
        assert (await home.messages(), raw.exists()) == ([], False)
