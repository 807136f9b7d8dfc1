"""How much stirs inside a box: the share of it whose pattern is not where it was up to 2 s ago.

Patterns are gradients of log luminance, so a cloud or a lamp changes nothing; what stirs around
the box too (rain, leaves, shake) is taken off. Method: vision.md G.4 and G.6, after normalised
gradient correlation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.alignment import Affine, Grey
from vision.middle import middle
from vision.types import Box, Point

SIDE_PX = 192.0
"""Boxes are looked at with their longer side at most so many pixels long: cost has a bound."""
RING = 0.3
"""The ring around a box is so many box sides wide."""
CELL_PX = 6
SAME = 0.6
"""Cells whose gradients correlate less than this have changed."""
LEAST_NOISE = 3e-6
TEXTURE = 6.0
"""Cells below so many times the noise have no pattern that could change."""
_INVERSE_SQUARE = (1.0 / (np.arange(256, dtype=np.float32) + 16.0) ** 2)[None]
_LOG = np.log(np.arange(256, dtype=np.float32) + 16.0)[None]


@dataclass(frozen=True, slots=True)
class Stir:
    """What stirs in one box: `share` of its cells, less that of its ring (may be below 0), and
    their middle in pixels of the picture (None where nothing does).
    """

    share: float
    centre_px: Point | None


def stir(
    before: Grey, after: Grey, motion: Affine, box_px: Box, hidden_px: Sequence[Box] = ()
) -> Stir | None:
    """Compare a box of `after` with the same place in `before`, the scene's motion undone.

    Cells in `hidden_px`, boxes of persons and other movers, do not count. None where the box is
    too small or too little of it can be seen.
    """
    crop = _Crop.around(box_px, (after.shape[1], after.shape[0]))
    if crop is None:
        return None
    now, then = crop.cut(after), crop.cut(before, motion)
    gx, gy = _gradient(now)
    rx, ry = _gradient(then)
    energy, past = _cells(gx * gx + gy * gy), _cells(rx * rx + ry * ry)
    both = _cells(gx * rx + gy * ry)
    inside, ring = crop.masks(energy.shape, box_px, hidden_px)
    if inside.sum() < 12 or ring.sum() < 12:
        return None
    change = energy + past - 2 * both
    weight = _cells(np.asarray(cv2.LUT(cv2.blur(now, (5, 5)), _INVERSE_SQUARE), np.float32))
    noise = np.maximum(LEAST_NOISE, 1.5 * float(middle((change / weight)[ring])) * weight)
    same = both / (np.sqrt(np.maximum(energy * past, 0)) + noise)
    moved = (np.maximum(energy, past) > TEXTURE * noise) & (same < SAME)
    share = float(moved[inside].mean() - moved[ring].mean())
    rows, columns = np.nonzero(moved & inside)
    if not len(rows):
        return Stir(share, None)
    return Stir(share, crop.to_picture(float(columns.mean()), float(rows.mean())))


@dataclass(frozen=True, slots=True)
class _Crop:
    """A part of the picture, from `left`, `top`, brought to `size_px` by `scale`."""

    left: float
    top: float
    scale: float
    size_px: tuple[int, int]

    @classmethod
    def around(cls, box_px: Box, frame_px: tuple[int, int]) -> _Crop | None:
        x1, y1, x2, y2 = box_px
        side = max(x2 - x1, y2 - y1)
        if min(x2 - x1, y2 - y1) < 2 * CELL_PX:
            return None
        scale, pad = min(1.0, SIDE_PX / side), RING * side
        left, top = max(0.0, x1 - pad), max(0.0, y1 - pad)
        width = (min(frame_px[0], x2 + pad) - left) * scale
        height = (min(frame_px[1], y2 + pad) - top) * scale
        cells = int(width) // CELL_PX, int(height) // CELL_PX
        if min(cells) < 3:
            return None
        return cls(left, top, scale, (cells[0] * CELL_PX, cells[1] * CELL_PX))

    def cut(self, picture: Grey, motion: Affine | None = None) -> Grey:
        """The crop of a picture, with the scene's motion undone if it is given."""
        width, height = (max(1, round(side / self.scale)) for side in self.size_px)
        onto = np.array([[1.0, 0.0, -self.left], [0.0, 1.0, -self.top]])
        if motion is not None:
            onto = onto @ np.vstack([motion, [0.0, 0.0, 1.0]])
        part = cv2.warpAffine(picture, onto, (width, height), borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(cv2.resize(part, self.size_px, interpolation=cv2.INTER_AREA), np.uint8)

    def masks(
        self, cells: tuple[int, ...], box_px: Box, hidden_px: Sequence[Box]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which cells lie in the box and which in its ring, without the hidden ones."""
        inside = self._covered(cells, box_px)
        hidden = np.zeros(cells, bool)
        for box in hidden_px:
            if self._shows(box):
                hidden |= self._covered(cells, box)
        return inside & ~hidden, ~inside & ~hidden

    def _shows(self, box_px: Box) -> bool:
        x1, y1, x2, y2 = box_px
        right = self.left + self.size_px[0] / self.scale
        below = self.top + self.size_px[1] / self.scale
        return x2 > self.left and x1 < right and y2 > self.top and y1 < below

    def _covered(self, cells: tuple[int, ...], box_px: Box) -> NDArray[np.bool_]:
        x1, y1, x2, y2 = (
            (value - start) * self.scale / CELL_PX
            for value, start in zip(box_px, (self.left, self.top) * 2, strict=True)
        )
        rows, columns = np.arange(cells[0]) + 0.5, np.arange(cells[1]) + 0.5
        return ((rows >= y1) & (rows <= y2))[:, None] & ((columns >= x1) & (columns <= x2))

    def to_picture(self, column: float, row: float) -> Point:
        """The picture's pixel of a place given in cells."""
        step = CELL_PX / self.scale
        return self.left + (column + 0.5) * step, self.top + (row + 0.5) * step


def _gradient(part: Grey) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    log = cv2.GaussianBlur(cv2.LUT(part, _LOG), (0, 0), 1.3)
    gx = cv2.Sobel(log, cv2.CV_32F, 1, 0, ksize=3, scale=0.125)
    gy = cv2.Sobel(log, cv2.CV_32F, 0, 1, ksize=3, scale=0.125)
    return np.asarray(gx, np.float32), np.asarray(gy, np.float32)


def _cells(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """Means of cells, each blended with its neighbours."""
    size = values.shape[1] // CELL_PX, values.shape[0] // CELL_PX
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    return np.asarray(
        cv2.GaussianBlur(small, (3, 3), 0, borderType=cv2.BORDER_REPLICATE), np.float32
    )
