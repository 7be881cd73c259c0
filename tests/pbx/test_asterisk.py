"""The switch on a real Asterisk: finding live calls, losing the link, ghosts, separated recordings."""

import asyncio
import itertools
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from acd.phone_codes import PLACES
from app.phones.light_media import tone
from app.phones.light_sip import Dialog, Party
from core.bus import Bus
from pbx.asterisk import AsteriskSwitch
from pbx.commands import Answer, Confirm, HangUp, Play, Played, Record, Ring, SetVariable, StartRecording, Wait
from pbx.events import (
    BridgeRefused,
    CallArrived,
    CallerWaiting,
    LegAnswered,
    LegEnded,
    LegJoined,
    LinkDown,
    LinkUp,
    PhoneCode,
    PhoneReachable,
    RingFailed,
)
from pbx.switch import LegGone, LinkLost, SwitchError
from tests.asterisk import HOTLINE, PHONES, RunningAsterisk, running_asterisk
from tests.centre import until
from tests.tones import CLEAR, amplitude
from tests.worlds import Events, linked, parameters

pytestmark = [pytest.mark.real, pytest.mark.asyncio(loop_scope="session")]
PHONE = PHONES[1]
TONES = (400, 700, 1000)
Magnitudes = NDArray[np.float64]


def ring(leg: str, caller: str, seconds: int = 15) -> Ring:
    return Ring(leg, PHONE.device, caller, "13800000000", "王先生", seconds, (("NOTE", "一, 二"),))


@asynccontextmanager
async def caller_and_phone(asterisk: RunningAsterisk) -> AsyncIterator[tuple[Party, Party, list[Dialog]]]:
    """A caller not yet dialling and a registered phone that answers at once."""
    caller = await Party("13900000000", asterisk.info.sip_port).open()
    phone = await Party(PHONE.device, asterisk.info.sip_port, PHONE.secret).open()
    rung: list[Dialog] = []

    def answer(dialog: Dialog) -> None:
        rung.append(dialog)
        phone.answer(dialog)

    phone.on_invite = answer
    await phone.register()
    try:
        yield caller, phone, rung
    finally:
        caller.close()
        phone.close()


async def arrive(caller: Party, switch: AsteriskSwitch, events: Events) -> tuple[str, Dialog]:
    start = len(events.all)
    dialog = await caller.dial(HOTLINE)
    event = events.all[await events.next(CallArrived, start) - 1]
    assert isinstance(event, CallArrived)
    await switch.do(Answer(event.leg))
    return event.leg, dialog


async def test_each_side_of_a_recording_has_its_own_channel(asterisk: RunningAsterisk) -> None:
    async with linked(asterisk.info) as (switch, _, events), caller_and_phone(asterisk) as (caller, _, rung):
        leg, dialog = await arrive(caller, switch, events)
        await switch.do(Wait(leg))
        await switch.do(ring("rec-agent", leg))
        await events.next(LegJoined, leg="rec-agent")
        dialog.media.sound, rung[0].media.sound = tone(400), tone(1000)
        await until(lambda: hear(dialog, rung[0]), 5, "they hear each other")
        path = asterisk.info.spool / "separated.raw"
        await switch.do(StartRecording(leg, path))
        await until(lambda: long_enough(path), 5, "three seconds are recorded")
        dialog.hang_up()
        await events.next(LegEnded, leg="rec-agent")
        left, right = spectra(path, 0), spectra(path, 1)
        # A side that leaks into the other does so all the time; sound that is late leaves a gap now and then.
        assert min(each[100] / each[40] for each in left) < 1 / 1000
        assert min(each[40] / each[100] for each in right) < 1 / 1000
        assert (loudest(np.sum(left, 0)), loudest(np.sum(right, 0))) == (400, 1000)


