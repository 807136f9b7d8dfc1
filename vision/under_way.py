"""Looks at a machine that was under way: it stirs all over then, and that is no work.

One look cannot tell, least of all where the picture's border cuts the box and it only grows. But
who drives leaves a place behind, while an arm comes back: so a look is one under way if the box
came from one side, went to the other, and was hardly ever seen where it was then.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from vision.types import Box, Size

Flags = NDArray[np.bool_]
Sides = tuple[bool, bool, bool, bool]
"""Left, top, right, low."""
NEAR = 0.04
"""A side that is so many of its box's heights from the border, or nearer, is cut by it."""
SAME = 0.08
"""Places that differ by less, in heights of the box, are the same: boxes tremble."""
WENT, STAYED = 2, 5
"""So many other looks, earlier or later, say that it went; so many that it stayed or came back."""
LEFT, TOP, RIGHT, LOW = range(4)


def cut(box_px: Box, frame_px: Size) -> Sides:
    """Which sides of a box in pixels of `frame_px` are where the picture ends."""
    x1, y1, x2, y2 = box_px
    near = NEAR * (y2 - y1)
    return x1 <= near, y1 <= near, x2 >= frame_px[0] - near, y2 >= frame_px[1] - near


def under_way(boxes_px: Sequence[Box], frame_px: Size) -> Flags:
    """Which of the looks at one object, in rising time, were at one that drove, (n,).

    Boxes are in pixels of `frame_px`. Sideways it goes where both edges go; to and fro where the
    lower edge goes, for the upper is the arm's, and the box does not narrow as it nears or widen as
    it leaves: that is an arm that swings round. Of a side that is cut the one across tells, and one
    that is whole at another time went between.
    """
    boxes = np.array(boxes_px, np.float64).reshape(-1, 4)
    same = SAME * (boxes[:, 3] - boxes[:, 1])
    cuts = _cuts(boxes, frame_px)
    if not cuts.any() and not _may_have_gone(boxes, float(same.min(initial=np.inf))):
        return np.zeros(len(boxes), bool)
    freed = (cuts[:, None] & ~cuts[None])[..., [LEFT, RIGHT, LOW]].any(-1) if cuts.any() else False
    # One array a side: four of them in one would take twice the time.
    on = [_order(len(boxes)) * (side[None] - side[:, None]) for side in boxes.T]
    wider, is_cut, least = on[RIGHT] - on[LEFT], cuts.T[..., None], same[:, None]
    drove = np.zeros(len(boxes), bool)
    for way in (1, -1):
        beyond = [way * side > least for side in on]
        sideways = (beyond[LEFT] | is_cut[LEFT]) & (beyond[RIGHT] | is_cut[RIGHT])
        sideways &= ~(is_cut[LEFT] & is_cut[RIGHT])
        to_and_fro = np.where(is_cut[LOW], beyond[TOP], beyond[LOW]) & (way * wider >= -least)
        for one in (sideways, to_and_fro):
            went = (one | freed).sum(1)
            drove |= (went >= WENT) & (len(boxes) - 1 - went < STAYED)
    drove[1:-1] |= drove[:-2] & drove[2:]  # a box that trembled
    return drove


@cache
def _order(n: int) -> NDArray[np.float64]:
    """1 where the second of two looks is the later one, -1 where it is the earlier, (n, n)."""
    return np.sign(np.arange(n, dtype=np.float64)[None] - np.arange(n)[:, None])


def _cuts(boxes: NDArray[np.float64], frame_px: Size) -> Flags:
    """`cut` of many boxes, (n, 4)."""
    near = NEAR * (boxes[:, 3:] - boxes[:, 1:2])
    before, beyond = boxes[:, :2] <= near, boxes[:, 2:] >= np.array(frame_px) - near
    return np.concatenate([before, beyond], 1)


def _may_have_gone(boxes: NDArray[np.float64], same: float) -> bool:
    """Whether any box lies beyond another: seldom for a machine that stays, and soon found out."""
    if not len(boxes):
        return False
    left, _, right, low = np.ptp(boxes, axis=0)
    return bool(min(left, right) > same or low > same)
