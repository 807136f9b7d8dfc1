"""Thresholds of a shipped model."""

from __future__ import annotations

import numpy as np

from models.training.publish import HIGHEST, LOWEST, choose_threshold
from models.training.score import Curve


def found(
    scores: list[float], recall: list[float], precision: list[float], false: list[float]
) -> Curve:
    return Curve(10, 50, *(np.array(v, float) for v in (scores, recall, precision, false)))


def test_the_threshold_is_the_score_of_the_best_f1_when_that_is_calm() -> None:
    assert (
        choose_threshold(found([0.9, 0.5, 0.1], [0.3, 0.8, 0.9], [1, 0.9, 0.2], [0, 1, 9])) == 0.5
    )


def test_false_alarms_raise_the_threshold_above_the_best_f1() -> None:
    assert choose_threshold(found([0.6, 0.5, 0.4], [0.5, 0.8, 0.9], [1, 1, 1], [0, 9, 20])) == 0.6


def test_a_threshold_stays_between_its_limits() -> None:
    assert choose_threshold(found([0.1], [1], [1], [0])) == LOWEST
    assert choose_threshold(found([0.9], [1], [1], [50])) == HIGHEST
    assert choose_threshold(found([], [], [], [])) == HIGHEST
