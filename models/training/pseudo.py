"""What the untouched model is sure of, in pictures whose sets do not label persons and vehicles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.labels import CLASSES, LabelledPicture
from models.training.score import overlap
from vision import Detector, load_detector

COCO_IDS = {0: "person", 2: "car", 5: "bus", 7: "truck"}
ACCEPT = 0.5
_MACHINES = {CLASSES.index(c) for c in ("excavator", "machine", "forklift")}

Boxes = NDArray[np.float32]
"""Rows of class, x1, y1, x2, y2 in 0..1."""


def base_detector(model_file: Path, input_px: int) -> Detector:
    """The untouched model with 80 classes."""
    names = tuple(COCO_IDS.get(i, f"coco{i}") for i in range(80))
    return load_detector(model_file, classes=names, input_px=input_px, backend="onnx")


def pseudo_labels(
    pictures: Sequence[LabelledPicture], model_file: Path, cache: Path, input_px: int = 640
) -> dict[Path, Boxes]:
    """Accepted boxes per picture file, kept in `cache` (JSON) so that they are made once."""
    known = json.loads(cache.read_text(encoding="utf-8")) if cache.exists() else {}
    missing = [p for p in pictures if str(p.file) not in known]
    if missing:
        detector = base_detector(model_file, input_px)
        for k, picture in enumerate(missing):
            known[str(picture.file)] = _accepted(detector, picture)
            if (k + 1) % 200 == 0:
                print(f"teacher {k + 1}/{len(missing)}", flush=True)
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.write_text(json.dumps(known), encoding="utf-8")
    return {p.file: np.array(known[str(p.file)], np.float32).reshape(-1, 5) for p in pictures}


def _accepted(detector: Detector, picture: LabelledPicture) -> list[list[float]]:
    image = cv2.imread(str(picture.file))
    if image is None:
        return []
    found = detector.detect(
        image.astype(np.uint8, copy=False), [ACCEPT if i in COCO_IDS else 2.0 for i in range(80)]
    )
    size = np.array([image.shape[1], image.shape[0]] * 2, np.float32)
    machines = np.isin(picture.labels.class_ids, list(_MACHINES))
    kept = []
    for i, box in enumerate(found.boxes_px / size):
        c = CLASSES.index(found.label(i))
        if c in picture.exhaustive:
            continue
        same = machines if c else np.zeros_like(machines)
        rivals = picture.labels.boxes[same | (picture.labels.class_ids == c)]
        if not (overlap(box[None], rivals) > 0.45).any():
            kept.append([float(c), *box.clip(0, 1).tolist()])
    return kept
