"""Windows of backgrounds take their labels along and never invent ground."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from datasets.backgrounds import Background, Ground, chances, view
from datasets.labels import Labels


@pytest.fixture
def background(tmp_path: Path) -> Background:
    """A grey picture with one green block of a labelled car."""
    picture = np.full((300, 400, 3), 120, np.uint8)
    picture[150:210, 160:240] = (40, 220, 40)
    file = tmp_path / "ground.png"
    cv2.imwrite(str(file), picture)
    box = np.array([[0.4, 0.5, 0.6, 0.7]], np.float32)
    return Background(file, "site_clutter", Labels(np.array([1]), box), frozenset({4}))


@pytest.mark.parametrize("seed", range(20))
def test_a_box_stays_on_what_it_marks_or_becomes_an_ignore_region(
    background: Background, seed: int
) -> None:
    picture, labels, ground = view(background, 500, np.random.default_rng(seed))
    height, width = picture.shape[:2]
    green = picture[..., 1].astype(int) - picture[..., 0] > 60
    rows, columns = np.flatnonzero(green.any(1)), np.flatnonzero(green.any(0))
    assert len(labels.boxes) + len(labels.ignore) == min(len(rows), 1)
    for box in np.concatenate([labels.boxes, labels.ignore]) * ([width, height] * 2):
        seen = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
        assert box.tolist() == pytest.approx(seen, abs=3)
    assert 0 < ground.top < ground.bottom < 1


def test_things_are_taller_the_nearer_they_stand() -> None:
    ground = Ground(0.4, 0.9, 0.05, 0.2)
    assert ground.tall(0.4) == pytest.approx(0.05)
    assert ground.tall(0.9) == pytest.approx(0.2)


def test_chances_add_up_to_one(background: Background) -> None:
    assert chances([background] * 3).tolist() == pytest.approx([1 / 3] * 3)
