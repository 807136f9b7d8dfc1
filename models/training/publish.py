"""Ship a trained model: `python -m models.training.publish --out runs/nano --name nano`.

Exports, quantises, measures, chooses the thresholds of each size on the validation groups, and
writes both model files, manifest and card into `models/shipped`.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import multiprocessing
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from datasets.labels import CLASSES, LabelledPicture
from datasets.sources import read_sets, split
from models.manifest import SHIPPED, digest_of, load_manifest
from models.training.card import CALIBRATED_ON, LICENCE, Shipment, card
from models.training.command import exit_code
from models.training.evaluate import SIZES_PX, curves, see, see_base
from models.training.extent import told
from models.training.score import Curve
from models.training.seen import LEAST_SCORE, working

BASE = Path("weights/yolo11n_coco_recovered.onnx")
Results = Mapping[str, Mapping[str, Curve]]
"""By detector and size, such as "int8 416", and by class."""

SUFFIX = {"fp32": "", "int8": "-int8"}
"""Of the files' names, by precision."""
MOST_FALSE_PER_100 = dict.fromkeys(CLASSES, 3.0) | {"machine": 2.0, "smoke": 5.0}
LEAST_PRECISION = 0.5
LOWEST, HIGHEST = 0.25, 0.7
OLD_THRESHOLDS = dict.fromkeys(("person", "car", "truck", "bus"), 0.3)
"""Too few pictures surely show no people or vehicles to choose by false boxes."""


def choose_threshold(found: Curve, most_false_per_100: float) -> float:
    """The lowest score, from 0.25, with few false boxes on empty pictures and half of all right.

    Low on purpose: rules over time forgive a false box, nothing brings back what was not seen.
    """
    calm = ~(found.false_per_100 > most_false_per_100) & (found.precision >= LEAST_PRECISION)
    lowest = float(found.scores[calm].min(initial=HIGHEST))
    return math.ceil(100 * max(LOWEST, lowest)) / 100


def thresholds_of(at_work: Results, size_px: int) -> dict[str, float]:
    """The thresholds at one size, calm enough for either precision."""
    both = [at_work[f"{precision} {size_px}"] for precision in SUFFIX]
    chosen = {
        name: max(choose_threshold(found[name], most) for found in both)
        for name, most in MOST_FALSE_PER_100.items()
    }
    return chosen | OLD_THRESHOLDS


def write_manifest(shipment: Shipment, folder: Path) -> Path:
    """Copy the model's files beside its manifest and check all by loading them."""
    weights = {}
    for precision, file in shipment.files.items():
        target = folder / f"{shipment.name}{SUFFIX[precision]}.onnx"
        shutil.copyfile(file, target)
        weights[precision] = {"file": target.name, "sha256": digest_of(target)}
    fields = {
        "name": shipment.name,
        "weights": weights,
        "classes": list(CLASSES),
        "thresholds": {str(side): dict(t) for side, t in shipment.thresholds.items()},
        "licence": LICENCE,
        "trained_on": sorted({p.set_name for p in shipment.training}),
    }
    manifest = folder / f"{shipment.name}.json"
    manifest.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")
    load_manifest(manifest)
    return manifest


def measure(
    data: Path, files: Mapping[str, Path], pictures: Sequence[LabelledPicture]
) -> tuple[Results, Results]:
    """Curves of the untouched model and ours, in each precision, at each size; one job a core.

    First with every class that a place may be, as AP is taken; then with the one that it is at
    work, as thresholds are chosen.
    """
    jobs = [
        (name, file, size)
        for size in SIZES_PX
        for name, file in {"base": data / BASE, **files}.items()
    ]
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), mp_context=spawn) as pool:
        running = {f"{job[0]} {job[2]}": pool.submit(_curves, *job, pictures) for job in jobs}
        done = {name: job.result() for name, job in running.items()}
    return {name: all_of for name, (all_of, _) in done.items()}, {
        name: at_work for name, (_, at_work) in done.items()
    }


def _curves(
    name: str, file: Path, size_px: int, pictures: Sequence[LabelledPicture]
) -> tuple[dict[str, Curve], dict[str, Curve]]:
    seen = (see_base if name == "base" else see)(file, pictures, size_px)
    return curves(seen), curves(working(seen, dict.fromkeys(CLASSES, LEAST_SCORE)))


def ship(
    data: Path,
    renders: Sequence[Path],
    fp32_file: Path,
    *,
    name: str,
    steps: int,
    begun_from: str,
    devices: Sequence[str],
    folder: Path = SHIPPED,
) -> Path:
    """Quantise an exported model, measure it, and ship it as `name`; returns the manifest."""
    from models.training.quantise import calibration_pictures, quantise  # needs onnx

    pictures = read_sets(data)
    training, validation = split(pictures)
    training += [p for f in renders for p in read_sets(f)]
    folder.mkdir(exist_ok=True)
    files = {"fp32": fp32_file, "int8": fp32_file.with_name(f"{name}-int8.onnx")}
    quantise(fp32_file, files["int8"], calibration_pictures(training, CALIBRATED_ON))
    results, at_work = measure(data, files, validation)
    thresholds = {side: thresholds_of(at_work, side) for side in SIZES_PX}
    seen = see(fp32_file, validation, SIZES_PX[-1])
    extent = "\n\n".join(told(seen, pictures, one) for one in ("smoke", "fire"))
    shipment = Shipment(
        name,
        steps,
        begun_from,
        devices,
        files,
        training,
        validation,
        results,
        at_work,
        thresholds,
        extent,
    )
    manifest = write_manifest(shipment, folder)
    manifest.with_suffix(".md").write_text(card(shipment), encoding="utf-8")
    return manifest


def publish(data: Path, renders: Sequence[Path], out: Path, name: str) -> Path:
    """Export the checkpoint in OUT and ship it as `name`; returns the manifest."""
    from models.training.export import export  # needs the training environment
    from models.training.network import saved

    weights, fp32_file = (data / BASE).with_suffix(".pt"), out / f"{name}.onnx"
    _, validation = split(read_sets(data))
    export(weights, out / "state.pt", fp32_file, validation)
    state = saved(out / "state.pt", remedy="train first: python -m models.training.train")
    steps, begun_from, devices = int(state["step"]), str(state["begun_from"]), state["devices"]
    return ship(
        data,
        renders,
        fp32_file,
        name=name,
        steps=steps,
        begun_from=begun_from,
        devices=devices,
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; returns the exit code, 1 where data or model cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--renders", type=Path, nargs="*", default=[], help="folders of renders")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--name", default="nano")
    given = parser.parse_args(arguments)
    logging.getLogger().setLevel(logging.ERROR)  # the quantiser warns at every step
    return exit_code(lambda: _show(publish(given.data, given.renders, given.out, given.name)))


def _show(manifest: Path) -> None:
    print(manifest.with_suffix(".md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main())
