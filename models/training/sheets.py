"""Contact sheets: what a detector missed and what it invented, cut out and drawn on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.labels import CLASSES, LabelledPicture
from models.training.score import FALSE, MATCH_IOU, Floats, judge, overlap
from models.training.seen import Seen, working_boxes
from models.training.slices import FIT_SCORE, GROUPS, NEAR_IOU, case, known
from vision import Detections

MOST = 40
_ACROSS, _TILE_PX, _TEXT_PX = 8, 220, 30
_TRUTH, _FOUND, _THIS = (80, 220, 80), (60, 60, 255), (0, 255, 255)

Colour = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Mistake:
    """One box (4,), in pixels of its picture, that was missed or invented; `text` says how."""

    picture: LabelledPicture
    found: Detections
    box_px: Floats
    badness: float
    text: str


def write_sheets(seen: Seen, thresholds: Mapping[str, float], out: Path, size: str) -> None:
    """Sheets per class, as PNG: the worst misses, the worst false alarms, and what is found at
    another extent than the label's.
    """
    for group, names in GROUPS.items():
        if group in ("car", "truck", "bus"):
            continue
        for what, mistakes in (
            ("missed", missed(seen, names, thresholds)),
            ("false", invented(seen, names, thresholds)),
            ("extent", otherwise_cut(seen, names)),
        ):
            file = out / f"{what}_{group}_{size}.png"
            file.unlink(missing_ok=True)
            if mistakes:
                cv2.imwrite(str(file), sheet(mistakes[:MOST]))


def missed(seen: Seen, names: Sequence[str], thresholds: Mapping[str, float]) -> list[Mistake]:
    """Boxes not found at the thresholds, the tallest in pixels first."""
    mistakes = []
    for picture, found in seen.values():
        working = working_boxes(found, thresholds)
        one = case(picture, working, names)
        for box in one.truth[judge(one).found_at < 0]:
            tall = float(box[3] - box[1])
            text = f"{names[0]} {tall:.0f}px: {_instead(box, found, working)}"
            mistakes.append(Mistake(picture, working, box, tall, text))
    return _worst_first(mistakes)


def invented(seen: Seen, names: Sequence[str], thresholds: Mapping[str, float]) -> list[Mistake]:
    """Boxes at the thresholds where surely nothing of the class is, the surest first."""
    mistakes = []
    for picture, found in seen.values():
        working = working_boxes(found, thresholds)
        verdicts = judge(case(picture, working, names))
        for row in verdicts.predicted[verdicts.outcome == FALSE]:
            text = f"{names[0]} {row[4]:.2f}"
            mistakes.append(Mistake(picture, working, row[:4], float(row[4]), text))
    return _worst_first(mistakes)


def otherwise_cut(seen: Seen, names: Sequence[str]) -> list[Mistake]:
    """Labelled boxes whose best box overlaps them by 0.1 to 0.5 only, the tallest first.

    Where labels disagree on how much of a plume or blaze belongs to it, they cap AP50 here.
    """
    mistakes = []
    for picture, found in seen.values():
        likely = _likely(found, names)
        for box in case(picture, likely, names).truth:
            match = float(overlap(box[None], likely.boxes_px)[0].max(initial=0.0))
            if NEAR_IOU <= match < MATCH_IOU:
                text = f"{names[0]} iou {match:.2f}"
                mistakes.append(Mistake(picture, likely, box, float(box[3] - box[1]), text))
    return _worst_first(mistakes)


def _likely(found: Detections, names: Sequence[str]) -> Detections:
    mine = np.isin(found.class_ids, [found.classes.index(name) for name in names])
    rows = np.flatnonzero(mine & (found.confidences >= FIT_SCORE))
    return Detections(
        found.boxes_px[rows],
        found.confidences[rows],
        found.class_ids[rows],
        found.classes,
        found.frame_px,
    )


def confusion(seen: Seen, thresholds: Mapping[str, float]) -> NDArray[np.int64]:
    """Counts (classes + 1, classes + 1): rows are the truth, columns what was said.

    The last row is nothing that stood there (where the labels would say), the last column missed.
    """
    nothing = len(CLASSES)
    counts = np.zeros((nothing + 1, nothing + 1), np.int64)
    for picture, found in seen.values():
        said = working_boxes(found, thresholds)
        truth = picture.labels.boxes * np.array(found.frame_px * 2, np.float64)
        match = overlap(said.boxes_px, truth)
        free = np.ones(len(truth), bool)
        for k in range(len(said)):
            name = said.label(k)
            rivals = np.where(free & (match[k] >= MATCH_IOU))[0]
            if len(rivals):
                best = rivals[np.argmax(match[k][rivals])]
                free[best] = False
                counts[picture.labels.class_ids[best], CLASSES.index(name)] += 1
            elif CLASSES.index(name) in known(picture):
                counts[nothing, CLASSES.index(name)] += 1
        for class_id in picture.labels.class_ids[free]:
            counts[class_id, nothing] += 1
    return counts


def sheet(mistakes: Sequence[Mistake]) -> NDArray[np.uint8]:
    """The mistakes side by side: truth green, what was said red, the mistake itself yellow."""
    tiles = [_tile(mistake) for mistake in mistakes]
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % min(_ACROSS, len(tiles)))
    across = min(_ACROSS, len(tiles))
    rows = [np.hstack(tiles[k : k + across]) for k in range(0, len(tiles), across)]
    return np.asarray(np.vstack(rows), np.uint8)


def _instead(box: Floats, found: Detections, working: Detections) -> str:
    """What was said at this place: loud enough to count, or the best that was too quiet."""
    for which, boxes in (("", working), ("only ", found)):
        close = np.where(overlap(box[None], boxes.boxes_px)[0] >= MATCH_IOU)[0]
        if len(close):
            best = int(close[np.argmax(boxes.confidences[close])])
            return f"{which}{boxes.label(best)} {boxes.confidences[best]:.2f}"
    near = overlap(box[None], working.boxes_px)[0]
    if len(near) and near.max() > 0.1:
        best = int(np.argmax(near))
        return f"{working.label(best)} iou {near[best]:.2f}"
    return "nothing"


def _worst_first(mistakes: list[Mistake]) -> list[Mistake]:
    return sorted(mistakes, key=lambda m: (-m.badness, str(m.picture.file)))


def _tile(mistake: Mistake) -> NDArray[np.uint8]:
    image = cv2.imread(str(mistake.picture.file))
    if image is None:
        raise OSError(f"{mistake.picture.file} is no picture")
    x, y, side = _window(mistake.box_px, mistake.found.frame_px)
    scale = _TILE_PX / side
    matrix = np.array([[scale, 0, -x * scale], [0, scale, -y * scale]], np.float64)
    warped = cv2.warpAffine(image, matrix, (_TILE_PX, _TILE_PX), flags=cv2.INTER_AREA)
    tile: NDArray[np.uint8] = warped.astype(np.uint8, copy=False)
    truth = mistake.picture.labels.boxes * np.array(mistake.found.frame_px * 2)
    names = [CLASSES[c] for c in mistake.picture.labels.class_ids]
    shift = np.array([x, y, x, y])
    for box, name in zip(truth, names, strict=True):
        _box(tile, (box - shift) * scale, _TRUTH, name[:5])
    for k in range(len(mistake.found)):
        said = f"{mistake.found.label(k)[:5]} {mistake.found.confidences[k]:.2f}"
        _box(tile, (mistake.found.boxes_px[k] - shift) * scale, _FOUND, said)
    _box(tile, (mistake.box_px - shift) * scale, _THIS, "")
    text = np.full((_TEXT_PX, _TILE_PX, 3), 30, np.uint8)
    _write(text, mistake.text, (3, 12), (255, 255, 255))
    _write(text, f"{mistake.picture.set_name}/{mistake.picture.file.stem}"[:42], (3, 25), _THIS)
    return np.vstack([tile, text])[:, : _TILE_PX - 2].copy()


def _window(box: Floats, frame_px: tuple[int, int]) -> tuple[float, float, float]:
    """Corner and side of a square around a box, with its surroundings, in pixels."""
    side = max(2.0 * float(np.max(box[2:] - box[:2])), max(frame_px) / 3, 48.0)
    side = min(side, float(max(frame_px)))
    centre = (box[:2] + box[2:]) / 2
    low = np.clip(centre - side / 2, 0, np.maximum(np.array(frame_px) - side, 0))
    return float(low[0]), float(low[1]), side


def _box(tile: NDArray[np.uint8], box: Floats, colour: Colour, text: str) -> None:
    x1, y1, x2, y2 = (int(v) for v in np.clip(box, -30_000, 30_000))
    cv2.rectangle(tile, (x1, y1), (x2, y2), colour, 1)
    if text:
        low = colour == _FOUND
        at = (max(0, x1 + 2), min(_TILE_PX - 3, y2 - 3) if low else max(9, y1 + 9))
        _write(tile, text, at, colour)


def _write(tile: NDArray[np.uint8], text: str, at: tuple[int, int], colour: Colour) -> None:
    below = (at[0] + 1, at[1] + 1)
    for place, ink in ((below, (0, 0, 0)), (at, colour)):
        cv2.putText(tile, text, place, cv2.FONT_HERSHEY_SIMPLEX, 0.36, ink, 1, cv2.LINE_AA)
