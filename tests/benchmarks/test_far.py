"""How sure a second look must be: chosen on one side, counted on both."""

from __future__ import annotations

import numpy as np

from benchmarks.far import Answer, chosen, largest, lowered
from tests.models.made_up import Row, found, picture

THERE: Row = ("excavator", 20.0, 20.0, 60.0, 60.0)
NOT_THERE: Row = ("excavator", 120.0, 20.0, 160.0, 60.0)


def answer(name: str, box: Row, score: float, second: float) -> Answer:
    """One picture with an excavator, one box in it, and what a second look gives that box."""
    tiled = found(("excavator", score, *box[1:]))
    looked = np.array([second], np.float32)
    return Answer(picture(name, [THERE]), tiled, tiled, looked, looked, (1, 1, 2))


LOUD = answer("a", THERE, 0.5, 0.305)
QUIET = answer("b", THERE, 0.15, 0.605)
BOARD = answer("c", NOT_THERE, 0.25, 0.105)


def test_a_second_look_may_ask_for_as_much_as_keeps_what_must_be_found() -> None:
    every = [LOUD, QUIET, BOARD]
    assert largest(every, 0.1, least_found=2) == 0.3
    assert largest(every, 0.1, least_found=1) == 0.6
    assert largest(every, 0.1, least_found=3) is None
    assert chosen(every, 0.1) == 0.3


def test_a_lower_threshold_is_compared_at_what_the_shipped_one_finds() -> None:
    rows = lowered([LOUD, QUIET, BOARD], {"site": [LOUD], "road": [BOARD]}, 0.38, 416)
    shown = {tiles.split()[-1]: rest for tiles, *rest in rows}
    assert shown["0.38"] == ["alone", "1 of 3", "0", "1 of 2", "0"]
    assert shown["0.20"] == ["0.30", "1 of 3", "0", "1 of 2", "0"]
    assert shown["0.10"] == ["0.60", "1 of 3", "0", "0 of 2", "0"]


def test_a_lower_threshold_that_cannot_make_good_is_left_out() -> None:
    blind = answer("a", THERE, 0.5, 0.0)
    rows = lowered([blind], {"site": [blind]}, 0.38, 416)
    assert [row[0] for row in rows] == ["416 px, from 0.38"]
