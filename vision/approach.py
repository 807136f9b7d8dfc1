"""Who comes nearer: distance to an area, closing speed, and the odds of being there soon.

All lengths are in one unit of the caller's: metres on the ground where the camera is calibrated,
pixels where it is not; odds and seconds mean the same in both. Method: vision.md G.4.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import erf, hypot, sqrt
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from vision.types import Point

Unit = Literal["m", "px"]
WINDOW_S = 4.0
LEAST_S = 1.5
LEAST_POINTS = 4
AHEAD = np.linspace(0.0, 1.0, 31)
"""Where on the way ahead, as shares of the time asked about, it is asked how far the area is."""
SURELY = 2.0
"""A way that passes the area at so many sigmas leads past it."""
FORGET_S = 5.0


@dataclass(frozen=True, slots=True)
class Approach:
    """How one object nears the area: `distance` ± `sigma` and `closing` ± `closing_sigma` a second,
    lengths in `unit`; `odds` that it is there within the time that was asked for.
    """

    distance: float
    sigma: float
    closing: float
    closing_sigma: float
    odds: float
    unit: Unit

    @property
    def arrives_in_s(self) -> float:
        """Seconds to the area at this speed; infinite while it does not come nearer."""
        return self.distance / self.closing if self.closing > 0 else float("inf")


class ApproachMeter:
    """Follows the distances of objects to one area. Times come in rising order.

    `area`: its corners, lengths in `unit`. `within_s`: the time that `odds` speaks of.
    """

    def __init__(self, area: Sequence[Point], within_s: float, unit: Unit) -> None:
        self._area, self._within_s = np.asarray(area, np.float64), within_s
        self._unit: Unit = unit
        self._past: dict[int, deque[tuple[float, float, float, float]]] = {}
        """Per object: when, how far away its farthest point was, and where their middle was."""

    def step(
        self, feet: Mapping[int, Sequence[tuple[Point, float]]], now_s: float
    ) -> dict[int, Approach]:
        """The approach of each object, by id; none for those seen too shortly or already there.

        `feet`: per object the points on which it stands, each with its sigma; the farthest
        counts, so that an arm that swings towards the area is no approach. Whose way, straight
        on, surely leads past the area has no odds, however much nearer it comes on it.
        """
        answer: dict[int, Approach] = {}
        for number, points in feet.items():
            corners = np.array([point for point, _ in points])
            aways, (x, y) = self._distances(corners), corners.mean(0).tolist()
            farthest = int(aways.argmax())
            away, sigma = float(aways[farthest]), points[farthest][1]
            past = self._past.setdefault(number, deque())
            past.append((now_s, away, x, y))
            while now_s - past[0][0] > WINDOW_S:
                past.popleft()
            if away > 0 and len(past) >= LEAST_POINTS and now_s - past[0][0] >= LEAST_S:
                answer[number] = self._approach(np.array(past), sigma)
        self._past = {
            number: past for number, past in self._past.items() if now_s - past[-1][0] <= FORGET_S
        }
        return answer

    def _approach(self, past: NDArray[np.float64], sigma: float) -> Approach:
        """A straight line through the distances of the last seconds."""
        line = _Line.through(past[:, 0] - past[-1, 0], past[:, 1:])
        distance, closing = max(0.0, float(line.now[0])), -float(line.slope[0])
        noise = max(sigma, float(line.noise[0]))
        closing_sigma = noise / line.spread
        ahead = closing * self._within_s - distance
        odds = _phi(ahead / max(1e-9, hypot(noise, closing_sigma * self._within_s)))
        if closing <= 0 or self._leads_past(line, sigma):
            odds = 0.0
        return Approach(distance, noise, closing, closing_sigma, odds, self._unit)

    def _leads_past(self, line: _Line, sigma: float) -> bool:
        """Whether the straight way of the middle surely stays clear of the area."""
        to_s = AHEAD * self._within_s
        way = line.now[1:] + to_s[:, None] * line.slope[1:]
        noise = max(sigma, float(line.noise[1:].max()))
        unsure = np.hypot(noise, to_s * noise / line.spread)
        return bool((self._distances(way) > SURELY * unsure).all())

    def _distances(self, points: NDArray[np.float64]) -> NDArray[np.float64]:
        """Distances of points (n, 2) to the area; 0 inside."""
        corners = self._area
        following = np.roll(corners, -1, axis=0)
        edge, to = following - corners, points[:, None] - corners
        along = np.clip((to * edge).sum(2) / np.maximum((edge**2).sum(1), 1e-12), 0, 1)
        off = to - along[..., None] * edge
        nearest = np.sqrt((off**2).sum(2).min(1))
        return np.where(_inside(corners, following, points), 0.0, nearest)


@dataclass(frozen=True, slots=True)
class _Line:
    """Values over time by least squares: `now`, `slope` a second and `noise`, one a column; a slope
    is as sure as the noise by `spread` (s).
    """

    now: NDArray[np.float64]
    slope: NDArray[np.float64]
    noise: NDArray[np.float64]
    spread: float

    @classmethod
    def through(cls, at_s: NDArray[np.float64], values: NDArray[np.float64]) -> _Line:
        """The line through values (n, k) at times (n,) of which the newest is 0."""
        off_s, mean = at_s - at_s.mean(), values.mean(0)
        square = float((off_s**2).sum())
        slope = off_s @ (values - mean) / square
        now = mean - slope * at_s.mean()
        rest = values - now - at_s[:, None] * slope
        noise = np.sqrt((rest**2).sum(0) / max(1, len(at_s) - 2))
        return cls(now, slope, noise, sqrt(square))


def _inside(
    corners: NDArray[np.float64], following: NDArray[np.float64], points: NDArray[np.float64]
) -> NDArray[np.bool_]:
    x, y = points[:, :1], points[:, 1:]
    crosses = (corners[:, 1] > y) != (following[:, 1] > y)
    rise = following[:, 1] - corners[:, 1]
    along = (y - corners[:, 1]) / np.where(rise == 0, 1.0, rise)
    at_x = corners[:, 0] + along * (following[:, 0] - corners[:, 0])
    return np.asarray((crosses & (x < at_x)).sum(1) % 2 == 1)


def _phi(z: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * (1.0 + erf(z / sqrt(2.0)))
