"""Writing a set as `datasets.sources.read_set` reads it: images/, labels/, meta.json."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2

from datasets.labels import CLASSES, Labels, write_labels
from vision.types import Picture

_BINS_PX = (0, 16, 32, 64, 128)


class SetWriter:
    """One set being written; `close` writes its meta.json. What was in the folder goes first."""

    def __init__(
        self, folder: Path, *, side: str, exhaustive: Iterable[int], about: dict[str, Any]
    ) -> None:
        self.folder, self.side = folder, side
        self.exhaustive, self.about = sorted(exhaustive), about
        self.groups: dict[str, str] = {}
        self.boxes: Counter[str] = Counter()
        self.heights: Counter[str] = Counter()
        shutil.rmtree(folder, ignore_errors=True)
        for part in ("images", "labels"):
            (folder / part).mkdir(parents=True)

    def add(self, name: str, picture: Picture, labels: Labels, group: str, quality: int) -> Path:
        """Write one picture as JPEG with its labels; returns its file."""
        file = self.folder / "images" / f"{name}.jpg"
        cv2.imwrite(str(file), picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
        self._note(name, labels, group, picture.shape[0])
        return file

    def copy(self, picture: Path, labels: Labels, group: str, height_px: int) -> Path:
        """Take over a picture, `height_px` high, byte by byte, with labels of ours."""
        file = self.folder / "images" / picture.name
        shutil.copyfile(picture, file)
        self._note(picture.stem, labels, group, height_px)
        return file

    def close(self) -> dict[str, Any]:
        """Write meta.json and return it."""
        meta = {
            "set": self.folder.name,
            "side": self.side,
            "exhaustive": self.exhaustive,
            "n_images": len(self.groups),
            "box_counts": dict(sorted(self.boxes.items())),
            "box_counts_by_height_px": dict(sorted(self.heights.items())),
            **self.about,
            "split_groups": self.groups,
        }
        text = json.dumps(meta, indent=1, ensure_ascii=False) + "\n"
        (self.folder / "meta.json").write_text(text, encoding="utf-8")
        return meta

    def _note(self, name: str, labels: Labels, group: str, height_px: int) -> None:
        write_labels(self.folder / "labels" / f"{name}.txt", labels)
        self.groups[name] = group
        self.boxes.update(CLASSES[int(c)] for c in labels.class_ids)
        for c, box in zip(labels.class_ids, labels.boxes, strict=True):
            self.heights[f"{CLASSES[int(c)]} {_bin(float(box[3] - box[1]) * height_px)}"] += 1


def _bin(height_px: float) -> str:
    for low, high in pairwise(_BINS_PX):
        if height_px < high:
            return f"{low}-{high}"
    return f"{_BINS_PX[-1]}-"
