"""Faults go whole from a worker's process to the one that waits for it."""

import pickle
from pathlib import Path

import pytest

from core.errors import BadInput, ConfigError, HotlineError, NotFound, Refused
from recordings.speech.recognise import NoEngine

FAULTS = (
    HotlineError("p", "r"),
    BadInput("p"),
    NotFound("p"),
    Refused("not_tried", "p"),
    NoEngine("p"),
    ConfigError.of([ConfigError(Path("x.yaml"), line, "what", "mend it", ("a", 1)) for line in (7, 3)]),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: type(fault).__name__)
def test_a_fault_comes_out_of_a_pool_as_it_went_in(fault: HotlineError) -> None:
    again = pickle.loads(pickle.dumps(fault))
    assert (type(again), str(again), again.args) == (type(fault), str(fault), fault.args)
    assert {name: str(value) for name, value in vars(again).items()} == {
        name: str(value) for name, value in vars(fault).items()
    }


def test_what_was_found_together_stays_together() -> None:
    again = pickle.loads(pickle.dumps(FAULTS[-1]))
    assert isinstance(again, ConfigError)
    assert [(each.line, each.spot) for each in again.all] == [(3, ("a", 1)), (7, ("a", 1))]
