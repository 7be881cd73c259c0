"""Asks an Asterisk over AMI whether it is ready; nothing more (the link is pbx/ami)."""

import asyncio

from pbx.render import AMI_USER


async def is_ready(port: int, secret: str, seconds: float) -> bool:
    """Whether it lets us log in and says FullyBooted within `seconds`."""
    try:
        async with asyncio.timeout(seconds):
            return await _hear_booted(port, secret)
    except (TimeoutError, OSError):
        return False


async def _hear_booted(port: int, secret: str) -> bool:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(f"Action: Login\r\nUsername: {AMI_USER}\r\nSecret: {secret}\r\n\r\n".encode())
        await writer.drain()
        while line := await reader.readline():
            if line.strip() == b"Event: FullyBooted":
                return True
            if line.strip() == b"Response: Error":
                return False
        return False
    finally:
        writer.close()
