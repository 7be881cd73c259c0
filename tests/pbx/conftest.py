"""The real Asterisk shared by this folder's tests."""

from collections.abc import AsyncIterator

import pytest_asyncio

from tests.asterisk import RunningAsterisk, running_asterisk


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def asterisk() -> AsyncIterator[RunningAsterisk]:
    async with running_asterisk() as running:
        yield running
