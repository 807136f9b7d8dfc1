"""Repeated passes: what counts as one."""

from __future__ import annotations

from events.rules import Limit, Passes, PassesState
from events.rules.passes import Stretch, step

RULE = Passes("r", 1, "z", ("truck",), 0.5, 60, "yellow", (Limit(1000, 1800),))


def counted(*stretches: tuple[int, float, float]) -> int:
    """How many passes count, of stretches (track, from, until) in which a lorry is in the zone."""
    state = PassesState()
    for i in range(30 * 4):
        now = i / 4
        seen = [Stretch(track, "truck") for track, first, last in stretches if first <= now < last]
        state, _ = step(RULE, state, seen, now)
    return len(state.counted_s)


def test_a_lorry_that_parks_and_is_not_found_now_and_then_passes_once() -> None:
    assert counted((1, 2, 8), (1, 11, 15), (1, 18, 24)) == 1


def test_a_lorry_that_comes_back_later_passes_again() -> None:
    assert counted((1, 2, 6), (1, 12, 16)) == 2


def test_a_lorry_under_a_new_track_is_the_same_for_a_moment_only() -> None:
    assert counted((1, 2, 4), (2, 5, 7)) == 1
    assert counted((1, 2, 4), (2, 7, 9)) == 2


def test_a_lorry_that_is_seen_once_in_the_zone_passes_from_where_it_entered() -> None:
    state = PassesState()
    for now, seen in [
        (1.0, ()),
        (1.5, (Stretch(1, "truck", first_ago_s=0.4),)),
        (2.0, (Stretch(1, "truck", first_ago_s=0.5, last_ago_s=0.2),)),
        (2.5, ()),
    ]:
        state, _ = step(RULE, state, seen, now)
    assert state.counted_s == (2.0,)


def test_a_lorry_that_cuts_a_corner_in_a_moment_has_not_passed() -> None:
    state = PassesState()
    for now in (1.0, 1.5, 2.0):
        cut = (Stretch(1, "truck", first_ago_s=0.3, last_ago_s=0.1),) if now == 1.5 else ()
        state, _ = step(RULE, state, cut, now)
    assert state.counted_s == ()
