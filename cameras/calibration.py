"""From a pixel to the ground, with its error: a homography from surveyed control points.

Flat ground, no lens distortion; what that costs is not in the covariance. The seam where distortion
and terrain models go.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import combinations, islice
from math import hypot, sqrt
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cameras import projective
from cameras.errors import CalibrationError
from cameras.site import Site
from vision.types import GroundPoint, Point, Size

__all__ = ["ControlPoint", "Homography", "Site", "Unplaced"]

Array = NDArray[np.float64]

CLICK_SIGMA_PX = 1.5
"""How exactly a person clicks a control point, in pixels of the calibration picture."""
SURVEY_SIGMA_M = 0.03
"""How exactly it was surveyed."""
FOOT_SIGMA_PX = 2.0
"""How exactly a detector finds a foot point, in pixels of the picture that it looked at."""
MOST_SIGMA_M = 50.0
"""An error larger than this is no place."""
_MOST_RESIDUAL = 0.03
"""Of the picture's diagonal: a point further off contradicts the others."""
_LEAST_TRIANGLE = 0.004
"""Area of a triangle in units of the squared spread: below, its corners are in line."""
_MOST_FOURS = 500


@dataclass(frozen=True, slots=True)
class ControlPoint:
    """A point of the ground that is known in the picture and on the map (degrees)."""

    px: Point
    lon: float
    lat: float


@dataclass(frozen=True, slots=True)
class Unplaced:
    """A pixel that is nowhere on the ground, and why."""

    reason: str


_ABOVE = Unplaced("above the horizon: that pixel does not show the ground")