async def test_a_new_engine_finds_the_calls_that_live_and_can_command_them(asterisk: RunningAsterisk) -> None:
    async with caller_and_phone(asterisk) as (caller, _, _):
        async with linked(asterisk.info) as (switch, _, events):
            in_menu, _ = await arrive(caller, switch, events)
            waiting, _ = await arrive(caller, switch, events)
            talking, talk = await arrive(caller, switch, events)
            await switch.do(Wait(waiting))
            await events.next(CallerWaiting, leg=waiting)
            await switch.do(Wait(talking))
            await switch.do(ring("talk-agent", talking))
            for leg in (talking, "talk-agent"):
                await events.next(LegJoined, leg=leg)
        async with linked(asterisk.info) as (switch, _, events):
            up = events.all[0]
            assert isinstance(up, LinkUp)
            legs = {leg.leg: leg for leg in up.legs}
            assert legs.keys() == {in_menu, waiting, talking, "talk-agent"}
            assert (legs[in_menu].place, legs[in_menu].dialled) == ("hotline", HOTLINE)
            assert legs[in_menu].caller == "13900000000"
            assert (legs[waiting].place, legs[waiting].bridge) == ("centre-wait", "")
            assert legs["talk-agent"].place == "centre-agent"
            assert legs[talking].bridge == legs["talk-agent"].bridge != ""
            assert (time.time() - legs[talking].served_since < 30, legs[waiting].served_since) == (True, 0.0)
            assert all(leg.answered for leg in up.legs)
            assert PHONE.device in up.phones
            assert await switch.play(Play(in_menu, "/nowhere")) == Played.MISSING
            talk.hang_up()
            await events.next(LegEnded, leg="talk-agent")
            for leg in (in_menu, waiting):
                await switch.do(HangUp(leg))
                await events.next(LegEnded, leg=leg)
            assert not [event for event in events.all if isinstance(event, CallArrived)]


async def test_a_new_engine_finds_the_telephone_that_its_agent_uses_himself(asterisk: RunningAsterisk) -> None:
    async with linked(asterisk.info) as (switch, _, events), caller_and_phone(asterisk) as (_, phone, _):
        await phone.dial("*1")
        event = events.all[await events.next(PhoneCode) - 1]
        assert isinstance(event, PhoneCode)
        places = [each.place for each in await switch.legs() if each.leg == event.leg]
        await switch.do(Confirm(event.leg, True))
        await asyncio.sleep(0.2)
        places += [each.place for each in await switch.legs() if each.leg == event.leg]
        assert tuple(places) == PLACES
        await events.next(LegEnded, leg=event.leg)


async def test_commands_on_a_leg_that_is_gone_say_so(asterisk: RunningAsterisk) -> None:
    async with linked(asterisk.info) as (switch, _, _):
        for command in (Answer("9.9"), Wait("9.9"), StartRecording("9.9", Path("/tmp/x.raw"))):
            with pytest.raises(LegGone):
                await switch.do(command)
        with pytest.raises(LegGone):
            await switch.do(SetVariable("9.9", "X", "1"))
        with pytest.raises(LegGone):
            await switch.play(Play("9.9", "/x"))
        await switch.do(HangUp("9.9"))


async def test_a_value_too_long_for_asterisk_is_refused_before_it_is_sent(asterisk: RunningAsterisk) -> None:
    async with linked(asterisk.info) as (switch, _, events), caller_and_phone(asterisk) as (caller, _, _):
        leg, _ = await arrive(caller, switch, events)
        with pytest.raises(SwitchError, match="longer than"):
            await switch.do(SetVariable(leg, "X", "好" * 400))
        await switch.do(SetVariable(leg, "X", "好" * 300))


async def test_a_message_that_cannot_be_written_is_an_error_and_the_call_goes_on(asterisk: RunningAsterisk) -> None:
    async with linked(asterisk.info) as (switch, _, events), caller_and_phone(asterisk) as (caller, _, _):
        leg, _ = await arrive(caller, switch, events)
        with pytest.raises(SwitchError, match="cannot be recorded"):
            await switch.record(Record(leg, Path("/proc/nowhere/message.wav")))
        assert await switch.play(Play(leg, "/nowhere")) == Played.MISSING


async def test_a_dead_path_to_asterisk_is_noticed_and_calls_live_on(asterisk: RunningAsterisk) -> None:
    async with tunnel(asterisk.info.ami_port) as (port, valve), caller_and_phone(asterisk) as (caller, _, _):
        bus = Bus()
        events = Events(bus)
        switch = AsteriskSwitch(parameters(asterisk.info, port=port, deadline=3.0, ping_every=0.5), bus)
        running = asyncio.create_task(switch.run())
        await events.next(LinkUp)
        leg, _ = await arrive(caller, switch, events)
        start = len(events.all)
        valve.clear()
        with pytest.raises(LinkLost):
            await switch.do(Wait(leg))
        index = await events.next(LinkDown, start)
        valve.set()
        index = await events.next(LinkUp, index)
        up = events.all[index - 1]
        assert isinstance(up, LinkUp)
        assert leg in {each.leg for each in up.legs}
        await switch.do(HangUp(leg))
        await events.next(LegEnded, index, leg=leg)
        await switch.close()
        await running


