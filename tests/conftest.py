"""Fixtures every part may use."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from core import log
from tests.servers import new_database, private_postgres, private_redis

# Otherwise structlog draws every local variable of a traceback, and a rule pack takes half a minute to draw.
log.configure(as_json=False)
# How long an example takes says how busy the machine is.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

LONG = {
    "test_any_flow", "test_bench_qa", "test_bench_speech", "test_cli", "test_coding", "test_commands", "test_drafts",
    "test_evaluation", "test_floor_promises", "test_formedit", "test_impact", "test_peers",
    "test_personnel", "test_planning_commands", "test_publishing", "test_rights", "test_settings", "test_simulator",
    "test_verifying",
}  # fmt: skip
"""Files that play whole days, score whole sets, start programs or hash many passwords."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A desk (`house`) takes a third of a second to build."""
    for item in items:
        if item.path.stem in LONG or "house" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.long)


@pytest.fixture
def as_root() -> None:
    """For what only root can do, as it does on the machine that the service is installed on."""
    if os.geteuid():
        pytest.fail("only root gives files to others: run the tests as root", pytrace=False)


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
