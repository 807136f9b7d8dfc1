"""Boxes: overlap, and keeping one box per object and class."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float32]


def areas(boxes_px: Boxes) -> NDArray[np.float32]:
    """Area in px² of boxes x1 y1 x2 y2 (..., 4); 0 for an inside-out box."""
    sides = np.maximum(boxes_px[..., 2:] - boxes_px[..., :2], 0)
    product: NDArray[np.float32] = sides[..., 0] * sides[..., 1]
    return product


def shared(a_px: Boxes, b_px: Boxes) -> NDArray[np.float32]:
    """Area in px² that every row of `a_px` (n, 4) has in common with every row of `b_px` (m, 4)."""
    return _common(a_px[:, None], b_px[None])


def iou(a_px: Boxes, b_px: Boxes) -> NDArray[np.float32]:
    """Intersection over union of every row of `a_px` (n, 4) with every row of `b_px` (m, 4)."""
    return overlaps(a_px[:, None], b_px[None])


def overlaps(a_px: Boxes, b_px: Boxes) -> NDArray[np.float32]:
    """Intersection over union of boxes (..., 4) with boxes whose shape broadcasts with theirs."""
    both = _common(a_px, b_px)
    union = areas(a_px) + areas(b_px) - both
    share: NDArray[np.float32] = np.divide(both, union, out=np.zeros_like(both), where=union > 0)
    return share


def _common(a_px: Boxes, b_px: Boxes) -> NDArray[np.float32]:
    low = np.maximum(a_px[..., :2], b_px[..., :2])
    high = np.minimum(a_px[..., 2:], b_px[..., 2:])
    return areas(np.concatenate([low, high], -1))


def suppress(boxes_px: Boxes, scores: NDArray[np.float32], iou_above: float) -> NDArray[np.intp]:
    """Rows to keep, best first: a box goes when a better one overlaps it by more than `iou_above`.

    Equal scores keep their order, so the answer does not depend on chance.
    """
    order = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while order.size:
        best, rest = order[0], order[1:]
        kept.append(int(best))
        order = rest[iou(boxes_px[best][None], boxes_px[rest])[0] <= iou_above]
    return np.array(kept, np.intp)


def suppress_per_class(
    boxes_px: Boxes, scores: NDArray[np.float32], class_ids: NDArray[np.int64], iou_above: float
) -> NDArray[np.intp]:
    """As `suppress`, but only a box of the same class can take a box's place. Best first."""
    if not len(boxes_px):
        return np.zeros(0, np.intp)
    span = float(boxes_px.max() - boxes_px.min()) + 1
    apart = boxes_px + (class_ids * span).astype(np.float32)[:, None]
    return suppress(apart, scores, iou_above)
