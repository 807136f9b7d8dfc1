"""Who moves when: smooth paths through timed places, and roles that follow them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from datasets.scenes.mesh import Floats, Mesh
from datasets.scenes.truth import Actor

Stop = tuple[float, float, float, float]
"""Time in seconds, metres right, metres forward, heading in degrees clockwise from forward."""


@dataclass(frozen=True, slots=True)
class Path:
    """Stops joined by a curve without jerks; absent before the first and after the last."""

    stops: tuple[Stop, ...]

    def __post_init__(self) -> None:
        if any(b[0] <= a[0] for a, b in pairwise(self.stops)):
            raise ValueError(f"the times of a path must grow: {[s[0] for s in self.stops]}")

    def at(self, t_s: float) -> tuple[float, float, float] | None:
        """Metres right, metres forward and heading at a time, or None when absent."""
        if not self.stops[0][0] <= t_s <= self.stops[-1][0]:
            return None
        table = np.array(self.stops)
        times, values = table[:, 0], table[:, 1:]
        slope = np.diff(values, axis=0) / np.diff(times)[:, None]
        tangent = np.concatenate([slope[:1], _between(slope), slope[-1:]])
        k = min(int(np.searchsorted(times, t_s, "right")) - 1, len(slope) - 1)
        span = times[k + 1] - times[k]
        u = (t_s - times[k]) / span
        a, b = values[k], values[k + 1]
        p, q = tangent[k] * span, tangent[k + 1] * span
        x, y, heading = (
            (2 * u**3 - 3 * u**2 + 1) * a
            + (u**3 - 2 * u**2 + u) * p
            + (3 * u**2 - 2 * u**3) * b
            + (u**3 - u**2) * q
        )
        return float(x), float(y), float(heading)


def _between(slope: Floats) -> Floats:
    """Tangents at the inner stops: nothing where one side stands still or turns back."""
    before, after = slope[:-1], slope[1:]
    smooth = 2 * before * after / np.where(before + after == 0, 1.0, before + after)
    return np.asarray(np.where(before * after > 0, smooth, 0.0))


@dataclass(frozen=True, slots=True)
class Role:
    """One part in the story. `make` gives the mesh at a time, standing at the origin, facing +y."""

    id: int
    label: str
    path: Path
    make: Callable[[float], Mesh]
    dirt: float = 0.25

    def at(self, t_s: float) -> Actor | None:
        """The actor at a time, or None when absent."""
        place = self.path.at(t_s)
        if place is None:
            return None
        x, y, heading = place
        shape = self.make(t_s)
        mesh = shape.turned(yaw_deg=heading).moved(x, y)
        likeness = (shape, x, y, heading)
        return Actor(self.id, self.label, mesh, x, y, self.dirt, likeness)


@dataclass(frozen=True, slots=True)
class Stay:
    """A role whose ground point is inside a zone from `enter_s` to `leave_s` (exact to 1 ms)."""

    zone: str
    label: str
    enter_s: float
    leave_s: float
    id: int


def stays(role: Role, zone: str, inside: Callable[[float, float], bool]) -> list[Stay]:
    """Every stay of a role in a zone, given by a test on metres right and forward."""

    def is_in(t_s: float) -> bool:
        place = role.path.at(t_s)
        return place is not None and inside(place[0], place[1])

    first, last = role.path.stops[0][0], role.path.stops[-1][0]
    ticks = [float(t) for t in np.arange(first, last, 0.05)] + [last + 1e-3]
    found: list[Stay] = []
    since = first if is_in(first) else None
    for a, b in pairwise(ticks):
        if is_in(a) == is_in(b):
            continue
        edge = _edge(is_in, a, b)
        if since is None:
            since = edge
        else:
            found.append(Stay(zone, role.label, since, edge, role.id))
            since = None
    return found


def _edge(is_in: Callable[[float], bool], a: float, b: float) -> float:
    before = is_in(a)
    while b - a > 1e-3:
        mid = (a + b) / 2
        a, b = (mid, b) if is_in(mid) == before else (a, mid)
    return round(b, 3)


def contains(polygon: Sequence[tuple[float, float]], x: float, y: float) -> bool:
    """Whether a point lies in a polygon (crossing number)."""
    odd = False
    for (ax, ay), (bx, by) in zip(polygon, [*polygon[1:], polygon[0]], strict=True):
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            odd = not odd
    return odd
