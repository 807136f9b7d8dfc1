"""The nouns that every room shares: what was seen, where in the picture, where on the ground.

Pictures are `NDArray[np.uint8]` of shape (height, width, 3) in BGR order. Boxes are x1, y1, x2, y2
in pixels of a stated frame, not clipped to it: a clipped box would move its foot point.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Box = tuple[float, float, float, float]
Point = tuple[float, float]
Size = tuple[int, int]
"""Width, height in pixels."""
Region = tuple[int, int, int, int]
"""x1, y1, x2, y2 in whole pixels of a frame; the last row and column are not inside."""
Crop = Callable[[Region], Picture]
"""Cuts a region of a frame out at its native resolution."""


@dataclass(frozen=True, slots=True)
class Detections:
    """What one detector saw in one picture, best first.

    `boxes_px` (n, 4) float32, `confidences` (n,) float32 in 0..1, `class_ids` (n,) int64 into
    `classes`; `frame_px` is the size of the picture that the boxes refer to. The arrays are
    read-only.
    """

    boxes_px: NDArray[np.float32]
    confidences: NDArray[np.float32]
    class_ids: NDArray[np.int64]
    classes: tuple[str, ...]
    frame_px: Size

    def __post_init__(self) -> None:
        n = len(self.confidences)
        if self.boxes_px.shape != (n, 4) or self.class_ids.shape != (n,):
            raise ValueError(
                f"boxes {self.boxes_px.shape}, confidences {self.confidences.shape} and class ids "
                f"{self.class_ids.shape} do not belong together"
            )
        for array in (self.boxes_px, self.confidences, self.class_ids):
            array.setflags(write=False)

    @classmethod
    def none(cls, classes: tuple[str, ...], frame_px: Size) -> Detections:
        """Nothing in a picture of that size."""
        boxes, scores = np.empty((0, 4), np.float32), np.empty(0, np.float32)
        return cls(boxes, scores, np.empty(0, np.int64), classes, frame_px)

    def __len__(self) -> int:
        return len(self.confidences)

    def label(self, i: int) -> str:
        """Class name of row `i`."""
        return self.classes[int(self.class_ids[i])]


class Detector(Protocol):
    """Anything that finds objects in one picture."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, by id."""

    def detect(self, picture: Picture, thresholds: Sequence[float]) -> Detections:
        """Find objects at or above their class's threshold (one per class, by id)."""


@dataclass(frozen=True, slots=True)
class Track:
    """One object followed over time, as of the newest observation.

    Times are capture times in seconds on the same clock as `now`. `seen_now` is False while the
    track is only remembered.
    """

    id: int
    label: str
    confidence: float
    box_px: Box
    first_seen_s: float
    last_seen_s: float
    seen_now: bool

    @property
    def foot_px(self) -> Point:
        """Where the object stands: the middle of the lower edge of the unclipped box."""
        x1, _, x2, y2 = self.box_px
        return (x1 + x2) / 2, y2


@dataclass(frozen=True, slots=True)
class GroundPoint:
    """Where something stands, and how sure we are.

    Metres east and north of the site's origin; covariance in m² (ee, en, nn).
    A place nobody knows is None, never (0, 0).
    """

    east_m: float
    north_m: float
    cov_m2: tuple[float, float, float]

    def __post_init__(self) -> None:
        ee, en, nn = self.cov_m2
        if not (ee > 0 and ee * nn > en * en):
            raise ValueError(f"covariance is not positive definite: {self.cov_m2}")
