"""Free ports for a private Asterisk."""

import errno
import random
import socket

from core.errors import HotlineError
from pbx.render import Ports

LOW, HIGH = 22000, 32000
"""Below the range from which the system gives out ports to others, so that a restart finds its own free again."""
RTP_LOW, RTP_HIGH, RTP_WIDTH = 10000, 20000, 2000
TRIES = 200


def choose(sip_host: str, sip_port: int, rtp: tuple[int, int] | None = None) -> Ports:
    """Free ports; `sip_port` 0 means any, `rtp` None some range. Raises HotlineError naming a port that is taken."""
    demand_free(sip_host, sip_port)
    first = random.randrange(RTP_LOW, RTP_HIGH, RTP_WIDTH)
    return Ports(
        sip=sip_port or _free(sip_host, socket.SOCK_DGRAM),
        ami=_free("127.0.0.1", socket.SOCK_STREAM),
        http=_free("127.0.0.1", socket.SOCK_STREAM),
        rtp_first=rtp[0] if rtp else first,
        rtp_last=rtp[1] if rtp else first + RTP_WIDTH - 1,
    )


def demand_free(sip_host: str, sip_port: int) -> None:
    """Port 0: whether the address is one of ours."""
    match _hindrance(sip_host, sip_port, socket.SOCK_DGRAM):
        case None:
            return
        case OSError(errno=errno.EADDRINUSE):
            problem = f"SIP port {sip_port} (UDP) on {sip_host} is in use"
            remedy = (
                f"stop the program that has it (`ss -lunp 'sport = :{sip_port}'`) or choose another with --sip-port"
            )
        case PermissionError():
            problem = f"SIP port {sip_port} (UDP) on {sip_host} is not ours to use"
            remedy = "ports below 1024 need rights: choose another with --sip-port"
        case fault:
            problem = f"{sip_host} is no address of this machine ({fault.strerror})"
            remedy = "write one of its own, or 0.0.0.0 for all, in HOTLINE_SIP_HOST"
    raise HotlineError(problem, remedy)


def still_free(ports: Ports) -> bool:
    """Whether the two loopback ports of an earlier run can be used again."""
    return all(is_free("127.0.0.1", port, socket.SOCK_STREAM) for port in (ports.ami, ports.http))


def is_free(host: str, port: int, kind: socket.SocketKind) -> bool:
    return _hindrance(host, port, kind) is None


def _hindrance(host: str, port: int, kind: socket.SocketKind) -> OSError | None:
    """Why the port cannot be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, kind) as probe:
        if kind is socket.SOCK_STREAM:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            return fault
    return None


def _free(host: str, kind: socket.SocketKind) -> int:
    for _ in range(TRIES):
        port = random.randrange(LOW, HIGH)
        if is_free(host, port, kind):
            return port
    raise HotlineError(f"no free port on {host}", "check the SIP address: is it one of this machine's?")
