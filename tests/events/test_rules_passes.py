"""Repeated passes: what counts as one."""

from __future__ import annotations

from events.rules import Limit, Passes, PassesState
from events.rules.passes import step
from tests.events.staged import track

RULE = Passes("r", 1, "z", ("truck",), 0.5, 60, "yellow", (Limit(1000, 1800),))


def counted(*stretches: tuple[int, float, float]) -> int:
    """How many passes count, of stretches (track, from, until) in which a lorry is in the zone."""
    state = PassesState()
    for i in range(30 * 4):
        now = i / 4
        seen = [track(number, "truck") for number, first, last in stretches if first <= now < last]
        state, _ = step(RULE, state, seen, now)
    return len(state.counted_s)


def test_a_lorry_that_parks_and_is_not_found_now_and_then_passes_once() -> None:
    assert counted((1, 2, 8), (1, 11, 15), (1, 18, 24)) == 1


def test_a_lorry_that_comes_back_later_passes_again() -> None:
    assert counted((1, 2, 6), (1, 12, 16)) == 2


def test_a_lorry_under_a_new_track_is_the_same_for_a_moment_only() -> None:
    assert counted((1, 2, 4), (2, 5, 7)) == 1
    assert counted((1, 2, 4), (2, 7, 9)) == 2
