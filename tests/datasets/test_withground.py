"""Things moved with their ground: the box stays on the thing, the rim takes the new colour."""

from __future__ import annotations

import numpy as np
import pytest

from datasets.cutouts import Cutout
from datasets.withground import move, with_ground

BOX = np.array([0.4, 0.4, 0.6, 0.6], np.float32)
SAND, CLAY, ORANGE = (120, 160, 190), (105, 142, 168), (30, 110, 230)
GRASS = (70, 120, 90)


def cutout() -> Cutout:
    """A 20 px orange block on sand."""
    picture = np.full((100, 100, 3), SAND, np.uint8)
    picture[40:60, 40:60] = ORANGE
    got = with_ground(picture, BOX, 4, "made/up")
    assert got is not None
    return got


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("tall", [14.0, 20.0, 37.0])
def test_the_box_lies_on_the_moved_thing(seed: int, tall: float) -> None:
    place = np.full((200, 200, 3), CLAY, np.uint8)
    box = move(place, cutout(), (100, 120), tall, np.random.default_rng(seed))
    assert box is not None
    orange = place[..., 2].astype(int) - place[..., 1] > 60
    rows, columns = np.flatnonzero(orange.any(1)), np.flatnonzero(orange.any(0))
    seen = [columns[0], rows[0], columns[-1] + 1, rows[-1] + 1]
    assert list(box) == pytest.approx(seen, abs=2)
    assert box[3] - box[1] == pytest.approx(tall, abs=2)


def test_no_edge_is_left_where_the_window_ends() -> None:
    place = np.full((200, 200, 3), CLAY, np.uint8)
    box = move(place, cutout(), (100, 120), 20, np.random.default_rng(0))
    assert box is not None
    outside = np.abs(np.diff(place.astype(int), axis=1)).max(2)
    x1, y1, x2, y2 = (round(v) for v in box)
    outside[y1 - 2 : y2 + 2, x1 - 3 : x2 + 2] = 0
    assert outside.max() <= 6  # a hard seam between sand and clay would be a step of 22


def test_a_window_over_the_rim_is_left_out() -> None:
    picture = np.full((100, 100, 3), SAND, np.uint8)
    at_rim = np.array([0.0, 0.4, 0.2, 0.6], np.float32)
    assert with_ground(picture, at_rim, 4, "made/up") is None
    place = np.full((200, 200, 3), CLAY, np.uint8)
    before = place.copy()
    assert move(place, cutout(), (2, 120), 20, np.random.default_rng(0)) is None
    assert (place == before).all()


def test_nothing_is_moved_onto_ground_of_another_colour() -> None:
    place = np.full((200, 200, 3), GRASS, np.uint8)
    before = place.copy()
    assert move(place, cutout(), (100, 120), 20, np.random.default_rng(0)) is None
    assert (place == before).all()


def test_only_a_thing_with_its_ground_can_be_moved() -> None:
    bare = Cutout(np.zeros((9, 9, 3), np.uint8), np.ones((9, 9), np.float32), 4, "a/b", "keyed", 9)
    place = np.full((50, 50, 3), CLAY, np.uint8)
    with pytest.raises(ValueError, match="a/b was cut out without its ground"):
        move(place, bare, (25, 25), 9, np.random.default_rng(0))
