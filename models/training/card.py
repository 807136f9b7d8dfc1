"""The card of a shipped model: what it sees, how well, and what it is not for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datasets.labels import CLASSES, LabelledPicture
from models.manifest import digest_of
from models.training.evaluate import SIZES_PX, table
from models.training.score import Curve

CALIBRATED_ON = 600
"""Pictures that the ranges of INT8 are learned from."""
LICENCE = "AGPL-3.0-only"
SEES = {
    "person": "people, from about 16 px high",
    "car": "cars and vans",
    "truck": "lorries, tippers on the road",
    "bus": "buses and coaches",
    "excavator": "excavators, tracked or wheeled",
    "machine": "other construction machines: loaders, dozers, rollers, cranes, dumpers at work",
    "forklift": "forklift trucks",
    "smoke": "smoke plumes",
    "fire": "open flames",
}


@dataclass(frozen=True, slots=True)
class Shipment:
    """What is said about a model when it ships.

    `begun_from`: digest of the model that training went on from, empty for COCO's weights;
    `devices`: what it was trained on, as `models.training.train` calls it.
    `files` by precision; `results` are curves by detector and size, such as "int8 416" and "base
    640", `at_work` the same with one class a place; `thresholds` by size and class; `extent` are
    the tables of `models.training.extent`.
    """

    name: str
    steps: int
    begun_from: str
    devices: Sequence[str]
    files: Mapping[str, Path]
    training: Sequence[LabelledPicture]
    validation: Sequence[LabelledPicture]
    results: Mapping[str, Mapping[str, Curve]]
    at_work: Mapping[str, Mapping[str, Curve]]
    thresholds: Mapping[int, Mapping[str, float]]
    extent: str


def card(shipment: Shipment) -> str:
    """The model's card, as Markdown."""
    digests = [f"- SHA-256 of {p}: `{digest_of(f)}`" for p, f in shipment.files.items()]
    counts = [f"- {name}: {n} pictures" for name, n in _count(shipment.training)]
    at_work = [line for side in shipment.thresholds for line in _at_work(shipment, side)]
    return "\n".join(
        [
            f"# Model card: {shipment.name}",
            "",
            "Finds people, vehicles, construction machines, forklifts, smoke and fire in one "
            "picture. YOLO11n in ONNX, fp32 and INT8, for inputs of "
            f"{' and '.join(map(str, shipment.thresholds))} px (any multiple of 32 runs).",
            "",
            *digests,
            f"- Licence: {LICENCE}. The network's design and its starting weights are "
            "Ultralytics' (AGPL-3.0).",
            f"- Trained {shipment.steps} steps of 16 samples with `python -m models.training.train`"
            f" on {' and '.join(shipment.devices)}, from {_start(shipment)}; layers 0 to 4 kept, "
            "loss masked where a set does not label a class, the untouched model's scores as "
            "targets for people and vehicles, a fifth of the samples with machines pasted small "
            "(`datasets.build`). Shipped are trained weights and those that training began from, "
            f"mixed {_mixed(shipment)}.",
            f"- INT8 by `python -m models.training.quantise` from {CALIBRATED_ON} training "
            "pictures. What is lost on processors without VNNI, where sums may saturate, is in "
            "docs/decisions/0023. On OpenVINO the fp32 file finds the same; the INT8 file is for "
            "ONNX Runtime alone "
            "(docs/decisions/0027).",
            "",
            "## What it sees, and how well",
            f"On {len(shipment.validation)} pictures of groups (videos, cameras, originals) kept "
            "apart from training, INT8, at the shipped thresholds. *False* counts boxes on 100 "
            "pictures that surely show none. Thresholds, the mix of weights and how often pasted "
            "machines are drawn were chosen on these same pictures: expect worse elsewhere.",
            "",
            *at_work,
            "AP50 beside the untouched model (*base*); *vehicle* takes car, truck and bus as one. "
            "`python -m models.training.publish` makes it.",
            "",
            "```",
            table({k: dict(v) for k, v in shipment.results.items()}),
            "```",
            "",
            "What INT8 changes (AP50 of INT8 minus AP50 of fp32):",
            "",
            "```",
            loss_table(shipment.results),
            "```",
            "",
            *_extent(shipment),
            "## Trained on",
            *counts,
            "",
            "Several of these sets state no licence; their pictures are not published with the "
            "model. `composites_*` are training pictures with cut-outs of others pasted in.",
            "",
            "## Not for",
            "- Machines under about 30 px high: on fixed site cameras half of them are missed.",
            "- Fire as the only alarm: see its recall above; small flames under much smoke it "
            "hardly ever finds.",
            "- Smoke or fire from one frame: fog, steam and lamps look alike. Rules over time "
            "must confirm.",
            "- Identifying anybody: it has no faces and no number plates.",
            "",
        ]
    )


