"""What is written to the log."""

import sqlite3
from typing import Any

import pytest
import redis
from sqlalchemy.exc import OperationalError

from core.log import in_short


def told(fault: Exception) -> dict[str, Any]:
    """What is left of `log.exception` for the fault."""
    try:
        raise fault
    except type(fault):
        return dict(in_short(None, "error", {"event": "background task failed", "exc_info": True}))


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        (ConnectionRefusedError(111, "Connect call failed"), "[Errno 111] Connect call failed"),
        (OSError(28, "No space left on device"), "[Errno 28] No space left on device"),
        (OperationalError("SELECT 1", {}, sqlite3.OperationalError("database or disk is full")),
         "database or disk is full"),
        (redis.exceptions.ConnectionError("Error 111 connecting"), "Error 111 connecting"),
    ],
)  # fmt: skip
def test_what_is_away_or_full_is_one_line_with_its_cause(fault: Exception, why: str) -> None:
    assert told(fault) == {"event": "background task failed", "why": why}


def test_a_fault_of_ours_is_told_with_its_trace() -> None:
    assert told(KeyError("agent")) == {"event": "background task failed", "exc_info": True}
