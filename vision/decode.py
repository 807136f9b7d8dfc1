"""From the network's numbers to `Detections`; what every back-end shares."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vision.errors import ModelError
from vision.letterbox import Letterbox
from vision.nms import suppress_per_class
from vision.types import Detections, Picture

STRIDE_PX = 32
NMS_IOU = 0.6
MOST_CANDIDATES = 2000
"""Boxes that enter the suppression at most, best first: bounds the time on a bad picture."""


def fitted(picture: Picture, input_px: int, *, square: bool = False) -> Letterbox:
    """The letterbox of a picture whose longer side becomes `input_px`.

    The shorter side ends at the next multiple of 32, since every row of border costs as much as a
    row of picture; `square` is for networks that take no other shape. Refuses what is not a BGR
    picture.
    """
    if picture.ndim != 3 or picture.shape[2] != 3 or picture.dtype != np.uint8:
        raise ValueError(
            f"expected a picture (height, width, 3) uint8, got {picture.shape} {picture.dtype}"
        )
    height, width = picture.shape[:2]
    if square:
        return Letterbox.fit((width, height), (input_px, input_px))
    scale = input_px / max(width, height)
    in_width, in_height = (
        ceil(round(side * scale, 3) / STRIDE_PX) * STRIDE_PX for side in (width, height)
    )
    return Letterbox.fit((width, height), (max(in_width, STRIDE_PX), max(in_height, STRIDE_PX)))


def decode(
    output: NDArray[np.float32],
    classes: tuple[str, ...],
    thresholds: Sequence[float],
    letterbox: Letterbox,
    *,
    every_class: bool = False,
) -> Detections:
    """Decode one picture's output (4 + classes, n): cx cy w h in input pixels, then scores 0..1.

    A cell proposes a box for each class that reaches its own threshold. One box per object and
    class remains; a cell answers for its likeliest class only, unless `every_class` wants all.
    """
    if len(thresholds) != len(classes):
        raise ValueError(f"{len(thresholds)} thresholds for {len(classes)} classes")
    limits = np.asarray(thresholds, np.float32)[:, None]
    class_ids, cells = np.nonzero(output[4:] >= limits)
    scores = output[4:][class_ids, cells]
    order = np.argsort(-scores, kind="stable")[:MOST_CANDIDATES]
    class_ids, cells, scores = class_ids[order].astype(np.int64), cells[order], scores[order]
    boxes = letterbox.to_frame(_corners(output[:4, cells].T))
    keep = suppress_per_class(boxes, scores, class_ids, NMS_IOU)
    if not every_class:
        surest = np.zeros(len(cells), bool)
        surest[np.unique(cells, return_index=True)[1]] = True
        keep = keep[surest[keep]]
    return Detections(
        boxes[keep],
        np.clip(scores[keep], 0, 1).astype(np.float32),
        class_ids[keep],
        classes,
        letterbox.frame_px,
    )


def check_output(file: Path, shape: tuple[int, ...], classes: Sequence[str]) -> None:
    """Refuse a model whose output is not (1, 4 + classes, n)."""
    if len(shape) == 3 and shape[0] == 1 and shape[1] == 4 + len(classes):
        return
    rows = f"1 x {4 + len(classes)} x N" if classes else "1 x (4 + classes) x N"
    raise ModelError(
        f"{file}: output is {' x '.join(map(str, shape))}, expected {rows} "
        f"for the classes {', '.join(classes)}",
        remedy="list exactly the classes that the model was exported with, in their order",
    )


def check_size(file: Path, input_px: int) -> None:
    """Refuse an input size that a network with stride 32 cannot take."""
    if input_px < STRIDE_PX or input_px % STRIDE_PX:
        raise ModelError(
            f"{file}: input size is {input_px} px, expected a multiple of 32",
            remedy="set input_px to the size that the model was exported with, such as 416 or 640",
        )


def check_fixed_size(file: Path, sides: Sequence[object], input_px: int) -> bool:
    """Whether the file fixes the size of its input; refuses one that is not `input_px`."""
    fixed = [side for side in sides if isinstance(side, int) and side > 0]
    if any(side != input_px for side in fixed):
        raise ModelError(
            f"{file}: the model takes {'x'.join(map(str, fixed))} px, asked for {input_px} px",
            remedy=f"set input_px to {fixed[0]}",
        )
    return bool(fixed)


def missing_file(file: Path) -> ModelError:
    """The error for a model that is not there."""
    return ModelError(
        f"{file}: no such model file", remedy="check the path, or restore the file from the release"
    )


def broken_file(file: Path, runtime: str, error: Exception) -> ModelError:
    """The error for a model that a runtime cannot load."""
    said = (str(error).splitlines() or [type(error).__name__])[0][:200]
    return ModelError(
        f"{file}: {runtime} cannot load it: {said}",
        remedy="it may be cut short or altered: compare its SHA-256 with the manifest",
    )


def _corners(centres: NDArray[np.float32]) -> NDArray[np.float32]:
    half = centres[:, 2:] / 2
    return np.hstack([centres[:, :2] - half, centres[:, :2] + half]).astype(np.float32)
