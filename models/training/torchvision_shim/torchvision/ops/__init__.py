"""Non-maximum suppression in plain torch."""

import torch


def nms(boxes: torch.Tensor, scores: torch.Tensor, iou_threshold: float) -> torch.Tensor:
    """Indices of the kept boxes, best first; boxes (n, 4) as x1, y1, x2, y2."""
    order = scores.argsort(descending=True)
    areas = (boxes[:, 2:] - boxes[:, :2]).clamp(min=0).prod(1)
    keep = []
    while len(order):
        first, order = order[0], order[1:]
        keep.append(first)
        lower = torch.maximum(boxes[first, :2], boxes[order, :2])
        upper = torch.minimum(boxes[first, 2:], boxes[order, 2:])
        shared = (upper - lower).clamp(min=0).prod(1)
        union = areas[first] + areas[order] - shared
        order = order[shared <= iou_threshold * union.clamp(min=1e-9)]
    return torch.stack(keep) if keep else order
