"""Where the scene has gone between two pictures: what a hand or a pole in the wind does to them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Box

Grey = NDArray[np.uint8]
Affine = NDArray[np.float64]
"""2x3: rotation, scale and shift, from pixels of the earlier picture to those of the later."""

POINTS = 60
LEAST_POINTS = 16
LEAST_INLIERS = 0.5
"""Below this share of points that agree, nothing is known about the scene's motion."""
REACH_PX = 3.0
STILL: Affine = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
STILL.setflags(write=False)


def scene_motion(before: Grey, after: Grey, moving_px: Sequence[Box] = ()) -> Affine:
    """How still things moved from `before` to `after`, two grey pictures of one size.

    Points in `moving_px`, boxes of what may move by itself, are left out. Where too few points
    are found, or they do not agree, the scene counts as still. Points by Shi and Tomasi (1994),
    followed by Lucas and Kanade's pyramid, agreed upon by RANSAC.
    """
    points = cv2.goodFeaturesToTrack(before, POINTS, 0.02, 8, mask=_outside(before, moving_px))
    if points is None or len(points) < LEAST_POINTS:
        return STILL
    found, status, _ = cv2.calcOpticalFlowPyrLK(before, after, points, None)  # type: ignore[call-overload] # the stubs want a next-points array
    kept = status.ravel() == 1
    if kept.sum() < LEAST_POINTS:
        return STILL
    matrix, inliers = cv2.estimateAffinePartial2D(
        points[kept], found[kept], ransacReprojThreshold=REACH_PX / 2
    )
    if matrix is None or inliers.mean() < LEAST_INLIERS:
        return STILL
    return np.asarray(matrix, np.float64)


def _outside(picture: Grey, boxes_px: Sequence[Box]) -> NDArray[np.uint8]:
    mask = np.full(picture.shape, 255, np.uint8)
    height, width = picture.shape
    for x1, y1, x2, y2 in boxes_px:
        left, top = max(0, int(x1)), max(0, int(y1))
        mask[top : min(height, int(y2) + 1), left : min(width, int(x2) + 1)] = 0
    return mask
