"""A floor in metres: what is left to pass, and how much is covered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cameras import projective
from cameras.calibration import Homography, Unplaced
from vision import ClearWidth, Floor, Point, Size, Zone
from vision.free_space_grid import CELL_PX, WORK_PX
from vision.free_space_width import STEP_M, area_m2, clear_width, foot_of

Array = NDArray[np.float64]

EDGE_SHARE = CELL_PX / 12**0.5 / WORK_PX
"""How exactly a border is known that lies anywhere in its cell, in shares of the longer side."""


class FloorOnGround:
    """One zone's floor on a calibrated ground.

    `along_px`: two points of the zone's frame that show the walking direction.
    """

    def __init__(
        self, ground: Homography, zone: Zone, along_px: tuple[Point, Point] | None
    ) -> None:
        self._ground, self._back = ground, projective.inverse(ground.matrix)
        self._size = np.array(zone.frame_px, np.float64)
        self._floor_m = self._metres(np.array(zone.polygon) / self._size)
        ends = None if along_px is None else self._metres(np.array(along_px) / self._size)
        self._along = None if ends is None else ends[1] - ends[0]

    def measured(self, floor: Floor, frame_px: Size) -> Floor:
        """The floor with its width and what is covered, where it all lies on the ground."""
        regions = [r for r in floor.regions if r.kind == "object"]
        aspect = frame_px[0] / frame_px[1]
        feet = [np.array(foot_of(region.outline, aspect)) for region in regions]
        things = [self._metres(foot) for foot in feet]
        placed = [thing for thing in things if thing is not None]
        if self._floor_m is None or len(placed) < len(things) or not things:
            return floor
        sigma_m = max(self._sigma_m(foot, frame_px) for foot in feet)
        left_m = clear_width(self._floor_m, placed, self._along)
        covered = sum(area_m2(thing) for thing in placed)
        return replace(floor, width=ClearWidth(left_m, sigma_m), covered_m2=covered)

    def _metres(self, shares: Array) -> Array | None:
        """Points in shares of the picture, in metres; None where one is not on the ground."""
        points = shares * np.array(self._ground.frame_px)
        sides = projective.depth(self._back, points)
        if not (np.all(sides > 0) or np.all(sides < 0)):
            return None
        return projective.apply(self._back, points)

    def _sigma_m(self, foot: Array, frame_px: Size) -> float:
        """Of the gap beside a thing: its border in the cell, the calibration, the grid."""
        low = foot[np.argmax(foot[:, 1])]
        point_px = (float(low[0] * frame_px[0]), float(low[1] * frame_px[1]))
        edge_px = EDGE_SHARE * max(frame_px)
        place = self._ground.locate(point_px, frame_px, foot_sigma_px=edge_px)
        if isinstance(place, Unplaced):
            return float("inf")
        across = self._across()
        ee, en, nn = place.cov_m2
        variance = float(across @ np.array([[ee, en], [en, nn]]) @ across)
        return float(np.sqrt(variance + STEP_M**2 / 6))

    def _across(self) -> Array:
        along = self._along
        if along is None and self._floor_m is not None:
            edges = np.roll(self._floor_m, -1, 0) - self._floor_m
            along = edges[np.argmax(np.hypot(*edges.T))]
        if along is None:
            return np.array([1.0, 0.0])
        return np.asarray(np.array([-along[1], along[0]]) / np.hypot(*along))
