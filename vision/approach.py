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
        self._past: dict[int, deque[tuple[float, float]]] = {}

    def step(
        self, feet: Mapping[int, Sequence[tuple[Point, float]]], now_s: float
    ) -> dict[int, Approach]:
        """The approach of each object, by id; none for those seen too shortly or already there.

        `feet`: per object the points on which it stands, each with its sigma; the farthest
        counts, so that an arm that swings towards the area is no approach.
        """
        answer: dict[int, Approach] = {}
        for number, points in feet.items():
            away, sigma = max((self._distance(point), sigma) for point, sigma in points)
            past = self._past.setdefault(number, deque())
            past.append((now_s, away))
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
        at_s, away = past[:, 0] - past[-1, 0], past[:, 1]
        middle = at_s.mean()
        spread = float(((at_s - middle) ** 2).sum())
        slope = float(((at_s - middle) * (away - away.mean())).sum() / spread)
        distance = max(0.0, float(away.mean() - slope * middle))
        rest = away - distance - slope * at_s
        noise = max(sigma, sqrt(float((rest**2).sum()) / max(1, len(away) - 2)))
        closing, closing_sigma = -slope, noise / sqrt(spread)
        reach = closing * self._within_s - distance
        odds = _phi(reach / max(1e-9, hypot(noise, closing_sigma * self._within_s)))
        odds = odds if closing > 0 else 0.0
        return Approach(distance, noise, closing, closing_sigma, odds, self._unit)

    def _distance(self, point: Point) -> float:
        """Distance to the area; 0 inside."""
        corners = self._area
        following = np.roll(corners, -1, axis=0)
        edge, to = following - corners, np.asarray(point) - corners
        along = np.clip((to * edge).sum(1) / np.maximum((edge**2).sum(1), 1e-12), 0, 1)
        nearest = float(np.hypot(*(to - along[:, None] * edge).T).min())
        return 0.0 if _inside(corners, following, point) else nearest


def _inside(corners: NDArray[np.float64], following: NDArray[np.float64], point: Point) -> bool:
    x, y = point
    crosses = (corners[:, 1] > y) != (following[:, 1] > y)
    rise = np.where(crosses, following[:, 1] - corners[:, 1], 1.0)
    at_x = corners[:, 0] + (y - corners[:, 1]) * (following[:, 0] - corners[:, 0]) / rise
    return bool((crosses & (x < at_x)).sum() % 2)


def _phi(z: float) -> float:
    """The standard normal distribution function."""
    return 0.5 * (1.0 + erf(z / sqrt(2.0)))
