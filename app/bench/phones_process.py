"""A process of many light telephones with hardly any sound, agents and callers: their work is not the engine's."""

import asyncio
import json
import sys
from collections.abc import Callable
from typing import Any

from app.phones.light_media import Media
from app.phones.light_sip import Dialog, Party
from app.phones.told import tell
from core.errors import HotlineError

REGISTERED_AT_ONCE = 10
ANSWER_AFTER = 0.2
BETWEEN_CALLS = 0.1


class Sparse(Media):
    """The whole sound of so many calls would be the bench's own load."""

    every = 1.0


class Phones:
    """`agents`: SIP user and secret of each; they answer whatever rings."""

    def __init__(self, port: int, agents: list[tuple[str, str]]) -> None:
        self._port = port
        self._agents = [self._phone(*each) for each in agents]
        self._callers: list[tuple[Party, Dialog]] = []

    async def register(self) -> None:
        gate = asyncio.Semaphore(REGISTERED_AT_ONCE)

        async def one(phone: Party) -> None:
            async with gate:
                await (await phone.open()).register()

        await asyncio.gather(*(one(phone) for phone in self._agents))

    async def call(self, count: int, number: str) -> None:
        for n in range(count):
            caller = await self._phone(f"1390000{n:04d}", "").open()
            self._callers.append((caller, await caller.dial(number)))
            await asyncio.sleep(BETWEEN_CALLS)

    def hang_up(self) -> None:
        for caller, _dialog in self._callers:
            caller.close()
        self._callers = []

    @property
    def talks(self) -> int:
        going = (each for phone in self._agents for each in phone.dialogs.values())
        return sum(each.answered.is_set() and not each.ended.is_set() for each in going)

    def _phone(self, user: str, secret: str) -> Party:
        phone = Party(user, self._port, secret)
        phone.media = Sparse.open
        phone.on_invite = _answering(phone)
        return phone


def _answering(phone: Party) -> Callable[[Dialog], None]:
    def rings(dialog: Dialog) -> None:
        if dialog.invite is not None:
            phone.reply(dialog.invite, 180, "Ringing", dialog)
        asyncio.get_running_loop().call_later(ANSWER_AFTER, phone.answer, dialog)

    return rings


async def run(setup: dict[str, Any]) -> None:
    phones = Phones(setup["port"], [(user, secret) for user, secret in setup["agents"]])
    try:
        await phones.register()
    except HotlineError as fault:
        tell("refused", text=str(fault))
        return
    tell("ready")
    while line := await asyncio.to_thread(sys.stdin.readline):
        order = json.loads(line)
        match order["do"]:
            case "call":
                await phones.call(order["count"], order["number"])
            case "hang_up":
                phones.hang_up()
        tell("talks", count=phones.talks)


if __name__ == "__main__":
    asyncio.run(run(json.loads(sys.stdin.readline())))
