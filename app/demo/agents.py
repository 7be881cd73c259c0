"""The agents at work: phones registered, signed in when it is their turn, talking, filing tickets."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

from app.centre import Centre
from app.demo.api import Api
from app.demo.cast import ACTORS, Actor
from app.phones.agent import AgentPhone
from core.errors import HotlineError

Rang = Callable[[Actor, str], None]
Talk = Callable[[Actor, AgentPhone, str], Awaitable[None]]
SUPERVISOR = "sun.li"
WRITING_SECONDS = 4.0
"""Into the conversation: by then the agent knows what the ticket is about."""


class Agents:
    """`rang(actor, number)` hears every ring; `talk(actor, phone, number)` runs for every answered call.

    `faults`: what the centre refused them.
    """

    def __init__(self, centre: Centre, rang: Rang, talk: Talk) -> None:
        self._centre = centre
        self._rang = rang
        self._talk = talk
        self.phones: dict[str, AgentPhone] = {}
        self._apis: dict[str, Api] = {}
        self.faults: list[str] = []

    async def register(self) -> None:
        """All phones at once. Raises HotlineError when one cannot register."""
        people = {each["number"]: each["login"] for each in await self._people()}
        await asyncio.gather(*(self._register(actor, people[actor.number]) for actor in ACTORS))

    async def sign_in(self, actor: Actor) -> None:
        await self._state(actor, "ready")

    async def sign_in_and_wait(self, actor: Actor, seconds: float) -> None:
        """Sign in, and give the distributor up to `seconds` to ring this phone before the next signs in."""
        await self.sign_in(actor)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self.phones[actor.number].rung.wait(), seconds)

    async def hold(self, actor: Actor, number: str, seconds: float) -> None:
        """Put the caller on hold and take him back."""
        try:
            path = f"/api/calls/{await self._call_of(actor, number)}"
            await self._apis[actor.number].post(f"{path}/hold", {})
            await asyncio.sleep(seconds)
            await self._apis[actor.number].post(f"{path}/resume", {})
        except HotlineError as fault:
            self.faults.append(f"{actor.number} holding the call of {number}: {fault}")

    async def close(self) -> None:
        await asyncio.gather(*(phone.stop() for phone in self.phones.values()))
        await asyncio.gather(*(api.close() for api in self._apis.values()))

    async def sign_out(self) -> None:
        """Those still in a wrap-up cannot yet; they are signed out when their phones unregister."""
        for actor in ACTORS:
            with contextlib.suppress(HotlineError):
                await self._state(actor, "signed-out")

    async def _register(self, actor: Actor, login: str) -> None:
        api = self._apis[actor.number] = await Api.of(self._centre, login)
        account = await api.get("/api/me/phone")

        async def answered(phone: AgentPhone, number: str) -> None:
            await asyncio.gather(self._talk(actor, phone, number), self._follow(actor, number))

        phone = AgentPhone(
            account["user"], account["secret"], account["server"], account["port"], actor.behaviour,
            on_ring=lambda _phone, number: self._rang(actor, number), on_answer=answered,
        )  # fmt: skip
        self.phones[actor.number] = phone
        await phone.start()

    async def _follow(self, actor: Actor, number: str) -> None:
        await asyncio.sleep(WRITING_SECONDS)
        try:
            await self._work(actor, number)
        except HotlineError as fault:
            self.faults.append(f"{actor.number} during the call of {number}: {fault}")

    async def _work(self, actor: Actor, number: str) -> None:
        if actor.after_call:
            await self._state(actor, actor.after_call)
        if call := await self._call_of(actor, number):
            ticket = {"category": "enquiry", "summary": f"来电 {number}", "solved": True}
            await self._apis[actor.number].post(f"/api/calls/{call}/ticket", ticket)

    async def _call_of(self, actor: Actor, number: str) -> str:
        page = await self._supervisor().get("/api/calls", agent=actor.number, caller=number, size=1)
        return str(page["calls"][0]["id"]) if page["calls"] else ""

    async def _state(self, actor: Actor, state: str) -> None:
        await self._apis[actor.number].put(f"/api/agents/{actor.number}/state", {"state": state})

    async def _people(self) -> list[dict[str, str]]:
        self._apis["supervisor"] = await Api.of(self._centre, SUPERVISOR)
        people: list[dict[str, str]] = await self._supervisor().get("/api/people")
        return people

    def _supervisor(self) -> Api:
        return self._apis["supervisor"]
