"""Random pictures into a folder: `python -m datasets.scenes.make --count N --seed S --out DIR`."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import cv2

from datasets.scenes.random_picture import random_picture
from datasets.scenes.truth import CLASSES, Truth
from vision.types import Size


def yolo_line(truth: Truth, size_px: Size) -> str:
    """One line of YOLO text: class, centre and size as shares of the picture, box clipped to it."""
    width, height = size_px
    x1, y1, x2, y2 = truth.clipped(width, height)
    centre = ((x1 + x2) / 2 / width, (y1 + y2) / 2 / height)
    extent = ((x2 - x1) / width, (y2 - y1) / height)
    return " ".join([str(CLASSES.index(truth.label)), *(f"{v:.6f}" for v in (*centre, *extent))])


def make(out: Path, count: int, seed: int, size_px: Size, *, most: int = 4) -> None:
    """Write `images/*.jpg`, `labels/*.txt` and `meta.json`; picture k has seed `seed` + k.

    At most `most` labelled things stand in a picture; 0 leaves places and look-alikes only.
    """
    for name in ("images", "labels"):
        (out / name).mkdir(parents=True, exist_ok=True)
    groups: dict[str, str] = {}
    for k in range(count):
        number = seed + k
        picture, truths = random_picture(number, size_px=size_px, max_objects=most)
        name = f"scene_{number:07d}"
        cv2.imwrite(str(out / "images" / f"{name}.jpg"), picture, [cv2.IMWRITE_JPEG_QUALITY, 92])
        lines = [yolo_line(t, size_px) + "\n" for t in truths]
        (out / "labels" / f"{name}.txt").write_text("".join(lines), encoding="utf-8")
        groups[name] = name
        if (k + 1) % 100 == 0 or k + 1 == count:
            print(f"{k + 1}/{count}", flush=True)
    meta = {
        "set": out.name,
        "source": "rendered by datasets.scenes",
        "licence": "AGPL-3.0-only",
        "simulated": True,
        "side": "training",
        "classes": {str(k): name for k, name in enumerate(CLASSES)},
        "exhaustive": list(range(len(CLASSES))),
        "split_groups": groups,
        "seed": seed,
        "count": count,
        "size_px": list(size_px),
    }
    (out / "meta.json").write_text(json.dumps(meta, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--width", type=int, default=960)
    parser.add_argument("--height", type=int, default=540)
    given = parser.parse_args()
    make(given.out, given.count, given.seed, (given.width, given.height))


if __name__ == "__main__":
    main()
