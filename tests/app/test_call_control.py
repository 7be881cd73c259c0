"""Calls under way in a whole centre: what every party hears, measured by the tone each of them speaks with."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from app.phones.light_media import tone
from app.phones.light_sip import Dialog, Party
from tests.app.test_survival import dial_to_cards
from tests.centre import PATIENCE, RunningCentre, running_centre, until
from tests.tones import CLEAR, amplitude, loudness

pytestmark = pytest.mark.real

CALLER, FIRST, SECOND, SUPERVISOR = 400, 600, 850, 1150
VOICES = {"caller": CALLER, "first": FIRST, "second": SECOND, "supervisor": SUPERVISOR}
SETTLE, LISTEN = 0.5, 0.8  # seconds: until nothing of before is heard, and how long is listened
TRIES = 20


@pytest.fixture
async def centre() -> AsyncIterator[RunningCentre]:
    async with running_centre() as centre:
        yield centre


class Telephone:
    """A phone that answers at once and speaks with its tone; `talk` is what it talks in."""

    def __init__(self, party: Party, hertz: int) -> None:
        self.party, self.hertz = party, hertz
        self.talk: Dialog | None = None
        party.on_invite = self._answer

    def _answer(self, dialog: Dialog) -> None:
        self.talk = dialog
        dialog.media.sound = tone(self.hertz)
        self.party.answer(dialog)


@contextlib.asynccontextmanager
async def telephones(centre: RunningCentre, **voices: int) -> AsyncIterator[dict[str, Telephone]]:
    """`a8001=600`: agent 8001's phone, by number, with its tone."""
    phones = {name[1:]: Telephone(await centre.phone(name[1:]), hertz) for name, hertz in voices.items()}
    try:
        yield phones
    finally:
        for phone in phones.values():
            phone.party.close()


async def hear(wanted: list[set[str]], *parties: Dialog | None) -> None:
    """Returns when each of the parties hears these voices; `music` is sound that is nobody's, empty is silence."""
    present = [party for party in parties if party is not None]
    await asyncio.sleep(SETTLE)
    for _ in range(TRIES):
        for party in present:
            party.media.heard.clear()
        await asyncio.sleep(LISTEN)
        heard = [_voices(bytes(party.media.heard)) for party in present]
        if heard == wanted:
            return
    raise AssertionError(f"they hear {heard}, not {wanted}")


def _voices(sound: bytes) -> set[str]:
    found = {name for name, hertz in VOICES.items() if amplitude(sound, hertz) > CLEAR}
    return found or ({"music"} if loudness(sound) > 100 else set())


async def in_talk(centre: RunningCentre) -> tuple[str, Dialog]:
    """A caller who talks with the agent who is ready."""
    (caller,) = await dial_to_cards(centre, ["13900000001"])
    caller.media.sound = tone(CALLER)
    await until(lambda: _talking(centre), 15, "they talk")
    return (await centre.live_calls("talking"))[0]["id"], caller


async def _talking(centre: RunningCentre) -> bool:
    return bool(await centre.live_calls("talking"))


async def _state(centre: RunningCentre, number: str) -> str:
    return str({agent["number"]: agent["state"] for agent in await centre.get("/api/agents")}[number])


async def _kinds(centre: RunningCentre, call: str) -> list[str]:
    return [each["kind"] for each in (await centre.get(f"/api/calls/{call}"))["events"]]


async def test_hold_is_music_for_the_caller_and_silence_for_the_agent_also_over_a_restart(
    centre: RunningCentre,
) -> None:
    async with telephones(centre, a8001=FIRST) as phones:
        await centre.ready_agent("8001")
        call, caller = await in_talk(centre)
        agent = phones["8001"].talk
        await hear([{"first"}, {"caller"}], caller, agent)

        # Skills that the queue does not ask for any more: they count for the next caller, this talk goes on.
        await centre.patch("/api/people/li.na", {"skills": {"zh": 2, "loans": 9}}, "admin")
        assert await _state(centre, "8001") == "talking"
        await centre.post(f"/api/calls/{call}/hold", login="li.na")
        await hear([{"music"}, set()], caller, agent)
        assert await _state(centre, "8001") == "on-hold"

        await centre.kill()
        await hear([{"music"}, set()], caller, agent)
        await centre.start()
        await until(lambda: _is(centre, "8001", "on-hold"), 10, "the call is known again")
        await hear([{"music"}, set()], caller, agent)

        await centre.post(f"/api/calls/{call}/resume", login="li.na")
        await hear([{"first"}, {"caller"}], caller, agent)
        assert await _state(centre, "8001") == "talking"
        await centre.post(f"/api/calls/{call}/hangup", login="li.na")
        await until(lambda: _asked(centre, call, "rate-agent"), 5, "he is asked how it was")
        caller.press("2")
        await until(lambda: _asked(centre, call, "rate-why"), 5, "and why")
        caller.hang_up()
        await until(lambda: _over(centre, call), 10, "the call is over")
        await until(lambda: _stored(centre, call, 1), 20, "the recording is stored")
        answers = (await centre.get(f"/api/surveys?call={call}"))["answers"]
        assert [(each["agent"], each["step"], each["answer"]) for each in answers] == [("8001", "rate-agent", 2)]
        story = (await centre.get(f"/api/calls/{call}"))["call"]
        (part,) = await centre.get(f"/api/calls/{call}/recordings", "zhou.yan")
        assert part["seconds"] > 0.7 * (story["talk_ended_at"] - story["connected_at"])
        kinds = await _kinds(centre, call)
        assert kinds[kinds.index("connected") :] == [
            "connected", "held", "resumed", "disconnected", "menu", "menu", "menu", "ended",
        ]  # fmt: skip


