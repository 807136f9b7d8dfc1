"""Following a camera that shakes: the shift of each picture against the first.

Phase correlation (Kuglin and Hines 1975) of gradient magnitude at a quarter of the working size
finds it to about half a pixel however far it is; one step of least squares (Lucas and Kanade 1981)
at half size makes it exact. Gradients, so that light does not matter; the whole picture, and a
limit on what one pixel may contribute, so that who walks through it hardly does.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Point, Size

Array = NDArray[np.float32]

MOST_SHIFT_PX = 20.0
"""Working pixels; more is a camera that was moved, which is not for this room to follow."""
LEAST_SHIFT_PX = 0.3
LEAST_RESPONSE = 0.05
_CAP = 0.6
"""Strong edges count no more than this, so that one of them does not decide."""
_OUTLIER = 0.15
"""A pixel that differs by more shows something else, not the same thing elsewhere."""
_INSIDE = np.s_[12:-12, 12:-12]
"""What a shift leaves in the picture, in pixels of the half size."""
_LOG = np.log(np.arange(256, dtype=np.float32) + 16.0)[None]


@dataclass(frozen=True, slots=True, eq=False)
class _Anchor:
    """The first picture: its edges at half size, their slopes, and the spectrum at a quarter.

    `slopes` (2, n) are those of the `_INSIDE` pixels, `products` (3, n) xx, xy, yy of the same.
    """

    half: Array = field(repr=False)
    slopes: Array = field(repr=False)
    products: Array = field(repr=False)
    spectrum: NDArray[np.complex64] = field(repr=False)

    @classmethod
    def of(cls, half: Array) -> Self:
        x = cv2.Sobel(half, cv2.CV_32F, 1, 0, scale=0.125)
        y = cv2.Sobel(half, cv2.CV_32F, 0, 1, scale=0.125)
        slopes = np.stack([np.asarray(side, np.float32)[_INSIDE].ravel() for side in (x, y)])
        products = np.stack([slopes[0] ** 2, slopes[0] * slopes[1], slopes[1] ** 2])
        return cls(half, slopes, products, _spectrum(half))


class Aligner:
    """Shifts against the first picture it was shown, or against the edges that were kept of it."""

    def __init__(self, edges: Array | None = None) -> None:
        self._anchor: _Anchor | None = None if edges is None else _Anchor.of(edges)

    @property
    def edges(self) -> Array | None:
        """What shifts are measured against: edges at half size; None before the first picture."""
        return None if self._anchor is None else self._anchor.half

    def step(self, grey: NDArray[np.uint8]) -> Point | None:
        """How far the content has moved (x, y) in working pixels; None where it cannot be told."""
        half = _edges(grey)
        if self._anchor is None or self._anchor.half.shape != half.shape:
            self._anchor = _Anchor.of(half)
            return 0.0, 0.0
        coarse, response = _phase_shift(_spectrum(half), self._anchor.spectrum)
        if response < LEAST_RESPONSE:
            return None
        x, y = _refined(half, self._anchor, (2 * coarse[0], 2 * coarse[1]))
        shift = 2 * float(np.hypot(x, y))
        if shift > MOST_SHIFT_PX:
            return None
        return (2 * x, 2 * y) if shift >= LEAST_SHIFT_PX else (0.0, 0.0)


def _edges(grey: NDArray[np.uint8]) -> Array:
    half = cv2.resize(grey, (grey.shape[1] // 2, grey.shape[0] // 2), interpolation=cv2.INTER_AREA)
    log = cv2.LUT(half, _LOG)
    size = cv2.magnitude(cv2.Sobel(log, cv2.CV_32F, 1, 0), cv2.Sobel(log, cv2.CV_32F, 0, 1))
    return np.asarray(cv2.blur(np.minimum(size, _CAP), (3, 3)), np.float32)


def _spectrum(half: Array) -> NDArray[np.complex64]:
    size = half.shape[1] // 2, half.shape[0] // 2
    quarter = cv2.resize(half, size, interpolation=cv2.INTER_AREA)
    return np.asarray(np.fft.rfft2((quarter - quarter.mean()) * _hann(size)), np.complex64)


@cache
def _hann(size: Size) -> Array:
    return np.asarray(cv2.createHanningWindow(size, cv2.CV_32F), np.float32)


def _phase_shift(now: NDArray[np.complex64], before: NDArray[np.complex64]) -> tuple[Point, float]:
    """(shift in pixels of the quarter size, share of the correlation that agrees on it)."""
    cross = now * before.conj()
    surface = np.fft.irfft2(cross / (np.abs(cross) + 1e-6))
    rows, columns = surface.shape
    top, left = divmod(int(np.argmax(surface)), columns)
    reach = np.arange(-1, 2)
    near = np.maximum(surface[np.ix_((top + reach) % rows, (left + reach) % columns)], 0)
    total = float(near.sum()) + 1e-9
    y = top + float((near.sum(1) * reach).sum()) / total
    x = left + float((near.sum(0) * reach).sum()) / total
    return (_signed(x, columns), _signed(y, rows)), total


def _signed(value: float, side: int) -> float:
    return value - side if value > side / 2 else value


def _refined(half: Array, anchor: _Anchor, shift: Point) -> Point:
    """One step of least squares from a shift that is nearly right, in pixels of the half size."""
    x, y = shift
    rows, columns = half.shape
    back = np.array([[1, 0, x], [0, 1, y]], np.float32)
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(half, back, (columns, rows), flags=how, borderMode=cv2.BORDER_REPLICATE)
    difference = (moved[_INSIDE] - anchor.half[_INSIDE]).ravel()
    weight = (np.abs(difference) < _OUTLIER).astype(np.float32)
    a, b, c = (anchor.products @ weight).tolist()
    p, q = (anchor.slopes @ (weight * difference)).tolist()
    determinant = a * c - b * b
    if determinant < 1e-6 * (a + c) ** 2 + 1e-12:
        return shift
    step_x, step_y = (c * p - b * q) / determinant, (a * q - b * p) / determinant
    if abs(step_x) > 1 or abs(step_y) > 1:
        return shift
    # What moved by +d shows, at one place, what was at -d: the difference is -slope * d.
    return x - step_x, y - step_y
