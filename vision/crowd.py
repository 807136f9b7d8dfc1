"""Crowds: how many people are there, how many of them stand, and do the others stream past?

Boxes of people who hide each other are missed, so a count is a range: at least those of whom the
detector is sure, at most all whom it suspects and a share beyond. Measured on a square with 20 to
28 people in the zone, 640x360 (`tests/vision/test_crowd.py`).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

import numpy as np

from vision.pace import Pace
from vision.types import Detections, Point, Size, Track

PERSON = "person"
SUSPECTED = 0.5
"""Boxes from this share of the class's threshold count as suspected people."""
HIDDEN = 1.25
"""At most so many people stand behind the boxes of suspected ones."""
ABREAST = 0.5
"""Nobody who stands upright is wider than this share of his height: a wider box may hold more."""
SMOOTH_S = 5.0
"""Counts are medians over so long."""
STREAM_HPS, STREAM_TOGETHER = 0.3, 0.7
"""A stream: the median walks faster than this (heights a second, half a metre), and the mean
direction is so long (1: all go one way)."""
STANDING_HPS = 0.15
"""Below a quarter of a metre a second somebody stands, however much the box trembles."""
STANDING_AFTER_S = 3.0
FORGET_S = 10.0

InZone = Callable[[Point, Size], bool]


@dataclass(frozen=True, slots=True)
class Headcount:
    """People in a zone, medians of the last seconds. `low` and `high` hold the true number.

    `standing` of them stand; `is_stream`: the others go one way.
    """

    standing: float
    count: float
    low: float
    high: float
    is_stream: bool


class Headcounter:
    """Counts the people in one zone of a camera. Times come in rising order."""

    def __init__(self, in_zone: InZone, threshold: float) -> None:
        self._in_zone, self._threshold = in_zone, threshold
        self._paces: dict[int, tuple[float, Pace]] = {}
        self._counted: deque[tuple[float, int, int, float, float]] = deque()

    def step(
        self, detections: Detections, tracks: Sequence[Track], frame_px: Size, now_s: float
    ) -> Headcount:
        """Take what was seen at `now_s`; boxes in pixels of `frame_px`."""
        sure, suspected, abreast = self._boxes(detections, frame_px)
        here = [
            t
            for t in tracks
            if t.seen_now and t.label == PERSON and self._in_zone(t.foot_px, frame_px)
        ]
        standing, going = self._walk(here, frame_px, now_s)
        known = standing + len(going)
        share = standing / known if known else 0.0
        self._counted.append((now_s, sure, suspected, abreast, share * sure))
        while now_s - self._counted[0][0] > SMOOTH_S:
            self._counted.popleft()
        low, most, abreast, still = (float(median(column)) for column in self._columns())
        high = max(most * HIDDEN, abreast)
        return Headcount(still, (low + most) / 2, low, high, _is_stream(going))

    def _columns(self) -> tuple[tuple[float, ...], ...]:
        _, *columns = zip(*self._counted, strict=True)
        return tuple(columns)

    def _boxes(self, detections: Detections, frame_px: Size) -> tuple[int, int, float]:
        """How many boxes of people stand in the zone: surely, and perhaps; and how many people the
        latter may hold side by side.
        """
        sure, suspected, abreast = 0, 0, 0.0
        people = [i for i in range(len(detections)) if detections.label(i) == PERSON]
        boxes, scores = (a[people].tolist() for a in (detections.boxes_px, detections.confidences))
        for (x1, y1, x2, y2), score in zip(boxes, scores, strict=True):
            if not self._in_zone(((x1 + x2) / 2, y2), frame_px):
                continue
            sure += score >= self._threshold
            if score >= SUSPECTED * self._threshold:
                suspected += 1
                abreast += max(1.0, (x2 - x1) / (ABREAST * max(1.0, y2 - y1)))
        return sure, suspected, abreast

    def _walk(
        self, here: Sequence[Track], frame_px: Size, now_s: float
    ) -> tuple[int, list[tuple[float, float]]]:
        """How many stand, and the velocities of those who go (heights a second)."""
        for track in here:
            _, pace = self._paces.get(track.id, (now_s, Pace()))
            pace.see(track, frame_px, now_s)
            self._paces[track.id] = now_s, pace
        self._paces = {n: p for n, p in self._paces.items() if now_s - p[0] < FORGET_S}
        standing, going = 0, []
        for track in here:
            pace = self._paces[track.id][1]
            if pace.velocity is None:
                continue
            if (pace.speed or 0.0) >= STANDING_HPS:
                going.append(pace.velocity)
            elif now_s - track.first_seen_s >= STANDING_AFTER_S:
                standing += 1
        return standing, going


def _is_stream(going: Sequence[tuple[float, float]]) -> bool:
    if len(going) < 3:
        return False
    velocities = np.array(going)
    speeds = np.hypot(velocities[:, 0], velocities[:, 1])
    directions = velocities / np.maximum(speeds, 1e-6)[:, None]
    together = float(np.hypot(*directions.mean(0)))
    return float(np.median(speeds)) > STREAM_HPS and together > STREAM_TOGETHER


def floor_m2(corners_m: Sequence[tuple[float, float]]) -> float:
    """Area of a polygon on the ground, in square metres (shoelace)."""
    x, y = np.array(corners_m).T
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


__all__ = ["Headcount", "Headcounter", "floor_m2"]
