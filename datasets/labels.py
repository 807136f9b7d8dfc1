"""Labels that are complete for some classes only: what stands in a picture, and what nobody said.

One numbering everywhere (`CLASSES`). A class outside a picture's `exhaustive` set may stand there
without a box: it is unknown, never background.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

CLASSES = (
    "person",
    "car",
    "truck",
    "bus",
    "excavator",
    "machine",
    "forklift",
    "smoke",
    "fire",
)
IGNORE = -1
"""Class of a label line that marks a region about which nothing is said."""

_SLACK = 0.02  # boxes drawn by hand stick out of their picture by this share at most


class LabelError(Exception):
    """A label or a set's description that cannot be used: file, line or field, found, wanted."""

    def __init__(self, where: str, found: str, remedy: str) -> None:
        super().__init__(f"{where}: {found}; {remedy}")
        self.remedy = remedy


@dataclass(frozen=True, slots=True)
class Labels:
    """Boxes of one picture: `class_ids` (n,) and `boxes` (n, 4) as x1, y1, x2, y2 in 0..1.

    `ignore` (m, 4) are regions about which nothing is said.
    """

    class_ids: NDArray[np.int64]
    boxes: NDArray[np.float32]
    ignore: NDArray[np.float32] = field(default_factory=lambda: np.zeros((0, 4), np.float32))

    def __post_init__(self) -> None:
        for array in (self.class_ids, self.boxes, self.ignore):
            array.setflags(write=False)


@dataclass(frozen=True, slots=True)
class LabelledPicture:
    """One picture of one set, with the classes that the set labels completely.

    `group` names the video, camera or original it comes from: a group is never split. `side` is
    "training" or "validation" where the set's description decides it for all its pictures.
    """

    file: Path
    set_name: str
    group: str
    labels: Labels
    exhaustive: frozenset[int]
    side: str | None = None


def read_labels(file: Path) -> Labels:
    """Read a YOLO label file (`class cx cy w h`, 0..1); a missing file raises `LabelError` too."""
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise LabelError(str(file), f"cannot be read ({error})", "restore the label file") from None
    rows = [_row(f"{file}:{i}", line) for i, line in enumerate(lines, 1) if line.strip()]
    return _gather(rows)


def write_labels(file: Path, labels: Labels) -> None:
    """Write what `read_labels` reads; ignore regions become lines of class -1."""
    ids = [*labels.class_ids.tolist(), *[IGNORE] * len(labels.ignore)]
    boxes = np.concatenate([labels.boxes, labels.ignore])
    lines = []
    for class_id, (x1, y1, x2, y2) in zip(ids, boxes.tolist(), strict=True):
        values = ((x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1)
        lines.append(" ".join([str(class_id), *(f"{v:.6f}" for v in values)]) + "\n")
    file.write_text("".join(lines), encoding="utf-8")


def class_set(where: str, found: Iterable[object]) -> frozenset[int]:
    """Class ids out of a set's description; an unknown one raises `LabelError` naming `where`."""
    ids = frozenset(c for c in found if isinstance(c, int) and 0 <= c < len(CLASSES))
    unknown = [c for c in found if c not in ids]
    if unknown:
        raise LabelError(where, f"unknown classes {unknown}", f"use 0 to {len(CLASSES) - 1}")
    return ids


def _row(where: str, line: str) -> tuple[int, tuple[float, float, float, float]]:
    try:
        name, cx, cy, w, h = line.split()
        class_id, x, y, width, height = int(name), float(cx), float(cy), float(w), float(h)
    except ValueError:
        raise LabelError(where, f"is {line!r}", "write: class cx cy w h") from None
    if not IGNORE <= class_id < len(CLASSES):
        raise LabelError(where, f"class {class_id}", f"use {IGNORE} to {len(CLASSES) - 1}")
    box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    inside = min(box) >= -_SLACK and max(box) <= 1 + _SLACK
    if not (inside and width > 0 and height > 0):
        raise LabelError(where, f"box {line!r} leaves 0..1", "give shares of the picture's size")
    return class_id, box


def _gather(rows: list[tuple[int, tuple[float, float, float, float]]]) -> Labels:
    ids = np.array([row[0] for row in rows], np.int64)
    boxes = np.array([row[1] for row in rows], np.float32).reshape(-1, 4).clip(0, 1)
    return Labels(ids[ids >= 0], boxes[ids >= 0], boxes[ids == IGNORE])