@dataclass(frozen=True, slots=True, eq=False)
class Homography:
    """The plane of the ground seen by one camera; make it with `fit`.

    `matrix` (3, 3) maps metres east and north of `origin_m` (2,), the middle of the control points,
    to pixels of `frame_px`; `cov` (8, 8) is the covariance of its first eight entries,
    `residuals_px` how far each control point is off.
    """

    matrix: Array = field(repr=False)
    cov: Array = field(repr=False)
    residuals_px: tuple[float, ...]
    frame_px: Size
    origin_m: Array = field(repr=False)
    _side: float = field(repr=False)
    _inverse: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_inverse", projective.inverse(self.matrix))

    @classmethod
    def fit(cls, points: Sequence[ControlPoint], *, site: Site, frame_px: Size) -> Self:
        """Least squares over at least 4 points clicked in a picture of `frame_px`.

        Raises `CalibrationError` on too few, on points in line, on points that contradict each
        other and on points of which some would be behind the camera.
        """
        ground = np.array([site.east_north(p.lon, p.lat) for p in points], dtype=np.float64)
        image = np.array([p.px for p in points], dtype=np.float64)
        _refuse_degenerate(ground, image)
        origin = ground.mean(axis=0)
        ground = ground - origin
        matrix, cov = projective.fit(
            ground, image, click_px=CLICK_SIGMA_PX, survey_m=SURVEY_SIGMA_M
        )
        residuals = np.hypot(*(projective.apply(matrix, ground) - image).T)
        _refuse_contradiction(residuals, frame_px)
        sides = projective.depth(projective.inverse(matrix), image)
        if not (np.all(sides > 0) or np.all(sides < 0)):
            raise CalibrationError("the control points are on both sides of the horizon")
        residuals_px = tuple(map(float, residuals))
        side = float(np.sign(sides[0]))
        return cls(matrix, cov, residuals_px, frame_px, origin, side)

    def locate(
        self, foot_px: Point, frame_px: Size, *, foot_sigma_px: float = FOOT_SIGMA_PX
    ) -> GroundPoint | Unplaced:
        """Where that pixel of a picture of `frame_px` is on the ground, first-order covariance.

        `foot_sigma_px` is in pixels of `frame_px`: multiply it where detection looked at a smaller
        picture.
        """
        return self.locate_all([foot_px], frame_px, foot_sigma_px=foot_sigma_px)[0]

    def locate_all(
        self, feet_px: Sequence[Point], frame_px: Size, *, foot_sigma_px: float = FOOT_SIGMA_PX
    ) -> list[GroundPoint | Unplaced]:
        """`locate` for several pixels at once, at the cost of one."""
        scale = np.array([self.frame_px[0] / frame_px[0], self.frame_px[1] / frame_px[1]])
        image = np.array(feet_px, dtype=np.float64).reshape(-1, 2) * scale
        is_ground = projective.depth(self._inverse, image) * self._side > 0
        found: list[GroundPoint | Unplaced] = [_ABOVE for _ in feet_px]
        ground = projective.apply(self._inverse, image[is_ground])
        covs = self._covariances(ground, foot_sigma_px * scale)
        for i, place, cov in zip(np.flatnonzero(is_ground), ground, covs, strict=True):
            found[i] = self._placed(place, cov)
        return found

    def _covariances(self, ground: Array, sigma_px: Array) -> Array:
        """Covariance (n, 2, 2) in m² of ground points seen with `sigma_px` (2,) of error."""
        to_ground = np.linalg.inv(projective.jacobian_ground(self.matrix, ground))
        by_matrix = projective.jacobian_matrix(self.matrix, ground)
        seen = np.diag(sigma_px**2) + by_matrix @ self.cov @ by_matrix.swapaxes(1, 2)
        return np.asarray(to_ground @ seen @ to_ground.swapaxes(1, 2))

    def _placed(self, ground: Array, cov: Array) -> GroundPoint | Unplaced:
        (ee, en), (_, nn) = cov.tolist()
        half, across = (ee + nn) / 2, (ee - nn) / 2
        sigma_m = sqrt(half + hypot(across, en))
        if not sigma_m < MOST_SIGMA_M:
            return Unplaced(f"too near the horizon: its place is unsure by {sigma_m:.0f} m")
        east_m, north_m = (ground + self.origin_m).tolist()
        return GroundPoint(east_m, north_m, (ee, en, nn))

    def metres_a_pixel(self, foot_px: Point, frame_px: Size) -> Array:
        """How the ground point moves with its pixel (2, 2): metres east, north by pixels x, y."""
        scale = np.array([self.frame_px[0] / frame_px[0], self.frame_px[1] / frame_px[1]])
        image = np.array([foot_px], dtype=np.float64) * scale
        ground = projective.apply(self._inverse, image)
        to_ground = np.linalg.inv(projective.jacobian_ground(self.matrix, ground)[0])
        return np.asarray(to_ground * scale)

    def heights_px(self, feet_px: Array, frame_px: Size, height_m: float) -> Array:
        """How high an object of `height_m` looks that stands at each of those pixels (n, 2).

        Infinite where that is no ground. For a camera without roll; what looks down steeply sees
        objects lower than this. Anything upright is as wide and as high as the ground's scale
        across the line of sight, which is the largest in any direction.
        """
        scale = np.array(self.frame_px, np.float64) / frame_px
        image = np.asarray(feet_px, np.float64) * scale
        heights = np.full(len(image), np.inf)
        is_ground = projective.depth(self._inverse, image) * self._side > 0
        ground = projective.apply(self._inverse, image[is_ground])
        px_per_m = np.linalg.norm(
            projective.jacobian_ground(self.matrix, ground), ord=2, axis=(1, 2)
        )
        heights[is_ground] = height_m * px_per_m / scale[1]
        return heights


def _refuse_degenerate(ground: Array, image: Array) -> None:
    if len(ground) < 4:
        raise CalibrationError(f"{len(ground)} control points; 4 are needed at least")
    fours = islice(combinations(range(len(ground)), 4), _MOST_FOURS)
    if not any(_is_solid(ground[list(four)]) and _is_solid(image[list(four)]) for four in fours):
        raise CalibrationError(
            "the control points are in line: no 4 of them span an area",
            "take points on both sides of the picture, near and far",
        )


def _is_solid(four: Array) -> bool:
    """Whether no three of four points are in line, measured after scaling each axis to one."""
    spread = np.ptp(four, axis=0)
    if not np.all(spread > 0):
        return False
    scaled = four / spread
    return all(_area(*corners) >= _LEAST_TRIANGLE for corners in combinations(scaled, 3))


def _area(a: Array, b: Array, c: Array) -> float:
    (x1, y1), (x2, y2) = b - a, c - a
    return abs(float(x1 * y2 - x2 * y1)) / 2


def _refuse_contradiction(residuals: Array, frame_px: Size) -> None:
    worst = int(np.argmax(residuals))
    if residuals[worst] > _MOST_RESIDUAL * float(np.hypot(*frame_px)):
        raise CalibrationError(
            f"control point {worst + 1} is {residuals[worst]:.0f} px from where the others put it",
            "check its position and its pixel",
        )
