"""Measure detectors on the validation groups: `python -m models.training.evaluate --out runs/nano`.

Prints AP50 per class beside the untouched model, at 416 and 640 px, and per set; writes
`figures.json` and `precision_recall.png`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from datasets.labels import CLASSES, LabelledPicture
from datasets.sources import read_sets, split
from models.training.pseudo import base_detector
from models.training.samples import SURELY_ABSENT
from models.training.score import Case, Curve, Floats, curve, overlap
from vision import Detections, Detector, load_detector

SIZES_PX = (416, 640)
LEAST_SCORE = 0.001
VEHICLES = ("car", "truck", "bus")
MERGE_IOU = 0.7
GROUPS: dict[str, tuple[str, ...]] = {name: (name,) for name in CLASSES} | {"vehicle": VEHICLES}

Seen = dict[Path, tuple[LabelledPicture, Detections]]


def look(detector: Detector, pictures: Sequence[LabelledPicture]) -> Seen:
    """Run a detector over pictures, at scores down to 0.001."""
    least = [LEAST_SCORE if name in CLASSES else 2.0 for name in detector.classes]
    seen: Seen = {}
    for picture in pictures:
        image = cv2.imread(str(picture.file))
        if image is None:
            raise OSError(f"{picture.file} is no picture")
        seen[picture.file] = (picture, detector.detect(image.astype(np.uint8, copy=False), least))
    return seen


def curves(seen: Seen) -> dict[str, Curve]:
    """A curve per class, and one for all vehicles taken as one class."""
    return {
        group: curve([_case(p, d, names) for p, d in seen.values()])
        for group, names in GROUPS.items()
    }


def curves_by_set(seen: Seen) -> dict[str, dict[str, Curve]]:
    """The same for each set by itself."""
    sets = sorted({p.set_name for p, _ in seen.values()})
    return {
        name: curves({f: (p, d) for f, (p, d) in seen.items() if p.set_name == name})
        for name in sets
    }


def _case(picture: LabelledPicture, found: Detections, names: tuple[str, ...]) -> Case:
    ids = {CLASSES.index(name) for name in names}
    size = np.array(found.frame_px * 2, np.float64)
    wanted = [i for i in range(len(found)) if found.label(i) in names]
    rows = np.concatenate([found.boxes_px[wanted], found.confidences[wanted, None]], 1)
    known = picture.exhaustive | SURELY_ABSENT.get(picture.set_name, frozenset())
    return Case(
        truth=picture.labels.boxes[np.isin(picture.labels.class_ids, list(ids))] * size,
        ignore=picture.labels.ignore * size,
        predicted=_merged(rows) if len(names) > 1 else rows,
        complete=ids <= known,
    )


def _merged(rows: Floats) -> Floats:
    """One lorry called car and truck counts once: the better score stays."""
    rows = rows[np.argsort(-rows[:, 4], kind="stable")]
    rivals = overlap(rows[:, :4], rows[:, :4])
    kept: list[int] = []
    for k in range(len(rows)):
        if not kept or rivals[k, kept].max() < MERGE_IOU:
            kept.append(k)
    return np.asarray(rows[kept])


def table(results: dict[str, dict[str, Curve]]) -> str:
    """AP50 by class (rows) and detector (columns)."""
    lines = [f"{'class':<12}{'boxes':>6}" + "".join(f"{name:>12}" for name in results)]
    for group in GROUPS:
        row = [found[group] for found in results.values()]
        if row[0].boxes:
            figures = "".join(f"{c.ap50:>12.3f}" for c in row)
            lines.append(f"{group:<12}{row[0].boxes:>6}{figures}")
    return "\n".join(lines)


def draw(found: dict[str, Curve], file: Path, title: str) -> None:
    """Precision over recall of each class, as a picture."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(figsize=(7, 5), dpi=100)
    for name, one in found.items():
        if one.boxes:
            axes.plot(one.recall, one.precision, label=f"{name} {one.ap50:.2f} ({one.boxes})")
    axes.set(xlabel="recall", ylabel="precision", xlim=(0, 1), ylim=(0, 1.02), title=title)
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8, title="AP50 (boxes)")
    figure.tight_layout()
    figure.savefig(file)
    plt.close(figure)


def evaluate(data: Path, model_file: Path, out: Path, renders: Sequence[Path]) -> None:
    """Measure the model and the untouched one; print tables, write figures and picture."""
    _, pictures = split(read_sets(data))
    base_file = data / "weights" / "yolo11n_coco_recovered.onnx"
    results: dict[str, dict[str, Curve]] = {}
    per_set: dict[int, dict[str, dict[str, Curve]]] = {}
    for size in SIZES_PX:
        results[f"base {size}"] = curves(look(base_detector(base_file, size), pictures))
        ours = load_detector(model_file, classes=CLASSES, input_px=size, backend="onnx")
        seen = look(ours, pictures)
        results[f"ours {size}"], per_set[size] = curves(seen), curves_by_set(seen)
        rendered = [p for folder in renders for p in read_sets(folder)]
        if rendered:
            results[f"renders {size}"] = curves(look(ours, rendered))
    print(table(results))
    for size, sets in per_set.items():
        for name, found in sets.items():
            figures = {g: c.ap50 for g, c in found.items() if c.boxes}
            print(f"{size} {name}: " + ", ".join(f"{g} {v:.2f}" for g, v in figures.items()))
    _write(results, per_set, out / "figures.json")
    draw(results[f"ours {SIZES_PX[0]}"], out / "precision_recall.png", "validation, 416 px")


def _write(
    results: dict[str, dict[str, Curve]],
    per_set: dict[int, dict[str, dict[str, Curve]]],
    file: Path,
) -> None:
    def ap(found: dict[str, Curve]) -> dict[str, dict[str, float]]:
        return {
            g: {"ap50": round(c.ap50, 3), "boxes": c.boxes} for g, c in found.items() if c.boxes
        }

    figures = {
        "all": {name: ap(found) for name, found in results.items()},
        "sets": {str(s): {n: ap(f) for n, f in sets.items()} for s, sets in per_set.items()},
    }
    file.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", type=Path, default=None, help="default: OUT/nano.onnx")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--renders", type=Path, nargs="*", default=[], help="folders of renders")
    given = parser.parse_args()
    evaluate(given.data, given.model or given.out / "nano.onnx", given.out, given.renders)


if __name__ == "__main__":
    main()
