"""The teacher's sure boxes for a training run that starts from sets without them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.labels import CLASSES, LabelError, LabelledPicture
from datasets.sources import read_picture
from datasets.teacher import COCO_IDS, base_detector, rivalled
from vision import Detector

__all__ = ["ACCEPT", "Boxes", "base_detector", "pseudo_labels"]

ACCEPT = 0.5

Boxes = NDArray[np.float32]
"""Rows of class, x1, y1, x2, y2 in 0..1."""


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
    try:
        image = read_picture(picture.file)
    except LabelError:
        return []
    found = detector.detect(image, [ACCEPT if i in COCO_IDS else 2.0 for i in range(80)])
    size = np.array([image.shape[1], image.shape[0]] * 2, np.float32)
    kept = []
    for i, box in enumerate(found.boxes_px / size):
        c = CLASSES.index(found.label(i))
        if c not in picture.exhaustive and not rivalled(c, box, picture.labels):
            kept.append([float(c), *box.clip(0, 1).tolist()])
    return kept
