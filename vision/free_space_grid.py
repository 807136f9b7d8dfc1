"""The part of a picture that shows one floor, cut into cells.

Working pictures are at most `WORK_PX` on their longer side. A cell is `CELL_PX` on a side; arrays
"per cell" are (rows, columns), arrays "per pixel" cover the crop (8 rows, 8 columns).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Box, Point, Size
from vision.zones import Zone

Cells = NDArray[np.float32]
Mask = NDArray[np.bool_]

WORK_PX = 640
CELL_PX = 8
LEAST_INSIDE = 0.5
"""The share of a cell that must lie in the zone for it to be floor."""
LEAST_COVERED = 0.2
"""The share of a cell that a person's box must cover to hide it."""
SQUARE = np.ones((3, 3), np.uint8)


def work_size(frame_px: Size) -> Size:
    """The working size of a picture: its own, or smaller in the same shape."""
    factor = min(1.0, WORK_PX / max(frame_px))
    return round(frame_px[0] * factor), round(frame_px[1] * factor)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """Where one zone's cells lie in a working picture of `work_px`.

    `left`, `top`: the crop's corner in working pixels; `floor` (rows, columns): cells of the zone.
    The crop has one cell of surroundings on each side as far as the picture goes.
    """

    work_px: Size
    left: int
    top: int
    floor: Mask = field(repr=False)

    @classmethod
    def over(cls, zone: Zone, work_px: Size) -> Self:
        """The cells of a zone in working pictures of that size."""
        scale = np.array([work_px[0] / zone.frame_px[0], work_px[1] / zone.frame_px[1]])
        corners = np.array(zone.polygon) * scale
        most = np.array(work_px) // CELL_PX
        low = np.maximum(np.floor(corners.min(0) / CELL_PX).astype(int) - 1, 0)
        high = np.minimum(np.ceil(corners.max(0) / CELL_PX).astype(int) + 1, most)
        low = np.minimum(low, high - 1)
        columns, rows = (high - low).tolist()
        drawn = np.zeros((rows * CELL_PX, columns * CELL_PX), np.float32)
        cv2.fillPoly(drawn, [np.round(corners - low * CELL_PX).astype(np.int32)], (1.0,))
        floor = _shrunk(drawn) >= LEAST_INSIDE
        return cls(work_px, int(low[0]) * CELL_PX, int(low[1]) * CELL_PX, floor)

    @property
    def size_px(self) -> Size:
        """Width and height of the crop in working pixels."""
        return self.floor.shape[1] * CELL_PX, self.floor.shape[0] * CELL_PX

    def crop(self, picture: NDArray[np.uint8], shift_px: Point) -> NDArray[np.uint8]:
        """The zone's part of a working picture whose content moved by `shift_px`."""
        (width, height), (dx, dy) = self.size_px, shift_px
        if dx == 0 and dy == 0:
            return picture[self.top : self.top + height, self.left : self.left + width]
        there = np.array([[1, 0, self.left + dx], [0, 1, self.top + dy]], np.float32)
        how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        moved = cv2.warpAffine(
            picture, there, (width, height), flags=how, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(moved, np.uint8)

    def covered(self, boxes: Sequence[Box]) -> Mask:
        """The cells that boxes hide; boxes in shares of the picture's width and height."""
        near = [box for box in boxes if self._reaches_here(box)]
        if not near:
            return np.zeros(self.floor.shape, bool)
        own_px = np.array(near) * (self.work_px * 2) - (self.left, self.top) * 2
        x1, y1, x2, y2 = own_px.T[..., None]
        rows, columns = self.floor.shape
        across, down = _overlap_px(x1, x2, columns), _overlap_px(y1, y2, rows)
        least_px2 = LEAST_COVERED * CELL_PX**2
        return np.asarray((down[:, :, None] * across[:, None] > least_px2).any(0))

    def _reaches_here(self, box: Box) -> bool:
        """Whether a box has a part in the crop; most have none, and cost nothing more."""
        (x1, y1, x2, y2), (width, height) = box, self.work_px
        right, bottom = self.left + self.size_px[0], self.top + self.size_px[1]
        across = x2 * width > self.left and x1 * width < right
        return across and y2 * height > self.top and y1 * height < bottom


def cell_mean(pixels: NDArray[np.float32]) -> Cells:
    """The mean of each cell, blended over its neighbours: a window of about 16 px."""
    own = _shrunk(pixels)
    return np.asarray(cv2.GaussianBlur(own, (3, 3), 0, borderType=cv2.BORDER_REPLICATE), np.float32)


def spread(cells: NDArray[np.generic]) -> NDArray[np.float32]:
    """Each cell's value at each of its pixels."""
    return np.asarray(np.repeat(np.repeat(cells, CELL_PX, 0), CELL_PX, 1), np.float32)


def dilated(cells: Mask) -> Mask:
    """The cells and their eight neighbours."""
    return cv2.dilate(cells.view(np.uint8), SQUARE).view(np.bool_)


def eroded(cells: Mask) -> Mask:
    """The cells all of whose neighbours belong too."""
    return cv2.erode(cells.view(np.uint8), SQUARE).view(np.bool_)


def _shrunk(pixels: NDArray[np.float32]) -> Cells:
    size = pixels.shape[1] // CELL_PX, pixels.shape[0] // CELL_PX
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.float32)


def _overlap_px(
    low_px: NDArray[np.float64], high_px: NDArray[np.float64], count: int
) -> NDArray[np.float64]:
    """How much of each of `count` cells in a row lies between two pixels (n, 1)."""
    edges = np.arange(count + 1) * float(CELL_PX)
    inside = np.minimum(high_px, edges[1:]) - np.maximum(low_px, edges[:-1])
    return np.asarray(np.maximum(inside, 0.0))