async def test_a_link_that_breaks_in_a_prompt_ends_the_wait_for_it(asterisk: RunningAsterisk) -> None:
    async with caller_and_phone(asterisk) as (caller, _, _):
        async with linked(asterisk.info) as (switch, _, events):
            leg, _ = await arrive(caller, switch, events)
            await switch.do(Wait(leg))
            await events.next(CallerWaiting, leg=leg)
        with pytest.raises(LinkLost):
            await switch.do(HangUp(leg))


async def test_a_wrong_secret_is_told_on_the_bus(asterisk: RunningAsterisk) -> None:
    bus = Bus()
    events = Events(bus)
    switch = AsteriskSwitch(parameters(asterisk.info, secret="wrong"), bus)
    running = asyncio.create_task(switch.run())
    index = await events.next(LinkDown)
    down = events.all[index - 1]
    assert isinstance(down, LinkDown)
    assert "Authentication failed" in down.why
    await switch.close()
    await running


async def test_calls_that_hang_up_at_the_instant_of_the_bridge_leave_nothing_behind(asterisk: RunningAsterisk) -> None:
    async with linked(asterisk.info) as (switch, _, events), caller_and_phone(asterisk) as (caller, _, _):
        for number in range(25):
            agent = f"ghost-agent-{number}"
            leg, dialog = await arrive(caller, switch, events)
            await switch.do(Wait(leg))
            await events.next(CallerWaiting, leg=leg)
            await switch.do(ring(agent, leg))
            await events.next(LegAnswered, leg=agent)
            if number % 2:
                await asyncio.sleep(0.0005 * (number % 5))
            dialog.hang_up()
            await events.next(LegEnded, leg=leg)
            await switch.do(HangUp(agent))
            await events.next(LegEnded, leg=agent)
        await until(lambda: nobody(switch), 5, "no leg is left")
        assert not [each for each in events.all if isinstance(each, RingFailed)]
        refused = sum(isinstance(each, BridgeRefused) for each in events.all)
        joined = sum(isinstance(each, LegJoined) for each in events.all)
        assert refused + joined > 0


async def test_sound_that_the_engine_did_not_want_or_left_behind_gives_way_and_is_not_heard_again(
    asterisk: RunningAsterisk,
) -> None:
    menu, cards, sorry = (str(tone_file(asterisk, hertz, 10)) for hertz in TONES)
    async with caller_and_phone(asterisk) as (caller, _, _):
        async with linked(asterisk.info) as (switch, _, events):
            leg, dialog = await arrive(caller, switch, events)
            for _ in range(2):
                playing = asyncio.create_task(switch.play(Play(leg, menu, then=(("1", cards),))))
                await until(lambda: hears(dialog, 400), 5, "the menu is heard")
                dialog.press("1")
                assert await playing is Played.INTERRUPTED
                await until(lambda: hears(dialog, 700), 5, "what follows the key is heard")
                overruled = asyncio.create_task(switch.play(Play(leg, sorry, "5")))
                await until(lambda: hears(dialog, 1000), 5, "it gives way")
                dialog.press("5")
                assert await overruled is Played.INTERRUPTED
            playing = asyncio.create_task(switch.play(Play(leg, menu, then=(("1", cards),))))
            await until(lambda: hears(dialog, 400), 5, "the menu is heard again")
        with pytest.raises(LinkLost):
            await playing
        dialog.press("1")
        await until(lambda: hears(dialog, 700), 5, "what follows the key is heard without an engine")
        async with linked(asterisk.info) as (switch, _, events):
            await switch.do(Answer(leg))
            assert await switch.play(Play(leg, sorry)) is Played.FINISHED
            dialog.hang_up()
            await events.next(LegEnded, leg=leg)
        assert tones_heard(dialog.media.heard) == list(TONES) * 3


async def test_a_phone_that_comes_and_goes_is_told(asterisk: RunningAsterisk) -> None:
    async with linked(asterisk.info) as (_, _, events):
        device = PHONES[2]
        phone = await Party(device.device, asterisk.info.sip_port, device.secret).open()
        await phone.register()
        await events.next(PhoneReachable, device=device.device, reachable=True)
        await phone.register(expires=0)
        await events.next(PhoneReachable, device=device.device, reachable=False)
        phone.close()


