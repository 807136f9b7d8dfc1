"""The motion gate: does anything move that is worth a detector's time?

A running mean of the grey picture at 160x90, in seconds. Three things must not open it: noise
(each pixel learns its own), light that changes everywhere at once (a gain is taken out first, and
a picture that changes as a whole starts a new mean), and single pixels (a change has to have an
extent). What stands still fades into the mean within about `fade_s`.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp

import cv2
import numpy as np
from numpy.typing import NDArray

SIZE_PX = (160, 90)
LEAST_STEP = 9.0
"""Grey levels that a pixel must change at least."""
MOST_STEP = 40.0
"""However noisy a pixel was, a change by so many grey levels counts."""
NOISE_TIMES = 5.0
"""Times its own mean deviation that a pixel must change."""
WHOLE_PICTURE = 0.6
"""A larger share than this is the light or the camera, not an object."""
LIGHT_JUMP = 1.5
"""A light that changes by this factor at once starts a new mean."""
WHITE = 230.0
"""Cameras bend highlights: what is brighter is just white."""
LEAST_SHARE = 5 / (160 * 90)


@dataclass(frozen=True, slots=True)
class Motion:
    """Whether something moves, and the share (0..1) of the picture that differs."""

    moving: bool
    share: float


class MotionGate:
    """Compares each picture with the mean of the last ones.

    `fade_s`: how long what stands still is remembered as new. `least_share`: the share of the
    picture that must differ; the default is 5 pixels of 14,400, a person 15 px high at 360 lines.
    """

    def __init__(self, *, fade_s: float = 4.0, least_share: float = LEAST_SHARE) -> None:
        self._fade_s, self._least_share = fade_s, least_share
        self._mean: NDArray[np.float32] | None = None
        self._noise: NDArray[np.float32] | None = None
        self._last_s = 0.0

    def step(self, grey: NDArray[np.uint8], now_s: float) -> Motion:
        """Take one picture (height, width) of any size; `now_s` is its time in seconds.

        The first picture counts as moving: nothing is known yet. A time that does not advance
        is compared, not learned.
        """
        small = _small(grey)
        if self._mean is None or self._noise is None:
            self._begin(small, now_s)
            return Motion(moving=True, share=0.0)
        level = _gain(small, self._mean)
        expected = np.minimum(self._mean * level, WHITE)
        difference = np.abs(np.minimum(small, WHITE) - expected)
        share = _share(difference, self._noise)
        whole = share > WHOLE_PICTURE
        if whole or not 1 / LIGHT_JUMP < level < LIGHT_JUMP:
            self._begin(small, now_s)
        else:
            self._learn(small, difference, now_s)
        return Motion(moving=not whole and share >= self._least_share, share=share)

    def _begin(self, small: NDArray[np.float32], now_s: float) -> None:
        self._mean = small
        if self._noise is None:
            self._noise = np.full_like(small, LEAST_STEP / NOISE_TIMES)
        self._last_s = now_s

    def _learn(
        self, small: NDArray[np.float32], difference: NDArray[np.float32], now_s: float
    ) -> None:
        dt = now_s - self._last_s
        if dt <= 0 or self._mean is None or self._noise is None:
            return
        self._last_s = now_s
        rate = 1 - exp(-dt / self._fade_s)
        cv2.accumulateWeighted(small, self._mean, rate)
        # Noise is learned slower than the mean, so that a passing object hardly counts as noise.
        capped = np.minimum(difference, MOST_STEP / NOISE_TIMES)
        cv2.accumulateWeighted(capped, self._noise, 1 - exp(-dt / (5 * self._fade_s)))


def _small(grey: NDArray[np.uint8]) -> NDArray[np.float32]:
    how = cv2.INTER_AREA if grey.shape[1] > SIZE_PX[0] else cv2.INTER_LINEAR
    shrunk = cv2.resize(grey, SIZE_PX, interpolation=how)
    return cv2.GaussianBlur(shrunk, (3, 3), 0).astype(np.float32)


def _gain(small: NDArray[np.float32], mean: NDArray[np.float32]) -> float:
    """The factor by which the light changed: median to median, so an object hardly moves it."""
    old, new = (float(np.median(a[::3, ::3])) + 8 for a in (mean, small))
    return min(max(new / old, 0.25), 4.0)


def _share(difference: NDArray[np.float32], noise: NDArray[np.float32]) -> float:
    limit = np.clip(noise * np.float32(NOISE_TIMES), LEAST_STEP, MOST_STEP)
    changed = (difference > limit).astype(np.uint8)
    solid = cv2.erode(changed, np.ones((2, 2), np.uint8))
    return float(np.count_nonzero(solid)) / solid.size
