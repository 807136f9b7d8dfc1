"""Who stands there without a box stirs above the floor; goods do not."""

from __future__ import annotations

import cv2
import numpy as np

from tests.vision.test_free_space import ZONE, grained, objects, paving, watch
from vision import Floor, FreeSpace, Picture

LEGS = (130, 60, 190, 160)
"""A pair of legs, or goods: they reach beyond the zone's far border, at y = 90."""


def standing(t: float, *, sways: bool, at_s: float = 4.0) -> Picture:
    """Something still on the floor, with a trunk above it that sways or not."""
    shown = paving()
    if t >= at_s:
        x1, y1, x2, y2 = LEGS
        coat = np.random.default_rng(7).integers(0, 70, (16, 10, 3)).astype(np.uint8)
        shown[y1:y2, x1:x2] = cv2.resize(coat, (x2 - x1, y2 - y1), interpolation=cv2.INTER_CUBIC)
        dx = round(6 * np.sin(1.3 * t)) if sways else 0
        cv2.rectangle(shown, (x1 - 10 + dx, 5), (x2 + 10 + dx, 62), (35, 30, 40), -1)
    return grained(shown, t)


def waits(floors: list[Floor]) -> float:
    """The share of the looks with a thing in which its clock does not run."""
    there = [f for f in floors if f.regions]
    return sum(f.hidden for f in there) / max(1, len(there))


def test_the_clock_of_legs_waits_while_their_trunk_sways() -> None:
    floors = watch(lambda t: standing(t, sways=True), 24)
    assert [f for f in floors if objects(f)] == []


def test_the_clock_of_goods_that_reach_as_high_runs() -> None:
    floors = watch(lambda t: standing(t, sways=False), 24)
    assert waits(floors) < 0.1
    assert objects(floors[-1])[0].age_s > 17


def test_it_waits_thirty_seconds_at_most_so_that_what_moves_behind_hides_no_goods() -> None:
    floors = watch(lambda t: standing(t, sways=True), 75)
    assert objects(floors[-1])[0].age_s > 20
    assert not floors[-1].hidden


def test_what_moves_elsewhere_in_the_picture_stops_no_clock() -> None:
    def scene(t: float) -> Picture:
        shown = standing(t, sways=False)
        x = 240 + round(20 * np.sin(1.3 * t))
        cv2.rectangle(shown, (x, 5), (x + 40, 80), (200, 30, 40), -1)
        return shown

    floors = watch(scene, 24)
    assert waits(floors) < 0.1
    assert objects(floors[-1])[0].age_s > 17


def test_rain_stops_no_clock() -> None:
    def scene(t: float) -> Picture:
        shown = standing(t, sways=False)
        drops = np.random.default_rng(int(100 * t)).integers(0, (320, 240), (120, 2))
        for x, y in drops.tolist():
            cv2.line(shown, (x, y), (x + 1, y + 9), (225, 225, 225), 1)
        return shown

    floors = watch(scene, 30)
    assert waits(floors) < 0.3


def test_what_moves_above_a_closed_opening_is_nobody_who_stands_in_it() -> None:
    def found(*, is_opening: bool) -> list[Floor]:
        space, floors = FreeSpace(), []
        space.watch(ZONE, is_opening=is_opening)
        for i in range(40):
            floors += space.step(standing(i / 2, sways=True), i / 2).values()
        return [floor for floor in floors if objects(floor)]

    assert found(is_opening=False) == []
    assert objects(found(is_opening=True)[-1])[0].age_s > 13


def test_rain_before_what_is_dark_above_a_thing_is_nobody() -> None:
    """A drop shows before the dark more than before the floor, as in a doorway."""

    def scene(t: float) -> Picture:
        shown = standing(t, sways=False)
        shown[:62] = shown[:62] // 4
        drops = np.random.default_rng(int(100 * t)).integers(0, (320, 240), (60, 2))
        for x, y in drops.tolist():
            cv2.line(shown, (x, y), (x + 2, y + 9), (150, 150, 150), 1)
        return shown

    floors = watch(scene, 24)
    assert waits(floors) < 0.1
    assert objects(floors[-1])[0].age_s > 15
