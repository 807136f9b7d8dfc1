"""Ground points against an independent reference, and calibrations that must be refused."""

from __future__ import annotations

import importlib.util
from types import ModuleType

import numpy as np
import pytest
from numpy.typing import NDArray

from cameras.calibration import ControlPoint, Homography, Site, Unplaced
from cameras.errors import CalibrationError
from tests.cameras.data import tools_folder
from vision.types import GroundPoint

SITE = Site(118.9653, 32.1284, facing_deg=0)
HD = (1920, 1080)
NEAR_AND_FAR = (25.0, 45.0, 80.0, 140.0)


def pinhole(height_m: float) -> NDArray[np.float64]:
    """A camera that looks north along flat ground, horizon at 8 % of the picture's height."""
    f = 960 / np.tan(np.radians(25.0))
    tilt = np.arctan2(height_m, 150.0) + np.arctan2(0.42 * 1080, f)
    c, s = np.cos(tilt), np.sin(tilt)
    outside = np.array([[1.0, 0, 0], [0, -s, c * height_m], [0, c, s * height_m]])
    return np.array([[f, 0, 960], [0, f, 540], [0, 0, 1.0]]) @ outside


def pixel(camera: NDArray[np.float64], east_m: float, north_m: float) -> tuple[float, float]:
    u, v, w = camera @ np.array([east_m, north_m, 1.0])
    return float(u / w), float(v / w)


def control(camera: NDArray[np.float64], *, norths: tuple[float, ...]) -> list[ControlPoint]:
    grounds = [(side * 0.3 * north, north) for north in norths for side in (-1, 1)]
    return [
        ControlPoint(pixel(camera, e, n), *SITE.lon_lat(GroundPoint(e, n, (1, 0, 1))))
        for e, n in grounds
    ]


def reference() -> ModuleType:
    file = tools_folder() / "geotag_error_reference.py"
    spec = importlib.util.spec_from_file_location("geotag_error_reference", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("norths", [NEAR_AND_FAR, (30.0, 120.0)])
@pytest.mark.parametrize("picture_px", [(1920, 1080), (640, 360)])
@pytest.mark.parametrize("height_m", [6.0, 15.0])
def test_the_error_of_a_ground_point_agrees_with_the_reference_within_two_percent(
    height_m: float, picture_px: tuple[int, int], norths: tuple[float, ...]
) -> None:
    oracle = reference()
    rows, _, _ = oracle.run(height_m, picture_px, 2 * len(norths), np.random.default_rng(0), n_mc=4)
    camera = pinhole(height_m)
    fitted = Homography.fit(control(camera, norths=norths), site=SITE, frame_px=HD)
    scale = picture_px[0] / HD[0]
    for distance_m, expected in rows:
        if expected is None or distance_m < 40:
            continue
        u, v = pixel(camera, 0.0, float(distance_m))
        found = fitted.locate((u * scale, v * scale), picture_px)
        assert isinstance(found, GroundPoint)
        assert (found.east_m, found.north_m) == pytest.approx((0, distance_m), abs=0.02)
        ee, _, nn = found.cov_m2
        assert nn**0.5 == pytest.approx(expected["along"], rel=0.02)
        assert ee**0.5 == pytest.approx(expected["across"], rel=0.02)


def test_degrees_become_metres_as_long_as_they_are_at_that_latitude() -> None:
    east_m, north_m = SITE.east_north(SITE.lon + 0.001, SITE.lat + 0.001)
    assert (east_m, north_m) == pytest.approx((94.37, 110.89), abs=0.05)


def test_a_point_comes_back_from_metres_to_the_same_degrees() -> None:
    there = SITE.lon_lat(GroundPoint(123.4, -56.7, (1, 0, 1)))
    assert SITE.east_north(*there) == pytest.approx((123.4, -56.7), abs=1e-6)


def test_a_pixel_above_the_horizon_is_nowhere_and_says_so() -> None:
    camera = pinhole(6.0)
    fitted = Homography.fit(control(camera, norths=NEAR_AND_FAR), site=SITE, frame_px=HD)
    found = fitted.locate((960, 5), HD)
    assert isinstance(found, Unplaced)
    assert "horizon" in found.reason


def test_a_pixel_just_below_the_horizon_is_too_unsure_to_be_a_place() -> None:
    camera = pinhole(6.0)
    fitted = Homography.fit(control(camera, norths=NEAR_AND_FAR), site=SITE, frame_px=HD)
    u, v = pixel(camera, 0.0, 1500.0)
    found = fitted.locate((u, v), HD)
    assert isinstance(found, Unplaced)
    assert "unsure" in found.reason


def test_points_along_one_line_are_refused() -> None:
    camera = pinhole(6.0)
    line = [
        ControlPoint(pixel(camera, 2.0, n), *SITE.lon_lat(GroundPoint(2.0, n, (1, 0, 1))))
        for n in (25.0, 40.0, 60.0, 90.0, 130.0)
    ]
    with pytest.raises(CalibrationError, match="in line"):
        Homography.fit(line, site=SITE, frame_px=HD)


def test_three_points_are_refused() -> None:
    camera = pinhole(6.0)
    with pytest.raises(CalibrationError, match="4 are needed"):
        Homography.fit(control(camera, norths=NEAR_AND_FAR)[:3], site=SITE, frame_px=HD)


def test_a_control_point_that_contradicts_the_others_is_named() -> None:
    points = control(pinhole(6.0), norths=NEAR_AND_FAR)
    wrong = ControlPoint((300.0, 900.0), points[6].lon, points[6].lat)
    with pytest.raises(CalibrationError, match="px from where the others put it"):
        Homography.fit([*points[:6], wrong, points[7]], site=SITE, frame_px=HD)


@pytest.mark.parametrize("datum", ["gcj02", "bd09", "beijing54"])
def test_a_datum_that_is_not_understood_is_refused_by_name(datum: str) -> None:
    with pytest.raises(CalibrationError, match=datum):
        Site(118.9, 32.1, datum=datum)


def test_a_place_off_the_globe_is_refused() -> None:
    with pytest.raises(CalibrationError, match="no camera stands"):
        Site(32.1, 118.9)


def test_the_height_of_what_stands_on_the_ground_agrees_with_the_camera() -> None:
    camera = pinhole(12.0)
    ground = Homography.fit(control(camera, norths=NEAR_AND_FAR), site=SITE, frame_px=HD)
    focal_px = float(camera[0, 0])
    for north_m in (30.0, 60.0, 120.0):
        foot = np.array([pixel(camera, 2.0, north_m)])
        (height_px,) = ground.heights_px(foot, HD, 3.0)
        (half,) = ground.heights_px(foot / 2, (960, 540), 3.0)
        depth_m = float(camera[2] @ [2.0, north_m, 1.0])
        assert height_px == pytest.approx(3 * focal_px / depth_m, rel=0.05)
        assert half == pytest.approx(height_px / 2, rel=1e-6)


def test_nobody_stands_above_the_horizon() -> None:
    ground = Homography.fit(control(pinhole(12.0), norths=NEAR_AND_FAR), site=SITE, frame_px=HD)
    assert ground.heights_px(np.array([[960.0, -900.0]]), HD, 3.0).tolist() == [float("inf")]
