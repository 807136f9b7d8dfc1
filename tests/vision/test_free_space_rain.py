"""A floor that was first seen in rain is known as well as rain lets see, and better afterwards."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.vision.test_free_space import SIZE, THING, grained, objects, paving, watch, with_box
from vision import Picture

ENDS_S = 40.0


def rainy(picture: Picture, t: float) -> Picture:
    """Dusk, with bright streaks that are elsewhere in every picture until `ENDS_S`."""
    dusk = np.asarray(picture * 0.4, np.uint8)
    rng = np.random.default_rng(int(t * 10))
    for x, y in rng.integers((0, 0), SIZE, (60 if t < ENDS_S else 0, 2)).tolist():
        cv2.line(dusk, (x, y), (x + 2, y + 9), (185, 185, 185), 1)
    return grained(dusk, t, sigma=0.8)


@pytest.mark.parametrize("contrast", [0.2, 0.3, 0.5])
def test_a_floor_that_was_learned_in_rain_is_free_when_the_rain_has_ended(contrast: float) -> None:
    floors = watch(lambda t: rainy(paving(contrast), t), ENDS_S + 60)
    assert [f for f in floors[-80:] if f.regions] == []


@pytest.mark.parametrize("contrast", [0.2, 0.3])
def test_drops_of_the_first_looks_are_no_floor(contrast: float) -> None:
    floors = watch(lambda t: rainy(paving(contrast), t), ENDS_S - 1)
    assert [f for f in floors if f.regions] == []


def with_bright_box(picture: Picture) -> Picture:
    """A carton whose print shows in the rain."""
    x1, y1, x2, y2 = THING
    shown = with_box(picture)
    print_ = (shown[y1:y2, x1:x2].astype(np.float32) - 60) * 2.6 + 40
    shown[y1:y2, x1:x2] = np.clip(print_, 0, 255).astype(np.uint8)
    return shown


def test_a_thing_that_is_seen_in_that_rain_still_stands_when_it_has_ended() -> None:
    def scene(t: float) -> Picture:
        return rainy(with_bright_box(paving(0.3)) if t >= 20 else paving(0.3), t)

    (region,) = objects(watch(scene, ENDS_S + 60)[-1])
    xs = [x * SIZE[0] for x, _ in region.outline]
    assert min(xs) < THING[0] + 16 < THING[2] - 16 < max(xs)


def test_what_is_put_down_after_that_rain_is_found() -> None:
    def scene(t: float) -> Picture:
        return rainy(with_box(paving(0.3)) if t >= ENDS_S + 20 else paving(0.3), t)

    floors = watch(scene, ENDS_S + 40)
    assert len(objects(floors[-1])) == 1


def test_what_was_learned_in_rain_is_doubted_as_learned_late() -> None:
    assert "late" in watch(lambda t: rainy(paving(0.3), t), ENDS_S + 60)[-1].doubts
