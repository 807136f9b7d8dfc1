"""Looking twice: a candidate's crop must say the same before a rule may open an incident.

The first look sees the whole picture scaled down; clutter that looks like a machine there does not
when it is seen larger. Two of three looks, half a second apart, must confirm. Pure, and in capture
seconds; who runs the detector on the crop is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from vision.merge import Part, placed
from vision.nms import iou
from vision.types import Box, Detections, Region, Size

Verdict = Literal["waiting", "confirmed", "refuted", "too far"]

NEEDED = 2
"""So many looks of three must confirm; as many that do not refute."""
EVERY_S = 0.5
LEAST_HEIGHT_PX = 16.0
"""Below this height, in pixels of the frame as sent, a crop shows no more than the whole picture
did: the candidate is too far for a second look. It counts, and the explanation says so."""
AGAIN_S, MOST_AGAIN_S = 10.0, 80.0
"""A refuted candidate is looked at anew after so long, each time twice as long up to the most: a
digger that was missed once is late, not lost."""
CONTEXT = 1.6
"""A crop is at least so many times the box."""
INPUT_HEIGHT_PX = (80.0, 200.0)
"""How high the object should be in the detector's input: enlarged or shrunk to this, else as is."""
SAME_IOU = 0.3
"""A box in the crop that overlaps the candidate's by so much is the same object."""
_SLACK_S = 0.002


@dataclass(frozen=True, slots=True)
class Trial:
    """What second looks have said about one candidate. `Trial()` is the beginning.

    `hits` and `misses` of this round, `best` the highest score in it; `refusals`: rounds that ended
    without confirmation. `far_px`: its height when it was last found too far to be looked at.
    """

    hits: int = 0
    misses: int = 0
    best: float = 0.0
    looked_s: float | None = None
    refusals: int = 0
    far_px: float | None = None

    def verdict(self, now_s: float) -> Verdict:
        """What holds at `now_s`. A refusal holds for a time, then the candidate waits again."""
        if self.hits >= NEEDED:
            return "confirmed"
        if self.misses >= NEEDED and self._since_s(now_s) < self.again_s - _SLACK_S:
            return "refuted"
        return "waiting" if self.far_px is None else "too far"

    def is_due(self, now_s: float) -> bool:
        """Whether a look at `now_s` would say more."""
        undecided = self.verdict(now_s) in ("waiting", "too far")
        return undecided and self._since_s(now_s) >= EVERY_S - _SLACK_S

    def looked(self, score: float, *, passed: bool, now_s: float) -> Trial:
        """After a look at `now_s`, whose best matching box had `score` and was good enough or not.

        A look that was not due changes nothing.
        """
        if not self.is_due(now_s):
            return self
        now = self if self.misses < NEEDED else Trial(refusals=self.refusals)
        misses = now.misses + (not passed)
        return replace(
            now,
            hits=now.hits + passed,
            misses=misses,
            best=max(now.best, score),
            looked_s=now_s,
            refusals=now.refusals + (misses == NEEDED),
            far_px=None,
        )

    def too_far(self, height_px: float) -> Trial:
        """After finding it too low in the picture for a look; counts unless it was refuted."""
        return replace(self, far_px=height_px)

    @property
    def again_s(self) -> float:
        """How long the newest refusal holds."""
        return float(min(AGAIN_S * 2 ** max(self.refusals - 1, 0), MOST_AGAIN_S))

    def _since_s(self, now_s: float) -> float:
        return float("inf") if self.looked_s is None else now_s - self.looked_s


def region_of(box_px: Box, frame_px: Size, input_px: int) -> Region:
    """The square to cut out for a look at a box, moved and, at need, shrunk into the frame."""
    x1, y1, x2, y2 = box_px
    height = max(y2 - y1, 1.0)
    shown = min(max(height, INPUT_HEIGHT_PX[0]), INPUT_HEIGHT_PX[1])
    side = max(input_px * height / shown, CONTEXT * max(height, x2 - x1))
    (left, right), (top, bottom) = (
        _span((low + high) / 2, round(side), limit)
        for low, high, limit in ((x1, x2, frame_px[0]), (y1, y2, frame_px[1]))
    )
    return left, top, right, bottom


def score_of(
    found: Detections, region: Region, box_px: Box, wanted: Mapping[str, float]
) -> tuple[float, bool]:
    """What a look says: the best score of a wanted class at the box, and whether any is enough.

    `found` is in pixels of the crop; `wanted` gives the score from which a class confirms.
    """
    boxes = placed(Part(region, found))
    near = iou(np.array([box_px], np.float32), boxes)[0] >= SAME_IOU
    rows = [i for i in range(len(found)) if near[i] and found.label(i) in wanted]
    passed = any(found.confidences[i] >= wanted[found.label(i)] for i in rows)
    return max((float(found.confidences[i]) for i in rows), default=0.0), passed


def _span(middle: float, side: int, limit: int) -> tuple[int, int]:
    side = min(side, limit)
    start = min(max(round(middle - side / 2), 0), limit - side)
    return start, start + side
