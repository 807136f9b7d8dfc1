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


def with_pole_shadow(t: float) -> Picture:
    """The hard shadow of a pole on even paving, which wanders by 10 px in 400 s."""
    light = np.ones(SIZE[::-1], np.float32)
    x = 200 + 0.025 * t
    cv2.fillConvexPoly(
        light,
        np.round(np.array([(x, 120), (x + 9, 120), (x + 9, 240), (x, 240)]) * 16).astype(np.int32),
        (0.6,),
        cv2.LINE_AA,
        4,
    )
    return np.asarray(paving(0.15) * cv2.GaussianBlur(light, (0, 0), 1.0)[..., None], np.uint8)


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


def test_a_shadow_that_has_wandered_is_no_thing_after_something_has_hidden_it() -> None:
    def scene(t: float) -> Picture:
        picture = with_pole_shadow(t)
        if 400 <= t < 412:
            picture[100:220, 120:250] = with_box(paving())[100:220, 120:250]
        return grained(picture, t)

    floors = watch(scene, 440)
    assert objects(floors[2 * 410])
    assert [f for f in floors[2 * 414 :] if f.regions] == []
