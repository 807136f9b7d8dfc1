"""The training loss learns nothing from what nobody said (needs the training environment)."""

from __future__ import annotations

from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="torch comes with `make train-env` only")
pytest.importorskip("ultralytics", reason="ultralytics comes with `make train-env` only")

from datasets.labels import CLASSES  # noqa: E402  (after the skip)
from models.training.loss import LABELLED, TAUGHT, UNKNOWN, class_targets, kept_boxes  # noqa: E402

PERSON, TRUCK, EXCAVATOR = (CLASSES.index(c) for c in ("person", "truck", "excavator"))
ANCHORS = 6


def gradient(modes: Any, *, assigned: tuple[int, int] | None = None) -> Any:
    """Gradient of the class loss at scores of 0.5; `assigned` is (anchor, class)."""
    scores = torch.zeros(1, ANCHORS, len(CLASSES), requires_grad=True)
    targets = torch.zeros(1, ANCHORS, len(CLASSES))
    hit = torch.zeros(1, ANCHORS, dtype=torch.bool)
    owner = torch.zeros(1, ANCHORS, dtype=torch.long)
    if assigned:
        anchor, class_id = assigned
        hit[0, anchor], owner[0, anchor], targets[0, anchor, class_id] = True, class_id, 0.9
    taught = torch.full((1, 80, ANCHORS), 0.5)
    wanted, weights = class_targets(modes, taught, targets, hit, owner)
    entropy = torch.nn.functional.binary_cross_entropy_with_logits
    (entropy(scores, wanted, reduction="none") * weights).sum().backward()
    return scores.grad[0]


def all_modes(mode: int) -> Any:
    return torch.full((1, ANCHORS, len(CLASSES)), mode, dtype=torch.uint8)


def test_an_unlisted_class_has_no_gradient_away_from_boxes() -> None:
    modes = all_modes(LABELLED)
    modes[..., EXCAVATOR] = UNKNOWN
    found = gradient(modes)
    assert (found[:, EXCAVATOR] == 0).all()
    assert (found[:, PERSON] > 0).all()


def test_a_box_of_an_unlisted_class_is_learned_where_it_stands() -> None:
    found = gradient(all_modes(UNKNOWN), assigned=(2, EXCAVATOR))
    assert found[2, EXCAVATOR] < 0
    assert (found[[0, 1, 3, 4, 5]] == 0).all()


def test_what_is_an_excavator_is_no_truck_but_may_hide_a_person() -> None:
    found = gradient(all_modes(UNKNOWN), assigned=(2, EXCAVATOR))
    assert found[2, TRUCK] > 0
    assert found[2, PERSON] == 0


def test_a_taught_class_that_agrees_with_its_teacher_has_no_gradient() -> None:
    modes = all_modes(UNKNOWN)
    modes[..., PERSON] = TAUGHT
    assert (gradient(modes) == 0).all()


def test_boxes_are_held_where_the_teacher_is_sure_and_nothing_is_assigned() -> None:
    modes, taught = all_modes(TAUGHT), torch.zeros(1, 80, ANCHORS)
    taught[0, 0, :2] = 0.8
    assigned = torch.zeros(1, ANCHORS, dtype=torch.bool)
    assigned[0, 1] = True
    spread = torch.randn(1, ANCHORS, 64, requires_grad=True)
    kept_boxes(spread, torch.randn(1, ANCHORS, 64), taught, modes, assigned).backward()
    assert (spread.grad[0, 0] != 0).any()
    assert (spread.grad[0, 1:] == 0).all()


def test_a_flame_is_taught_not_to_be_smoke_even_where_smoke_is_unknown() -> None:
    fire, smoke = CLASSES.index("fire"), CLASSES.index("smoke")
    found = gradient(all_modes(UNKNOWN), assigned=(2, fire))
    assert found[2, smoke] > 0
    assert found[1, smoke] == 0
