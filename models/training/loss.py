"""The loss that learns only from what somebody said.

Every anchor and class has a mode: `UNKNOWN` weighs nothing, `LABELLED` learns from the boxes,
`TAUGHT` learns from the teacher's score at the same place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from ultralytics.utils.loss import BboxLoss
from ultralytics.utils.tal import TaskAlignedAssigner, dist2bbox, make_anchors

from datasets.labels import CLASSES
from models.training.network import COCO_ROWS

UNKNOWN, LABELLED, TAUGHT = 0, 1, 2

PERSON = CLASSES.index("person")
EXCLUSIVE = tuple(
    tuple(CLASSES.index(name) for name in names)
    for names in (("car", "truck", "bus", "excavator", "machine", "forklift"), ("smoke", "fire"))
)
"""What is one of a group is none of the others in it."""

_GAINS = {"box": 7.5, "class": 0.5, "dfl": 1.5, "kept": 1.5}
_SURE = 0.1


@dataclass(frozen=True, slots=True)
class Batch:
    """Tensors of one step: pictures (b, 3, h, w) in 0..1, padded boxes, and a mode per anchor.

    `labels` (b, m, 1), `boxes` (b, m, 4) in pixels, `present` (b, m, 1) tells padding from boxes;
    `modes` (b, n, classes) in the order of the anchors, strides 8, 16, 32.
    """

    pictures: Any
    labels: Any
    boxes: Any
    present: Any
    modes: Any


class MaskedLoss:
    """Box, class and distribution loss of YOLO11 under a mode per anchor and class."""

    def __init__(self, head: Any) -> None:
        self._stride = head.stride
        self._reg_max = head.reg_max
        self._assign = TaskAlignedAssigner(
            topk=10, num_classes=len(CLASSES), alpha=0.5, beta=6.0, stride=head.stride.tolist()
        )
        self._box_loss = BboxLoss(head.reg_max)

    def __call__(
        self, predicted: dict[str, Any], teacher: dict[str, Any], batch: Batch
    ) -> dict[str, Any]:
        """Losses by name, from raw predictions of the network and of its teacher (80 classes)."""
        taught = teacher["scores"].sigmoid()
        spread = predicted["boxes"].permute(0, 2, 1).contiguous()
        scores = predicted["scores"].permute(0, 2, 1).contiguous()
        points, strides = make_anchors(predicted["feats"], self._stride, 0.5)
        boxes = self._decode(points, spread)
        _, target_boxes, target_scores, assigned, which = self._assign(
            scores.detach().sigmoid(),
            boxes.detach() * strides,
            points * strides,
            batch.labels,
            batch.boxes,
            batch.present,
        )
        total = target_scores.sum().clamp(min=1)
        owner = batch.labels[..., 0].long().gather(1, which)
        targets, weights = class_targets(batch.modes, taught, target_scores, assigned, owner)
        entropy = torch.nn.functional.binary_cross_entropy_with_logits
        class_loss = (entropy(scores, targets, reduction="none") * weights).sum() / total
        size = torch.tensor(batch.pictures.shape[2:], device=scores.device)
        box, dfl = self._box_loss(
            spread,
            boxes,
            points,
            target_boxes / strides,
            target_scores,
            total,
            assigned,
            size,
            strides,
        )
        kept = kept_boxes(spread, teacher["boxes"].permute(0, 2, 1), taught, batch.modes, assigned)
        raw = {"box": box, "class": class_loss, "dfl": dfl, "kept": kept}
        return {name: _GAINS[name] * value for name, value in raw.items()}

    def _decode(self, points: Any, spread: Any) -> Any:
        b, n, c = spread.shape
        steps = torch.arange(self._reg_max, dtype=spread.dtype, device=spread.device)
        sides = spread.view(b, n, 4, c // 4).softmax(3).matmul(steps)
        return dist2bbox(sides, points, xywh=False)


def class_targets(
    modes: Any, taught: Any, target_scores: Any, assigned: Any, owner: Any
) -> tuple[Any, Any]:
    """Targets and weights (b, n, classes).

    `target_scores` come from the assigned boxes, `assigned` (b, n) tells where there is one and
    `owner` (b, n) of which class.
    """
    modes = modes.clone()
    for c in range(len(CLASSES)):
        mine = assigned & (owner == c)
        rivals = next((group for group in EXCLUSIVE if c in group), (c,))
        among = torch.tensor(rivals, device=modes.device)
        modes[..., among] = torch.where(mine[..., None], LABELLED, modes[..., among])
    targets = target_scores.clone()
    for name, row in COCO_ROWS.items():
        c = CLASSES.index(name)
        soft = modes[..., c] == TAUGHT
        targets[..., c] = torch.where(soft, taught[:, row], targets[..., c])
    return targets, (modes != UNKNOWN).to(targets.dtype)


def kept_boxes(spread: Any, teacher_spread: Any, taught: Any, modes: Any, assigned: Any) -> Any:
    """How far the box spreads (b, n, 64) moved from the teacher's where it is sure of something.

    The box branch serves all classes: without this, loose boxes of new classes spoil the old ones.
    """
    rows = [(CLASSES.index(name), row) for name, row in COCO_ROWS.items()]
    scores = torch.stack([taught[:, row] * (modes[..., c] == TAUGHT) for c, row in rows]).amax(0)
    weights = torch.where(assigned | (scores < _SURE), 0.0, scores)
    b, n, width = spread.shape
    wanted = teacher_spread.reshape(b, n, 4, width // 4).softmax(3)
    found = spread.view(b, n, 4, width // 4).log_softmax(3)
    apart = torch.nn.functional.kl_div(found, wanted, reduction="none").sum(3).mean(2)
    return (apart * weights).sum() / weights.sum().clamp(min=1)
