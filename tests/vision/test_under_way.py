"""Which looks at a machine were at one that drove."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vision import Box
from vision.under_way import cut, under_way

FRAME = (640, 360)


def at(x: float, *, arm: float = 0.0) -> Box:
    """A machine 140 wide and 100 high whose arm makes its box wider on the left."""
    x1, x2 = x - 70 - arm, x + 70
    return max(0.0, x1), 200.0, min(640.0, x2), 300.0


def drove(boxes: Sequence[Box]) -> list[bool]:
    chance = np.random.default_rng(3)
    shaken = [tuple(float(v) for v in np.array(box) + chance.normal(0, 1.5, 4)) for box in boxes]
    return [bool(one) for one in under_way(shaken, FRAME)]  # type: ignore[arg-type] # of four


def test_an_arm_that_swings_is_not_under_way() -> None:
    assert not any(drove([at(300, arm=40 + 40 * np.sin(i / 3)) for i in range(38)]))


def test_who_drives_through_is_under_way_at_almost_every_look() -> None:
    assert sum(drove([at(100 + 12 * i) for i in range(35)])) >= 33


def test_who_comes_and_stays_was_under_way_until_it_came() -> None:
    looks = drove([at(min(60 + 20 * i, 300)) for i in range(38)])
    assert all(looks[:10])
    assert not any(looks[12:])


def test_who_comes_in_over_the_border_was_under_way_until_it_came() -> None:
    looks = drove([at(min(-50 + 20 * i, 200), arm=30) for i in range(38)])
    assert all(looks[:10])
    assert not any(looks[13:])


def test_an_arm_beside_a_body_that_the_border_cuts_is_not_under_way() -> None:
    assert not any(drove([at(620, arm=60 + 60 * np.sin(i / 3)) for i in range(38)])[:25])


def test_no_look_is_none_under_way() -> None:
    assert under_way([], FRAME).shape == (0,)


def test_a_side_at_the_border_is_cut() -> None:
    assert cut((2.0, 100.0, 300.0, 358.0), FRAME) == (True, False, False, True)


def test_an_arm_that_swings_round_towards_the_camera_is_not_under_way() -> None:
    """It narrows the box and lowers its edge; once, as it begins, nothing has come back yet."""
    turns = [min(1.0, i / 6) for i in range(14)]
    boxes = [(230.0 + 60 * s, 200.0, 400.0 - 30 * s, 300.0 + 40 * s) for s in turns]
    assert not any(drove(boxes))


def test_who_drives_towards_the_camera_is_under_way() -> None:
    grown = [1 + 0.1 * i for i in range(14)]
    boxes = [(300 - 60 * g, 260 - 80 * g, 300 + 60 * g, 220 + 60 * g) for g in grown]
    assert sum(drove(boxes)) >= 11


def test_a_look_whose_box_trembled_between_two_under_way_is_one_too() -> None:
    boxes = [at(100 + 12 * i) for i in range(20)]
    boxes[6] = (boxes[6][0], 200.0, boxes[0][2], 300.0)
    assert under_way(boxes, FRAME)[6]
