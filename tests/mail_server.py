"""A mail server for tests on a free port of loopback: it takes messages, or behaves as badly as it is told."""

import asyncio
import email.policy
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser


@dataclass(slots=True)
class MailServer:
    """`refuse`: recipients that are answered 450. `drop`: hang up once a message is in, without an answer."""

    url: str = ""
    refuse: set[str] = field(default_factory=set)
    drop: bool = False
    taken: list[tuple[str, EmailMessage]] = field(default_factory=list)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        recipient = ""
        writer.write(b"220 test\r\n")
        while line := (await reader.readline()).decode().strip():
            verb = line.split(":")[0].upper()
            if verb == "RCPT TO":
                recipient = line.partition("<")[2].partition(">")[0]
                writer.write(b"450 try later\r\n" if recipient in self.refuse else b"250 ok\r\n")
            elif verb == "DATA":
                writer.write(b"354 go on\r\n")
                body = await reader.readuntil(b"\r\n.\r\n")
                message = BytesParser(policy=email.policy.default).parsebytes(body[:-5].replace(b"\r\n..", b"\r\n."))
                self.taken.append((recipient, message))
                if self.drop:
                    break
                writer.write(b"250 taken\r\n")
            else:
                writer.write(b"221 bye\r\n" if verb == "QUIT" else b"250 ok\r\n")
                if verb == "QUIT":
                    break
        writer.close()


@asynccontextmanager
async def mail_server() -> AsyncIterator[MailServer]:
    mail = MailServer()
    server = await asyncio.start_server(mail.serve, "127.0.0.1", 0)
    mail.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with server:
        yield mail
