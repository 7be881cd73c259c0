"""Small SIP parties, many to a process: callers and phones on loopback for loads and tests."""

import asyncio
import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import cast

from app.phones.light_media import ALAW_PAYLOAD, EVENT_PAYLOAD, Media
from core.errors import HotlineError

PATIENCE = 30.0
"""Seconds that the server gets to answer a registration."""


@dataclass(slots=True)
class Message:
    """A SIP message: its first line, headers by lower-case name, body."""

    first: str
    headers: dict[str, str]
    body: str
    vias: list[str] = field(default_factory=list)

    @property
    def status(self) -> int:
        return int(self.first.split(" ")[1]) if self.first.startswith("SIP/2.0") else 0

    @property
    def method(self) -> str:
        return self.headers["cseq"].split()[1]

    @classmethod
    def read(cls, data: bytes) -> "Message":
        head, _, body = data.decode().partition("\r\n\r\n")
        first, *rest = head.split("\r\n")
        pairs = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in rest)]
        return cls(first, dict(pairs), body, [value for name, value in pairs if name == "via"])


class Dialog:
    """One call as a party sees it."""

    def __init__(self, party: "Party", call_id: str, media: Media) -> None:
        self.party = party
        self.call_id = call_id
        self.media = media
        self.local = self.remote = self.target = ""
        self.sequence = 1
        self.invite: Message | None = None
        self.answered = asyncio.Event()
        self.ended = asyncio.Event()
        self.status = 0

    def press(self, keys: str) -> None:
        for key in keys:
            self.media.press(key)

    def hang_up(self) -> None:
        """BYE when talking, CANCEL when our own call is not answered yet, 603 when theirs is not."""
        if self.ended.is_set():
            return
        if self.answered.is_set():
            self.sequence += 1
            self.party.request("BYE", self.target, self, self.sequence)
        elif self.invite is not None:
            self.party.reply(self.invite, 603, "Decline", self)
        else:
            self.party.request("CANCEL", self.target, self, self.sequence)
        self.finish()

    def finish(self) -> None:
        self.media.stop()
        self.ended.set()


