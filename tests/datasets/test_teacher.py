"""The teacher's labels: thresholds as measured, boxes only where it is sure, doubt kept apart."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from datasets.labels import CLASSES, LabelError, LabelledPicture, Labels
from datasets.teacher import TAUGHT, Threshold, taught_labels, threshold, thresholds

PERSON, CAR, TRUCK, EXCAVATOR = (CLASSES.index(c) for c in ("person", "car", "truck", "excavator"))
SURE = Threshold(0.6, 0.3, 100, 10, 0.9, 0.5, 0.9)
MEASURED = dict.fromkeys(TAUGHT, SURE)
SIZE = (640, 480)


def picture(exhaustive: set[int], *rows: tuple[int, list[float]]) -> LabelledPicture:
    ids = np.array([r[0] for r in rows], np.int64)
    boxes = np.array([r[1] for r in rows], np.float32).reshape(-1, 4)
    return LabelledPicture(
        Path("one.jpg"), "made", "made/one", Labels(ids, boxes), frozenset(exhaustive)
    )


def seen(*rows: tuple[int, float, list[float]]) -> np.ndarray:
    return np.array([[c, s, *b] for c, s, b in rows], np.float32).reshape(-1, 6)


HERE, THERE = [0.1, 0.1, 0.3, 0.5], [0.6, 0.2, 0.9, 0.6]


def test_a_sure_box_is_taken_and_an_unsure_one_hides_its_place() -> None:
    found = seen((PERSON, 0.8, HERE), (CAR, 0.4, THERE), (CAR, 0.2, [0.4, 0.7, 0.6, 0.9]))
    labels = taught_labels(picture(set()), found, MEASURED, SIZE)
    assert labels.class_ids.tolist() == [PERSON]
    assert labels.ignore.tolist() == [pytest.approx(THERE)]


def test_a_class_that_the_set_lists_is_never_added_to() -> None:
    labels = taught_labels(picture({PERSON}), seen((PERSON, 0.9, HERE)), MEASURED, SIZE)
    assert len(labels.class_ids) == 0
    assert len(labels.ignore) == 0


def test_a_truck_seen_over_a_labelled_excavator_is_no_truck() -> None:
    there = picture({EXCAVATOR}, (EXCAVATOR, HERE))
    labels = taught_labels(there, seen((TRUCK, 0.95, HERE)), MEASURED, SIZE)
    assert labels.class_ids.tolist() == [EXCAVATOR]
    assert len(labels.ignore) == 0


def test_a_driver_in_a_labelled_excavator_is_a_person() -> None:
    there = picture({EXCAVATOR}, (EXCAVATOR, HERE))
    labels = taught_labels(there, seen((PERSON, 0.95, HERE)), MEASURED, SIZE)
    assert labels.class_ids.tolist() == [EXCAVATOR, PERSON]


def test_a_sure_box_under_16_px_is_only_hidden() -> None:
    small = [0.1, 0.1, 0.12, 0.13]
    labels = taught_labels(picture(set()), seen((PERSON, 0.9, small)), MEASURED, SIZE)
    assert len(labels.class_ids) == 0
    assert len(labels.ignore) == 1


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 80))
def test_what_is_accepted_was_right_nine_times_in_ten(right: list[bool], boxes: int) -> None:
    scores = np.linspace(0.99, 0.06, len(right))
    found = threshold(scores, np.array(right), max(boxes, sum(right)), 5)
    taken = np.array(right)[scores >= found.accept]
    assert len(taken) == 0 or taken.mean() >= 0.9
    assert found.doubt <= found.accept


def test_a_class_without_enough_boxes_to_measure_on_is_named() -> None:
    with pytest.raises(LabelError, match="class person: 1 boxes in sets that list it"):
        thresholds([picture(set(TAUGHT), (PERSON, HERE))], {Path("one.jpg"): seen()})
