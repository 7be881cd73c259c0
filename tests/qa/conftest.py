"""The shipped packs, loaded once."""

import pytest

from qa import pack
from qa.pack import Ruleset
from tests.qa.calls import PACKS


@pytest.fixture(scope="session")
def bank() -> Ruleset:
    return pack.load(PACKS, "zh-bank")
