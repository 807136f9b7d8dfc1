from __future__ import annotations

import numpy as np
import pytest

from vision.nms import iou, suppress, suppress_per_class


def boxes(
    *rows: tuple[float, float, float, float],
) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array(rows, np.float32).reshape(-1, 4)


def test_overlap_is_shared_area_over_covered_area() -> None:
    a, b = boxes((0, 0, 10, 10)), boxes((0, 0, 10, 10), (5, 0, 15, 10), (20, 20, 30, 30))
    assert iou(a, b)[0].tolist() == pytest.approx([1, 1 / 3, 0])


def test_an_empty_or_inside_out_box_overlaps_nothing() -> None:
    assert iou(boxes((5, 5, 5, 5)), boxes((5, 5, 5, 5), (9, 9, 1, 1))).tolist() == [[0, 0]]


def test_the_best_of_two_boxes_on_one_object_stays() -> None:
    rows = boxes((0, 0, 10, 10), (1, 0, 11, 10), (50, 50, 60, 60))
    scores = np.array([0.5, 0.9, 0.7], np.float32)
    assert suppress(rows, scores, 0.5).tolist() == [1, 2]


def test_equal_scores_keep_their_order() -> None:
    rows = boxes((0, 0, 10, 10), (0, 0, 10, 10))
    assert suppress(rows, np.array([0.5, 0.5], np.float32), 0.5).tolist() == [0]


def test_a_box_of_another_class_takes_no_place_even_at_negative_coordinates() -> None:
    rows = boxes((-5, -5, 10, 10), (-5, -5, 10, 10), (-4, -5, 10, 10))
    scores = np.array([0.9, 0.8, 0.7], np.float32)
    kept = suppress_per_class(rows, scores, np.array([0, 1, 0]), 0.5)
    assert kept.tolist() == [0, 1]


def test_nothing_in_nothing_out() -> None:
    none = np.zeros((0, 4), np.float32)
    assert suppress_per_class(none, none[:, 0], np.zeros(0, np.int64), 0.5).size == 0
