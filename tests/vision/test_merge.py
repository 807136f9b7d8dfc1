"""Boxes of the whole picture and of its tiles become one list: nothing twice, nothing lost."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision import Detections
from vision.merge import Part, merge, placed
from vision.types import Region

FRAME = (960, 540)
WHOLE: Region = (0, 0, 960, 540)
LEFT: Region = (0, 100, 400, 500)
RIGHT: Region = (300, 100, 700, 500)
CLASSES = ("excavator", "machine")


def part(
    region: Region, *rows: tuple[float, float, float, float, float, int], shrunk: float = 1
) -> Part:
    """A part from boxes in pixels of the *frame*, confidence and class."""
    x1, y1, x2, y2 = region
    size = (round((x2 - x1) / shrunk), round((y2 - y1) / shrunk))
    table = np.array(rows, np.float64).reshape(-1, 6)
    table = table[np.argsort(-table[:, 4], kind="stable")]
    boxes = ((table[:, :4] - [x1, y1, x1, y1]) / shrunk).astype(np.float32)
    ids = table[:, 5].astype(np.int64)
    return Part(region, Detections(boxes, table[:, 4].astype(np.float32), ids, CLASSES, size))


def found(parts: list[Part]) -> list[tuple[list[float], float]]:
    merged = merge(parts, FRAME)
    assert merged.frame_px == FRAME
    rows = zip(merged.boxes_px, merged.confidences, strict=True)
    return [([round(float(v), 2) for v in box], round(float(score), 3)) for box, score in rows]


corners = st.integers(0, 300)
boxes = st.tuples(corners, corners, st.integers(10, 90), st.integers(10, 90)).map(
    lambda b: (300.0 + b[0] / 2, 100.0 + b[1], 300.0 + b[0] / 2 + b[2], 100.0 + b[1] + b[3])
)
rows = st.tuples(boxes, st.integers(1, 99), st.integers(0, 1)).map(
    lambda r: (*r[0], r[1] / 100, r[2])
)
some = st.lists(rows, max_size=5)
astride = st.integers(21, 179).flatmap(
    lambda k: st.tuples(
        st.just(300 + k / 2),
        st.integers(105, 400).map(float),
        st.integers(101 - (k + 1) // 2, 90),
        st.integers(10, 90),
    ).map(lambda b: (b[0], b[1], b[0] + b[2], b[1] + b[3]))
)
"""Boxes that lie whole in RIGHT, off its borders, and that LEFT's border at 400 cuts."""


@given(some, some, some)
def test_the_answer_does_not_depend_on_the_order_of_the_parts(
    whole: list[tuple[float, float, float, float, float, int]],
    left: list[tuple[float, float, float, float, float, int]],
    right: list[tuple[float, float, float, float, float, int]],
) -> None:
    parts = [part(WHOLE, *whole), part(LEFT, *left), part(RIGHT, *right)]
    answers = [found(list(order)) for order in permutations(parts)]
    assert all(sorted(answer) == sorted(answers[0]) for answer in answers)


@given(
    st.tuples(st.integers(0, 360), st.integers(0, 360), st.integers(8, 40), st.integers(8, 40)),
    st.integers(0, 600),
    st.integers(0, 140),
)
def test_boxes_of_a_tile_map_back_to_the_pixel(
    box: tuple[int, int, int, int], x: int, y: int
) -> None:
    left, top, width, height = box
    inside = np.array([[left, top, left + width, top + height]], np.float32)
    seen = Detections(inside, np.ones(1, np.float32), np.zeros(1, np.int64), CLASSES, (400, 400))
    moved = placed(Part((x, y, x + 400, y + 400), seen))
    assert np.array_equal(moved, inside + np.array([x, y, x, y]))


def test_boxes_of_a_shrunken_whole_picture_map_back_to_the_frame() -> None:
    ((box, _),) = found([part(WHOLE, (300, 200, 360, 240, 0.5, 0), shrunk=2)])
    assert box == pytest.approx([300, 200, 360, 240])


@given(astride, st.integers(1, 99))
def test_a_box_that_is_whole_in_a_tile_survives_whatever_its_cut_halves_score(
    box: tuple[float, float, float, float], score: int
) -> None:
    x1, y1, x2, y2 = box
    assert 304.5 <= x1 < 390
    assert x2 > 400
    assert y1 >= 104.5
    assert y2 <= 495
    half = (x1, y1, 400.0, y2)  # what LEFT sees of it ends at LEFT's border
    answer = found([part(RIGHT, (*box, score / 100, 0)), part(LEFT, (*half, 0.995, 0))])
    assert pytest.approx(box) in [seen for seen, _ in answer]


def test_one_object_in_two_tiles_and_the_whole_picture_is_one_box() -> None:
    answer = found(
        [
            part(WHOLE, (320, 200, 372, 244, 0.2, 0), shrunk=2),
            part(LEFT, (321, 201, 370, 242, 0.6, 0)),
            part(RIGHT, (322, 200, 371, 243, 0.7, 0)),
        ]
    )
    assert [score for _, score in answer] == [0.7]


def test_a_half_that_no_whole_box_replaces_is_kept() -> None:
    assert len(found([part(WHOLE), part(LEFT, (350, 200, 400, 240, 0.5, 0))])) == 1


def test_an_excavator_and_a_machine_at_one_place_are_left_to_the_tracker() -> None:
    box = (320.0, 200.0, 370.0, 240.0)
    assert len(found([part(LEFT, (*box, 0.5, 0)), part(RIGHT, (*box, 0.6, 1))])) == 2


def test_two_objects_that_one_part_tells_apart_stay_two() -> None:
    one, two = (320.0, 200.0, 360.0, 240.0), (322.0, 202.0, 350.0, 230.0)
    assert len(found([part(LEFT, (*one, 0.5, 0), (*two, 0.4, 0)), part(WHOLE)])) == 2


def test_a_box_at_the_border_of_the_frame_is_not_called_cut() -> None:
    edge = (0.0, 200.0, 60.0, 240.0)
    answer = found([part(LEFT, (*edge, 0.9, 0)), part(WHOLE, (0, 199, 61, 241, 0.4, 0))])
    assert [score for _, score in answer] == [0.9]
