"""Nothing depends on the engine being alive: it is killed, people call, it comes back."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from app.phones.light_media import alaw, tone
from app.phones.light_sip import Dialog, Party
from pbx.home import Home
from pbx.state import asterisk_home
from tests.asterisk import HOTLINE
from tests.centre import PATIENCE, RunningCentre, open_at_night, running_centre, until
from tests.tones import loudness

pytestmark = pytest.mark.real

CALLER_HERTZ, AGENT_HERTZ = 400, 1000
TO_PERSONAL = "10"
TO_LOANS = "13"
TO_COMPLAINTS = "14"  # agent 8001 lacks the skill
HEARTBEAT_OLD = 11.0  # seconds after which the dial plan knows that the engine is gone
SAMPLES = np.zeros(256)
SAMPLES[[alaw(sample) for sample in range(-32000, 32000, 16)]] = range(-32000, 32000, 16)


@pytest.fixture
async def centre(tmp_path: Path) -> AsyncIterator[RunningCentre]:
    """Who wants a loan may leave a message."""
    async with running_centre(open_at_night(tmp_path / "config", closed="business")) as centre:
        yield centre


@contextlib.asynccontextmanager
async def agent(centre: RunningCentre, number: str) -> AsyncIterator[Party]:
    """A signed-in agent who answers at once and says one tone all the time."""
    phone = await centre.phone(number)

    def answer(dialog: Dialog) -> None:
        dialog.media.sound = tone(AGENT_HERTZ)
        phone.answer(dialog)

    phone.on_invite = answer
    await centre.ready_agent(number)
    await until(lambda: known(centre, number), 5, "Asterisk is told who is at work")
    yield phone
    phone.close()


async def dial(centre: RunningCentre, number: str) -> Dialog:
    dialog = await (await Party(number, centre.sip_port).open()).dial(HOTLINE)
    dialog.media.sound = tone(CALLER_HERTZ)
    await asyncio.wait_for(dialog.answered.wait(), PATIENCE)
    return dialog


async def known(centre: RunningCentre, number: str) -> bool:
    return f"phone-{number}" in await centre.asterisk("queue show fallback")


def pitch(dialog: Dialog) -> int:
    """The loudest frequency of the last second this party heard, in Hz; 0 for silence."""
    heard = SAMPLES[list(dialog.media.heard[-8000:])]
    return int(np.argmax(np.abs(np.fft.rfft(heard, 8000)))) if heard.any() else 0


async def talk(caller: Dialog, phone: Party) -> bool:
    """Whether these two hear each other now."""
    there = [dialog for dialog in phone.dialogs.values() if not dialog.ended.is_set()]
    return bool(there) and (pitch(caller), pitch(there[-1])) == (AGENT_HERTZ, CALLER_HERTZ)


async def waiting(centre: RunningCentre) -> list[str]:
    return [call["caller"] for call in await centre.live_calls("waiting")]


async def talking(centre: RunningCentre) -> list[tuple[str, str]]:
    return [(call["caller"], call["agent"]) for call in await centre.live_calls("talking")]


async def stored(centre: RunningCentre, call: str) -> bool:
    parts = await centre.get(f"/api/calls/{call}/recordings", "zhou.yan")
    return [part["state"] for part in parts] == ["stored"]


async def there(found: list[Dialog]) -> bool:
    return bool(found)


async def menu_speaks(caller: Dialog) -> bool:
    """For a moment by now."""
    return loudness(caller.media.heard[-4000:]) > 300


def sounds_heard(centre: RunningCentre, dialog: Dialog) -> Counter[str]:
    """How often this party has heard the middle of each sound of the switch's; one with two names by the first."""
    sounds, heard = Home(asterisk_home(centre.data)).sounds, bytes(dialog.media.heard)
    names: dict[bytes, str] = {}
    for path in sorted(sounds.rglob("*.alaw")):
        sound = path.read_bytes()
        if len(sound) > 4000:
            names.setdefault(sound[len(sound) // 2 :][:1600], str(path.relative_to(sounds).with_suffix("")))
    return Counter({name: count for middle, name in names.items() if (count := heard.count(middle))})


async def leave_message(centre: RunningCentre, number: str) -> Dialog:
    """A caller in the middle of his message; any key cuts the words before it short."""
    caller = await dial(centre, number)
    caller.press(TO_LOANS)

    async def at(step: str) -> bool:
        here = [call["path"] for call in await centre.live_calls("menu") if call["caller"] == number]
        return any(path and path[-1]["step"] == step for path in here)

    for step in ("loans-closed", "message"):
        await until(lambda here=step: at(here), 15, f"the caller is at {step}")  # type: ignore[misc]  # here is bound
        caller.press("5")
    await until(lambda: speaks(centre), 15, "his message is being recorded")
    return caller


async def speaks(centre: RunningCentre) -> bool:
    spool = Home(asterisk_home(centre.data)).spool / "messages"
    return any(file.stat().st_size > 4000 for file in spool.glob("*.wav"))


async def kept(centre: RunningCentre, count: int) -> bool:
    return len(await centre.get("/api/messages")) == count


async def nobody(centre: RunningCentre) -> bool:
    return not any([await centre.live_calls(state) for state in ("menu", "waiting", "ringing", "talking")])


async def quiet(phone: Party) -> bool:
    return all(dialog.ended.is_set() for dialog in phone.dialogs.values())


async def test_callers_of_a_dead_engine_are_served_and_taken_over_in_their_order(centre: RunningCentre) -> None:
    async with agent(centre, "8001") as phone:
        await centre.kill()
        await asyncio.sleep(HEARTBEAT_OLD)
        first = await dial(centre, "13900000001")
        await until(lambda: talk(first, phone), 25, "the first caller and the agent hear each other")
        second, third = await dial(centre, "13900000002"), await dial(centre, "13900000003")
        await asyncio.sleep(12)
        assert len(phone.dialogs) == 1, "a phone in a call must not ring"
        assert pitch(second), "who waits hears music"

        await centre.start()

        async def taken_over() -> bool:
            order = await waiting(centre) == ["13900000002", "13900000003"]
            return order and await talking(centre) == [("13900000001", "8001")]

        await until(taken_over, 10, "the first talks on, the others are in the queue in their order")
        await asyncio.sleep(2)
        assert await talk(first, phone)
        assert len(phone.dialogs) == 1, "an agent who talks is not offered another call"
        assert pitch(second), "who waits hears music"
        call = (await centre.live_calls("talking"))[0]["id"]

        first.hang_up()
        await until(lambda: stored(centre, call), 20, "the talk that began without the engine is in the store")
        part = (await centre.get(f"/api/calls/{call}/recordings", "zhou.yan"))[0]
        assert part["seconds"] > 12
        story = (await centre.get(f"/api/calls/{call}"))["call"]
        assert (story["state"], story["ended_by"], story["outcome"]) == ("ended", "customer", "answered")
        await until(lambda: talk(second, phone), 25, "after the wrap-up the second is served")
        for dialog in (second, third):
            assert not dialog.ended.is_set()
            dialog.hang_up()
        await until(lambda: nobody(centre), 10, "nothing is left over")
        await until(lambda: quiet(phone), 10, "nor at the telephone")


async def test_callers_served_and_gone_while_the_engine_was_dead_are_booked_so_and_what_was_said_is_found(
    centre: RunningCentre,
) -> None:
    async with agent(centre, "8001") as phone:
        answer, rung = phone.on_invite, list[Dialog]()
        phone.on_invite = rung.append
        first = await dial(centre, "13900000001")
        first.press(TO_PERSONAL)
        await until(lambda: there(rung), 30, "the telephone rings for the first caller")
        second = await dial(centre, "13900000002")
        await until(lambda: menu_speaks(second), 10, "the menu speaks")
        before = sounds_heard(centre, second)
        await centre.kill()
        second.press("1")  # what follows it is known to the switch
        phone.on_invite = answer
        answer(rung[0])
        await asyncio.sleep(3)
        first.hang_up()
        await until(lambda: talk(second, phone), 60, "the caller in the menu is served")
        heard = sounds_heard(centre, second) - before
        assert heard["fallback/zh"] == 1, heard
        assert set(heard.values()) == {1}, heard
        prompts = [name for name in heard if name.startswith("prompts")]
        assert len(prompts) in (1, 2), heard  # what the key began, and perhaps the middle of what it ended
        await asyncio.sleep(2)
        list(phone.dialogs.values())[-1].hang_up()
        await asyncio.wait_for(second.ended.wait(), PATIENCE)
        back = time.time()
        await centre.start()
        await until(lambda: nobody(centre), 10, "both calls are closed")
        calls = {call["caller"]: call for call in (await centre.get("/api/calls?size=200"))["calls"]}
        assert calls.keys() == {"13900000001", "13900000002"}
        for caller, ended_by in (("13900000001", "customer"), ("13900000002", "agent")):
            call = (await centre.get(f"/api/calls/{calls[caller]['id']}"))["call"]
            assert (call["agent"], call["outcome"], call["ended_by"]) == ("8001", "answered", ended_by)
            assert call["connected_at"] + 1 <= call["talk_ended_at"] < back
        spoken = calls["13900000002"]["id"]
        await until(lambda: stored(centre, spoken), 20, "what was said meanwhile is found with the call")


async def test_caller_waits_on_while_nobody_at_work_can_be_reached_is_told_why_and_is_served_in_the_end(
    centre: RunningCentre,
) -> None:
    async with agent(centre, "8001") as phone:
        await centre.kill()
        phone.close()  # as a browser's, which was connected through the engine
        await asyncio.sleep(HEARTBEAT_OLD)
        caller = await dial(centre, "13900000001")
        await asyncio.sleep(75)
        assert not caller.ended.is_set()
        heard = sounds_heard(centre, caller)
        assert (heard["fallback/zh"], heard["fallback/patience-zh"], heard["fallback/sorry-zh"]) == (1, 1, 0), heard
        await centre.start()
        back = await centre.phone("8001")

        def pick_up(dialog: Dialog) -> None:
            dialog.media.sound = tone(AGENT_HERTZ)
            back.answer(dialog)

        back.on_invite = pick_up
        await until(lambda: talk(caller, back), 45, "the caller has his place, and the agent who can be reached again")
        caller.hang_up()
        await until(lambda: nobody(centre), 10, "nothing is left over")
        back.close()


async def test_who_leaves_a_message_or_waits_for_a_skill_is_served_by_anybody_when_the_engine_stays_away(
    centre: RunningCentre,
) -> None:
    async with agent(centre, "8001") as phone:
        gone, speaker = [await leave_message(centre, number) for number in ("13900000003", "13900000002")]
        caller = await dial(centre, "13900000001")
        caller.press(TO_COMPLAINTS)

        async def queued() -> bool:
            return await waiting(centre) == ["13900000001"]

        await until(queued, 15, "the caller waits for an agent for complaints")
        call = (await centre.live_calls("waiting"))[0]
        await centre.kill()
        gone.hang_up()
        await until(lambda: talk(speaker, phone), 50, "who was leaving a message is given to whoever is there")
        speaker.hang_up()
        await until(lambda: talk(caller, phone), 110, "the caller is given to whoever is there")
        await centre.start()

        async def known() -> bool:
            return await talking(centre) == [("13900000001", "8001")]

        await until(known, 10, "the engine knows the talk")
        now = (await centre.live_calls("talking"))[0]
        assert (now["id"], now["queue"], now["queued_at"]) == (call["id"], "complaints", call["queued_at"])
        await until(lambda: kept(centre, 2), 10, "both messages are found")
        messages = {each["caller"]: each for each in await centre.get("/api/messages")}
        assert {(each["contact_by"], each["state"]) for each in messages.values()} == {("call_back", "open")}
        assert messages["13900000002"]["seconds"] > 25, "all that he said until he was given to a person"
        left = messages["13900000003"]["call"]

        async def no_abandoned_call() -> bool:
            story = await centre.get(f"/api/calls/{left}")
            assert story["call"]["state"] == "ended"
            return [story["call"]["outcome"], story["events"][-1]["kind"]] == ["message", "amended"]

        await until(no_abandoned_call, 5, "who has only left a message has not given up")
        asked = [each["number"] for each in await centre.get("/api/callbacks", "sun.li")]
        assert sorted(asked) == sorted(messages), "and is called back once"
        list(phone.dialogs.values())[-1].hang_up()

        async def rated() -> bool:
            await asyncio.sleep(2)
            caller.press("5")  # he is asked how it was, sooner or later
            return caller.ended.is_set()

        await until(rated, 45, "the caller has said how it was")
        phone.close()
        story = (await centre.get(f"/api/calls/{call['id']}"))["call"]
        assert (story["ended_by"], story["outcome"]) == ("agent", "answered")
        await until(lambda: stored(centre, call["id"]), 20, "the talk is in the store")

        async def unroutable() -> bool:
            found = {each["number"]: each for each in await centre.get("/api/agents")}
            return (found["8001"]["state"], found["8001"]["reason"]) == ("not-ready", "unreachable")

        await until(unroutable, 20, "after the wrap-up nobody is offered a call at a telephone that has vanished")
        back = await centre.phone("8001")
        await until(lambda: centre.is_ready("8001"), 5, "the telephone is there again, and so is its agent")
        back.close()
        await until(unroutable, 10, "a telephone that vanishes while its agent is free is missed within 10 s")
