"""Where the scene has gone between two pictures: what a hand or a pole in the wind does to them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Box

Grey = NDArray[np.uint8]
Points = NDArray[np.float32]
Affine = NDArray[np.float64]
"""2x3: rotation, scale and shift, from pixels of the earlier picture to those of the later."""

POINTS = 60
LEAST_POINTS = 16
LEAST_INLIERS = 0.5
"""Below this share of points that agree, nothing is known about the scene's motion."""
REACH_PX = 3.0
WINDOW_PX, LEVELS = (13, 13), 2
"""Around each point, at each of the pyramid's halvings: enough for what a pole in the wind does."""
FOUND_AGAIN_S = 10.0
"""So long corners that were found are used."""
STILL: Affine = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
STILL.setflags(write=False)


class SceneMotion:
    """Follows how still things moved between grey pictures of one camera.

    Points by Shi and Tomasi (1994), followed by Lucas and Kanade's pyramid, agreed upon by RANSAC.
    The corners of a scene that stands stay where they are, so they are looked for seldom.
    """

    def __init__(self) -> None:
        self._points: Points = np.empty((0, 2), np.float32)
        self._size: tuple[int, ...] = ()
        self._found_s = float("-inf")

    def between(self, before: Grey, after: Grey, moving_px: Sequence[Box], now_s: float) -> Affine:
        """How they moved from `before` to `after`, two pictures of one size; `now_s` rises.

        Points in `moving_px`, boxes of what may move by itself, are left out. Where too few points
        are found, or they do not agree, the scene counts as still.
        """
        points = self._corners(before, _outside(before, moving_px), now_s)
        matrix = _agreed(before, after, points)
        if matrix is None:
            self._found_s = float("-inf")
            return STILL
        return matrix

    def _corners(self, picture: Grey, allowed: NDArray[np.uint8], now_s: float) -> Points:
        is_known = picture.shape == self._size and now_s - self._found_s < FOUND_AGAIN_S
        points = _within(self._points, allowed) if is_known else self._points[:0]
        if len(points) >= LEAST_POINTS:
            return points
        found = cv2.goodFeaturesToTrack(picture, POINTS, 0.02, 8, mask=allowed)
        self._points = np.asarray([] if found is None else found, np.float32).reshape(-1, 2)
        self._size, self._found_s = picture.shape, now_s
        return self._points


def _within(points: Points, allowed: NDArray[np.uint8]) -> Points:
    columns, rows = points.astype(np.intp).T
    return np.asarray(points[allowed[rows, columns] > 0])


def _agreed(before: Grey, after: Grey, points: Points) -> Affine | None:
    """The motion on which most of the points (n, 2) agree; None where there is none."""
    if len(points) < LEAST_POINTS:
        return None
    found, status, _ = cv2.calcOpticalFlowPyrLK(
        before, after, points, None, winSize=WINDOW_PX, maxLevel=LEVELS
    )  # type: ignore[call-overload] # the stubs want a next-points array
    kept = status.ravel() == 1
    if kept.sum() < LEAST_POINTS:
        return None
    matrix, inliers = cv2.estimateAffinePartial2D(
        points[kept], found[kept], ransacReprojThreshold=REACH_PX / 2
    )
    if matrix is None or inliers.mean() < LEAST_INLIERS:
        return None
    return np.asarray(matrix, np.float64)


def _outside(picture: Grey, boxes_px: Sequence[Box]) -> NDArray[np.uint8]:
    mask = np.full(picture.shape, 255, np.uint8)
    height, width = picture.shape
    for x1, y1, x2, y2 in boxes_px:
        left, top = max(0, int(x1)), max(0, int(y1))
        mask[top : min(height, int(y2) + 1), left : min(width, int(x2) + 1)] = 0
    return mask
