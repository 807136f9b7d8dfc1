"""The camera's geometry: a pinhole on a pole, looking along +y and a little down."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.scenes.mesh import Floats
from vision.types import Point, Size


@dataclass(frozen=True, slots=True)
class Pinhole:
    """Above (0, 0) at `height_m`, looking along +y, tilted down by `tilt_deg`; focal in pixels."""

    size_px: Size
    focal_px: float
    height_m: float
    tilt_deg: float

    @property
    def _tilt(self) -> tuple[float, float]:
        tilt = np.radians(self.tilt_deg)
        return float(np.cos(tilt)), float(np.sin(tilt))

    @property
    def horizon_px(self) -> float:
        """Row of the horizon."""
        cos, sin = self._tilt
        return self.size_px[1] / 2 - self.focal_px * sin / cos

    def to_camera(self, points: Floats) -> Floats:
        """World points (N, 3) as (right, down, depth) in metres."""
        cos, sin = self._tilt
        x, y, z = points[:, 0], points[:, 1], points[:, 2] - self.height_m
        return np.stack([x, -y * sin - z * cos, y * cos - z * sin], axis=1)

    def turn(self, directions: Floats) -> Floats:
        """World directions (N, 3) in the camera's frame (right, down, depth)."""
        cos, sin = self._tilt
        x, y, z = directions[:, 0], directions[:, 1], directions[:, 2]
        return np.stack([x, -y * sin - z * cos, y * cos - z * sin], axis=1)

    def project(self, points: Floats) -> Floats:
        """World points (N, 3) as pixels (N, 2); those behind are held 0.1 m before."""
        eye = self.to_camera(points)
        depth = np.maximum(eye[:, 2:], 0.1)
        return np.asarray(eye[:, :2] * (self.focal_px / depth) + np.array(self.size_px) / 2)

    def ground_px(self, x_m: float, y_m: float) -> Point:
        """Pixel of a point on the ground."""
        px = self.project(np.array([[x_m, y_m, 0.0]]))
        return float(px[0, 0]), float(px[0, 1])

    def rays(self, x_px: Floats, y_px: Floats) -> tuple[Floats, Floats, Floats]:
        """World directions of pixels, with a depth of 1 along the optical axis."""
        cos, sin = self._tilt
        a = (x_px - self.size_px[0] / 2) / self.focal_px
        b = (y_px - self.size_px[1] / 2) / self.focal_px
        return a, cos - b * sin, -sin - b * cos

    def pixel_size_m(self, y_m: float) -> float:
        """Metres on an upright face at `y_m` that one pixel covers."""
        return max(y_m, 0.5) / self.focal_px
