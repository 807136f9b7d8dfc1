"""What the untouched model is sure of, in pictures whose sets do not label persons and vehicles.

Two scores per class are measured where the class is labelled completely. From `accept` on at least
90 % of the teacher's boxes are right. At `doubt` it finds nine tenths of all boxes; where it never
finds that many, `doubt` is the lowest score looked at. Between them nobody knows: an ignored
region.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.labels import CLASSES, LabelError, LabelledPicture, Labels
from datasets.parallel import each
from datasets.sources import read_picture
from vision import Detector, load_detector

Floats = NDArray[np.floating]
Found = NDArray[np.float32]
"""Rows of class, score, x1, y1, x2, y2; boxes in 0..1."""

COCO_IDS = {0: "person", 2: "car", 5: "bus", 7: "truck"}
TAUGHT = tuple(sorted(CLASSES.index(name) for name in COCO_IDS.values()))
LOWEST = 0.05
PRECISION, RECALL = 0.90, 0.90
LEAST_BOXES = 20
LEAST_PX = 16.0
_INPUT_PX = 640
_SAME_IOU = 0.55
_RIGHT_IOU = 0.5
_RIVAL_IOU = 0.45
_VEHICLES = tuple(CLASSES.index(n) for n in ("car", "truck", "bus"))
_MACHINES = tuple(CLASSES.index(c) for c in ("excavator", "machine", "forklift"))
_TAUGHT_ON = frozenset({"coco_train"})
"""Sets the teacher has learned from: it would look surer there than it is elsewhere."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """Scores of one class, and what was measured there: boxes to find, precision and recall.

    `accept` is 2 where no score is precise enough: then no box is accepted.
    """

    accept: float
    doubt: float
    boxes: int
    pictures: int
    precision: float
    recall: float
    recall_at_doubt: float


def base_detector(
    model_file: Path, input_px: int = _INPUT_PX, *, every_class: bool = False
) -> Detector:
    """The untouched model with 80 classes."""
    names = tuple(COCO_IDS.get(i, f"coco{i}") for i in range(80))
    return load_detector(
        model_file, classes=names, input_px=input_px, backend="onnx", every_class=every_class
    )


_shared_detector = lru_cache(maxsize=1)(base_detector)
"""One detector for each process."""


def look(
    pictures: Sequence[LabelledPicture], model_file: Path, cache: Path, processes: int = 1
) -> dict[Path, Found]:
    """All that the teacher finds, from `LOWEST` on; kept in `cache` (JSON), so made only once."""
    known = json.loads(cache.read_text(encoding="utf-8")) if cache.exists() else {}
    missing = [p for p in pictures if _key(p) not in known]
    missing.sort(key=lambda p: not p.exhaustive & set(TAUGHT))  # what is measured on comes first
    cache.parent.mkdir(parents=True, exist_ok=True)

    def seen(picture: LabelledPicture) -> tuple[str, list[list[float]]]:
        found = _both_ways(_shared_detector(model_file), picture)
        return _key(picture), np.round(found.astype(np.float64), 4).tolist()

    for k, (key, rows) in enumerate(each(seen, missing, processes)):
        known[key] = rows
        if (k + 1) % 50 == 0 or k + 1 == len(missing):
            cache.write_text(json.dumps(known), encoding="utf-8")
            print(f"teacher {k + 1}/{len(missing)}", flush=True)
    return {p.file: np.array(known[_key(p)], np.float32).reshape(-1, 6) for p in pictures}


def _key(picture: LabelledPicture) -> str:
    return f"{picture.set_name}/{picture.file.name}"


def _both_ways(detector: Detector, picture: LabelledPicture) -> Found:
    """Detections of a picture and of its mirror image, agreed on: scores are averaged."""
    image = read_picture(picture.file)
    straight = _detect(detector, image)
    mirrored = _detect(detector, np.ascontiguousarray(image[:, ::-1]))
    mirrored[:, [2, 4]] = 1 - mirrored[:, [4, 2]]
    return _agreed(straight, mirrored)


def _detect(detector: Detector, image: NDArray[np.uint8]) -> Found:
    found = detector.detect(image, [LOWEST if i in COCO_IDS else 2.0 for i in range(80)])
    size = np.array([image.shape[1], image.shape[0]] * 2, np.float32)
    ids = [CLASSES.index(found.label(i)) for i in range(len(found))]
    rows = [np.array(ids, np.float32)[:, None], found.confidences[:, None], found.boxes_px / size]
    return np.concatenate(rows, 1).astype(np.float32).reshape(-1, 6)


def _agreed(straight: Found, mirrored: Found) -> Found:
    """One row for a pair of the same class and place; what is seen one way only counts half."""
    left = mirrored.copy()
    rows = []
    for row in straight:
        same = (left[:, 0] == row[0]) & (overlap(row[None, 2:], left[:, 2:])[0] > _SAME_IOU)
        if same.any():
            k = int(np.flatnonzero(same)[np.argmax(left[same, 1])])
            rows.append((row + left[k]) / 2)
            left = np.delete(left, k, 0)
        else:
            rows.append(row * np.array([1, 0.5, 1, 1, 1, 1], np.float32))
    alone = left * np.array([1, 0.5, 1, 1, 1, 1], np.float32)
    merged = np.concatenate([np.array(rows, np.float32).reshape(-1, 6), alone])
    return merged[np.argsort(-merged[:, 1], kind="stable")]


def overlap(a: Floats, b: Floats) -> Floats:
    """Intersection over union of boxes (n, 4) and (m, 4)."""
    lower = np.maximum(a[:, None, :2], b[None, :, :2])
    upper = np.minimum(a[:, None, 2:], b[None, :, 2:])
    shared = np.prod(np.clip(upper - lower, 0, None), 2)
    areas = [np.prod(np.clip(x[:, 2:] - x[:, :2], 0, None), 1) for x in (a, b)]
    return np.asarray(shared / np.maximum(areas[0][:, None] + areas[1][None] - shared, 1e-12))


def thresholds(
    pictures: Sequence[LabelledPicture], found: Mapping[Path, Found]
) -> dict[int, Threshold]:
    """Both scores of each taught class, measured on the pictures that label it completely."""
    measured = {}
    for c in TAUGHT:
        there = [p for p in pictures if c in p.exhaustive and p.set_name not in _TAUGHT_ON]
        boxes = sum(int((p.labels.class_ids == c).sum()) for p in there)
        if boxes < LEAST_BOXES:
            raise LabelError(
                f"class {CLASSES[c]}", f"{boxes} boxes in sets that list it", "add a set with it"
            )
        right, scores = _judged(there, found, c)
        measured[c] = threshold(scores, right, boxes, len(there))
    return measured


def _judged(
    pictures: Sequence[LabelledPicture], found: Mapping[Path, Found], c: int
) -> tuple[NDArray[np.bool_], Floats]:
    """For each box of the teacher whether it is right, and its score, by falling score."""
    right: list[bool] = []
    scores: list[float] = []
    for p in pictures:
        mine = found[p.file][found[p.file][:, 0] == c]
        truth = p.labels.boxes[p.labels.class_ids == c].copy()
        for row in mine[np.argsort(-mine[:, 1], kind="stable")]:
            shared = overlap(row[None, 2:], truth)[0]
            hit = len(shared) > 0 and float(shared.max()) >= _RIGHT_IOU
            if hit:
                truth = np.delete(truth, int(shared.argmax()), 0)
            elif (overlap(row[None, 2:], p.labels.ignore) > 0).any():
                continue
            right.append(bool(hit))
            scores.append(float(row[1]))
    order = np.argsort(-np.array(scores), kind="stable")
    return np.array(right, bool)[order], np.array(scores)[order]


def threshold(scores: Floats, right: NDArray[np.bool_], boxes: int, pictures: int) -> Threshold:
    """The lowest score still precise enough, and the score at which nine tenths are found."""
    hits = np.cumsum(right)
    precision = hits / np.arange(1, len(hits) + 1)
    good = np.flatnonzero(precision >= PRECISION)
    k = int(good[-1]) if len(good) else -1
    ends = np.flatnonzero(hits >= RECALL * boxes)
    doubt = float(scores[ends[0]]) if len(ends) else LOWEST
    low = int(np.searchsorted(-scores, -doubt, side="right")) - 1
    accept = float(scores[k]) if k >= 0 else 2.0
    return Threshold(
        accept=accept,
        doubt=min(doubt, accept),
        boxes=boxes,
        pictures=pictures,
        precision=float(precision[k]) if k >= 0 else float("nan"),
        recall=float(hits[k]) / boxes if k >= 0 else 0.0,
        recall_at_doubt=float(hits[low]) / boxes if low >= 0 else 0.0,
    )


def taught_labels(
    picture: LabelledPicture,
    found: Found,
    measured: Mapping[int, Threshold],
    size_px: tuple[int, int],
) -> Labels:
    """The picture's own labels, the teacher's sure boxes, and ignore regions where it is unsure.

    `size_px` is width and height. A box over a labelled rival (a truck over an excavator) is no
    news; boxes under 16 px are never accepted.
    """
    own = picture.labels
    ids, boxes, unsure = list(own.class_ids), list(own.boxes), list(own.ignore)
    for row in found:
        c = int(row[0])
        if c in picture.exhaustive or rivalled(c, row[2:], own):
            continue
        tall = float(row[5] - row[3]) * size_px[1]
        if row[1] >= measured[c].accept and tall >= LEAST_PX:
            ids.append(np.int64(c))
            boxes.append(row[2:])
        elif row[1] >= measured[c].doubt:
            unsure.append(row[2:])
    return Labels(
        np.array(ids, np.int64),
        np.array(boxes, np.float32).reshape(-1, 4).clip(0, 1),
        np.array(unsure, np.float32).reshape(-1, 4).clip(0, 1),
    )


def rivalled(c: int, box: Floats, own: Labels) -> bool:
    """Whether a labelled thing already has this place: the same class, or another big thing."""
    rivals = own.class_ids == c
    if c in _VEHICLES:
        rivals |= np.isin(own.class_ids, (*_MACHINES, *_VEHICLES))
    return bool((overlap(box[None], own.boxes[rivals]) > _RIVAL_IOU).any())


def table(measured: Mapping[int, Threshold]) -> dict[str, dict[str, float]]:
    """The measured thresholds by class name, for the manifest."""
    return {CLASSES[c]: {k: round(v, 4) for k, v in asdict(t).items()} for c, t in measured.items()}
