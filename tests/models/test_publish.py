"""Thresholds of a shipped model."""

from __future__ import annotations

import numpy as np

from models.training.publish import HIGHEST, LOWEST, choose_threshold
from models.training.score import Curve


def found(
    scores: list[float], recall: list[float], precision: list[float], false: list[float]
) -> Curve:
    return Curve(10, 50, *(np.array(v, float) for v in (scores, recall, precision, false)))


def test_the_threshold_is_the_lowest_score_with_few_false_boxes_and_half_of_all_right() -> None:
    assert (
        choose_threshold(found([0.9, 0.5, 0.3], [0.3, 0.8, 0.9], [1, 0.9, 0.6], [0, 1, 9]), 3.0)
        == 0.5
    )
    assert (
        choose_threshold(found([0.9, 0.5, 0.3], [0.3, 0.8, 0.9], [1, 0.9, 0.4], [0, 1, 1]), 3.0)
        == 0.5
    )


def test_a_class_without_empty_pictures_is_judged_by_precision_alone() -> None:
    nan = float("nan")
    assert choose_threshold(found([0.9, 0.4], [0.3, 0.8], [1, 0.9], [nan, nan]), 3.0) == 0.4


def test_a_threshold_stays_between_its_limits() -> None:
    assert choose_threshold(found([0.1], [1], [1], [0]), 3.0) == LOWEST
    assert choose_threshold(found([0.9], [1], [1], [50]), 3.0) == HIGHEST
    assert choose_threshold(found([], [], [], []), 3.0) == HIGHEST