async def test_an_asterisk_that_is_killed_is_told_and_its_successor_is_used() -> None:
    async with running_asterisk() as running, linked(running.info) as (switch, _, events):
        caller = await Party("13900000000", running.info.sip_port).open()
        leg, _ = await arrive(caller, switch, events)
        playing = asyncio.create_task(switch.play(Play(leg, str(long_sound(running)))))
        await asyncio.sleep(0.2)
        watching = asyncio.create_task(running.server.watch())
        os.kill(running.info.pid, signal.SIGKILL)
        index = await events.next(LinkDown)
        with pytest.raises(LinkLost):
            await playing
        index = await events.next(LinkUp, index)
        up = events.all[index - 1]
        assert isinstance(up, LinkUp)
        assert up.legs == ()
        caller.close()
        caller = await Party("13900000000", running.info.sip_port).open()
        leg, _ = await arrive(caller, switch, events)
        await switch.do(HangUp(leg))
        await events.next(LegEnded, index, leg=leg)
        caller.close()
        watching.cancel()


def tone_file(running: RunningAsterisk, hertz: int, seconds: int) -> Path:
    path = running.info.spool / f"tone-{hertz}"
    path.with_suffix(".alaw").write_bytes(tone(hertz) * seconds)
    return path


def tones_heard(sound: bytearray) -> list[int]:
    """Which of TONES are in it, one after the other."""
    parts = (sound[start : start + 400] for start in range(0, len(sound), 400))
    clear = (next((hertz for hertz in TONES if amplitude(part, hertz) > CLEAR), 0) for part in parts)
    return [hertz for hertz, _ in itertools.groupby(filter(None, clear))]


async def hears(dialog: Dialog, hertz: int) -> bool:
    return tones_heard(dialog.media.heard[-1600:])[-1:] == [hertz]


async def hear(caller: Dialog, agent: Dialog) -> bool:
    """Whether the two hear each other's tone."""
    heard = [spectrum_of(each.media.heard) for each in (caller, agent) if len(each.media.heard) >= 8000]
    return [loudest(each) for each in heard] == [1000, 400]


async def nobody(switch: AsteriskSwitch) -> bool:
    return await switch.legs() == ()


async def long_enough(path: Path) -> bool:
    return await asyncio.to_thread(path.exists) and (await asyncio.to_thread(path.stat)).st_size > 3 * 32000


def long_sound(running: RunningAsterisk) -> Path:
    """Half a minute of silence, named without its suffix as Asterisk wants it."""
    path = running.info.spool / "long"
    path.with_suffix(".alaw").write_bytes(b"\xd5" * 240_000)
    return path


def spectra(path: Path, channel: int) -> list[Magnitudes]:
    """Of each fifth of a second of one channel, without the first."""
    sound = np.fromfile(path, "<i2").reshape(-1, 2)[:, channel].astype(np.float64)
    return [_magnitudes(sound[start : start + 1600]) for start in range(1600, len(sound) - 1600, 1600)]


def spectrum_of(alaw: bytes | bytearray) -> Magnitudes:
    """The same of the last second a party heard, A-law decoded."""
    code = np.frombuffer(bytes(alaw[-8000:]), np.uint8).astype(np.int64) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    size = np.where(exponent == 0, (mantissa << 4) + 8, ((mantissa << 4) + 264) << np.maximum(exponent - 1, 0))
    return _magnitudes(np.where(code & 0x80, size, -size).astype(np.float64))


def loudest(magnitudes: Magnitudes) -> int:
    """The frequency in Hz."""
    return int(magnitudes.argmax()) * 10


def _magnitudes(sound: Magnitudes) -> Magnitudes:
    """In steps of 10 Hz."""
    return np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 800 * (len(sound) // 800))[:: len(sound) // 800])


@asynccontextmanager
async def tunnel(port: int) -> AsyncIterator[tuple[int, asyncio.Event]]:
    """A way to `port` that swallows everything, without closing, while the valve is cleared."""
    valve = asyncio.Event()
    valve.set()
    writers: list[asyncio.StreamWriter] = []

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(4096):
            if valve.is_set():
                writer.write(data)
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", port)
        writers.extend((writer, behind_writer))
        await asyncio.gather(pump(reader, behind_writer), pump(behind_reader, writer), return_exceptions=True)

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1], valve
    finally:
        server.close()
        for writer in writers:
            writer.close()
