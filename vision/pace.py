"""How fast a track goes in the picture, in its own heights a second: the same near and far.

An excavator that swings its arm changes its box and stays where it is, so sideways it is as fast
as the slower of its left and right edges, and up and down as its lower edge. An edge that lies on
the picture's border is the border's, not the object's: there the opposite edge speaks, else what
drives into the picture would stand.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from math import hypot

import numpy as np
from numpy.typing import NDArray

from vision.types import Box, Size, Track

EVERY_S = 0.2
WINDOW_S = 3.0
LEAST_S = 0.8
"""Below so much history no speed is known."""
SLOW = 0.05
FAST = 0.10
"""Heights a second: below the one it stands, above the other it moves; between them it is what it
was."""
CREEPING = 0.17
CUT = 0.01
"""An edge nearer than this share of the picture's side to its border is cut off by it."""
STOPPED_AFTER_S = 5.0
MOVING_AFTER_S = 1.0

Cuts = tuple[bool, bool, bool]
"""Whether the picture's border cuts a box off at the left, at the right and below."""


@dataclass(slots=True)
class Pace:
    """The pace of one track, fed with its boxes in rising time.

    `velocity` in heights a second, (right, down), None at first. `stopped_s`: since when it
    stands, capture time; None while it moves or may move.
    """

    velocity: tuple[float, float] | None = None
    stopped_s: float | None = None
    _seen: deque[tuple[float, Box, Cuts]] = field(default_factory=deque)
    has_moved: bool = False
    _slow_s: float | None = None
    _fast_s: float | None = None

    @property
    def speed(self) -> float | None:
        """Heights a second, None at first."""
        return None if self.velocity is None else hypot(*self.velocity)

    def see(self, track: Track, frame_px: Size, now_s: float) -> None:
        """Take the track's box, in pixels of `frame_px`, at `now_s`; looks that follow each other
        too fast add nothing.
        """
        if self._seen and now_s - self._seen[-1][0] < EVERY_S - 1e-6:
            return
        self._seen.append((now_s, track.box_px, _cuts(track.box_px, frame_px)))
        while now_s - self._seen[0][0] > WINDOW_S:
            self._seen.popleft()
        if now_s - self._seen[0][0] < LEAST_S or len(self._seen) < 3:
            self._slow_s = _first(self._slow_s, now_s)
            return
        self.velocity = self._velocity()
        speed = self.speed or 0.0
        if speed < SLOW:
            self._slow_s = _first(self._slow_s, self._seen[0][0])
        elif speed > FAST:
            self._slow_s = None
        self._fast_s = None if speed <= FAST else _first(self._fast_s, now_s)
        if self._slow_s is not None and now_s - self._slow_s >= STOPPED_AFTER_S:
            self.stopped_s = _first(self.stopped_s, self._slow_s)
        if self._fast_s is not None and now_s - self._fast_s >= MOVING_AFTER_S:
            self.stopped_s, self.has_moved = None, True

    def _velocity(self) -> tuple[float, float]:
        times = np.array([at_s for at_s, _, _ in self._seen])
        boxes = np.array([box for _, box, _ in self._seen])
        height = max(1.0, float(_middle(boxes[:, 3] - boxes[:, 1])))
        left, up, right, down = (float(v) / height for v in _slopes(times, boxes))
        cut_left, cut_right, cut_below = (any(side) for side in zip(*self._cuts(), strict=True))
        if cut_left != cut_right:
            sideways = right if cut_left else left
        else:
            sideways = 0.0 if left * right < 0 else min(left, right, key=abs)
        return sideways, up if cut_below else down

    def _cuts(self) -> Iterator[Cuts]:
        return (cuts for _, _, cuts in self._seen)


def _cuts(box: Box, frame_px: Size) -> Cuts:
    x1, _, x2, y2 = box
    width, height = frame_px
    return x1 < CUT * width, x2 > (1 - CUT) * width, y2 > (1 - CUT) * height


def _first(before: float | None, now: float) -> float:
    return now if before is None else before


def _slopes(times: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per column the median of the slopes of all pairs (Theil and Sen): outliers do not move it."""
    i, j = _pairs(len(times))
    slopes = (values[j] - values[i]) / (times[j] - times[i])[:, None]
    return np.asarray(_middle(slopes))


def _middle(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per column the median; of an even number, the upper of the two. Far faster than NumPy's."""
    middle = len(values) // 2
    return np.asarray(np.partition(values, middle, axis=0)[middle])


@cache
def _pairs(n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    i, j = np.triu_indices(n, 1)
    return i, j