class Party(asyncio.DatagramProtocol):
    """A SIP user agent: `dial` as a caller, `register` as a phone; `on_invite` says what a phone does when it rings.

    `talks`: it can be asked to answer by an event of that name.
    """

    def __init__(self, user: str, server_port: int, password: str = "") -> None:
        self.user = user
        self.password = password
        self.server = ("127.0.0.1", server_port)
        self.dialogs: dict[str, Dialog] = {}
        self._arriving: set[str] = set()
        self.on_invite: Callable[[Dialog], None] = lambda dialog: None
        self.media: Callable[[], Awaitable[Media]] = Media.open
        self.talks = True
        self._transport: asyncio.DatagramTransport | None = None
        self._branches: dict[str, str] = {}
        self._registered: asyncio.Future[int] | None = None
        self._register_id = f"{secrets.token_hex(8)}@127.0.0.1"
        self._register_sequence = 0
        self._expires = 300
        self._renewal: asyncio.TimerHandle | None = None

    async def open(self) -> "Party":
        await asyncio.get_running_loop().create_datagram_endpoint(lambda: self, ("127.0.0.1", 0))
        return self

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.DatagramTransport, transport)  # the real class does not inherit it

    @property
    def contact(self) -> str:
        assert self._transport is not None
        return f"sip:{self.user}@127.0.0.1:{self._transport.get_extra_info('sockname')[1]}"

    def close(self) -> None:
        self._renew_in(0)
        for dialog in list(self.dialogs.values()):
            dialog.hang_up()
        if self._transport is not None:
            self._transport.close()

    async def dial(self, number: str) -> Dialog:
        """Sends the INVITE; `dialog.answered` and `dialog.ended` tell what became of it."""
        dialog = Dialog(self, f"{secrets.token_hex(8)}@127.0.0.1", await self.media())
        dialog.local = f"<sip:{self.user}@127.0.0.1>;tag={secrets.token_hex(4)}"
        dialog.remote = f"<sip:{number}@127.0.0.1:{self.server[1]}>"
        dialog.target = f"sip:{number}@127.0.0.1:{self.server[1]}"
        self.dialogs[dialog.call_id] = dialog
        self.request("INVITE", dialog.target, dialog, 1, body=_sdp(dialog.media.port))
        return dialog

    async def register(self, expires: int = 300) -> None:
        """Stays so until it is closed, or registers with 0. Raises HotlineError when refused."""
        self._expires = expires
        self._renew_in(0)
        self._registered = asyncio.get_running_loop().create_future()
        self._send_register("")
        try:
            status = await asyncio.wait_for(self._registered, PATIENCE)
        except TimeoutError:
            status = 408
        if status != 200:
            raise HotlineError(f"phone {self.user} could not register", f"the server answered {status}")
        self._renew_in(expires / 2)

    def _renew_in(self, seconds: float) -> None:
        """0: not any more."""
        if self._renewal is not None:
            self._renewal.cancel()
        self._renewal = asyncio.get_running_loop().call_later(seconds, self._renew) if seconds else None

    def _renew(self) -> None:
        self._send_register("")
        self._renew_in(self._expires / 2)

    def request(
        self, method: str, uri: str, dialog: Dialog, sequence: int, body: str = "", authorization: str = ""
    ) -> None:
        key = dialog.call_id + str(sequence)
        branch = self._branches.setdefault(key, "") if method == "CANCEL" else f"z9hG4bK{secrets.token_hex(6)}"
        if method == "INVITE":
            self._branches[key] = branch
        via = f"SIP/2.0/UDP {self.contact.partition('@')[2]};branch={branch};rport"
        headers = {
            "Via": via, "From": dialog.local, "To": dialog.remote, "Call-ID": dialog.call_id,
            "CSeq": f"{sequence} {method}", "Contact": f"<{self.contact}>", "Max-Forwards": "70",
        }  # fmt: skip
        self._send(
            f"{method} {uri} SIP/2.0", headers | ({"Authorization": authorization} if authorization else {}), body
        )

    def reply(self, to: Message, status: int, reason: str, dialog: Dialog | None = None, body: str = "") -> None:
        headers = {"Via": "\r\nVia: ".join(to.vias), "From": to.headers["from"], "To": to.headers["to"]}
        if dialog is not None and "tag=" not in headers["To"]:
            headers["To"] = dialog.local
        headers |= {"Call-ID": to.headers["call-id"], "CSeq": to.headers["cseq"], "Contact": f"<{self.contact}>"}
        self._send(f"SIP/2.0 {status} {reason}", headers, body)

    def answer(self, dialog: Dialog) -> None:
        if dialog.invite is not None and not dialog.ended.is_set():
            dialog.media.start(dialog.invite.body)
            self.reply(dialog.invite, 200, "OK", dialog, _sdp(dialog.media.port))
            dialog.answered.set()

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if not data[:1].isalpha():  # a keep-alive, or RTCP for the call that had this port before
            return
        message = Message.read(data)
        if message.status:
            self._response(message)
        elif message.method == "INVITE":
            asyncio.ensure_future(self._invited(message))  # noqa: RUF006  # ends by itself within a tick
        elif message.method == "NOTIFY":
            self._notified(message)
        elif message.method != "ACK":
            self.reply(message, 200, "OK")
            self._told(message)

    def _notified(self, message: Message) -> None:
        """By `talk` the telephone that rings is asked to answer."""
        dialog = self.dialogs.get(message.headers["call-id"])
        if dialog is None or not self.talks or message.headers.get("event") != "talk":
            self.reply(message, 489, "Bad Event")
            return
        self.reply(message, 200, "OK")
        if not dialog.answered.is_set():
            self.answer(dialog)

    def _told(self, message: Message) -> None:
        dialog = self.dialogs.get(message.headers["call-id"])
        if dialog is None:
            self._arriving.discard(message.headers["call-id"])
            return
        if message.method == "CANCEL" and dialog.invite is not None and not dialog.answered.is_set():
            self.reply(dialog.invite, 487, "Request Terminated", dialog)
            dialog.finish()
        elif message.method == "BYE":
            dialog.finish()

    def _response(self, message: Message) -> None:
        if message.method == "REGISTER":
            self._registration(message)
            return
        dialog = self.dialogs.get(message.headers["call-id"])
        if dialog is None or message.method != "INVITE" or message.status < 180:
            return
        if message.status == 401 and self.password:
            self._try_again(dialog, message)
            return
        dialog.remote = message.headers["to"]
        if message.status >= 200:
            dialog.status = message.status
            if message.status == 200:
                dialog.target = message.headers["contact"].strip("<>")
            self.request("ACK", dialog.target, dialog, int(message.headers["cseq"].split()[0]))
        if message.status == 200 and dialog.ended.is_set():
            self._undo(dialog)
        elif message.status == 200 and not dialog.answered.is_set():
            dialog.media.start(message.body)
            dialog.answered.set()
        elif message.status >= 300:
            dialog.finish()

    def _try_again(self, dialog: Dialog, message: Message) -> None:
        """A registered phone says who it is when it calls."""
        self.request("ACK", dialog.target, dialog, int(message.headers["cseq"].split()[0]))
        if dialog.sequence == 1:
            dialog.sequence = 2
            proof = self._authorization(message.headers["www-authenticate"], "INVITE", dialog.target)
            self.request("INVITE", dialog.target, dialog, 2, _sdp(dialog.media.port), proof)

    def _undo(self, dialog: Dialog) -> None:
        """The answer crossed our CANCEL: such a call must be ended like any other."""
        if not dialog.answered.is_set():
            dialog.answered.set()
            dialog.sequence += 1
            self.request("BYE", dialog.target, dialog, dialog.sequence)

    async def _invited(self, invite: Message) -> None:
        call_id = invite.headers["call-id"]
        dialog = self.dialogs.get(call_id)
        if dialog is not None:  # a re-INVITE or a retransmission
            if dialog.answered.is_set():
                self.reply(invite, 200, "OK", dialog, _sdp(dialog.media.port))
            return
        if call_id in self._arriving:
            return
        self._arriving.add(call_id)
        media = await self.media()
        if call_id not in self._arriving:  # it was cancelled meanwhile
            media.stop()
            self.reply(invite, 487, "Request Terminated")
            return
        self._arriving.discard(call_id)
        dialog = self.dialogs[call_id] = Dialog(self, call_id, media)
        dialog.invite = invite
        dialog.local = f"{invite.headers['to']};tag={secrets.token_hex(4)}"
        dialog.remote = invite.headers["from"]
        dialog.target = invite.headers["contact"].strip("<>")
        self.on_invite(dialog)

    def _registration(self, message: Message) -> None:
        if message.status == 401 and self._register_sequence == 1:
            uri = f"sip:127.0.0.1:{self.server[1]}"
            self._send_register(self._authorization(message.headers["www-authenticate"], "REGISTER", uri))
        elif self._registered is not None and not self._registered.done():
            self._registered.set_result(message.status)

    def _authorization(self, challenge: str, method: str, uri: str) -> str:
        realm, nonce = (_parameter(challenge, name) for name in ("realm", "nonce"))
        count, own = "00000001", secrets.token_hex(4)
        first, second = _md5(f"{self.user}:{realm}:{self.password}"), _md5(f"{method}:{uri}")
        response = _md5(f"{first}:{nonce}:{count}:{own}:auth:{second}")
        return (
            f'Digest username="{self.user}", realm="{realm}", nonce="{nonce}", uri="{uri}", response="{response}", '
            f'algorithm=MD5, qop=auth, nc={count}, cnonce="{own}", opaque="{_parameter(challenge, "opaque")}"'
        )

    def _send_register(self, authorization: str) -> None:
        self._register_sequence = self._register_sequence + 1 if authorization else 1
        me = f"<sip:{self.user}@127.0.0.1>"
        headers = {
            "Via": f"SIP/2.0/UDP {self.contact.partition('@')[2]};branch=z9hG4bK{secrets.token_hex(6)};rport",
            "From": f"{me};tag={secrets.token_hex(4)}", "To": me, "Call-ID": self._register_id,
            "CSeq": f"{self._register_sequence} REGISTER", "Contact": f"<{self.contact}>",
            "Expires": str(self._expires), "Max-Forwards": "70",
        }  # fmt: skip
        if authorization:
            headers["Authorization"] = authorization
        self._send(f"REGISTER sip:127.0.0.1:{self.server[1]} SIP/2.0", headers, "")

    def _send(self, first: str, headers: dict[str, str], body: str) -> None:
        if body:
            headers = {**headers, "Content-Type": "application/sdp"}
        lines = [first, *(f"{name}: {value}" for name, value in headers.items()), f"Content-Length: {len(body)}"]
        if self._transport is not None and not self._transport.is_closing():
            self._transport.sendto(("\r\n".join(lines) + "\r\n\r\n" + body).encode(), self.server)


def _sdp(port: int) -> str:
    lines = (
        "v=0", "o=- 1 1 IN IP4 127.0.0.1", "s=-", "c=IN IP4 127.0.0.1", "t=0 0",
        f"m=audio {port} RTP/AVP {ALAW_PAYLOAD} {EVENT_PAYLOAD}", "a=rtpmap:8 PCMA/8000",
        f"a=rtpmap:{EVENT_PAYLOAD} telephone-event/8000", "a=sendrecv",
    )  # fmt: skip
    return "".join(f"{line}\r\n" for line in lines)


def _parameter(challenge: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', challenge)
    return found[1] if found else ""


def _md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
