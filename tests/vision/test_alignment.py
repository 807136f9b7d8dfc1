"""Where the scene has gone between two pictures."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vision.alignment import STILL, SceneMotion

Grey = NDArray[np.uint8]
SIZE = (240, 320)


def scene(seed: int = 1) -> Grey:
    rough = np.random.default_rng(seed).integers(0, 255, SIZE).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(rough, (0, 0), 3.0), np.uint8)


def gone_on(picture: Grey, dx: float, dy: float) -> Grey:
    onto = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
    moved = cv2.warpAffine(picture, onto, SIZE[::-1], borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def test_each_shift_is_found_with_the_corners_of_the_first() -> None:
    motion, first = SceneMotion(), scene()
    for k, (dx, dy) in enumerate([(3.0, -2.0), (-4.0, 1.5), (0.0, 5.0)]):
        found = motion.between(first, gone_on(first, dx, dy), (), k * 0.5)
        assert found[:, 2] == pytest.approx((dx, dy), abs=0.2)


def test_corners_are_looked_for_again_where_those_known_are_hidden() -> None:
    motion, first = SceneMotion(), scene()
    flat = first.copy()
    flat[:, 160:] = 128
    motion.between(flat, flat, (), 0.0)
    left = [(0.0, 0.0, 170.0, 240.0)]
    found = motion.between(first, gone_on(first, 2.0, 0.0), left, 0.5)
    assert found[:, 2] == pytest.approx((2.0, 0.0), abs=0.2)


def test_what_moves_by_itself_does_not_move_the_scene() -> None:
    motion, first = SceneMotion(), scene()
    moved = first.copy()
    moved[40:200, 40:280] = gone_on(first, 4.0, 0.0)[40:200, 40:280]
    found = motion.between(first, moved, [(30.0, 30.0, 290.0, 210.0)], 0.0)
    assert found[:, 2] == pytest.approx((0.0, 0.0), abs=0.2)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param(np.full(SIZE, 90, np.uint8), scene(), id="nothing to follow"),
        pytest.param(scene(1), scene(2), id="another scene"),
    ],
)
def test_of_what_cannot_be_followed_nothing_is_known(before: Grey, after: Grey) -> None:
    assert SceneMotion().between(before, after, (), 0.0) is STILL
