"""How fast a track goes in the picture, in its own heights a second: the same near and far.

An excavator that swings its arm changes its box and stays where it is, so sideways it is as fast
as the slower of its left and right edges, and up and down as its lower edge, unless it narrows as
that comes nearer or widens as it leaves: then the arm swings round. An edge that the
picture cuts off tells nothing: then it is as fast as the one across.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from math import hypot, isnan

import numpy as np
from numpy.typing import NDArray

from vision.middle import middle
from vision.types import Box, Size, Track
from vision.under_way import LEFT, LOW, RIGHT, Sides, cut

EVERY_S = 0.2
WINDOW_S = 3.0
LEAST_S = 0.8
"""Below so much history no speed is known."""
SLOW = 0.05
FAST = 0.10
"""Heights a second: below the one it stands, above the other it moves; between them it is what it
was."""
AWAY = 0.12
"""Heights from its place: so far off it does not stand there yet, or no more."""
STOPPED_AFTER_S = 5.0
MOVING_AFTER_S = 1.0


@dataclass(slots=True)
class Pace:
    """The pace of one track, fed with its boxes in rising time.

    `velocity` in heights a second, (right, down), None at first. `stopped_s`: since when it
    stands, capture time; None while it moves or may move, though it stays known for a while that it
    stood; `is_away`: it is not where it stood. `is_cut`: the picture's border cuts it.
    """

    velocity: tuple[float, float] | None = None
    stopped_s: float | None = None
    has_moved: bool = False
    is_away: bool = False
    is_cut: bool = False
    _place: Sequence[float] | None = None
    _seen: deque[tuple[float, Box, Sides]] = field(default_factory=deque)
    _slow_s: float | None = None
    _fast_s: float | None = None

    @property
    def speed(self) -> float | None:
        """Heights a second, None at first."""
        return None if self.velocity is None else hypot(*self.velocity)

    def see(self, track: Track, frame_px: Size, now_s: float) -> None:
        """Take the track's box, in pixels of `frame_px`, at `now_s`.

        Looks that follow each other too fast add nothing.
        """
        if self._seen and now_s - self._seen[-1][0] < EVERY_S - 1e-6:
            return
        sides = cut(track.box_px, frame_px)
        self.is_cut = sides[LEFT] or sides[RIGHT] or sides[LOW]
        self._seen.append((now_s, track.box_px, sides))
        while now_s - self._seen[0][0] > WINDOW_S:
            self._seen.popleft()
        if now_s - self._seen[0][0] < LEAST_S or len(self._seen) < 3:
            self._slow_s = _first(self._slow_s, now_s)
            return
        boxes = np.array([box for _, box, _ in self._seen])
        self.velocity = self._velocity(boxes)
        speed = self.speed or 0.0
        if speed < SLOW:
            self._slow_s = self._came_s(boxes) if self._slow_s is None else self._slow_s
            self._place = middle(boxes).tolist()
        elif speed > FAST:
            self._slow_s = None
        self._fast_s = None if speed <= FAST else _first(self._fast_s, now_s)
        if self._slow_s is not None and now_s - self._slow_s >= STOPPED_AFTER_S:
            self.stopped_s = _first(self.stopped_s, self._slow_s)
        if self._fast_s is not None and now_s - self._fast_s >= MOVING_AFTER_S:
            self.stopped_s, self.has_moved = None, True
        self.is_away = self._place is not None and _apart(track.box_px, self._place) > AWAY

    def _came_s(self, boxes: NDArray[np.float64]) -> float:
        """Since when it is where the newest boxes show it."""
        place, since_s = middle(boxes[-3:]).tolist(), self._seen[-1][0]
        for at_s, box, _ in reversed(self._seen):
            if _apart(box, place) > AWAY:
                break
            since_s = at_s
        return since_s

    def _velocity(self, boxes: NDArray[np.float64]) -> tuple[float, float]:
        times = np.array([t for t, _, _ in self._seen])
        height = max(1.0, float(middle(boxes[:, 3] - boxes[:, 1])))
        if any(True in sides for _, _, sides in self._seen):
            is_cut = np.array([sides for _, _, sides in self._seen])
            slopes = _of_whole(times, boxes, is_cut)
        else:
            slopes = _slopes(times, boxes)
        left, up, right, down = (float(v) / height for v in slopes)
        left, right = _or(left, right), _or(right, left)
        sideways = 0.0 if left * right < 0 else min(left, right, key=abs)
        down = _or(down, up)
        swings = down * (right - left) < 0 and abs(right - left) > abs(down)
        return sideways, 0.0 if swings else down


def _of_whole(
    times: NDArray[np.float64], boxes: NDArray[np.float64], is_cut: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """The slopes of the edges while they are not cut; nan where that is too short a time."""
    slopes = np.full(4, np.nan)
    for edge in range(4):
        at = times[~is_cut[:, edge]]
        if len(at) >= 3 and at[-1] - at[0] >= LEAST_S:
            slopes[edge] = _slopes(at, boxes[~is_cut[:, edge], edge : edge + 1])[0]
    return slopes


def _apart(box: Sequence[float], place: Sequence[float]) -> float:
    """How far a box is from a place, in its heights; an arm alone moves it nowhere."""
    left, right, down = box[0] - place[0], box[2] - place[2], box[3] - place[3]
    sideways = 0.0 if left * right < 0 else min(left, right, key=abs)
    return hypot(sideways, down) / max(1.0, place[3] - place[1])


def _or(slope: float, across: float) -> float:
    """A slope, or that of the edge across where it is not known; 0 where neither is."""
    known = across if isnan(slope) else slope
    return 0.0 if isnan(known) else known


def _first(before: float | None, now: float) -> float:
    return now if before is None else before


def _slopes(times: NDArray[np.float64], values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Per column the median of the slopes of all pairs (Theil and Sen): outliers do not move it."""
    i, j = _pairs(len(times))
    slopes = (values[j] - values[i]) / (times[j] - times[i])[:, None]
    return middle(slopes)


@cache
def _pairs(n: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    i, j = np.triu_indices(n, 1)
    return i, j
