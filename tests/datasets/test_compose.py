"""Composites: exact boxes, nothing over labelled things, one seed one picture."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.backgrounds import Background
from datasets.compose import EVALUATED, NEGATIVE, Stock, composite
from datasets.cutouts import Cutout
from datasets.labels import Labels
from datasets.paste import Sun, paste

SEEDS = range(12)


def red_block() -> Cutout:
    bgr = np.zeros((60, 80, 3), np.uint8)
    bgr[..., 2] = 250
    return Cutout(bgr, np.ones((60, 80), np.float32), 4, "made/up", "rendered", 200.0)


@pytest.fixture
def background(tmp_path: Path) -> Background:
    file = tmp_path / "ground.png"
    noise = np.random.default_rng(0).normal(120, 4, (360, 640, 3))
    cv2.imwrite(str(file), noise.clip(0, 255).astype(np.uint8))
    there = Labels(np.array([1]), np.array([[0.4, 0.6, 0.6, 0.8]], np.float32))
    return Background(file, "site_clutter", there, frozenset({4, 5}))


@pytest.fixture
def ready(background: Background) -> Stock:
    return Stock({"excavator": [red_block()]}, [], [], [background], np.ones(1))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_box_is_what_is_seen_of_the_thing(seed: int) -> None:
    picture = np.full((200, 300, 3), (120, 110, 90), np.uint8)
    box = paste(picture, red_block(), (150, 150), 40, Sun(0, 0.2, 0), np.random.default_rng(seed))
    assert box is not None
    red = picture[..., 2].astype(int) - picture[..., 1] > 25
    rows, columns = np.flatnonzero(red.any(1)), np.flatnonzero(red.any(0))
    seen = (columns[0], rows[0], columns[-1] + 1, rows[-1] + 1)
    assert box == pytest.approx(seen, abs=3)


def test_a_thing_outside_the_picture_has_no_box() -> None:
    picture = np.full((100, 100, 3), 110, np.uint8)
    light = Sun(0, 0.2, 0)
    assert paste(picture, red_block(), (400, 50), 40, light, np.random.default_rng(0)) is None


def test_one_seed_gives_one_picture(background: Background, ready: Stock) -> None:
    one, two = (composite(background, ready, np.random.default_rng(7)) for _ in range(2))
    assert (one.picture == two.picture).all()
    assert (one.labels.boxes == two.labels.boxes).all()


@pytest.mark.parametrize("seed", SEEDS)
def test_labels_of_the_background_stay_and_nothing_covers_them(
    background: Background, ready: Stock, seed: int
) -> None:
    made = composite(background, ready, np.random.default_rng(seed), EVALUATED)
    mine = made.labels.class_ids == 4
    old = np.concatenate([made.labels.boxes[~mine], made.labels.ignore])
    assert len(old) <= 1  # the labelled car, or an ignore region where a window cut through it
    for new in made.labels.boxes[mine]:
        shared = np.minimum(new[2:], old[:, 2:]) - np.maximum(new[:2], old[:, :2])
        share = np.prod(shared.clip(0), 1) / np.prod(new[2:] - new[:2])
        assert (share <= 0.35).all()  # planned for at most 0.15; a hidden side may raise the share
    assert made.exhaustive == background.exhaustive


def test_evaluation_things_have_the_height_asked_for(background: Background, ready: Stock) -> None:
    heights = [
        tall
        for seed in SEEDS
        for _, tall in composite(
            background, ready, np.random.default_rng(seed), EVALUATED
        ).heights_px
    ]
    assert len(heights) > 12
    assert np.quantile(heights, [0.2, 1]) == pytest.approx([48, 48], abs=17)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_negative_shows_nothing_new_that_has_a_box(
    background: Background, ready: Stock, seed: int
) -> None:
    made = composite(background, ready, np.random.default_rng(seed), NEGATIVE)
    assert set(made.labels.class_ids.tolist()) <= {1}
    assert made.heights_px == ()
