"""Fixtures every part may use."""

from collections.abc import Iterator

import pytest

from core import log
from tests.servers import new_database, private_postgres, private_redis

# Otherwise structlog draws every local variable of a traceback, and a rule pack takes half a minute to draw.
log.configure(as_json=False)

LONG = {
    "test_any_flow", "test_bench_qa", "test_bench_speech", "test_cli", "test_drafts", "test_erlang", "test_evaluation",
