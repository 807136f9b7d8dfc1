"""Cutting things out of pictures, and refusing what is not a clean cut."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from datasets.cutouts import Cutout, cut, tight
from datasets.rendered import rendered

BOX = np.array([0.3, 0.3, 0.7, 0.7], np.float32)


def on(ground: tuple[int, int, int], *, thing: bool = True) -> np.ndarray:
    """A 200 px picture of a ground with an orange frame of three bars, a triangle, inside `BOX`."""
    picture = np.full((200, 200, 3), ground, np.uint8)
    if thing:
        corners = np.array([[100, 66], [134, 133], [66, 133]])
        cv2.polylines(picture, [corners], isClosed=True, color=(20, 120, 240), thickness=12)
    return picture


@pytest.mark.parametrize(
    ("ground", "made"), [((255, 255, 255), "keyed"), ((90, 140, 80), "grabbed")]
)
def test_a_thing_on_one_colour_is_cut_along_its_rim(
    ground: tuple[int, int, int], made: str
) -> None:
    got = cut(on(ground), BOX, 5, "made/up")
    assert isinstance(got, Cutout)
    assert got.made == made
    height, width = got.alpha.shape
    assert got.alpha[-4, width // 2] > 0.9
    assert got.alpha[: height // 3, : width // 5].max() < 0.1
    assert got.alpha[round(height * 0.68), width // 2] < 0.1  # the ground seen through it


def test_a_box_without_a_thing_gives_a_reason_and_no_cutout() -> None:
    assert isinstance(cut(on((90, 140, 80), thing=False), BOX, 4, "made/up"), str)


def test_a_thing_that_leaves_its_picture_is_refused() -> None:
    box = np.array([0.0, 0.3, 0.4, 0.7], np.float32)
    assert cut(on((90, 140, 80)), box, 4, "made/up") == "leaves its picture"


def test_a_thing_of_a_few_pixels_is_refused() -> None:
    box = np.array([0.5, 0.5, 0.505, 0.505], np.float32)
    assert isinstance(cut(on((90, 140, 80)), box, 4, "made/up"), str)


def test_tight_drops_empty_rows_and_columns() -> None:
    alpha = np.zeros((10, 12), np.float32)
    alpha[2:5, 3:9] = 1
    got = tight(Cutout(np.zeros((10, 12, 3), np.uint8), alpha, 4, "made/up", "keyed", 10.0))
    assert got.alpha.shape == (3, 6)
    assert got.bgr.shape == (3, 6, 3)


@pytest.mark.parametrize("label", ["excavator", "machine", "forklift", "lookalike"])
def test_a_drawn_thing_has_its_class_and_an_exact_mask(label: str) -> None:
    for seed in range(3):
        got = rendered(label, np.random.default_rng(seed), height_px=80)
        assert got is not None
        assert (got.class_id >= 0) == (label != "lookalike")
        assert 0.1 < float((got.alpha > 0.5).mean()) < 0.98
