"""Random pictures for training: repeatable, varied, and every thing in them has its box."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from datasets import scenes
from datasets.scenes.make import make, yolo_line
from datasets.scenes.places import PLACES
from datasets.scenes.truth import Truth

SIZE = (480, 270)


def test_one_seed_gives_the_same_picture_and_truth() -> None:
    first, again = (scenes.random_picture(11, size_px=SIZE) for _ in range(2))
    assert np.array_equal(first[0], again[0])
    assert first[1] == again[1]


def test_two_seeds_give_two_pictures() -> None:
    assert not np.array_equal(*(scenes.random_picture(s, size_px=SIZE)[0] for s in (1, 2)))


@pytest.mark.parametrize("place", PLACES)
def test_every_box_shows_something_and_has_a_known_class(place: str) -> None:
    for seed in range(3):
        picture, truths = scenes.random_picture(seed, size_px=SIZE, place=place, min_objects=2)
        assert picture.shape == (270, 480, 3)
        for truth in truths:
            x1, y1, x2, y2 = truth.clipped(*SIZE)
            assert truth.label in scenes.CLASSES
            assert truth.visible > 0.25
            assert x2 > x1
            assert y2 - y1 >= 4


def test_a_label_line_is_in_shares_of_the_picture_and_clipped_to_it() -> None:
    truth = Truth("excavator", (-100.0, 50.0, 100.0, 150.0), 0.5, 1.0, 2.0, 1, (0.0, 150.0))
    assert yolo_line(truth, (400, 200)) == "4 0.125000 0.500000 0.250000 0.500000"


def test_a_folder_has_a_label_for_each_picture_and_says_that_it_is_simulated(
    tmp_path: Path,
) -> None:
    make(tmp_path, 2, 40, SIZE)
    meta = json.loads((tmp_path / "meta.json").read_text(encoding="utf-8"))
    pictures = sorted(p.stem for p in (tmp_path / "images").iterdir())
    assert pictures == sorted(p.stem for p in (tmp_path / "labels").iterdir())
    assert pictures == sorted(meta["split_groups"])
    assert meta["simulated"] is True
    assert meta["exhaustive"] == list(range(9))
