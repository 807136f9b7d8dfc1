"""How far a detector sees: whole picture, tiles, and tiles with a second look, in one run.

    python -m benchmarks.far [--model runs/nano/nano.onnx] [--input-px 416 640]

Excavators on fixed site cameras and pasted small (20 to 56 px), false ones where there are none,
and calls of the detector a picture. How sure a second look must be (t2) is chosen on the training
groups: the largest score at which true candidates lose at most one in a hundred. The table is of
the validation groups. The last lines are what the model's manifest should say.
"""

from __future__ import annotations

import argparse
import json
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.far_pictures import Shown, pasted, shown, sides
from benchmarks.report import machine, show
from datasets.labels import CLASSES, LabelledPicture
from models.manifest import load_manifest
from models.training.evaluate import manifest_of
from models.training.score import FALSE, HIT, Curve, curve, judge
from models.training.slices import case
from vision import Detections, Detector, load_detector
from vision.second_look import region_of, score_of
from vision.tiled import LEAST_CANDIDATE, TiledDetector

NAME = "excavator"
KIN = {"excavator": 0.0, "machine": 0.0}
LEAST = tuple(0.001 if name in KIN else 1.0 for name in CLASSES)
MOST_LOST = 0.01
LOWER = (0.30, 0.25, 0.20, 0.15, 0.10)
"""First thresholds below the shipped one that a second look might make good."""
LOW_SHARE = 0.4
"""A box of so much of the threshold still keeps a track: what the second look is chosen for."""
SHOWN = ("site", "pasted")
"""Groups that show excavators; the others surely show none."""
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was found in one picture: whole and tiled, and a second look's score for each box of
    the tiled (`same` class, and of its `kin`); `calls` of the detector for each.
    """

    known: LabelledPicture
    whole: Detections
    tiled: Detections
    same: Floats
    kin: Floats
    calls: tuple[int, int, int]


def look(detector: Detector, input_px: int, object_px: float, one: Shown) -> Answer:
    """Look at a picture in all three ways."""
    closer = TiledDetector(detector, input_px=input_px, object_px=object_px)
    whole = detector.detect(one.picture, LEAST)
    tiled = closer.first(one.picture, LEAST)
    first_calls = closer.calls
    same, kin = tiled.confidences.copy(), tiled.confidences.copy()
    looks = 0
    for i in range(len(tiled)):
        if tiled.label(i) == NAME and tiled.confidences[i] >= LEAST_CANDIDATE:
            x1, y1, x2, y2 = (float(v) for v in tiled.boxes_px[i])
            left, top, right, bottom = region = region_of(
                (x1, y1, x2, y2), tiled.frame_px, input_px
            )
            found = detector.detect(one.picture[top:bottom, left:right], LEAST)
            same[i], _ = score_of(found, region, (x1, y1, x2, y2), {NAME: 0.0})
            kin[i], _ = score_of(found, region, (x1, y1, x2, y2), KIN)
            looks += 1
    return Answer(one.known, whole, tiled, same, kin, (1, first_calls, first_calls + looks))


def looks(ask: partial[Answer], pictures: Iterable[Shown]) -> list[Answer]:
    """All pictures, two at a time."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(ask, pictures))


def scored(answer: Answer, how: str, first: float = 0.0, second: float = 0.0) -> Detections:
    """The boxes of one way of looking; for `twice` those of the tiles that pass both thresholds."""
    if how == "whole":
        return answer.whole
    found = answer.tiled
    if how == "tiles":
        return found
    rescored = np.sqrt(found.confidences * answer.same)
    if second:
        rescored = np.where((found.confidences >= first) & (answer.kin >= second), rescored, 0)
    return Detections(found.boxes_px, rescored, found.class_ids, found.classes, found.frame_px)


def curve_of(answers: Sequence[Answer], how: str) -> Curve:
    """Precision over recall of excavators."""
    return curve([case(a.known, scored(a, how), [NAME]) for a in answers])


def counts(
    answers: Sequence[Answer], how: str, first: float, second: float = 0.0
) -> tuple[int, int, int]:
    """Excavators there, found and falsely seen, at a threshold and one of the second look."""
    there = hit = false = 0
    for answer in answers:
        found = scored(answer, "twice", first, second) if how == "twice" else scored(answer, how)
        least = 1e-9 if how == "twice" else first
        judged = judge(case(answer.known, found, [NAME]))
        counted = judged.predicted[:, 4] >= least
        there += len(judged.found_at)
        hit += int((judged.outcome[counted] == HIT).sum())
        false += int((judged.outcome[counted] == FALSE).sum())
    return there, hit, false


def largest(answers: Sequence[Answer], first: float, least_found: float) -> float | None:
    """The largest t2, from 0.01, at which at least so many excavators are found; None: at none."""
    steps = (k / 100 for k in range(90, 0, -1))
    return next((t for t in steps if counts(answers, "twice", first, t)[1] >= least_found), None)


def chosen(answers: Sequence[Answer], first: float) -> float:
    """The largest t2 at which at most one in a hundred found excavators is lost, from 0.01."""
    _, all_found, _ = counts(answers, "tiles", first)
    return largest(answers, first, (1 - MOST_LOST) * all_found) or 0.01


