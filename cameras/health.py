"""Is the picture alive?"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

LEAST_CHANGE = 0.05
"""Mean absolute difference in grey levels; sensor noise alone makes more."""
FROZEN_AFTER_S = 10.0
LEAST_KEY_FRAMES = 3
"""A still scene may repeat itself between key frames, whose coding then differs a little."""


class FrozenWatch:
    """Notices a picture that does not change for 10 s and over three key frames."""

    def __init__(self, *, after_s: float = FROZEN_AFTER_S) -> None:
        self._after_s = after_s
        self._picture: NDArray[np.uint8] | None = None
        self._since_s = 0.0
        self._keys = 0
        self.same_for_s = 0.0

    def step(self, grey: NDArray[np.uint8], now_s: float, *, is_key: bool) -> bool:
        """Take the next looked-at picture (height, width); whether the camera is frozen."""
        if self._picture is None or _differ(self._picture, grey):
            self._picture, self._since_s, self._keys = grey, now_s, 0
        self._keys += is_key
        self.same_for_s = now_s - self._since_s
        return self.same_for_s > self._after_s and self._keys >= LEAST_KEY_FRAMES


def _differ(before: NDArray[np.uint8], after: NDArray[np.uint8]) -> bool:
    if before.shape != after.shape:
        return True
    return float(cv2.norm(before, after, cv2.NORM_L1)) / before.size >= LEAST_CHANGE
