"""Single pictures in tiles and looked at twice."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from vision import Detections, Picture
from vision.tiled import TiledDetector

CLASSES = ("excavator", "truck")


class Bright:
    """Finds the bright block, as an excavator: unsure from afar, sure or not from near."""

    classes = CLASSES

    def __init__(self, near: float) -> None:
        self.near, self.widths = near, list[int]()

    def detect(self, picture: Picture, thresholds: Sequence[float]) -> Detections:
        height, width = picture.shape[:2]
        self.widths.append(width)
        ys, xs = np.nonzero(picture[..., 0] > 128)
        shown_px = 416 * (ys.max() + 1 - ys.min()) / max(width, height) if len(ys) else 0
        score = 0.25 if shown_px < 75 else self.near
        seen = shown_px >= 20 and score >= thresholds[0]
        box = [xs.min(), ys.min(), xs.max() + 1, ys.max() + 1] if seen else []
        return Detections(
            np.array(box, np.float32).reshape(-1, 4),
            np.full(int(seen), score, np.float32),
            np.zeros(int(seen), np.int64),
            CLASSES,
            (width, height),
        )


def picture() -> Picture:
    black = np.zeros((540, 960, 3), np.uint8)
    black[300:330, 700:740] = 255
    return black


def test_what_is_too_small_for_the_whole_picture_is_found_in_a_tile() -> None:
    whole = TiledDetector(Bright(0.9), input_px=416, object_px=None)
    tiled = TiledDetector(Bright(0.9), input_px=416, object_px=36)
    assert len(whole.detect(picture(), [0.1, 0.1])) == 0
    found = tiled.detect(picture(), [0.1, 0.1])
    assert found.boxes_px.tolist() == [[700, 300, 740, 330]]
    assert found.frame_px == (960, 540)


@pytest.mark.parametrize(("near", "both"), [(0.64, 0.4), (0.01, 0.05)])
def test_a_second_look_raises_what_it_confirms_and_lowers_what_it_does_not(
    near: float, both: float
) -> None:
    twice = TiledDetector(Bright(near), input_px=416, object_px=36, twice=CLASSES)
    assert twice.detect(picture(), [0.01, 0.1]).confidences == pytest.approx([both])


def test_classes_that_are_not_looked_at_twice_cost_nothing_more() -> None:
    once = TiledDetector(Bright(0.9), input_px=416, object_px=36)
    other = TiledDetector(Bright(0.9), input_px=416, object_px=36, twice=["truck"])
    once.detect(picture(), [0.1, 0.1])
    other.detect(picture(), [0.1, 0.1])
    assert once.calls == other.calls


def test_a_threshold_holds_for_the_confidence_of_both_looks() -> None:
    twice = TiledDetector(Bright(0.01), input_px=416, object_px=36, twice=CLASSES)
    assert len(twice.detect(picture(), [0.2, 0.2])) == 0
