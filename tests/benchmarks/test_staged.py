"""Staged takes through the real pipeline: one that fires, one that is silent, and their truth."""

from __future__ import annotations

import pytest

from benchmarks.events import score
from benchmarks.staging.families import FAMILIES
from benchmarks.staging.take import said, truth_rows


def test_a_lorry_that_stops_fires_once_when_it_should() -> None:
    take = FAMILIES["vehicle-stopped"].take("vehicle-stopped", 0)
    found = score(truth_rows(take), said(take))["vehicle-stopped"]
    assert (found.events, found.hits, found.false, found.repeats) == (1, 1, 0, 0)


def test_a_take_is_the_same_each_time() -> None:
    one, other = (FAMILIES["works"].take("works", 4) for _ in range(2))
    assert (one.story, one.fps, one.due) == (other.story, other.fps, other.due)
    assert list(one.times()) == list(other.times())


@pytest.mark.parametrize("number", [1563, 1645], ids=["fills the view", "floor between its wheels"])
def test_a_lorry_that_stands_in_a_lane_blocks_it(number: int) -> None:
    take = FAMILIES["fire-lane"].take("fire-lane", number)
    (due,) = take.due
    first = said(take)[0]
    assert first["kind"] == "opened"
    assert first["time_s"] == pytest.approx(due.start_s, abs=3)
