"""Where a thing stands, from its box: the middle of its footprint, with an honest error.

Two steps: the middle of the lower edge is laid on the ground (the near edge of the footprint), then
moved away from the camera by half the depth that its class is expected to have. Where the picture's
lower border cuts the thing off, its top and its height tell where it stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cameras.calibration import FOOT_SIGMA_PX, Homography, Unplaced
from cameras.footprint import Footprint
from vision.types import Box, GroundPoint, Point, Size

CUT_OFF_FACTOR = 3.0
"""A foot that is only inferred is so many times as unsure (vision.md G.4)."""
_LOWEST = 4.0
"""A foot is looked for down to so many heights of the picture below its upper border."""
_HALVINGS = 40


@dataclass(frozen=True, slots=True)
class Standing:
    """The middle of a footprint, and what it was taken from.

    `foot_px` is the pixel, in the picture that was given, of the near edge, and `behind_m` how far
    the middle was put behind it. Where the picture's border cuts the thing off, `foot_seen` is
    False, `foot_px` is the pixel below its top, and nothing was moved.
    """

    middle: GroundPoint
    foot_px: Point
    behind_m: float
    foot_seen: bool


def stand(
    homography: Homography,
    box_px: Box,
    frame_px: Size,
    footprint: Footprint,
    *,
    foot_sigma_px: float = FOOT_SIGMA_PX,
) -> Standing | Unplaced:
    """Where a thing of that footprint stands whose box is `box_px` in a picture of `frame_px`.

    `foot_sigma_px` is how exactly the detector finds an edge, in pixels of `frame_px`.
    """
    border_px = 2 * foot_sigma_px
    across_m = footprint.across_sigma_m
    if box_px[0] <= border_px or box_px[2] >= frame_px[0] - border_px:
        across_m = float(np.hypot(across_m, footprint.length_m / 2))  # its other end is not seen
    if box_px[3] >= frame_px[1] - border_px:
        return _by_height(homography, box_px, frame_px, footprint, foot_sigma_px, across_m)
    foot_px: Point = ((box_px[0] + box_px[2]) / 2, box_px[3])
    near = homography.locate(foot_px, frame_px, foot_sigma_px=foot_sigma_px)
    if isinstance(near, Unplaced):
        return near
    away = _away(homography, foot_px, frame_px)
    middle = _moved(near, away, footprint.depth_m, footprint.along_sigma_m, across_m)
    return Standing(middle, foot_px, footprint.depth_m, foot_seen=True)


def _by_height(
    homography: Homography,
    box_px: Box,
    frame_px: Size,
    footprint: Footprint,
    foot_sigma_px: float,
    across_m: float,
) -> Standing | Unplaced:
    """By the top of the box. The highest part may be anywhere over the footprint, so the place
    below it is taken for the middle, unsure by half a depth; it is not above the border.
    """
    row = _row_below(homography, box_px, frame_px, footprint.height_m)
    foot_px: Point = ((box_px[0] + box_px[2]) / 2, row)
    of_height_px = footprint.height_sigma_m / _metres_a_pixel(homography, foot_px, frame_px)
    sigma_px = float(np.hypot(CUT_OFF_FACTOR * foot_sigma_px, of_height_px))
    below = homography.locate(foot_px, frame_px, foot_sigma_px=sigma_px)
    if isinstance(below, Unplaced):
        return below
    along_m = float(np.hypot(footprint.along_sigma_m, footprint.depth_m))
    middle = _moved(below, _away(homography, foot_px, frame_px), 0.0, along_m, across_m)
    return Standing(middle, foot_px, 0.0, foot_seen=False)


def _moved(
    near: GroundPoint, away: tuple[float, float], by_m: float, along_m: float, across_m: float
) -> GroundPoint:
    """The point moved away from the camera, with a variance along and across that way."""
    east, north = away
    ee, en, nn = near.cov_m2
    along, across = along_m**2, across_m**2
    cov_m2 = (
        ee + along * east * east + across * north * north,
        en + (along - across) * east * north,
        nn + along * north * north + across * east * east,
    )
    return GroundPoint(near.east_m + by_m * east, near.north_m + by_m * north, cov_m2)


def _away(homography: Homography, foot_px: Point, frame_px: Size) -> tuple[float, float]:
    """The unit vector (east, north) that leads up the picture, which is away from the camera."""
    east, north = homography.metres_a_pixel(foot_px, frame_px) @ np.array([0.0, -1.0])
    length = float(np.hypot(east, north))
    return float(east) / length, float(north) / length


def _metres_a_pixel(homography: Homography, foot_px: Point, frame_px: Size) -> float:
    """Metres on an upright face at that foot that one pixel covers: as many as sideways."""
    return float(np.hypot(*homography.metres_a_pixel(foot_px, frame_px)[:, 0]))


def _row_below(homography: Homography, box_px: Box, frame_px: Size, height_m: float) -> float:
    """The row on which a thing stands whose top and height are known; the border's if none fits.

    The lower the row, the nearer the thing and the fewer metres a pixel covers.
    """
    x, top = (box_px[0] + box_px[2]) / 2, box_px[1]

    def missing_m(row: float) -> float:
        return height_m - (row - top) * _metres_a_pixel(homography, (x, row), frame_px)

    upper, lower = float(frame_px[1]), _LOWEST * frame_px[1]
    if missing_m(upper) <= 0 or missing_m(lower) > 0:
        return upper
    for _ in range(_HALVINGS):
        row = (upper + lower) / 2
        upper, lower = (row, lower) if missing_m(row) > 0 else (upper, row)
    return lower
