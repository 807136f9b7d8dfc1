"""Flat faces into a grid of samples: the nearest wins."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.scenes.mesh import Floats


def fill(
    corners: Floats,
    lines: Floats,
    chosen: NDArray[np.bool_],
    columns: Floats,
    rows: Floats,
    empty: float,
    smallest: float = 0.2,
) -> tuple[NDArray[np.int32], Floats]:
    """The face with the greatest value at each sample, and that value.

    `corners` (F, 4, 2) in samples, `lines` (F, 3) give value = a·column + b·row + c. Faces
    that cover less than `smallest` samples are left out: their neighbours' edges cover them.
    """
    width, height = len(columns), len(rows)
    ids = np.full((height, width), -1, np.int32)
    best = np.full((height, width), empty, np.float32)
    low = np.maximum(np.floor(corners.min(axis=1)).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(axis=1)).astype(int) + 1, (width, height))
    a, b = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    big = np.abs(a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) > 2 * smallest
    points = np.round((corners - 0.5 - low[:, None]) * 16).astype(np.int32)
    across, down = columns.astype(np.float32), rows.astype(np.float32)[:, None]
    for i in np.nonzero(chosen & big & (high > low).all(axis=1))[0]:
        (x0, y0), (x1, y1) = low[i], high[i]
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillConvexPoly(mask, points[i], 1, cv2.LINE_8, 4)
        a, b, c = lines[i]
        value = (a * across[x0:x1] + c) + b * down[y0:y1]
        here = best[y0:y1, x0:x1]
        better = mask.view(bool) & (value > here)
        np.copyto(here, value, where=better)
        np.copyto(ids[y0:y1, x0:x1], np.int32(i), where=better)
    return ids, best
