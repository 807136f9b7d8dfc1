"""What comes little by little is no thing: a floor that gets wet, snow, a shadow that wanders."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.vision.test_free_space import SIZE, grained, objects, paving, watch, with_box
from vision import Picture

CREEPS_S = 180.0


def crept(t: float) -> Picture:
    """Paving that is covered by another texture, three quarters of it within `CREEPS_S`."""
    field = np.random.default_rng(11).normal(0, 28, (60, 80))
    grey = cv2.resize(field, SIZE, interpolation=cv2.INTER_CUBIC) + 120
    other = np.clip(np.dstack([grey, grey, grey]), 0, 255).astype(np.uint8)
    share = 0.75 * float(np.clip((t - 10) / CREEPS_S, 0, 1))
    return np.asarray(cv2.addWeighted(paving(), 1 - share, other, share, 0), np.uint8)


def test_a_floor_that_changes_little_by_little_has_nothing_on_it() -> None:
    floors = watch(lambda t: grained(crept(t), t), CREEPS_S + 40)
    assert [f for f in floors if f.regions] == []


def test_a_thing_on_a_floor_that_has_changed_little_by_little_is_found() -> None:
    def scene(t: float) -> Picture:
        return grained(with_box(crept(t)) if t >= CREEPS_S + 20 else crept(t), t)

    (region,) = objects(watch(scene, CREEPS_S + 40)[-1])
    assert region.age_s == pytest.approx(19.5, abs=1.5)


def test_what_came_in_the_dark_is_found_as_it_gets_light() -> None:
    def scene(t: float) -> Picture:
        level = float(np.exp(np.interp(t, (10, 250, 290, 1200), np.log((1, 0.02, 0.02, 1)))))
        return grained((with_box(paving()) if t >= 270 else paving()) * level, t)

    assert len(objects(watch(scene, 1220, every_s=2.0)[-1])) == 1
