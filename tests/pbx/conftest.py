"""The real Asterisk shared by this folder's tests."""

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from tests.asterisk import RunningAsterisk, running_asterisk
from tests.pbx.plainest import Manager


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def asterisk() -> AsyncIterator[RunningAsterisk]:
    async with running_asterisk() as running:
        yield running


@pytest_asyncio.fixture
async def manager(asterisk: RunningAsterisk) -> AsyncIterator[Manager]:
    manager = Manager(*await asyncio.open_connection("127.0.0.1", asterisk.info.ami_port))
    manager.send("Login", Username=asterisk.info.ami_user, Secret=asterisk.info.ami_secret)
    await manager.hear(Event="FullyBooted")
    yield manager
    manager.close()
