"""The width that is left to pass, on the ground.

Floor and things are drawn on a grid of metres that is turned to the walking direction. In each
slice across it the longest free run counts, over all slices the least. Of a thing that is higher in
the picture than wide only the lowest part stands on the floor; what is left of its height makes the
way look narrower than it is, never wider.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Point

Array = NDArray[np.float64]

STEP_M = 0.05
MOST_STEPS = 1500
"""A grid of more steps on a side is made coarser."""
LEAST_SLICE_M = 0.3
"""Slices of the floor narrower than this are its corners, not its passage."""


def foot_of(outline: Sequence[Point], aspect: float) -> list[Point]:
    """The part of an outline that stands on the floor: the lowest, no higher than it is wide.

    Points in shares of the picture; `aspect` is the picture's width by its height.
    """
    xs, ys = [x for x, _ in outline], [y for _, y in outline]
    top = max(ys) - (max(xs) - min(xs)) * aspect
    kept: list[Point] = []
    for (ax, ay), (bx, by) in zip(outline, [*outline[1:], outline[0]], strict=True):
        if ay >= top:
            kept.append((ax, ay))
        if (ay >= top) != (by >= top):
            share = (top - ay) / (by - ay)
            kept.append((ax + share * (bx - ax), top))
    return kept


def clear_width(floor_m: Array, things_m: Sequence[Array], along: Array | None) -> float:
    """The least, over the passage, of the widest free gap across it, in metres.

    `floor_m` (n, 2) and each of `things_m` are polygons on the ground; `along` (2,) is the walking
    direction, by default that of the floor's longest edge.
    """
    direction = _longest_edge(floor_m) if along is None else along
    ux, uy = direction / np.hypot(*direction)
    turn = np.array([[ux, -uy], [uy, ux]])
    floor, things = floor_m @ turn, [thing @ turn for thing in things_m]
    low, span = floor.min(0), float(np.ptp(floor, 0).max())
    step_m = max(STEP_M, span / MOST_STEPS)
    columns, rows = (np.ceil(np.ptp(floor, 0) / step_m).astype(int) + 1).tolist()
    whole = np.zeros((rows, columns), np.uint8)
    cv2.fillPoly(whole, [_cells(floor, low, step_m)], (1.0,))
    free = whole.copy()
    for thing in things:
        cv2.fillPoly(free, [_cells(thing, low, step_m)], (0.0,))
    runs = _longest_runs(free)[whole.sum(0) * step_m >= LEAST_SLICE_M]
    return float(runs.min()) * step_m if len(runs) else 0.0


def area_m2(polygon_m: Array) -> float:
    """The area of a polygon (n, 2) in m²."""
    x, y = polygon_m.T
    return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2


def _longest_runs(free: NDArray[np.uint8]) -> NDArray[np.int64]:
    """The longest run of ones in each column."""
    best = run = np.zeros(free.shape[1], np.int64)
    for row in free:
        run = (run + 1) * row
        best = np.maximum(best, run)
    return best


def _longest_edge(polygon_m: Array) -> Array:
    edges = np.roll(polygon_m, -1, 0) - polygon_m
    return np.asarray(edges[np.argmax(np.hypot(*edges.T))])


def _cells(polygon_m: Array, low: Array, step_m: float) -> NDArray[np.int32]:
    return np.round((polygon_m - low) / step_m).astype(np.int32)
