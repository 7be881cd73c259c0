"""Fixtures every part may use."""

from collections.abc import Iterator

import pytest

from core import log
from tests.servers import new_database, private_postgres, private_redis

# Otherwise structlog draws every local variable of a traceback, and a rule pack takes half a minute to draw.
log.configure(as_json=False)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with private_postgres() as url:
        yield url


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    return new_database(postgres_server)


@pytest.fixture
def redis_url() -> Iterator[str]:
    with private_redis() as url:
        yield url
