"""Does what stands there stir above the floor? Goods do not; people do, however still their feet.

A zone ends at the floor, and of who stands there it sees the legs, which keep as still as goods.
What reaches beyond the zone's far border is followed upwards in the whole picture: a small copy of
it, in log brightness, against those of the last two seconds.
"""

from __future__ import annotations

from collections import deque

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.free_space_grid import CELL_PX, Grid, Mask
from vision.free_space_picture import Dried
from vision.middle import middle
from vision.types import Point

SHRINK = 4
NARROW = 1.2
"""Width by height of the part of a person that a zone shows; a car or a pallet is wider."""
LAGS_S = (1.0, 2.2)
"""How long ago the pictures are that one is compared with."""
STIRS = 0.03
"""Share of what is above a thing that changes, from which it stirs."""
RAIN_TIMES, PARTS = 3.0, (8, 6)
"""On top of so many times the share that changes in most parts of the picture, across and down."""
CHANGED, _NOISE = 0.08, 3.0
"""Natural logarithm of brightness, on top of so many times what changes everywhere."""
RAIN, RAIN_S = 0.005, 5.0
"""Share of most parts of the picture that changes from look to look, from which it rains or snows;
for so long it goes on raining after that."""
SPECK = 0.03
"""A drop is thinner than a pixel of the small copy: `CHANGED` for it."""
HIGH, ASIDE = 2.0, 0.25
"""How far above a thing is looked, and to each side, in multiples of its width."""
_LOG = np.log(np.arange(256, dtype=np.float32) + 16.0)[None]


class Stir:
    """The last seconds of one camera's picture. `rains`: specks come and go all over it."""

    def __init__(self) -> None:
        self._kept: deque[tuple[float, NDArray[np.float32]]] = deque()
        self._raw: NDArray[np.float32] | None = None
        self._dried: Dried[NDArray[np.float32]] = Dried()
        self._rained_s: float | None = None
        self.rains = False

    def step(self, grey: NDArray[np.uint8], shift_px: Point | None, now_s: float) -> None:
        """Take one working picture whose content has moved by `shift_px`."""
        size = grey.shape[1] // SHRINK, grey.shape[0] // SHRINK
        # Half of the size and half again is the same, and takes a fifth of the time.
        half = cv2.resize(grey, (2 * size[0], 2 * size[1]), interpolation=cv2.INTER_AREA)
        shrunk = cv2.LUT(cv2.resize(half, size, interpolation=cv2.INTER_AREA), _LOG)
        if shift_px not in (None, (0.0, 0.0)):
            dx, dy = shift_px or (0.0, 0.0)
            back = np.array([[1, 0, dx / SHRINK], [0, 1, dy / SHRINK]], np.float32)
            how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
            shrunk = cv2.warpAffine(shrunk, back, size, flags=how, borderMode=cv2.BORDER_REPLICATE)
        small = np.asarray(shrunk, np.float32)
        if self._raw is not None and _everywhere(_changed(small, self._raw, SPECK)) > RAIN:
            self._rained_s = now_s
        self.rains = self._rained_s is not None and now_s - self._rained_s < RAIN_S
        self._raw = small
        self._kept.append((now_s, self._dried.step(small, rains=self.rains)))
        while now_s - self._kept[0][0] > LAGS_S[1]:
            self._kept.popleft()

    def above(self, thing: Mask, grid: Grid) -> bool:
        """Whether something stirs above a thing (rows, columns) that reaches the far border."""
        ys, xs = np.nonzero(thing)
        is_narrow = np.ptp(xs) <= NARROW * np.ptp(ys)
        if not (is_narrow and _reaches_beyond(thing, grid.floor)):
            return False
        left, right = (grid.left + x * CELL_PX for x in (xs.min(), xs.max() + 1))
        wide, bottom = right - left, grid.top + ys.min() * CELL_PX
        columns = slice(max(0, int(left - ASIDE * wide) // SHRINK), int(right + ASIDE * wide))
        columns = slice(columns.start, columns.stop // SHRINK + 1)
        rows = slice(max(0, int(bottom - HIGH * wide) // SHRINK), max(0, bottom // SHRINK))
        now_s, newest = self._kept[-1]
        for at_s, older in self._kept:
            if not LAGS_S[0] <= now_s - at_s:
                break
            changed = _changed(newest, older, CHANGED)
            part = changed[rows, columns]
            if part.size and float(part.mean()) > STIRS + RAIN_TIMES * _everywhere(changed):
                return True
        return False


def _changed(
    now: NDArray[np.float32], before: NDArray[np.float32], least: float
) -> NDArray[np.bool_]:
    change = np.abs(now - before)
    return np.asarray(change > least + _NOISE * float(middle(change.ravel())))


def _everywhere(changed: NDArray[np.bool_]) -> float:
    """The share that changes in the middle one of the picture's parts: rain does, people do not."""
    shares = cv2.resize(changed.astype(np.float32), PARTS, interpolation=cv2.INTER_AREA)
    return float(middle(shares.ravel()))


def _reaches_beyond(thing: Mask, floor: Mask) -> bool:
    """Whether a thing covers the uppermost cells of the floor in most of its columns."""
    columns = (thing & floor).any(0)
    if not columns.any():
        return False
    return float((thing[floor.argmax(0), np.arange(floor.shape[1])][columns]).mean()) > 0.5
