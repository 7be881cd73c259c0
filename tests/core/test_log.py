"""What is written to the log."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any

import pytest
import redis
import structlog
from sqlalchemy.exc import OperationalError

from core import log
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


@pytest.fixture
def own_log() -> Iterator[None]:
    """What a test sets up is gone after it."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.mark.usefixtures("own_log")
def test_in_a_log_of_json_every_line_is_a_document_with_its_time_in_utc(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(as_json=True, level="WARNING")
    log.say("starting Asterisk")
    structlog.get_logger("here").warning("asterisk died")
    found = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(each["event"], each["level"]) for each in found] == [
        ("starting Asterisk", "info"),
        ("asterisk died", "warning"),
    ]
    assert all(each["timestamp"].endswith("Z") for each in found)


@pytest.mark.usefixtures("own_log")
def test_people_read_plain_lines(capsys: pytest.CaptureFixture[str]) -> None:
    log.configure(as_json=False, level="WARNING")
    log.say("starting Asterisk")
    assert capsys.readouterr().err == "starting Asterisk\n"
