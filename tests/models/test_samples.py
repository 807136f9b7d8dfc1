"""Training samples say about each place what is known there, and no more."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.labels import CLASSES, LabelledPicture, Labels
from models.training.samples import LABELLED, TAUGHT, UNKNOWN, Source, anchor_points, draw

PERSON, EXCAVATOR, SMOKE = (CLASSES.index(c) for c in ("person", "excavator", "smoke"))


@pytest.fixture
def source(tmp_path: Path) -> Source:
    file = tmp_path / "one.png"
    cv2.imwrite(str(file), np.full((300, 400, 3), 40, np.uint8))
    boxes = np.array([[EXCAVATOR, 0.3, 0.3, 0.7, 0.7]], np.float32)
    labels = Labels(np.array([EXCAVATOR]), boxes[:, 1:].copy())
    picture = LabelledPicture(file, "mine", "mine/one", labels, frozenset({SMOKE}))
    return Source(picture, boxes, 1.0)


def test_unlisted_classes_are_unknown_old_ones_taught_and_listed_ones_labelled(
    source: Source,
) -> None:
    assert source.modes[EXCAVATOR] == UNKNOWN
    assert source.modes[PERSON] == TAUGHT
    assert source.modes[SMOKE] == LABELLED


def test_the_same_seed_draws_the_same_sample_and_boxes_stay_inside(source: Source) -> None:
    chances = np.ones(1)
    for seed in range(8):
        one = draw([source], chances, 96, np.random.default_rng(seed))
        two = draw([source], chances, 96, np.random.default_rng(seed))
        assert (one.picture == two.picture).all()
        assert one.picture.shape == (96, 96, 3)
        assert one.modes.shape == (len(anchor_points(96)), len(CLASSES))
        assert ((one.boxes[:, 1:] >= 0) & (one.boxes[:, 1:] <= 96)).all()
        assert (one.boxes[:, 3:] - one.boxes[:, 1:3] >= 4).all()


def test_anchor_points_are_ordered_by_stride_then_row() -> None:
    points = anchor_points(64)
    assert len(points) == 64 + 16 + 4
    assert points[0].tolist() == [4, 4]
    assert points[1].tolist() == [12, 4]
    assert points[-1].tolist() == [48, 48]


def test_a_blaze_boxed_in_part_is_background_only_near_its_boxes(tmp_path: Path) -> None:
    file = tmp_path / "one.png"
    cv2.imwrite(str(file), np.full((400, 400, 3), 40, np.uint8))
    box = np.array([[8, 0.4, 0.4, 0.6, 0.6]], np.float32)
    labels = Labels(np.array([8]), box[:, 1:].copy())
    picture = LabelledPicture(file, "liuzifan_fire", "g", labels, frozenset({8}))
    sample = draw([Source(picture, box, 1.0)], np.ones(1), 96, np.random.default_rng(1))
    fire = sample.modes[:, 8]
    assert {LABELLED, UNKNOWN} <= set(fire.tolist())
