"""How fast the shipped detector is on one core, beside the untouched model it started from.

`python -m benchmarks.detector [--rounds 12]`. Every row looks at pictures in turn within one run,
one thread each; figures are processor time per picture. Pictures come as large as the input:
scaling a larger one costs 2 to 5 ms more, most for the smallest input. Ratios are to the untouched
model in fp32 at 640 px on ONNX Runtime, on a picture of the same shape.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.report import machine, show
from models import load_manifest
from vision import Backend, Detector, Picture, backends, load_detector

SHAPES = {"square": 1.0, "16:9": 9 / 16}
"""Height by width of the pictures: the input is only as high as the picture needs."""
SIZES_PX = (416, 640)
COCO_CLASSES = 80


@dataclass(slots=True)
class Contender:
    """One model file at one size on one runtime, and the milliseconds it took by shape."""

    name: str
    input_px: int
    detector: Detector
    took_ms: dict[str, list[float]] = field(default_factory=lambda: {s: [] for s in SHAPES})

    def look(self, shape: str, chance: np.random.Generator) -> None:
        """Take one picture."""
        sides = (round(self.input_px * SHAPES[shape]), self.input_px, 3)
        picture: Picture = chance.integers(0, 255, sides, np.uint8)
        thresholds = [0.25] * len(self.detector.classes)
        began_s = time.process_time()
        self.detector.detect(picture, thresholds)
        self.took_ms[shape].append(1000 * (time.process_time() - began_s))


def contenders(base_file: Path, names: Sequence[str]) -> Iterator[Contender]:
    """The untouched model at 640 px first, then each shipped file on each runtime and size."""
    classes = [f"coco{i}" for i in range(COCO_CLASSES)]
    base = load_detector(base_file, classes=classes, input_px=640, backend="onnx")
    yield Contender("untouched fp32, 640 px, onnx", 640, base)
    for backend in backends():
        for manifest in (load_manifest(name) for name in names):
            for precision, weights in manifest.weights.items():
                for size in SIZES_PX:
                    name = f"{manifest.name} {precision}, {size} px, {backend}"
                    detector = _open(weights.file, manifest.classes, size, backend)
                    yield Contender(name, size, detector)


def _open(file: Path, classes: Sequence[str], size_px: int, backend: Backend) -> Detector:
    return load_detector(file, classes=classes, input_px=size_px, backend=backend)


def race(rows: Sequence[Contender], rounds: int) -> None:
    """Each looks once in each round; the first round only warms up."""
    chance = np.random.default_rng(0)
    for k in range(rounds + 1):
        for shape in SHAPES:
            for row in rows:
                row.look(shape, chance)
                if k == 0:
                    row.took_ms[shape].clear()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("LINEWARDEN_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--rounds", type=int, default=12)
    parser.add_argument("--models", nargs="+", default=["nano"])
    given = parser.parse_args()
    rows = list(contenders(given.data / "weights/yolo11n_coco_recovered.onnx", given.models))
    race(rows, given.rounds)
    print(machine("onnxruntime", "numpy"), f"load {os.getloadavg()[0]:.1f}")
    columns = [f"{shape}: {what}" for shape in SHAPES for what in ("best ms", "median ms", "×")]
    show(
        "One picture on one core; × against the untouched model, by medians",
        ["", *columns],
        [[row.name, *_figures(row, rows[0])] for row in rows],
    )


def _figures(row: Contender, base: Contender) -> list[str]:
    found = []
    for shape in SHAPES:
        median = statistics.median(row.took_ms[shape])
        ratio = statistics.median(base.took_ms[shape]) / median
        found += [f"{min(row.took_ms[shape]):.1f}", f"{median:.1f}", f"{ratio:.2f}"]
    return found


if __name__ == "__main__":
    main()
