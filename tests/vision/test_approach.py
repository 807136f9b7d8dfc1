"""Who comes nearer, and the odds of being there soon; machines that are carried."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision import Approach, ApproachMeter, Point, Track
from vision.loads import Loads
from vision.pace import Pace

BAND = [(0.0, 0.0), (100.0, 0.0), (100.0, 5.0), (0.0, 5.0)]


def drive(
    speed: float, from_m: float = 40.0, *, fps: float = 4, sigma: float = 0.5, until_s: float = 8
) -> Approach | None:
    """A machine that drives straight at the band, `from_m` away at first, in metres a second."""
    meter, found = ApproachMeter(BAND, 60.0, "m"), {}
    for i in range(int(until_s * fps)):
        foot = (50.0, 5.0 + from_m - speed * i / fps)
        found = meter.step({1: [(foot, sigma)]}, i / fps)
    return found.get(1)


@pytest.mark.parametrize("fps", [2, 4, 12.5])
def test_distance_and_closing_speed_are_measured_at_any_frame_rate(fps: float) -> None:
    found = drive(1.5, fps=fps)
    assert found is not None
    assert found.closing == pytest.approx(1.5, abs=0.01)
    assert found.distance == pytest.approx(40 - 1.5 * (8 - 1 / fps), abs=0.1)
    assert found.odds > 0.95


def test_one_that_would_take_two_minutes_is_not_there_within_one() -> None:
    found = drive(0.3)
    assert found is not None
    assert found.odds < 0.2


def test_one_that_drives_away_or_stands_has_no_odds() -> None:
    for speed in (-1.0, 0.0):
        found = drive(speed)
        assert found is not None
        assert found.odds == 0


def test_a_place_that_is_not_known_well_gives_no_sure_answer() -> None:
    far = drive(0.8, sigma=8.0)
    near = drive(0.8, sigma=0.3)
    assert far is not None
    assert near is not None
    assert far.odds < 0.8 < near.odds


def comes_along(down_mps: float) -> Approach:
    """One that drives beside the band's end, 30 m from it, towards it and down."""
    meter, found = ApproachMeter(BAND, 60.0, "m"), {}
    for i in range(32):
        feet: list[tuple[Point, float]] = [((160 - i * 0.5, 30 - down_mps * i / 4), 0.3)]
        found = meter.step({1: feet}, i / 4)
    return found[1]


def test_one_whose_way_leads_past_the_area_has_no_odds_though_it_comes_nearer() -> None:
    past = comes_along(-0.5)
    assert past.closing > 1
    assert past.odds == 0


def test_one_whose_way_leads_into_the_area_has_odds() -> None:
    assert comes_along(0.8).odds > 0.8


def test_who_is_there_already_is_no_longer_on_the_way() -> None:
    assert drive(5.0, from_m=20, until_s=5) is None


def test_an_arm_that_swings_towards_the_band_is_no_approach() -> None:
    meter, found = ApproachMeter(BAND, 60.0, "m"), {}
    for i in range(32):
        feet: list[tuple[Point, float]] = [((50, 20 - i * 0.3), 0.3), ((50, 25.0), 0.3)]
        found = meter.step({1: feet}, i / 4)
    assert found[1].odds == 0


@given(speed=st.floats(-3, 3), from_m=st.floats(1, 200), sigma=st.floats(0.1, 10))
def test_odds_are_a_share_and_distances_not_below_zero(
    speed: float, from_m: float, sigma: float
) -> None:
    found = drive(speed, from_m, sigma=sigma)
    if found is not None:
        assert 0 <= found.odds <= 1
        assert found.distance >= 0


def carried(parts_at_s: float | None, until_s: float) -> set[int]:
    """The loads at the end: a lorry drives for 4 s with a machine on it, waits, and may part."""
    loads, paces, found = Loads(), {1: Pace(), 2: Pace()}, set()
    for i in range(int(until_s * 5)):
        t = i / 5
        x = 30 * min(t, 4.0)
        away = 0.0 if parts_at_s is None else max(0.0, t - parts_at_s) * 60
        machine = Track(1, "excavator", 0.9, (x + 20, 40, x + 80, 90), 0, t, seen_now=True)
        lorry = Track(2, "truck", 0.9, (x + away, 60, x + away + 110, 100), 0, t, seen_now=True)
        for track in (machine, lorry):
            paces[track.id].see(track, (640, 360), t)
        found = set(loads.step([machine, lorry], paces, t))
    return found


def test_a_machine_on_a_lorry_is_a_load_while_the_lorry_waits_at_a_light() -> None:
    assert carried(None, 94) == {1}


def test_a_machine_that_the_lorry_leaves_behind_is_none() -> None:
    assert carried(20, 30) == set()


def test_two_that_only_ever_stood_beside_each_other_are_no_load() -> None:
    loads, paces = Loads(), {1: Pace(), 2: Pace()}
    machine = Track(1, "machine", 0.9, (20, 40, 80, 90), 0, 0, seen_now=True)
    lorry = Track(2, "truck", 0.9, (0, 60, 110, 100), 0, 0, seen_now=True)
    for i in range(100):
        for track in (machine, lorry):
            paces[track.id].see(track, (640, 360), i / 5)
        assert loads.step([machine, lorry], paces, i / 5) == set()
