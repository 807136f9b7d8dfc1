"""People who stay before a floor, and what they stand beside."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from tests.vision.test_free_space import SIZE, ZONE, grained, objects, paving, with_box
from vision import Box, Floor, FreeSpace, Picture

BODY = (150, 100, 160, 156)
"""Somebody far away, in pixels: hardly wider than a cell."""
CAME_S = 6.0


def with_somebody(picture: Picture, t: float) -> Picture:
    """He sways a little, and his elbows reach out of his box."""
    x1, y1, x2, y2 = BODY
    coat = np.random.default_rng(5).integers(20, 230, (14, 4, 3)).astype(np.uint8)
    x1, x2 = x1 - 3 + round(np.sin(t)), x2 + 3
    shown = picture.copy()
    shown[y1:y2, x1:x2] = cv2.resize(coat, (x2 - x1, y2 - y1))
    return shown


def with_reflection(picture: Picture, share: float = 0.4) -> Picture:
    x1, y1, x2, y2 = BODY
    coat = np.random.default_rng(5).integers(20, 230, (14, 4, 3)).astype(np.uint8)
    below = cv2.resize(coat, (x2 - x1, y2 - y1))[::-1]
    shown = picture.copy()
    here = shown[y2 : 2 * y2 - y1, x1:x2]
    here[:] = cv2.addWeighted(here, 1 - share, below, share, 0)
    return shown


def share(box_px: tuple[int, int, int, int]) -> Box:
    x1, y1, x2, y2 = box_px
    return x1 / SIZE[0], y1 / SIZE[1], x2 / SIZE[0], y2 / SIZE[1]


def watch(
    scene: Callable[[float], Picture], people: Callable[[float], list[Box]], until_s: float
) -> list[Floor]:
    floors, space = [], FreeSpace()
    space.watch(ZONE)
    for t in np.arange(0, until_s, 0.5).tolist():
        floors += space.step(grained(scene(t), t), t, people(t)).values()
    return floors


def stays(t: float) -> list[Box]:
    return [share(BODY)] if t >= CAME_S else []


@pytest.mark.parametrize("is_wet", [False, True])
def test_of_somebody_who_stays_neither_outline_nor_reflection_becomes_a_thing(is_wet: bool) -> None:
    def scene(t: float) -> Picture:
        if t < CAME_S:
            return paving()
        floor = with_reflection(paving()) if is_wet else paving()
        return with_somebody(floor, t)

    assert not any(objects(floor) for floor in watch(scene, stays, 60))


def test_a_carton_beside_somebody_who_stays_is_a_thing_after_some_seconds() -> None:
    def scene(t: float) -> Picture:
        return with_somebody(with_box(paving()), t) if t >= CAME_S else paving()

    (region,) = objects(watch(scene, stays, 40)[-1])
    assert region.age_s == pytest.approx(40 - CAME_S - 10, abs=2)


def test_what_has_stood_alone_grows_older_though_somebody_comes_to_stand_there() -> None:
    comes_s = 14.0

    def scene(t: float) -> Picture:
        floor = with_reflection(paving(), share=1) if t >= CAME_S else paving()
        return with_somebody(floor, t) if t >= comes_s else floor

    def people(t: float) -> list[Box]:
        return [share(BODY)] if t >= comes_s else []

    (region,) = objects(watch(scene, people, 40)[-1])
    assert region.age_s == pytest.approx(40 - CAME_S, abs=2)


def test_somebody_who_is_overlooked_for_some_seconds_does_not_become_a_thing() -> None:
    x1, y1, _, y2 = BODY
    slim = share((x1 + 2, y1, x1 + 8, y2))
    overlooked_s, seen_s = 20.0, 28.0

    def scene(t: float) -> Picture:
        return with_somebody(paving(), t) if t >= CAME_S else paving()

    def people(t: float) -> list[Box]:
        return [slim] if CAME_S <= t < overlooked_s or t >= seen_s else []

    told = [region for floor in watch(scene, people, 60) for region in objects(floor)]
    assert all(region.age_s <= seen_s - overlooked_s for region in told)


def test_who_stands_there_when_the_floor_is_learned_leaves_nothing_behind() -> None:
    leaves_s = 20.0

    def scene(t: float) -> Picture:
        return with_somebody(with_reflection(paving(), 1), 0.0) if t < leaves_s else paving()

    def people(t: float) -> list[Box]:
        return [share(BODY)] if t < leaves_s else []

    floors = watch(scene, people, 60)
    assert not any(floor.regions for floor in floors)
    assert floors[-1].known == 1
