"""The speech worker goes with its engine."""

import os

import pytest

from app.speech import STARTED_BY, orphaned


def test_worker_whose_engine_was_killed_while_it_began_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not orphaned(), "one that a person started has no engine"
    monkeypatch.setenv(STARTED_BY, str(os.getppid()))
    assert not orphaned()
    monkeypatch.setenv(STARTED_BY, "0")
    assert orphaned()
