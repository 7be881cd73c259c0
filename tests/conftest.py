"""Fixtures every part may use."""

from collections.abc import Iterator

import pytest

from tests.servers import private_postgres, private_redis


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    with private_postgres() as url:
        yield url


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    with private_redis() as url:
        yield url
