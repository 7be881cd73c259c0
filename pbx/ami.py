"""The AMI link: login, deadlines, liveness watch, reconnection around one connection at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import structlog
from panoramisk.actions import Action as PanoramiskAction

from pbx.encode import Action
from pbx.framing import Headers
from pbx.switch import LinkLost, SwitchError
from pbx.wire import Wire

log = structlog.get_logger(__name__)

NO_LINK = "there is no link to Asterisk"


class LoginRefused(SwitchError):
    """Asterisk does not know the user or the secret."""


@dataclass(frozen=True, slots=True)
class LinkParameters:
    """Where the AMI is and how patient we are; all times in seconds."""

    port: int
    username: str
    secret: str
    host: str = "127.0.0.1"
    deadline: float = 5.0
    ping_every: float = 5.0
    boot_patience: float = 60.0
    first_pause: float = 0.2
    longest_pause: float = 5.0
    refused_pause: float = 30.0


class AmiLink:
    """Keeps one connection alive; `listener` hears every event in the order of arrival, as plain headers.

    `session` is run on every new connection after login, for as long as the connection lives; if it
    fails, the connection is given up. `on_down` is told why each connection (or attempt) ended. While `may` says no
    nothing is sent, and a connection that would have been used ends: what was not said is found out on the next one.
    """

    def __init__(
        self,
        parameters: LinkParameters,
        listener: Callable[[Headers], None],
        session: Callable[[], Awaitable[None]],
        on_down: Callable[[str], None],
        may: Callable[[], bool] = lambda: True,
    ) -> None:
        self.parameters = parameters
        self._may = may
        self._listener = listener
        self._session = session
        self._on_down = on_down
        self._protocol: Wire | None = None
        self._closed = asyncio.Event()
        self._booted = asyncio.Event()

    async def run(self) -> None:
        """Connect, live, reconnect; returns after `close`."""
        pause = self.parameters.first_pause
        while not self._closed.is_set():
            why, lived = await self._one_life()
            self._on_down(why)
            pause = self.parameters.first_pause if lived else min(pause * 2, self.parameters.longest_pause)
            refused = why.startswith(LoginRefused.__name__)
            with suppress(TimeoutError):
                async with asyncio.timeout(self.parameters.refused_pause if refused else pause):
                    await self._closed.wait()

    async def close(self) -> None:
        """End the connection and stop reconnecting."""
        self._closed.set()
        if self._protocol is not None:
            self._protocol.give_up("closed")

    def ask(
        self, action: Action, deadline: float | None = None, along: Sequence[Action] = ()
    ) -> Coroutine[Any, Any, Headers]:
        """Sent before this returns; what is awaited is the response.

        Raises, when awaited, LinkLost (no link, or no reply in time) and SwitchError when Asterisk refuses.
        `along` is sent right behind it, and what comes of that is not told.
        """
        return self._first(self._send(action, along=along), deadline)

    async def ask_list(self, action: Action, deadline: float | None = None) -> list[Headers]:
        """The events between the response and its `…Complete`; raises like `ask`."""
        answer = await self._answer(self._send(action, as_list=True), deadline)
        return [each for each in answer if "event" in each and "eventlist" not in each]

    def _send(
        self, action: Action, *, as_list: bool = False, along: Sequence[Action] = ()
    ) -> PanoramiskAction | SwitchError:
        """What was sent, or why nothing was."""
        protocol = self._protocol
        if protocol is None:
            return LinkLost(NO_LINK)
        if not self._may():
            protocol.give_up("this process may not command now")
            return LinkLost("this process may not command Asterisk now")
        try:
            return protocol.send(action, as_list=as_list, along=along)
        except SwitchError as fault:
            return fault

    async def _first(self, sent: PanoramiskAction | SwitchError, deadline: float | None) -> Headers:
        return (await self._answer(sent, deadline))[0]

    async def _answer(self, sent: PanoramiskAction | SwitchError, deadline: float | None) -> list[Headers]:
        if isinstance(sent, SwitchError):
            raise sent
        try:
            async with asyncio.timeout(deadline or self.parameters.deadline):
                answer = await sent.future
        except TimeoutError:
            raise LinkLost(f"no reply to {sent['Action']} in time") from None
        finally:
            if self._protocol is not None:
                self._protocol.forget(sent)
        found = [dict(each.items()) for each in (answer if isinstance(answer, list) else [answer])]
        if found[0].get("response") == "Error":
            raise SwitchError(f"Asterisk refused {sent['Action']}: {found[0].get('message', '')}")
        return found

    async def _one_life(self) -> tuple[str, bool]:
        """One connection from start to end: why it ended, and whether it ever was logged in."""
        lived = False
        protocol: Wire | None = None
        try:
            async with asyncio.timeout(self.parameters.deadline):
                protocol = await self._open()
                await self._login()
            lived = True
            why = await self._live(protocol)
        except SwitchError as fault:
            why = f"{type(fault).__name__}: {fault.problem}"
        except (OSError, TimeoutError) as fault:
            why = f"cannot reach Asterisk: {str(fault) or 'no reply'}"
        finally:
            self._protocol = None
            if protocol is not None:
                protocol.give_up("finished")
        log.log(40 if why.startswith(LoginRefused.__name__) else 20, "link to Asterisk ended", why=why)
        return why, lived

    async def _open(self) -> Wire:
        self._booted.clear()
        loop = asyncio.get_running_loop()
        _, protocol = await loop.create_connection(lambda: Wire(self._hear), self.parameters.host, self.parameters.port)
        self._protocol = protocol
        return protocol

    async def _login(self) -> None:
        user = {"Username": self.parameters.username, "Secret": self.parameters.secret}
        try:
            await self.ask({"Action": "Login", "Events": "on", **user})
        except LinkLost:
            raise
        except SwitchError as fault:
            raise LoginRefused(fault.problem, "check user and secret in manager.conf") from None

    async def _live(self, protocol: Wire) -> str:
        """Run the session and the liveness watch until the connection or one of them ends."""
        parts: list[asyncio.Future[Any]] = [
            asyncio.ensure_future(self._watch()),
            asyncio.ensure_future(self._booted_session()),
        ]
        try:
            await asyncio.wait((*parts, protocol.lost), return_when=asyncio.FIRST_COMPLETED)
            if protocol.lost.done():
                return protocol.lost.result()
            fault = next(part.exception() for part in parts if part.done())
            if fault is not None and not isinstance(fault, SwitchError):
                log.error("session with Asterisk failed", exc_info=fault)
            return str(fault) if fault else "session ended"
        finally:
            for part in parts:
                part.cancel()
            await asyncio.gather(*parts, return_exceptions=True)

    async def _booted_session(self) -> None:
        try:
            async with asyncio.timeout(self.parameters.boot_patience):
                await self._booted.wait()
        except TimeoutError:
            raise LinkLost("Asterisk does not finish starting") from None
        await self._session()

    async def _watch(self) -> None:
        """A half-open connection looks alive until somebody asks: no reply to a ping ends it."""
        while True:
            await asyncio.sleep(self.parameters.ping_every)
            await self.ask({"Action": "Ping"})

    def _hear(self, headers: Headers) -> None:
        if headers.get("event") == "FullyBooted":
            self._booted.set()
        try:
            self._listener(headers)
        except Exception:  # whatever one event does to a listener, the next must still arrive
            log.exception("listener of the link failed", event_name=headers.get("event"))
