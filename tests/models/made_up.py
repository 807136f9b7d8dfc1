"""Labelled pictures and detections made up for tests of scoring."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from datasets.labels import CLASSES, LabelledPicture, Labels
from models.training.seen import Seen
from vision import Detections

SIZE_PX = (200, 100)
Row = tuple[str, float, float, float, float]
"""Class name, x1, y1, x2, y2 in pixels of a picture of SIZE_PX."""


def picture(
    name: str,
    boxes: Sequence[Row],
    exhaustive: Sequence[str] = CLASSES,
    group: str | None = None,
    set_name: str = "made_up",
) -> LabelledPicture:
    share = np.array([row[1:] for row in boxes], np.float32).reshape(-1, 4)
    share = (share / np.array(SIZE_PX * 2, np.float32)).astype(np.float32)
    ids = np.array([CLASSES.index(row[0]) for row in boxes], np.int64)
    listed = frozenset(CLASSES.index(c) for c in exhaustive)
    return LabelledPicture(Path(name), set_name, group or name, Labels(ids, share), listed)


def found(*rows: tuple[str, float, float, float, float, float]) -> Detections:
    """Detections from class name, score, x1, y1, x2, y2 in pixels."""
    best = sorted(rows, key=lambda row: -row[1])
    return Detections(
        np.array([row[2:] for row in best], np.float32).reshape(-1, 4),
        np.array([row[1] for row in best], np.float32),
        np.array([CLASSES.index(row[0]) for row in best], np.int64),
        CLASSES,
        SIZE_PX,
    )


def seen(*pairs: tuple[LabelledPicture, Detections]) -> Seen:
    return {p.file: (p, d) for p, d in pairs}
