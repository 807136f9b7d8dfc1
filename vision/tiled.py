"""A detector that looks at the whole picture, at tiles all over it, and twice at what it finds.

For single pictures, where no zone says what to look for. A camera's own looks are planned by its
zones and spread over time: `vision.tiles.plan`, `vision.second_look.Trial`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from vision.merge import Part, merge
from vision.second_look import LEAST_HEIGHT_PX, region_of, score_of
from vision.tiles import everywhere
from vision.types import Box, Detections, Detector, Picture, Region

LEAST_CANDIDATE = 0.05
"""What scores less at first is not worth a second look."""


class TiledDetector:
    """Another detector's closer looks; `input_px` is the side of its input.

    `object_px`: height in the picture of the smallest object that matters; None: no tiles.
    `twice`: classes whose boxes are looked at again. A box's confidence is then the geometric mean
    of both looks; what is too low for a second look keeps that of the first. `calls` counts.
    """

    def __init__(
        self,
        detector: Detector,
        *,
        input_px: int,
        object_px: float | None,
        twice: Collection[str] = (),
    ) -> None:
        self._detector, self._input_px = detector, input_px
        self._object_px, self._twice = object_px, frozenset(twice)
        self.calls = 0

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, by id."""
        return self._detector.classes

    def detect(self, picture: Picture, thresholds: Sequence[float]) -> Detections:
        """Find objects at or above their class's threshold (one per class, by id)."""
        first = self.first(picture, thresholds)
        scores = self.second(picture, first)
        both = np.sqrt(first.confidences * scores)
        least = np.array(thresholds, np.float32)[first.class_ids]
        order = np.argsort(-both, kind="stable")
        order = order[both[order] >= least[order]]
        return Detections(
            first.boxes_px[order],
            both[order].astype(np.float32),
            first.class_ids[order],
            first.classes,
            first.frame_px,
        )

    def first(self, picture: Picture, thresholds: Sequence[float]) -> Detections:
        """The whole picture and its tiles."""
        height, width = picture.shape[:2]
        regions: list[Region] = [(0, 0, width, height)]
        if self._object_px is not None:
            tiles = everywhere((width, height), self._input_px, self._object_px)
            regions += [tile.region for tile in tiles if tile.region != regions[0]]
        parts = [Part(region, self._look(picture, region, thresholds)) for region in regions]
        return merge(parts, (width, height))

    def second(self, picture: Picture, first: Detections) -> NDArray[np.float32]:
        """What a second look scores each box of the first (n,); where there is none, the same."""
        scores = first.confidences.copy()
        for i in range(len(first)):
            label, box = first.label(i), _box(first, i)
            high_enough = box[3] - box[1] >= LEAST_HEIGHT_PX
            if label in self._twice and high_enough and scores[i] >= LEAST_CANDIDATE:
                region = region_of(box, first.frame_px, self._input_px)
                least = [0.001 if name == label else 1.0 for name in self.classes]
                found = self._look(picture, region, least)
                scores[i], _ = score_of(found, region, box, {label: 0.0})
        return scores

    def _look(self, picture: Picture, region: Region, thresholds: Sequence[float]) -> Detections:
        x1, y1, x2, y2 = region
        self.calls += 1
        return self._detector.detect(picture[y1:y2, x1:x2], thresholds)


def _box(found: Detections, i: int) -> Box:
    x1, y1, x2, y2 = (float(v) for v in found.boxes_px[i])
    return x1, y1, x2, y2
