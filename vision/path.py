"""Where one object is and where it will be: foot point and size, constant velocity, in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from math import hypot, sqrt

import numpy as np
from numpy.typing import NDArray

from vision.types import Box

COAST_S = 1.5
"""An object that is not seen is extrapolated for so long, then expected where that led."""
STOPPED_HEIGHTS_PER_S = 0.15
MOVING_HEIGHTS_PER_S = 0.30
STOPPED_S = 2.0
"""So long below the lower speed makes it stopped; above the higher speed it moves again."""


class _Axis:
    """Position and velocity along one axis of the picture, with their covariance."""

    def __init__(self, position: float, sigma: float, speed_sigma: float) -> None:
        self.position, self.velocity = position, 0.0
        self.pp, self.pv, self.vv = sigma**2, 0.0, speed_sigma**2

    def predict(self, dt: float, acceleration: float) -> None:
        """Let `dt` seconds pass under a random acceleration of so many px/s²."""
        q = acceleration**2
        self.position += self.velocity * dt
        self.pp += 2 * self.pv * dt + self.vv * dt**2 + q * dt**3 / 3
        self.pv += self.vv * dt + q * dt**2 / 2
        self.vv += q * dt

    def see(self, measured: float, sigma: float) -> None:
        """Take a measurement with its standard deviation, in px."""
        total = self.pp + sigma**2
        miss, gain_p, gain_v = measured - self.position, self.pp / total, self.pv / total
        self.position += gain_p * miss
        self.velocity += gain_v * miss
        self.vv -= gain_v * self.pv
        self.pv *= 1 - gain_p
        self.pp *= 1 - gain_p


class Path:
    """The state of one object. `is_slow`: it accelerates like a person, not like a vehicle."""

    def __init__(self, box_px: Box, *, is_slow: bool) -> None:
        x, y, self._width, self._height = _foot_and_size(box_px)
        # Of a first box the velocity is unknown: a person's, or a vehicle's, in heights a second.
        self._agility = 0.5 if is_slow else 1.0
        self._is_slow = is_slow
        speed = (1.0 if is_slow else 2.5) * self._height
        self._x = _Axis(x, 0.05 * self._height, speed)
        self._y = _Axis(y, 0.08 * self._height, speed)
        self._coasted_s = self._slow_s = self._dt = 0.0
        self.is_stopped = False

    @property
    def box_px(self) -> Box:
        """The expected box."""
        x, y, half = self._x.position, self._y.position, self._width / 2
        return x - half, y - self._height, x + half, y

    @property
    def is_parked(self) -> bool:
        """Whether it stands and is a vehicle: too broad to leave its place between two pictures."""
        return self.is_stopped and not self._is_slow

    def predict(self, dt: float) -> None:
        """Let `dt` seconds pass; a stopped object stays, a moving one coasts for a while only."""
        self._dt += dt
        if self.is_stopped:
            self._x.velocity = self._y.velocity = 0.0
        step = min(dt, max(0.0, COAST_S - self._coasted_s))
        self._coasted_s += step
        for axis in (self._x, self._y):
            axis.predict(step, self._agility * self._height)

    def see(self, box_px: Box) -> None:
        """Take a box as this object's."""
        x, y, width, height = _foot_and_size(box_px)
        self._x.see(x, 0.05 * height)
        self._y.see(y, 0.08 * height)
        weight = 0.5 if self._dt > 0 else 1.0
        self._width += weight * (width - self._width)
        self._height += weight * (height - self._height)
        self._judge_speed()
        self._coasted_s = self._dt = 0.0

    @property
    def foot(self) -> tuple[float, float, float, float]:
        """The expected foot (x, y) in px, and its variances along x and y."""
        noise = self._height**2
        spread_x, spread_y = self._x.pp + 0.05**2 * noise, self._y.pp + 0.08**2 * noise
        return self._x.position, self._y.position, spread_x, spread_y

    @property
    def room_px(self) -> float:
        """Room around a box for the way that may be gone in half the time since it was seen.

        At 2 pictures a second the plain boxes of one lorry do not overlap.
        """
        if self.is_stopped:
            return 0.0
        half_s = min(self._dt, COAST_S) / 2
        unsure = sqrt(self._x.vv + self._y.vv)
        return min(half_s * (self._speed() + unsure), 0.5 * max(self._width, self._height))

    def _speed(self) -> float:
        return hypot(self._x.velocity, self._y.velocity)

    def _judge_speed(self) -> None:
        speed = self._speed() / max(self._height, 1.0)
        if speed > MOVING_HEIGHTS_PER_S:
            self._slow_s, self.is_stopped = 0.0, False
        elif speed < STOPPED_HEIGHTS_PER_S:
            self._slow_s += self._dt
            self.is_stopped = self.is_stopped or self._slow_s >= STOPPED_S


def _foot_and_size(box_px: Box) -> tuple[float, float, float, float]:
    x1, y1, x2, y2 = box_px
    return (x1 + x2) / 2, y2, max(x2 - x1, 1.0), max(y2 - y1, 1.0)


def distances(paths: Sequence[Path], boxes_px: NDArray[np.float32]) -> NDArray[np.float64]:
    """Squared Mahalanobis distance (n, m) from each expected foot to the foot of each box."""
    expected = np.array([path.foot for path in paths])[:, None]
    feet = np.stack([(boxes_px[:, 0] + boxes_px[:, 2]) / 2, boxes_px[:, 3]], axis=1)
    squares: NDArray[np.float64] = ((feet - expected[..., :2]) ** 2 / expected[..., 2:]).sum(-1)
    return squares
