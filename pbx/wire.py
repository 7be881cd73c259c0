"""One AMI connection: panoramisk's protocol with the byte handling, dispatch and end of life replaced."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from panoramisk.actions import Action as PanoramiskAction
from panoramisk.ami_protocol import AMIProtocol
from panoramisk.message import Message

from pbx.encode import Action, lines
from pbx.framing import Framer, Headers
from pbx.switch import LinkLost, SwitchError


class Wire(AMIProtocol):  # type: ignore[misc]  # panoramisk is untyped
    """panoramisk's protocol with the byte handling, dispatch and end of life replaced."""

    def __init__(self, hear: Callable[[Headers], None]) -> None:
        self._hear = hear
        self._framer = Framer()
        self.encoding = "utf-8"

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self.lost: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    def send(self, data: Action, as_list: bool = False, along: Sequence[Action] = ()) -> PanoramiskAction:
        """Written once, with `along`, whose answer nobody waits for; nothing is kept for another connection."""
        sent = PanoramiskAction({name: data[name] for name in ("Action", "ActionID") if name in data}, as_list=as_list)
        try:
            text = [line for each in ({**data, "ActionID": sent.id}, *along) for line in (*_lines(each), "")]
        except ValueError as fault:
            raise SwitchError(f"{data['Action']} cannot be sent: {fault}") from None
        if self.lost.done():
            raise LinkLost(f"the link to Asterisk is down: {self.lost.result()}")
        self.responses[sent.id] = sent
        self.transport.write("".join(f"{line}\r\n" for line in text).encode())
        return sent

    def forget(self, action: PanoramiskAction) -> None:
        self.responses.pop(action.id, None)

    def data_received(self, data: bytes) -> None:
        try:
            messages = self._framer.feed(data)
        except ValueError as fault:
            self.give_up(f"not AMI: {fault}")
            return
        for headers in messages:
            self._take(headers)

    def _take(self, headers: Headers) -> None:
        action = self.responses.get(headers.get("actionid"))
        # An OriginateResponse carries the action's id and a Response header, but is an event for the listener.
        if action is not None and (action.as_list or "event" not in headers):
            message = Message(headers)
            if headers.get("response") == "Error" and not action.future.done():
                action.future.set_result(message)  # panoramisk waits for ever for a list that is refused
            else:
                action.add_message(message)
        elif "event" in headers:
            self._hear(headers)

    def connection_lost(self, exc: Exception | None) -> None:
        self.give_up(f"connection lost: {exc}" if exc else "connection closed by Asterisk")

    def give_up(self, why: str) -> None:
        """End it now; every action still waiting fails."""
        if self.lost.done():
            return
        self.lost.set_result(why)
        for action in self.responses.values():
            if not action.future.done():
                action.future.set_exception(LinkLost(f"the link to Asterisk broke: {why}"))
        self.responses.clear()
        self.transport.abort()


def _lines(action: Mapping[str, str | list[str]]) -> Iterator[str]:
    return (line for name, value in action.items() for line in lines(name, value))