async def _asked(centre: RunningCentre, call: str, step: str) -> bool:
    return str((await centre.get(f"/api/calls/{call}"))["call"]["path"][-1]["step"]) == step


async def _over(centre: RunningCentre, call: str) -> bool:
    return (await _kinds(centre, call))[-1] == "ended"


async def _stored(centre: RunningCentre, call: str, count: int) -> bool:
    parts = await centre.get(f"/api/calls/{call}/recordings", "zhou.yan")
    return len(parts) == count and all(part["state"] == "stored" for part in parts)


async def test_a_caller_who_hangs_up_on_hold_frees_the_agent(centre: RunningCentre) -> None:
    async with telephones(centre, a8001=FIRST) as phones:
        await centre.ready_agent("8001")
        call, caller = await in_talk(centre)
        await centre.post(f"/api/calls/{call}/hold", login="li.na")
        await asyncio.sleep(1)
        caller.hang_up()
        agent = phones["8001"].talk
        assert agent is not None
        await asyncio.wait_for(agent.ended.wait(), PATIENCE)
        await until(lambda: _is(centre, "8001", "wrap-up"), 5, "the agent wraps up")
        assert (await centre.get(f"/api/calls/{call}"))["call"]["ended_by"] == "customer"


async def _is(centre: RunningCentre, number: str, state: str) -> bool:
    return await _state(centre, number) == state


async def test_a_caller_given_away_hears_the_second_agent_and_the_first_is_out(centre: RunningCentre) -> None:
    async with telephones(centre, a8001=FIRST, a8002=SECOND) as phones:
        await centre.ready_agent("8001")
        call, caller = await in_talk(centre)
        await centre.ready_agent("8002")
        first = phones["8001"].talk
        await centre.post(f"/api/calls/{call}/hold", login="li.na")
        await centre.post(f"/api/calls/{call}/transfer", {"queue": "complaints", "agent": "8002"}, login="li.na")
        assert first is not None
        await asyncio.wait_for(first.ended.wait(), PATIENCE)
        await until(lambda: _is(centre, "8001", "wrap-up"), 5, "the first agent wraps up")
        await until(lambda: _is(centre, "8002", "talking"), 10, "the second agent talks")
        await hear([{"second"}, {"caller"}], caller, phones["8002"].talk)
        caller.hang_up()
        await until(lambda: _over(centre, call), 10, "the call is over")
        await until(lambda: _stored(centre, call, 2), 20, "both conversations are stored")
        parts = await centre.get(f"/api/calls/{call}/recordings", "zhou.yan")
        assert [part["number"] for part in parts] == [1, 2]
        assert all(abs(part["offset"]) < 2 for part in parts)  # each counts from its own connection
        kinds = await _kinds(centre, call)
        assert kinds[kinds.index("connected") :] == [
            "connected", "held", "disconnected", "transfer", "queued", "offered", "offer-ended", "connected",
            "disconnected", "ended",
        ]  # fmt: skip


