"""Measure a detector on the validation groups, beside the untouched model.

`python -m models.training.evaluate --model runs/nano/nano.onnx --out runs/nano` prints AP50 per
class, on site cameras, per set, height and light, and what happens at the working thresholds; it
writes `figures.json`, precision-recall curves, confusion matrix and contact sheets. `--quick`
leaves out parts and pictures: to choose between checkpoints.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from datasets.labels import CLASSES, LabelledPicture
from datasets.sources import read_sets, split
from models.manifest import Manifest, load_manifest
from models.training.command import exit_code
from models.training.pseudo import base_detector
from models.training.report import Report, as_json, at_work, breakdown, report, table
from models.training.seen import CACHE, Seen, look, remembered
from models.training.slices import GROUPS, curves
from vision import Backend, backends, load_detector

SIZES_PX = (416, 640)
BASE = Path("weights") / "yolo11n_coco_recovered.onnx"

__all__ = ["GROUPS", "curves", "evaluate", "look", "table"]


def manifest_of(model_file: Path) -> tuple[str, Manifest]:
    """What says at which scores a model works, and its name for people.

    The manifest beside the model where there is one, else the shipped nano's.
    """
    beside = model_file.with_suffix(".json")
    manifest = load_manifest(beside if beside.is_file() else "nano")
    return manifest.name if beside.is_file() else "the shipped nano", manifest


def see(
    model_file: Path,
    pictures: Sequence[LabelledPicture],
    size: int,
    cache: Path = CACHE,
    backend: Backend = "onnx",
) -> Seen:
    """What one of our models sees at one input size."""
    return remembered(
        lambda: load_detector(
            model_file, classes=CLASSES, input_px=size, backend=backend, every_class=True
        ),
        model_file,
        size,
        pictures,
        cache,
        backend,
    )


def see_base(
    base_file: Path, pictures: Sequence[LabelledPicture], size: int, cache: Path = CACHE
) -> Seen:
    """What the untouched model sees at one input size."""
    return remembered(
        lambda: base_detector(base_file, size, every_class=True), base_file, size, pictures, cache
    )


def evaluate(given: argparse.Namespace) -> dict[str, Report]:
    """Measure, print and write; returns the reports by `base 416`, `ours 416` and so on."""
    _, pictures = split(read_sets(given.data))
    pictures += [p for folder in given.renders for p in read_sets(folder)]
    source, manifest = manifest_of(given.model)
    seen: dict[str, Seen] = {}
    reports: dict[str, Report] = {}
    for size in given.sizes:
        at_size = {
            f"base {size}": see_base(given.data / BASE, pictures, size, given.cache),
            f"ours {size}": see(given.model, pictures, size, given.cache, given.backend),
        }
        thresholds = manifest.at(input_px=size).thresholds
        for name, found in at_size.items():
            reports[name] = report(name, found, thresholds, quick=given.quick)
        seen |= at_size
    whole = {name: one.whole for name, one in reports.items()}
    print(f"AP50 on {len(pictures)} pictures\n{table({n: w.all for n, w in whole.items()})}\n")
    print(f"fixed site cameras\n{table({n: w.site for n, w in whole.items()})}\n")
    ours = [one for name, one in reports.items() if name.startswith("ours")]
    for one in ours:
        print(f"{one.name} px at the thresholds of {source}\n{at_work(one)}\n")
        if not given.quick:
            print(breakdown(one) + "\n")
    given.out.mkdir(parents=True, exist_ok=True)
    written = {name: as_json(one) for name, one in reports.items()}
    text = json.dumps(written, indent=1) + "\n"
    (given.out / "figures.json").write_text(text, encoding="utf-8")
    if not given.quick:
        _draw(seen, reports, given.out)
    return reports


def _draw(
    seen: Mapping[str, Seen],
    reports: Mapping[str, Report],
    out: Path,
) -> None:
    from models.training.plots import draw_confusion, draw_curves
    from models.training.sheets import confusion, write_sheets

    for name, found in seen.items():
        if name.startswith("ours"):
            size, thresholds = name.removeprefix("ours "), reports[name].thresholds
            draw_curves(reports[name].whole.all, out / f"precision_recall_{size}.png", f"{name} px")
            counts = confusion(found, thresholds)
            draw_confusion(counts, out / f"confusion_{size}.png", f"{name} px")
            write_sheets(found, thresholds, out, size)


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; returns the exit code, 1 where data or model cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", type=Path, default=None, help="default: OUT/nano.onnx")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES_PX, help="input sides, px")
    parser.add_argument("--renders", type=Path, nargs="*", default=[], help="more sets")
    parser.add_argument("--backend", choices=backends(), default="onnx", help="for the model")
    parser.add_argument("--quick", action="store_true", help="no parts, no pictures")
    parser.add_argument("--cache", type=Path, default=CACHE, help="what models saw before")
    given = parser.parse_args(arguments)
    given.model = given.model or given.out / "nano.onnx"
    if not given.quick and find_spec("matplotlib") is None:
        print("pictures need matplotlib: `make train-env`, or --quick without", file=sys.stderr)
        return 1
    return exit_code(lambda: evaluate(given))


if __name__ == "__main__":
    sys.exit(main())
