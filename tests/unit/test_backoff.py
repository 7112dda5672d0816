"""Pauses between tries, and counts that add up."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from engine.core.backoff import LOOK_AGAIN, Backoff
from engine.core.counts import Counts
from engine.errors import Conflict, code_of

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
STEADY = Backoff(MINUTE, 6 * HOUR)
SPREAD = Backoff(MINUTE, 6 * HOUR, spread=0.2)


@pytest.mark.parametrize(
    ("failures", "expected"),
    [(1, MINUTE), (2, 2 * MINUTE), (9, 256 * MINUTE), (10, 6 * HOUR), (10_000, 6 * HOUR)],
)
def test_a_pause_doubles_with_every_failure_up_to_the_longest(failures: int, expected: timedelta) -> None:
    assert STEADY.pause(failures) == expected


def test_what_a_tick_cannot_do_waits_five_minutes_to_half_a_day() -> None:
    assert [LOOK_AGAIN.pause(failures) for failures in (1, 2, 8, 9)] == [
        5 * MINUTE, 10 * MINUTE, 640 * MINUTE, 12 * HOUR
    ]  # fmt: skip


def test_a_seed_scatters_the_pause_by_a_tenth_each_way_and_always_alike() -> None:
    found = [SPREAD.pause(4, f"seed {at}") for at in range(200)]
    assert found == [SPREAD.pause(4, f"seed {at}") for at in range(200)]
    assert 7.2 * MINUTE <= min(found) < 7.4 * MINUTE
    assert 8.6 * MINUTE < max(found) <= 8.8 * MINUTE


@dataclass(frozen=True, slots=True)
class Fruit(Counts):
    apples: int = 0
    pears: int = 0


def test_counts_add_up_number_by_number() -> None:
    assert Fruit(1, 2) + Fruit(pears=5) == Fruit(1, 7)


def test_an_error_of_ours_is_named_by_its_code_and_any_other_by_its_kind() -> None:
    assert code_of(Conflict("case_changed")) == "case_changed"
    assert code_of(ValueError("secret words")) == "ValueError"