async def test_a_colleague_is_asked_in_private_joins_and_then_has_the_caller_alone(centre: RunningCentre) -> None:
    async with telephones(centre, a8001=FIRST, a8002=SECOND) as phones:
        await centre.ready_agent("8001")
        call, caller = await in_talk(centre)
        await centre.ready_agent("8002")
        first, path = phones["8001"].talk, f"/api/calls/{call}/consult"
        for again in (False, True):
            await centre.post(path, {"agent": "8002"}, login="li.na")
            await until(lambda: _picked_up(phones["8002"]), 10, "the colleague has picked up")
            await hear([{"music"}, {"second"}, {"first"}], caller, first, phones["8002"].talk)
            if again:
                break
            await centre.post(f"{path}/join", login="li.na")
            three = [{"first", "second"}, {"caller", "second"}, {"caller", "first"}]
            await hear(three, caller, first, phones["8002"].talk)
            await centre.delete(path, login="li.na")
            await hear([{"first"}, {"caller"}], caller, first)
            phones["8002"].talk = None
        await centre.post(f"{path}/join", login="li.na")
        assert first is not None
        first.hang_up()
        await until(lambda: _is(centre, "8001", "wrap-up"), 5, "the first agent wraps up")
        await until(lambda: _is(centre, "8002", "talking"), 5, "the colleague has the call")
        await hear([{"second"}, {"caller"}], caller, phones["8002"].talk)
        caller.hang_up()
        await until(lambda: _stored(centre, call, 2), 20, "both conversations are stored")


async def test_agent_goes_back_to_his_caller_while_the_colleagues_telephone_rings(centre: RunningCentre) -> None:
    async with telephones(centre, a8001=FIRST, a8002=SECOND) as phones:
        rings: list[Dialog] = []
        phones["8002"].party.on_invite = rings.append
        await centre.ready_agent("8001")
        call, caller = await in_talk(centre)
        await centre.ready_agent("8002")
        await centre.post(f"/api/calls/{call}/consult", {"agent": "8002"}, "li.na")
        await until(lambda: _rung(rings), 5, "the colleague's telephone rings")
        await centre.post(f"/api/calls/{call}/resume", login="li.na")
        phones["8002"].party.answer(rings[0])
        await hear([{"first"}, {"caller"}], caller, phones["8001"].talk)
        await until(lambda: _is(centre, "8002", "ready"), 5, "the colleague is free")
        assert len(await centre.live_calls("talking")) == 1


async def test_ringing_telephone_is_asked_to_answer_and_one_that_does_not_know_how_rings_on(
    centre: RunningCentre,
) -> None:
    async with telephones(centre, a8001=FIRST, a8002=SECOND) as phones:
        rings: list[Dialog] = []
        for phone in phones.values():
            phone.party.on_invite = rings.append
        phones["8001"].party.talks = False
        for login in ("li.na", "wang.wei"):  # a token takes a while, and it rings for some seconds only
            await centre.get("/api/queues", login)
        await centre.ready_agent("8001")
        (caller,) = await dial_to_cards(centre, ["13900000001"])
        caller.media.sound = tone(CALLER)
        await until(lambda: _rung(rings), 10, "the telephone rings")
        agent = rings.pop()
        agent.media.sound = tone(FIRST)
        (call,) = await centre.live_calls("ringing")
        path = f"/api/calls/{call['id']}"
        asking = asyncio.create_task(centre.post(f"{path}/answer", login="li.na"))
        await asyncio.sleep(0.3)
        rang(agent)  # what was asked before is not lost
        await asking
        await asyncio.sleep(0.5)
        assert await centre.live_calls("ringing")
        phones["8001"].party.talks = True
        await centre.post(f"{path}/answer", login="li.na")
        await hear([{"first"}, {"caller"}], caller, agent)

        await centre.ready_agent("8002")
        await centre.post(f"{path}/consult", {"agent": "8002"}, login="li.na")
        await until(lambda: _rung(rings), 10, "the colleague's telephone rings")
        colleague = rings.pop()
        rang(colleague)
        colleague.media.sound = tone(SECOND)
        await centre.post(f"{path}/answer", login="wang.wei")
        await hear([{"music"}, {"second"}, {"first"}], caller, agent, colleague)


def rang(dialog: Dialog) -> None:
    assert dialog.invite is not None
    dialog.party.reply(dialog.invite, 180, "Ringing", dialog)


async def _rung(rings: list[Dialog]) -> bool:
    return bool(rings)


async def _picked_up(phone: Telephone) -> bool:
    return phone.talk is not None and phone.talk.answered.is_set()


