"""Contact sheets: many small pictures on one page, for people to look at."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np

from datasets.cutouts import Cutout
from datasets.labels import Labels
from vision.types import Picture

_COLOURS = (
    (80, 220, 80),
    (230, 160, 60),
    (200, 120, 200),
    (200, 200, 60),
    (40, 60, 255),
    (0, 190, 255),
    (255, 120, 60),
    (200, 200, 200),
    (0, 120, 255),
)
_GREY = (128, 128, 128)
_PAPER = 48
_BEHIND = (140, 70, 140)


def cell(picture: Picture, width: int, height: int, text: str = "") -> Picture:
    """A picture fitted into a cell, with a line of text at its lower edge."""
    k = min(width / picture.shape[1], height / picture.shape[0])
    size = (max(1, int(picture.shape[1] * k)), max(1, int(picture.shape[0] * k)))
    smooth = cv2.INTER_AREA if k < 1 else cv2.INTER_CUBIC
    page = np.full((height, width, 3), _PAPER, np.uint8)
    page[: size[1], : size[0]] = cv2.resize(picture, size, interpolation=smooth)
    if text:
        at = (3, height - 4)
        cv2.putText(page, text, at, cv2.FONT_HERSHEY_SIMPLEX, 0.35, (0, 255, 255), 1, cv2.LINE_AA)
    return page


def marked(picture: Picture, labels: Labels) -> Picture:
    """The picture with its boxes drawn, one colour a class; ignore regions in grey."""
    out = picture.copy()
    scale = np.array([picture.shape[1], picture.shape[0]] * 2)
    colours = [
        *(_COLOURS[int(c)] for c in labels.class_ids),
        *[(128, 128, 128)] * len(labels.ignore),
    ]
    for box, colour in zip(
        np.concatenate([labels.boxes, labels.ignore]) * scale, colours, strict=True
    ):
        x1, y1, x2, y2 = (int(v) for v in box.round())
        cv2.rectangle(out, (x1, y1), (x2, y2), colour, 1)
    return out


def on_plain(cutout: Cutout) -> Picture:
    """A cut-out on one colour that no machine has."""
    a = cutout.alpha[..., None]
    return np.asarray(cutout.bgr * a + np.array(_BEHIND) * (1 - a), np.uint8)


def sheet(file: Path, cells: Iterable[Picture], columns: int) -> None:
    """Write the cells, all of one size, as one PNG; nothing where there is no cell."""
    rows: Sequence[Picture] = list(cells)
    if not rows:
        return
    blank = np.full_like(rows[0], _PAPER)
    rows = [*rows, *[blank] * (-len(rows) % columns)]
    lines = [np.hstack(rows[i : i + columns]) for i in range(0, len(rows), columns)]
    file.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(file), np.vstack(lines))
