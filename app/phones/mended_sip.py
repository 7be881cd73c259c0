"""pyVoIP's phone with its faults mended: it obeys CANCEL, answers OPTIONS, declines, and stops when told."""

import select
import socket
import threading
import warnings
from collections.abc import Callable
from typing import Any

from pyVoIP.RTP import PayloadType
from pyVoIP.SIP import SIPClient, SIPMessage
from pyVoIP.VoIP import CallState, VoIPCall, VoIPPhone

from app.phones.mended_rtp import Stream

warnings.filterwarnings("ignore", module="pyVoIP")

ANSWERED_BY_US = (b"OPTIONS", b"NOTIFY", b"UPDATE", b"INFO")
ANSWER_SECONDS = 3
"""For an answer of the switch to a registration."""


class Call(VoIPCall):
    """One call to this phone. A re-INVITE keeps its streams instead of binding their ports again."""

    phone: "Phone"
    RTPClients: list[Stream]  # type: ignore[assignment]  # every one is made by create_rtp_clients below

    def create_rtp_clients(
        self, codecs: dict[int, PayloadType], ip: str, port: int, request: SIPMessage, baseport: int
    ) -> None:
        address = request.body["c"][0]["address"]
        self.RTPClients.append(Stream(codecs, ip, port, address, baseport, self.sendmode, dtmf=self.dtmf_callback))

    def renegotiate(self, request: SIPMessage) -> None:
        ports = {stream.inPort: stream.assoc for stream in self.RTPClients}
        self.phone.send(self.sip.gen_answer(request, self.session_id, ports, self.sendmode))
        for stream in self.RTPClients:
            stream.outIP = request.body["c"][0]["address"]
            stream.outPort = request.body["m"][0]["port"]

    def refuse(self, status: str) -> None:
        """End a ringing call with `status`, for example `603 Decline`."""
        _, rest = self.sip.gen_busy(self.request).split("\r\n", 1)
        self.phone.send(f"SIP/2.0 {status}\r\n{rest}")
        self.forget()

    def forget(self) -> None:
        """Stop the media and leave the phone's list of calls."""
        for stream in self.RTPClients:
            stream.stop()
        self.state = CallState.ENDED
        self.phone.calls.pop(self.call_id, None)

    @property
    def number(self) -> str:
        return str(self.request.headers["From"]["number"] or "")

    @property
    def heard(self) -> bytes:
        return bytes(self.RTPClients[0].heard) if self.RTPClients else b""


class Signalling(socket.socket):
    """A socket on which only what pyVoIP understands arrives: while registering it takes whatever comes for its answer.

    The switch asks a telephone whether it is there as soon as it has registered, sometimes before it says so.
    """

    def __init__(self, answer: Callable[[bytes], None]) -> None:
        super().__init__(socket.AF_INET, socket.SOCK_DGRAM)
        self._answer = answer

    def recv(self, size: int, flags: int = 0) -> bytes:
        while (raw := super().recv(size, flags)).split(b" ", 1)[0] in ANSWERED_BY_US:
            self._answer(_plain_ok(raw))
            if not flags & socket.MSG_DONTWAIT:
                # Who registers was told that something is there, and it was this: its answer is still to come.
                select.select([self], [], [], ANSWER_SECONDS)
        return raw


class Client(SIPClient):
    """The signalling socket, read by waiting for it rather than a hundred times a second."""

    phone: "Phone"

    def start(self) -> None:
        self.NSD = True
        self.default_expires = 3600  # refreshing reads the same socket and swallows an INVITE that arrives meanwhile
        self.register_timeout = ANSWER_SECONDS
        self.s = self.out = Signalling(self.phone.send)
        self.s.bind((self.myIP, self.myPort))
        self.register()
        threading.Thread(target=self.recv_loop, name="sip", daemon=True).start()

    def recv_loop(self) -> None:
        while self.NSD:
            try:
                if not select.select([self.s], [], [], 0.2)[0]:
                    continue
                with self.recvLock:
                    raw = self.s.recv(8192, socket.MSG_DONTWAIT)
            except BlockingIOError:
                continue  # the registration took it
            except (OSError, ValueError):
                return  # closed under us
            self._take(raw)

    def _take(self, raw: bytes) -> None:
        try:
            if raw.strip(b"\x00\r\n"):
                self.parse_message(SIPMessage(raw))
        except Exception as fault:  # noqa: BLE001 - its parser raises whatever it stumbles over; the phone lives on
            self.phone.complain(f"{type(fault).__name__}: {fault}")


class Phone(VoIPPhone):
    """A registered phone that tells of calls as they come: `on_ring(call)`, `on_end(call, by)`.

    Both are called on the signalling thread and must return at once.
    """

    calls: dict[str, Call]  # type: ignore[assignment]  # every one is made by _ring below

    def __init__(
        self,
        server: tuple[str, int],
        user: str,
        secret: str,
        *,
        on_ring: Callable[[Call], None],
        on_end: Callable[[Call, str], None],
        complain: Callable[[str], None],
    ) -> None:
        here = "127.0.0.1" if server[0] == "127.0.0.1" else _own_address(server)
        port = free_port(here)
        super().__init__(server[0], server[1], user, secret, myIP=here, sipPort=port)
        self.sip = Client(*server, user, secret, self, here, port, self.callback, self.fatal)
        self.on_ring, self.on_end, self.complain = on_ring, on_end, complain

    def send(self, message: str | bytes) -> None:
        data = message.encode() if isinstance(message, str) else message
        self.sip.out.sendto(data, (self.server, self.port))

    def request_port(self, blocking: bool = True) -> int:
        return free_port(self.myIP)

    def release_ports(self, call: Any = None) -> None:
        """Ports are the system's to give; nothing to hand back."""

    def callback(self, request: SIPMessage) -> None:
        call = self.calls.get(request.headers["Call-ID"])
        method = getattr(request, "method", "")
        if call is None:
            if method == "INVITE":
                self._ring(request)
            return
        match method, call.state:
            case "INVITE", CallState.ANSWERED:
                call.renegotiate(request)
            case "CANCEL", CallState.RINGING:
                call.refuse("487 Request Terminated")
                self.on_end(call, "cancelled")
            case "BYE", _:
                call.forget()
                self.on_end(call, "customer")

    def _ring(self, request: SIPMessage) -> None:
        self.send(self.sip.gen_ringing(request))
        session = len(self.session_ids) + 1
        self.session_ids.append(session)
        call = Call(self, CallState.RINGING, request, session, self.myIP, sendmode=self.recvmode)
        self.calls[call.call_id] = call
        if not call.RTPClients:
            call.refuse("488 Not Acceptable Here")
        elif len(self.calls) > 1:
            call.refuse("486 Busy Here")
        else:
            self.on_ring(call)


def free_port(host: str) -> int:
    """A UDP port nobody uses right now."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])


def _own_address(server: tuple[str, int]) -> str:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(server)
        return str(probe.getsockname()[0])


def _plain_ok(raw: bytes) -> bytes:
    kept = [
        line
        for line in raw.split(b"\r\n\r\n", 1)[0].split(b"\r\n")[1:]
        if line.split(b":", 1)[0].lower() in (b"via", b"from", b"to", b"call-id", b"cseq")
    ]
    lines = [b"SIP/2.0 200 OK", *kept, b"Content-Length: 0", b"", b""]
    return b"\r\n".join(lines)