def sight(groups: dict[str, list[Answer]], size: int) -> list[list[str]]:
    """AP50 and cost of the three ways of looking, at one input size."""
    every = [answer for part in groups.values() for answer in part]
    return [
        [
            f"{size} px, {how}",
            *(f"{curve_of(groups[name], how).ap50:.3f}" for name in SHOWN),
            f"{sum(a.calls[k] for a in every) / len(every):.1f}",
        ]
        for k, how in enumerate(("whole", "tiles", "twice"))
    ]


def doubts(
    tuned: Sequence[Answer], groups: dict[str, list[Answer]], firsts: Sequence[float], size: int
) -> list[list[str]]:
    """Recall and false boxes on 100 pictures without and with a second look, by first threshold."""
    rows = []
    for first in firsts:
        t2 = chosen(tuned, first)
        row = [f"{size} px, from {first:.2f}", f"{t2:.2f}"]
        for name, part in groups.items():
            once, twice = (counts(part, how, first, t2) for how in ("tiles", "twice"))
            if name in SHOWN:
                row.append(f"{once[1] / once[0]:.2f} → {twice[1] / twice[0]:.2f}")
            else:
                before, after = (100 * one[2] / len(part) for one in (once, twice))
                row.append(f"{before:.0f} → {after:.0f}")
        rows.append(row)
    return rows


def lowered(
    tuned: Sequence[Answer], groups: dict[str, list[Answer]], threshold: float, size: int
) -> list[list[str]]:
    """Found and false boxes of both sides: at the threshold alone, then from lower ones with the
    largest t2 that finds as many on the training side.
    """
    every = [answer for part in groups.values() for answer in part]
    asked = counts(tuned, "tiles", threshold)[1]
    rows = [_lowered_row(tuned, every, threshold, None, size)]
    for first in LOWER:
        t2 = largest(tuned, first, asked)
        if first < threshold and t2 is not None:
            rows.append(_lowered_row(tuned, every, first, t2, size))
    return rows


def _lowered_row(
    tuned: Sequence[Answer], every: Sequence[Answer], first: float, t2: float | None, size: int
) -> list[str]:
    how = "tiles" if t2 is None else "twice"
    row = [f"{size} px, from {first:.2f}", "alone" if t2 is None else f"{t2:.2f}"]
    for side in (tuned, every):
        there, found, false = counts(side, how, first, t2 or 0.0)
        row += [f"{found} of {there}", f"{false}"]
    return row


def measure(given: argparse.Namespace, size: int) -> tuple[list[Answer], dict[str, list[Answer]]]:
    """Look at everything with one input size: training side, and validation side by group."""
    detector = load_detector(
        given.model, classes=CLASSES, input_px=size, backend="onnx", every_class=True
    )
    ask = partial(look, detector, size, given.object_px)
    training, validation = sides(given.data, given.empty)
    tuned = looks(ask, [*shown(training.site), *pasted(training, given.pasted)])
    groups = {"site": looks(ask, shown(validation.site))}
    groups["pasted"] = looks(ask, pasted(validation, given.pasted))
    groups |= {name: looks(ask, shown(part)) for name, part in validation.empty.items()}
    return tuned, groups


def write(manifest: Path, t2: float) -> None:
    """Put t2 into a manifest, and check it by loading it."""
    fields = json.loads(manifest.read_text(encoding="utf-8")) | {"second_look": {NAME: t2}}
    manifest.write_text(json.dumps(fields, indent=1) + "\n", encoding="utf-8")
    load_manifest(manifest)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = os.environ.get("LINEWARDEN_DATA", "../shared/data")
    parser.add_argument("--data", type=Path, default=Path(default))
    parser.add_argument("--model", type=Path, default=load_manifest("nano").file)
    parser.add_argument("--input-px", type=int, nargs="+", default=[416])
    parser.add_argument("--object-px", type=float, default=40.0, help="what the tiles are for")
    parser.add_argument("--empty", type=int, default=40, help="pictures of each set without")
    parser.add_argument("--pasted", type=int, default=48, help="pictures with a pasted excavator")
    parser.add_argument("--write", type=Path, help="manifest to put t2 of the first size into")
    given = parser.parse_args()
    source, manifest = manifest_of(given.model)
    print(machine("onnxruntime", "numpy"))
    seen, doubted, lower, chosen_t2 = [], [], [], {}
    for size in given.input_px:
        threshold = manifest.at(input_px=size).thresholds[NAME]
        firsts = (threshold, LOW_SHARE * threshold, LEAST_CANDIDATE)
        kept = f"from {firsts[1]:.2f} a box keeps a track"
        print(f"{size} px: threshold {threshold:.2f} of {source}; {kept}")
        tuned, groups = measure(given, size)
        seen += sight(groups, size)
        doubted += doubts(tuned, groups, firsts, size)
        lower += lowered(tuned, groups, threshold, size)
        chosen_t2[size] = chosen(tuned, firsts[1])
    show("excavators", ["detector", "AP50 site", "AP50 pasted", "calls a picture"], seen)
    columns = ["tiles", "t2", "recall site", "recall pasted", "false clutter", "traffic", "road"]
    show("without → with a second look (false boxes on 100 pictures)", columns, doubted)
    columns = ["tiles", "t2", "training found", "false", "validation found", "false"]
    show(
        "a lower first threshold, a second look that finds as many on the training side",
        columns,
        lower,
    )
    for size, t2 in chosen_t2.items():
        print(f"{size} px: " + json.dumps({"second_look": {NAME: t2}}))
    if given.write is not None:
        write(given.write, chosen_t2[given.input_px[0]])


if __name__ == "__main__":
    main()
