"""Places of whole things from their boxes, against the exact truth of drawn ones."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.place import CHI2_95, Placed, calibrated, drawn
from cameras.calibration import Homography
from cameras.footprint import FOOTPRINTS, Footprint
from cameras.standing import Standing, stand
from datasets.scenes.camera import Pinhole

FRAME = (1280, 720)
EACH = 60
CAMERA = Pinhole(FRAME, 1050.0, 8.0, 11.0)


@lru_cache(maxsize=8)
def placed(label: str) -> tuple[Placed, ...]:
    """Things of a class at random headings, places and cameras."""
    return tuple(drawn(label, EACH, np.random.default_rng([7, len(label), ord(label[0])])))


@lru_cache(maxsize=1)
def homography() -> Homography:
    return calibrated(CAMERA, np.random.default_rng(1))


def standing(box_px: tuple[float, float, float, float], footprint: Footprint) -> Standing:
    found = stand(homography(), box_px, FRAME, footprint)
    assert isinstance(found, Standing)
    return found


def box_at(
    east_m: float, north_m: float, *, wide_px: float = 60, high_px: float = 80
) -> tuple[float, float, float, float]:
    """A box whose lower edge's middle shows that point of the ground."""
    x, y = CAMERA.ground_px(east_m, north_m)
    return x - wide_px / 2, y - high_px, x + wide_px / 2, y


@pytest.mark.parametrize("label", FOOTPRINTS)
def test_the_95_percent_ellipse_holds_the_middle_of_nine_in_ten_things(label: str) -> None:
    inside = [p.miss <= CHI2_95 for p in placed(label)]
    assert np.mean(inside) >= 0.9


def test_the_ellipse_is_no_larger_than_it_must_be() -> None:
    everything = [p for label in FOOTPRINTS for p in placed(label) if p.seen]
    assert np.mean([p.miss <= CHI2_95 for p in everything]) <= 0.99
    # An ellipse twice as long as the errors ask for would hold nearly all of them in its middle.
    assert np.median([p.error_m / p.long_sigma_m for p in everything]) >= 0.4


def test_the_foot_alone_is_seldom_where_a_machine_stands() -> None:
    assert np.mean([p.foot_miss <= CHI2_95 for p in placed("excavator")]) < 0.3


@given(st.floats(-12, 12), st.floats(18, 90))
def test_the_middle_lies_behind_the_foot_by_half_the_depth(east_m: float, north_m: float) -> None:
    lorry = FOOTPRINTS["truck"]
    found = standing(box_at(east_m, north_m), lorry)
    off = np.array([found.middle.east_m - east_m, found.middle.north_m - north_m])
    clicks_m = 0.3 + 0.01 * north_m
    assert float(np.hypot(*off)) == pytest.approx(lorry.depth_m, abs=clicks_m)
    assert off[1] > 0.9 * lorry.depth_m - clicks_m


@given(st.floats(-12, 12), st.floats(18, 90))
def test_a_larger_thing_is_placed_less_surely(east_m: float, north_m: float) -> None:
    box = box_at(east_m, north_m)
    small, large = standing(box, FOOTPRINTS["person"]), standing(box, FOOTPRINTS["bus"])
    assert np.linalg.det(_cov(large)) > np.linalg.det(_cov(small))


def test_a_thing_that_the_border_cuts_off_is_placed_below_it_and_three_times_as_unsure() -> None:
    lorry = FOOTPRINTS["truck"]
    whole, cut = (600.0, 480.0, 760.0, 700.0), (600.0, 500.0, 760.0, 719.5)
    seen, inferred = standing(whole, lorry), standing(cut, lorry)
    assert (seen.foot_seen, inferred.foot_seen) == (True, False)
    assert inferred.foot_px[1] >= FRAME[1]
    assert np.trace(_cov(inferred)) > 3 * np.trace(_cov(seen))


def test_a_thing_that_the_side_cuts_off_is_unsure_by_half_its_length() -> None:
    lorry = FOOTPRINTS["truck"]
    whole, cut = standing((300, 400, 420, 480), lorry), standing((0, 400, 120, 480), lorry)
    more = np.trace(_cov(cut)) - np.trace(_cov(whole))
    assert more > 0.8 * (lorry.length_m / 2) ** 2


def _cov(found: Standing) -> np.ndarray:
    ee, en, nn = found.middle.cov_m2
    return np.array([[ee, en], [en, nn]])
