"""The lease of the engine: what its holder and those who watch it do, and that two never command at once."""

from dataclasses import dataclass, field, replace
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.lease import KEPT, LOOK, PATIENCE, RENEW, TURNS, Lease, Move, Standing, Tenure, Turn, Watch

HELD = Lease(3, 100.0, "somebody", "there")


def held(**changed: object) -> Lease:
    return replace(HELD, **changed)  # type: ignore[arg-type]  # names of fields


def test_table_has_a_row_for_every_standing_and_whoever_is_deposed_never_commands_again() -> None:
    assert set(TURNS) == set(Standing)
    ends = {Standing.DEPOSED, Standing.LEFT}
    assert all(to in ends for end in ends for to in TURNS[end].values())


def test_turn_that_the_table_lacks_is_an_error() -> None:
    tenure = Tenure()
    with pytest.raises(ValueError, match="a lease that is standby cannot be renewed"):
        tenure.renewed(0.0)


def test_holder_commands_for_as_long_as_it_renews_and_counts_from_when_it_asked() -> None:
    tenure = Tenure()
    assert not tenure.may_command(0.0)
    tenure.taken(10.0)
    assert tenure.may_command(10.0 + KEPT - 0.01)
    tenure.renewed(13.0)
    assert tenure.may_command(13.0 + KEPT - 0.01)
    assert not tenure.may_command(13.0 + KEPT)
    assert tenure.standing is Standing.SILENT
    tenure.renewed(20.0)
    assert tenure.may_command(21.0)


def test_renewal_that_took_too_long_gives_no_right_to_command() -> None:
    tenure = Tenure()
    tenure.taken(0.0)
    tenure.renewed(1.0)  # it was stored at last, at 9
    assert not tenure.may_command(9.0)


def test_overtaken_holder_stays_silent_for_good() -> None:
    tenure = Tenure()
    tenure.taken(0.0)
    tenure.turn(Turn.OVERTAKEN)
    assert not tenure.may_command(0.1)
    with pytest.raises(ValueError, match="deposed cannot be renewed"):
        tenure.renewed(0.2)


def test_lease_that_nobody_has_is_taken_with_the_lock() -> None:
    assert Watch("here").saw(held(holder="", place=""), 0.0) is Move.LOCK_AND_TAKE


def test_engine_of_the_same_place_is_followed_as_soon_as_its_lock_is_free() -> None:
    assert Watch("there").saw(HELD, 0.0) is Move.LOCK_AND_TAKE
    assert Watch("here").saw(HELD, 0.0) is Move.WAIT


def test_lease_that_is_not_renewed_is_taken_after_patience() -> None:
    watch = Watch("here")
    assert watch.saw(HELD, 50.0) is Move.WAIT
    assert watch.saw(HELD, 50.0 + PATIENCE - 0.1) is Move.WAIT
    assert watch.saw(HELD, 50.0 + PATIENCE) is Move.TAKE


def test_every_renewal_begins_the_patience_anew() -> None:
    watch = Watch("here")
    watch.saw(HELD, 0.0)
    watch.saw(held(beat_at=101.0), 4.0)
    assert watch.saw(held(beat_at=101.0), 4.0 + PATIENCE - 0.1) is Move.WAIT
    assert watch.saw(held(beat_at=101.0), 4.0 + PATIENCE) is Move.TAKE


def test_time_in_which_the_database_was_away_does_not_count_against_the_holder() -> None:
    watch = Watch("here")
    watch.saw(HELD, 0.0)
    watch.lost_sight()
    assert watch.saw(HELD, 60.0) is Move.WAIT
    assert watch.saw(HELD, 60.0 + PATIENCE) is Move.TAKE


@given(stops_after=st.floats(0, 10), phase=st.floats(0, 1), slow=st.floats(0, 1), seed=st.integers(0, 2**32))
def test_lease_of_an_engine_that_hangs_is_had_in_time_however_late_each_look_comes(
    stops_after: float, phase: float, slow: float, seed: int
) -> None:
    chance, watch = Random(seed), Watch("here")
    looked = phase * LOOK
    for _ in range(10_000):
        beat = min(looked, stops_after) // RENEW
        if watch.saw(held(beat_at=beat), looked) is Move.TAKE:
            break
        looked += LOOK + chance.uniform(0, slow)
    assert looked - stops_after + RENEW > KEPT
    assert looked - stops_after <= PATIENCE + 2 * (LOOK + slow)


@dataclass
class Engine:
    """One process in a world of pauses: it renews, or looks, whenever it is let run; a write takes its time."""

    name: str
    tenure: Tenure = field(default_factory=Tenure)
    watch: Watch = field(default_factory=lambda: Watch("here"))
    epoch: int = 0
    asked_at: float | None = None

    def run(self, now: float, row: Lease) -> Lease:
        if self.tenure.standing is Standing.STANDBY:
            if self.watch.saw(row, now) is Move.TAKE:
                self.epoch = row.epoch + 1
                self.tenure.taken(now)
                return Lease(self.epoch, now, self.name, self.name)
        elif self.asked_at is None:
            self.asked_at = now
        else:  # the write it asked for before arrives now
            asked, self.asked_at = self.asked_at, None
            if row.epoch != self.epoch:
                self.tenure.turn(Turn.OVERTAKEN)
            else:
                self.tenure.renewed(asked)
                return replace(row, beat_at=now)
        return row


@given(st.integers(0, 2**32), st.sampled_from([0.02, 0.2]))
def test_two_engines_never_command_at_once_whatever_is_paused_and_however_long(seed: int, pauses: float) -> None:
    chance = Random(seed)
    engines = [Engine(name) for name in "abc"]
    wakes = dict.fromkeys("abc", 0.0)
    row, now, takers = Lease(0, 0.0, "nobody who lives", "gone"), 0.0, set[str]()
    for _ in range(400):
        engine = min(engines, key=lambda each: wakes[each.name])
        now = max(now, wakes[engine.name])
        row = engine.run(now, row)
        commanding = [each.name for each in engines if each.tenure.may_command(now)]
        assert len(commanding) <= 1
        takers.update(commanding)
        wakes[engine.name] = now + (chance.uniform(0, 20) if chance.random() < pauses else chance.uniform(LOOK, RENEW))
    assert takers, "somebody serves"
