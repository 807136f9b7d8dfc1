"""Scoring against partial labels."""

from __future__ import annotations

import math

import numpy as np
import pytest

from models.training.score import Case, Floats, curve

BOX = [10.0, 10.0, 50.0, 50.0]
FAR = [200.0, 200.0, 240.0, 240.0]
NONE: Floats = np.zeros((0, 4))


def case(
    truth: list[list[float]],
    predicted: list[list[float]],
    *,
    complete: bool = True,
    ignore: Floats = NONE,
) -> Case:
    boxes = np.array(truth, float).reshape(-1, 4)
    return Case(boxes, ignore, np.array(predicted, float).reshape(-1, 5), complete)


def test_a_found_box_without_false_ones_scores_one() -> None:
    assert curve([case([BOX], [[*BOX, 0.9]])]).ap50 == 1.0


def test_a_better_scored_false_box_halves_the_precision() -> None:
    found = curve([case([BOX], [[*FAR, 0.95], [*BOX, 0.9]])])
    assert found.ap50 == 0.5
    assert found.at(0.9) == (1.0, 0.5, pytest.approx(math.nan, nan_ok=True))


def test_a_box_found_twice_counts_as_false_once() -> None:
    assert curve([case([BOX], [[*BOX, 0.9], [*BOX, 0.8]])]).at(0.5)[1] == 0.5


def test_an_unmatched_box_where_labels_are_partial_does_not_count() -> None:
    assert curve([case([BOX], [[*FAR, 0.95], [*BOX, 0.9]], complete=False)]).ap50 == 1.0


def test_an_unmatched_box_in_an_ignored_region_does_not_count() -> None:
    found = curve([case([BOX], [[*FAR, 0.95], [*BOX, 0.9]], ignore=np.array([FAR]))])
    assert found.ap50 == 1.0


def test_false_boxes_are_counted_per_hundred_empty_pictures() -> None:
    found = curve([case([], [[*FAR, 0.7]]), case([], []), case([BOX], [[*BOX, 0.9]])])
    assert found.at(0.8)[2] == 0.0
    assert found.at(0.5)[2] == 50.0


def test_a_class_without_boxes_has_no_average_precision() -> None:
    assert math.isnan(curve([case([], [])]).ap50)
