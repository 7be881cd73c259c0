"""The switch's end of a browser's telephone line, played by a test: SIP as Asterisk speaks it, one call at a time."""

import asyncio
import re
from dataclasses import dataclass, field

from playwright.async_api import Page, WebSocketRoute

from agentdesk.softphone.line import MOVED

CALLER = "13812345678"
PEER = """async () => {
  window.peer = new RTCPeerConnection();
  peer.addTransceiver("audio");
  await peer.setLocalDescription();
  while (peer.iceGatheringState !== "complete") {
    await new Promise((done) => peer.addEventListener("icegatheringstatechange", done, { once: true }));
  }
  return peer.localDescription.sdp;
}"""
COPIED = re.compile(r"^(?:Via|From|Call-ID|CSeq):.*\r\n", re.M)


@dataclass
class SipSwitch:
    """`lines` are the telephone's WebSockets, the newest last; `heard` is what it said, but for its registering."""

    page: Page
    lines: list[WebSocketRoute] = field(default_factory=list)
    heard: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    user: str = ""
    tag: str = ""
    calls: int = 0

    async def plug_in(self) -> None:
        await self.page.route_web_socket("**/desk/phone/line", self._take)

    async def _take(self, line: WebSocketRoute) -> None:
        """Like ours: the newest has the line, and the one before is told so."""
        former, self.lines = self.lines, [*self.lines, line]
        line.on_message(lambda text: self._hear(line, str(text)))
        if former:
            await former[-1].close(code=MOVED)

    def _hear(self, line: WebSocketRoute, text: str) -> None:
        if text.startswith("REGISTER "):
            self.user = _found(r"^To: <sip:([^@]+)@", text)
            contact = _found(r"^Contact: (<[^>]+>)", text)
            line.send(_answer(text, f"Contact: {contact};expires=90\r\n"))
        else:
            self.heard.put_nowait(text)

    async def hears(self, start: str) -> str:
        """The next thing that the telephone says which begins so."""
        async with asyncio.timeout(20):
            while not (text := await self.heard.get()).startswith(start):
                pass
        return text

    def said(self) -> list[str]:
        """The methods of all that is unheard yet."""
        return [self.heard.get_nowait().split(" ")[0] for _ in range(self.heard.qsize())]

    async def ring(self) -> None:
        self.calls, self.tag = self.calls + 1, ""
        self._ask("INVITE", 1, await self.page.evaluate(PEER))

    async def connect(self) -> None:
        """After the answer."""
        self.tag = _found(r"^To:.*;tag=(\S+)", await self.hears("SIP/2.0 200"))
        self._ask("ACK", 1)

    def _ask(self, method: str, number: int, body: str = "") -> None:
        head = [
            f"{method} sip:{self.user}@browser.invalid SIP/2.0",
            f"Via: SIP/2.0/WS switch.invalid;branch=z9hG4bK{self.calls}{method}",
            "Max-Forwards: 70",
            f"From: <sip:{CALLER}@switch.invalid>;tag=switch",
            f"To: <sip:{self.user}@browser.invalid>" + (f";tag={self.tag}" if self.tag else ""),
            f"Call-ID: call{self.calls}",
            f"CSeq: {number} {method}",
            "Contact: <sip:switch@switch.invalid;transport=ws>",
            *(["Content-Type: application/sdp"] if body else []),
            f"Content-Length: {len(body.encode())}",
        ]
        self.lines[-1].send("\r\n".join([*head, "", body]))


def _answer(request: str, more: str) -> str:
    head = "".join(COPIED.findall(request))
    to = _found(r"^(To:.*)\r$", request)
    return f"SIP/2.0 200 OK\r\n{head}{to};tag=switch\r\n{more}Content-Length: 0\r\n\r\n"


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text, re.M)
    assert found, text
    return found[1]