def _extent(shipment: Shipment) -> list[str]:
    """What stands in the way of fire, as the sheets and tables of `models.training.extent` show."""
    return [
        "## Where a label ends",
        "Smoke and fire have no borders. AP of fp32 at "
        f"{SIZES_PX[-1]} px as boxes need less and less overlap; *same*, *other* and *none* count "
        "labels whose best box (0.05 or better) has their extent (IoU 0.5), another (0.1) or is "
        "not there. `python -m models.training.extent --class fire --out DIR` makes it, and a "
        "sheet of labels that do not agree; `python -m models.training.evaluate` one of what is "
        "found at another extent.",
        "",
        "```",
        shipment.extent,
        "```",
        "",
        "The rise from AP 0.5 to AP 0.1 is what extent costs; what is missing even there is not "
        "found, or ours lie where no label is. In web photographs of fire (`liuzifan_fire`) it is "
        "mostly extent: one wall of flames is boxed in several parts, another as one. In camera "
        "frames (`abonia_firecctv`) labels reach beyond the flames, seen from the air by several "
        "times their height, and change from frame to frame though the scene hardly does. Above "
        "all, the small flames under thick smoke of its two held-out clips, from the air and over "
        "a motorway, are mostly not seen, and larger inputs (960 and 1280 px) do not help: the "
        "set has 47 boxes in six clips to learn from, nearly all nearer. The smoke above is seen "
        "in every picture from the air, and in a third (640 px) to a half (416 px) of those of the "
        "motorway.",
        "",
    ]


def _start(shipment: Shipment) -> str:
    if shipment.begun_from:
        return f"an earlier model of ours (SHA-256 `{shipment.begun_from}`)"
    return "COCO weights"


def _mixed(shipment: Shipment) -> str:
    return "1 to 1" if shipment.begun_from else "9 to 1"


def _at_work(shipment: Shipment, size_px: int) -> list[str]:
    """The table of one size."""
    found, thresholds = shipment.at_work[f"int8 {size_px}"], shipment.thresholds[size_px]
    lines = [
        f"### At {size_px} px",
        "| class | what | threshold | recall | precision | false per 100 |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    for name in CLASSES:
        recall, precision, false = found[name].at(thresholds[name])
        lines.append(
            f"| {name} | {SEES[name]} | {thresholds[name]:.2f} | {_figure(recall)} "
            f"| {_figure(precision)} | {_figure(false, 1)} |"
        )
    return [*lines, ""]


def loss_table(results: Mapping[str, Mapping[str, Curve]]) -> str:
    """What INT8 costs in AP50, by class (rows) and size (columns)."""
    lines = [f"{'class':<12}" + "".join(f"{f'{side} px':>10}" for side in SIZES_PX)]
    for name, one in results[f"fp32 {SIZES_PX[0]}"].items():
        if one.boxes:
            changes = [
                results[f"int8 {side}"][name].ap50 - results[f"fp32 {side}"][name].ap50
                for side in SIZES_PX
            ]
            lines.append(f"{name:<12}" + "".join(f"{change:>+10.3f}" for change in changes))
    return "\n".join(lines)


def _figure(value: float, digits: int = 2) -> str:
    return "unknown" if np.isnan(value) else f"{value:.{digits}f}"


def _count(pictures: Sequence[LabelledPicture]) -> list[tuple[str, int]]:
    names = [p.set_name for p in pictures]
    return [(name, names.count(name)) for name in sorted(set(names))]