async def test_a_supervisor_listens_whispers_speaks_with_both_and_takes_over(centre: RunningCentre) -> None:
    async with telephones(centre, a8001=FIRST, a8006=SUPERVISOR) as phones:
        await phones["8001"].party.dial("*1")
        await until(lambda: _is(centre, "8001", "ready"), 10, "the agent has signed in at his telephone")
        call, caller = await in_talk(centre)
        agent = phones["8001"].talk
        at_call = f"/api/calls/{call}/supervision"
        for mode, heard in (
            ("listen", [{"first"}, {"caller"}, {"caller", "first"}]),
            ("whisper", [{"first"}, {"caller", "supervisor"}, {"caller", "first"}]),
            ("barge", [{"first", "supervisor"}, {"caller", "supervisor"}, {"caller", "first"}]),
        ):
            await centre.post(at_call, {"mode": mode, "phone": "8006"})
            await until(lambda: _answered(centre, at_call), 10, "the supervisor has picked up")
            await hear(heard, caller, agent, phones["8006"].talk)
        await centre.delete(at_call)
        supervisor = phones["8006"].talk
        assert supervisor is not None
        await asyncio.wait_for(supervisor.ended.wait(), PATIENCE)
        await until(lambda: _nobody_listens(centre, at_call), 10, "nobody listens")
        await centre.put(f"/api/calls/{call}/mute", {"muted": True}, login="li.na")
        await hear([set(), {"caller"}], caller, agent)
        await centre.put(f"/api/calls/{call}/mute", {"muted": False}, login="li.na")
        await hear([{"first"}, {"caller"}], caller, agent)

        await centre.post(at_call, {"mode": "listen", "phone": "8006"})
        await until(lambda: _answered(centre, at_call), 10, "the supervisor listens again")
        await centre.post(f"{at_call}/take-over")
        assert agent is not None
        await asyncio.wait_for(agent.ended.wait(), PATIENCE)
        await until(lambda: _is(centre, "8001", "wrap-up"), 5, "the agent wraps up")
        supervisor = phones["8006"].talk
        await hear([{"supervisor"}, {"caller"}], caller, supervisor)
        caller.hang_up()
        assert supervisor is not None
        await asyncio.wait_for(supervisor.ended.wait(), PATIENCE)
        await until(lambda: _nobody_listens(centre, at_call), 10, "the call is over for him, too")


async def test_a_supervisor_is_heard_by_the_agent_whose_caller_is_on_hold_and_not_by_the_caller(
    centre: RunningCentre,
) -> None:
    async with telephones(centre, a8001=FIRST, a8006=SUPERVISOR) as phones:
        await centre.ready_agent("8001")
        call, caller = await in_talk(centre)
        at_call = f"/api/calls/{call}/supervision"
        for mode, rejoined in (("whisper", {"first"}), ("barge", {"first", "supervisor"})):
            await centre.post(at_call, {"mode": mode, "phone": "8006"})
            await until(lambda: _answered(centre, at_call), 10, "the supervisor has picked up")
            agent, supervisor = phones["8001"].talk, phones["8006"].talk
            await centre.post(f"/api/calls/{call}/hold", login="li.na")
            await hear([{"music"}, {"supervisor"}, {"first"}], caller, agent, supervisor)
            await centre.post(f"/api/calls/{call}/resume", login="li.na")
            await hear([rejoined, {"caller", "supervisor"}, {"caller", "first"}], caller, agent, supervisor)
            if mode == "whisper":
                await centre.delete(at_call)
            else:  # who gives up on hold is gone at once, whoever speaks with both
                await centre.post(f"/api/calls/{call}/hold", login="li.na")
                await hear([{"music"}, {"supervisor"}, {"first"}], caller, agent, supervisor)
                caller.hang_up()
                assert agent is not None
                await asyncio.wait_for(agent.ended.wait(), 15)
            await until(lambda: _nobody_listens(centre, at_call), 10, "nobody listens")


async def _nobody_listens(centre: RunningCentre, path: str) -> bool:
    return bool(await centre.get(path) == [])


async def _answered(centre: RunningCentre, path: str) -> bool:
    return any(each["answered"] for each in await centre.get(path))


async def test_a_waiting_caller_is_given_to_an_agent_who_would_not_be_offered_him(centre: RunningCentre) -> None:
    async with telephones(centre, a8005=SECOND) as phones:
        await centre.ready_agent("8005")
        (caller,) = await dial_to_cards(centre, ["13900000001"])
        caller.media.sound = tone(CALLER)
        await asyncio.sleep(1)
        (waiting,) = await centre.live_calls("waiting")
        path = f"/api/calls/{waiting['id']}"
        await centre.post(f"{path}/priority", {"priority": 40})
        assert (await centre.get(path))["call"]["priority"] == 40
        await centre.post(f"{path}/pick", {}, login="liu.yang")
        await until(lambda: _is(centre, "8005", "talking"), 10, "he talks with the agent who picked him")
        await hear([{"second"}, {"caller"}], caller, phones["8005"].talk)
        caller.hang_up()
