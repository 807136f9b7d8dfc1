"""What was seen in the whole picture and in its tiles becomes one list, one box per object.

Pure, and the same in whatever order the parts come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vision.nms import Boxes, areas, shared
from vision.types import Detections, Region, Size

SAME_IOU = 0.5
SAME_SHARE = 0.6
"""Two boxes of one class from two parts are one object from this overlap on, or from this share of
the smaller box: one part may have seen only half of it."""
EDGE_SHARE = 0.01
"""A box that ends so near to a tile's border, in sides of the tile, may have been cut by it."""


@dataclass(frozen=True, slots=True)
class Part:
    """What the detector saw in one region of the frame; `found` is in pixels of that crop."""

    region: Region
    found: Detections


def merge(parts: Sequence[Part], frame_px: Size) -> Detections:
    """All parts in pixels of the frame, best first; of the same object the best box stays.

    A box that its tile's border may have cut gives way to one that is whole, whatever their
    confidences. Boxes of one part never displace each other: its detector has seen to that. The
    parts are of one detector; at least one is given.
    """
    boxes = np.concatenate([placed(part) for part in parts])
    confidences = np.concatenate([part.found.confidences for part in parts])
    class_ids = np.concatenate([part.found.class_ids for part in parts])
    regions = np.concatenate([np.tile(part.region, (len(part.found), 1)) for part in parts])
    cut = np.concatenate([_cut(part, frame_px) for part in parts])
    # Ties are broken by what stands in the rows, never by the order in which the parts came.
    order = np.lexsort((*regions.T, *boxes.T, class_ids, -confidences, cut))
    rival = _same(boxes) & (class_ids[:, None] == class_ids[None])
    rival &= (regions[:, None] != regions[None]).any(2)
    kept: list[int] = []
    for row in order:
        if not rival[row, kept].any():
            kept.append(int(row))
    kept.sort(key=lambda row: -confidences[row])
    classes = parts[0].found.classes
    return Detections(boxes[kept], confidences[kept], class_ids[kept], classes, frame_px)


def placed(part: Part) -> Boxes:
    """Boxes of a part in pixels of the frame: moved, and scaled where its picture was."""
    x1, y1, x2, y2 = part.region
    width, height = part.found.frame_px
    scale = np.array([(x2 - x1) / width, (y2 - y1) / height] * 2, np.float32)
    return np.asarray(part.found.boxes_px * scale + np.array([x1, y1] * 2, np.float32), np.float32)


def _cut(part: Part, frame_px: Size) -> NDArray[np.bool_]:
    """Which boxes reach a border of the part that is no border of the frame."""
    boxes, region = placed(part), np.array(part.region, np.float32)
    edge = EDGE_SHARE * max(region[2:] - region[:2])
    inner_low, inner_high = region[:2] > 0, region[2:] < frame_px
    low = (boxes[:, :2] < region[:2] + edge) & inner_low
    high = (boxes[:, 2:] > region[2:] - edge) & inner_high
    return np.asarray((low | high).any(1))


def _same(boxes: Boxes) -> NDArray[np.bool_]:
    """Which pairs overlap so far that they are one object."""
    both, each = shared(boxes, boxes), areas(boxes)
    union = each[:, None] + each[None] - both
    smaller = np.minimum(each[:, None], each[None])
    return np.asarray((both > SAME_IOU * union) | (both > SAME_SHARE * smaller))
