"""A bank's JSON service on this machine, and the menu of all steps that asks it, for real callers."""

import asyncio

CODE = "918273645"


def as_met(text: str, bank_port: int) -> str:
    """The menu of all steps for real callers: a long welcome, quick locks, a bank on this machine, a message."""
    changes = (
        ("{zh: 主菜单", "{zh: " + "这里是主菜单，" * 8),
        ("    prompt: {zh: 密码,", "    attempts: 2\n    prompt: {zh: 密码,"),
        ("https://bank.test", f"http://127.0.0.1:{bank_port}"),
        ("least: 4, most: 4", f"least: {len(CODE)}, most: {len(CODE)}"),
        ("next: turn}", "next: jump}\n  jump: {kind: goto, next: turn}"),
        ('      "8": {', '      "9": {go: box, say: {zh: 九, en: nine}}\n      "8": {'),
        ("  bye: {", BOX + "  bye: {"),
    )
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return text


BOX = """
  box:
    kind: message
    prompt: {zh: 请留言, en: speak}
    contact: {"1": {by: sms, say: {zh: 短信, en: text}}}
    thanks: {zh: 谢谢, en: thanks}
    nothing_heard: {zh: 没有听到, en: nothing}
"""


class Bank:
    """A JSON service on this machine: `asked` is all it was sent, `seconds` how long it thinks.

    `answers` are those that a caller gets instead of a good one, b"" for none at all.
    """

    def __init__(self, port: int) -> None:
        self._port = port
        self.asked = ""
        self.seconds = 0.0
        self.answers: dict[str, bytes] = {}

    async def __aenter__(self) -> "Bank":
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", self._port)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = next(
            int(line.split(":")[1]) for line in head.splitlines() if line.lower().startswith("content-length")
        )
        self.asked += head + (await reader.readexactly(length)).decode()
        await asyncio.sleep(self.seconds)
        body = self.answers.get(head.split()[1].strip("/"), b'{"card": {"limit": 500}}')
        if not body:
            await reader.read()  # until he who asked has had enough
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body)
        await writer.drain()
        writer.close()
