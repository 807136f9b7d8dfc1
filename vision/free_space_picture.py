"""A picture at working size."""

from __future__ import annotations

from collections import deque
from typing import Any, Generic, TypeVar, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.free_space_grid import Mask, spread
from vision.types import Picture, Size

MOST_LOOKS = 16.0
STEPPED = 2.0
"""Grey levels by which a cell's mean may differ from what it showed before; more is no noise."""


def shrunk(picture: Picture, size_px: Size) -> tuple[NDArray[np.uint8], Picture]:
    """(grey, colour) at `size_px`."""
    small = picture
    if (picture.shape[1], picture.shape[0]) != size_px:
        # Down to half, two neighbours are enough, and take a fifth of the time of all of them.
        how = cv2.INTER_AREA if picture.shape[1] > 2 * size_px[0] else cv2.INTER_LINEAR
        small = np.asarray(cv2.resize(picture, size_px, interpolation=how), np.uint8)
    return np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY), np.uint8), small


Pixels = TypeVar("Pixels", bound=NDArray[Any])  # of whatever numbers


class Dried(Generic[Pixels]):
    """Pictures of one place without what falls through them."""

    def __init__(self) -> None:
        self._last: deque[Pixels] = deque(maxlen=3)

    @property
    def is_ready(self) -> bool:
        """Whether enough was seen for drops to be left out."""
        return len(self._last) == 3

    def step(self, picture: Pixels, *, rains: bool) -> Pixels:
        """Take one picture; while it `rains`, the middle of this and the two before.

        No drop falls twice in one place; what comes to stay is seen a look later.
        """
        self._last.append(picture.copy())
        if not rains or not self.is_ready:
            return picture
        a, b, _ = self._last
        low, high = cv2.min(a, b), cv2.max(a, b)
        return cast(Pixels, cv2.max(low, cv2.min(high, picture)))


class Steady:
    """The mean of the last looks at one place, begun anew wherever it changes."""

    def __init__(self) -> None:
        self._mean: NDArray[np.float32] | None = None
        self._looks = np.zeros((1, 1), np.float32)

    def step(self, picture: Picture, restless: Mask) -> Picture:
        """Take one picture (BGR, whole cells), of which some cells are `restless` by themselves."""
        now = picture.astype(np.float32)
        if self._mean is None:
            self._mean, self._looks = now, np.ones(restless.shape, np.float32)
            return picture
        size = restless.shape[1], restless.shape[0]
        change = now - self._mean
        apart = cv2.resize(change, size, interpolation=cv2.INTER_AREA)
        anew = restless | (np.abs(apart).max(2) > STEPPED)
        self._looks = np.where(anew, 1, np.minimum(self._looks + 1, MOST_LOOKS)).astype(np.float32)
        self._mean += cv2.merge([spread(1 / self._looks)] * 3) * change
        return np.asarray(cv2.convertScaleAbs(self._mean), np.uint8)
