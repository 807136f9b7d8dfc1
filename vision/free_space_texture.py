"""Texture that light does not change: gradients of log brightness and how well they agree.

A factor on the light adds a constant to the logarithm and leaves its gradient as it is (Javed 2002;
Leone and Distante 2007 for shadows). Agreement is the normalised correlation of two gradient fields
over a window of about 16 px, with the noise in its denominator, so that what is only noise agrees
with nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.free_space_grid import Cells, cell_mean
from vision.middle import middle

Pixels = NDArray[np.float32]

DARK = 16.0
"""Grey levels added before the logarithm: what is almost black has no texture to trust."""
SIGMA_PX = 1.3
LEAST_NOISE = 0.1
"""Variance in grey levels²; a coded video repeats blocks, and its differences can be zero."""
NOISE_MEMORY_S = 4.0

_LOG = np.log(np.arange(256, dtype=np.float32) + DARK)[None]
_REACH = np.arange(-4, 5, dtype=np.float64)
_SMOOTH = np.exp(-0.5 * (_REACH / SIGMA_PX) ** 2)
_SMOOTH /= _SMOOTH.sum()
_SLOPE = _REACH * _SMOOTH / SIGMA_PX**2
_SLOPE /= (_REACH * _SLOPE).sum()
_INVERSE_SQUARE = (1.0 / (np.arange(256, dtype=np.float32) + DARK) ** 2)[None]


@dataclass(frozen=True, slots=True, eq=False)
class Texture:
    """The gradient of log brightness: `x`, `y` per pixel, `energy` = |gradient|² per cell."""

    x: Pixels = field(repr=False)
    y: Pixels = field(repr=False)
    energy: Cells = field(repr=False)

    @classmethod
    def of(cls, grey: NDArray[np.uint8]) -> Self:
        """The texture of a grey crop, uint8."""
        log = cv2.LUT(grey, _LOG)
        x = cv2.sepFilter2D(log, cv2.CV_32F, _SLOPE, _SMOOTH)
        y = cv2.sepFilter2D(log, cv2.CV_32F, _SMOOTH, _SLOPE)
        return cls.made(np.asarray(x, np.float32), np.asarray(y, np.float32))

    @classmethod
    def made(cls, x: Pixels, y: Pixels) -> Self:
        """A texture of given gradients."""
        return cls(x, y, cell_mean(x * x + y * y))

    def agreement(self, other: Texture, noise: Cells) -> Cells:
        """Correlation -1..1 per cell; 1 where both show the same, near 0 where both show noise."""
        return np.asarray(
            self._both(other) / (np.sqrt(self.energy * other.energy) + noise), np.float32
        )

    def distance(self, other: Texture) -> Cells:
        """Mean squared difference of the gradients per cell."""
        apart = self.energy + other.energy - 2 * self._both(other)
        return np.asarray(np.maximum(apart, 0.0), np.float32)

    def _both(self, other: Texture) -> Cells:
        return cell_mean(np.asarray(self.x * other.x + self.y * other.y, np.float32))


class Noise:
    """How much gradient energy the sensor alone makes, learned from one look to the next.

    One variance for the picture; in log brightness it counts as much more where it is dark.
    `least`: what no averaging takes away, per cell, of the newest picture.
    """

    def __init__(self) -> None:
        self.least = np.zeros((1, 1), np.float32)
        self._variance: float | None = None

    def step(
        self, grey: NDArray[np.uint8], texture: Texture, before: Texture | None, dt_s: float
    ) -> Cells:
        """The noise of `texture`, per cell, after taking what changed since `before`."""
        by_brightness = cell_mean(np.asarray(cv2.LUT(cv2.blur(grey, (5, 5)), _INVERSE_SQUARE)))
        if before is not None and dt_s > 0:
            changed = 0.5 * texture.distance(before) / by_brightness
            seen = max(float(middle(changed.ravel())), LEAST_NOISE)
            rate = 1 - float(np.exp(-dt_s / NOISE_MEMORY_S))
            old = seen if self._variance is None else self._variance
            self._variance = old + rate * (seen - old)
        variance = LEAST_NOISE if self._variance is None else self._variance
        self.least = np.asarray(1.5 * LEAST_NOISE * by_brightness + 1e-6, np.float32)
        return np.asarray(1.5 * variance * by_brightness + 1e-6, np.float32)
