"""What an evaluation says: tables for people, figures for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass

import numpy as np

from datasets.labels import CLASSES
from models.training.score import MATCH_IOU, Curve, curve
from models.training.seen import Seen, working
from models.training.slices import (
    FIT_SCORE,
    NEAR_IOU,
    SMOKE_SCENES,
    cases,
    curves,
    curves_by_height,
    curves_by_light,
    curves_by_set,
    of_sets,
    site,
    tightness,
)

Curves = Mapping[str, Curve]

Figures = dict[str, dict[str, float | int | None]]


@dataclass(frozen=True, slots=True)
class Fit:
    """Labelled boxes with a box of their class from `FIT_SCORE` on: of the same extent (IoU from
    0.5), of another (0.1 to 0.5), and with none.
    """

    same: int
    other: int
    none: int


@dataclass(frozen=True, slots=True)
class Judged:
    """Curves over one list of boxes a picture; `parts` is empty in a quick run."""

    all: Curves
    site: Curves
    smoke_scenes: Curve
    parts: Mapping[str, Mapping[str, Curves]]


@dataclass(frozen=True, slots=True)
class Report:
    """One detector at one input size: over all its boxes, and over those that rules work with.

    Average precision needs every class that a place might be; at work a place has one class.
    """

    name: str
    thresholds: Mapping[str, float]
    whole: Judged
    work: Judged
    fit: Mapping[str, Fit]


def report(name: str, seen: Seen, thresholds: Mapping[str, float], *, quick: bool) -> Report:
    """Judge what a detector saw; `quick` leaves out sets, heights and light."""
    work = _judged(working(seen, thresholds), quick=quick)
    fits = {n: fit(seen, n) for n in CLASSES}
    return Report(name, thresholds, _judged(seen, quick=quick), work, fits)


def _judged(seen: Seen, *, quick: bool) -> Judged:
    parts: dict[str, Mapping[str, Curves]] = {}
    if not quick:
        parts = {
            "set": curves_by_set(seen),
            "height": curves_by_height(seen),
            "light": curves_by_light(seen),
            "iou": {"0.3": curves(seen, iou=0.3)},
        }
    smoke = curve(cases(of_sets(seen, SMOKE_SCENES), ["smoke"]))
    return Judged(curves(seen), site(seen), smoke, parts)


def fit(seen: Seen, name: str) -> Fit:
    """Count how well the labelled boxes of a class are fitted."""
    best = tightness(seen, [name], FIT_SCORE)
    same, near = int((best >= MATCH_IOU).sum()), int((best >= NEAR_IOU).sum())
    return Fit(same, near - same, len(best) - near)


def table(results: Mapping[str, Curves]) -> str:
    """AP50 by class (rows) and detector (columns)."""
    lines = [f"{'class':<12}{'boxes':>6}" + "".join(f"{name:>12}" for name in results)]
    rows = {
        group: [found[group] for found in results.values()]
        for group in next(iter(results.values()))
    }
    for group, row in rows.items():
        most = max(c.boxes for c in row)
        if most:
            figures = "".join(f"{c.ap50:>12.3f}" if c.boxes else f"{'-':>12}" for c in row)
            lines.append(f"{group:<12}{most:>6}{figures}")
    return "\n".join(lines)


def at_work(one: Report) -> str:
    """Recall, precision and false boxes per class at the thresholds that the rules work with."""
    lines = [f"{'class':<12}{'score':>6}{'recall':>8}{'precis.':>8}{'false/100':>10}{'empty':>7}"]
    rows = {name: one.work.all[name] for name in CLASSES} | {"smoke*": one.work.smoke_scenes}
    for name, found in rows.items():
        score = one.thresholds[name.rstrip("*")]
        recall, precision, false = found.at(score)
        share = f"{recall:>8.2f}{precision:>8.2f}" if found.boxes else f"{'-':>8}{'-':>8}"
        lines.append(f"{name:<12}{score:>6.2f}{share}{false:>10.1f}{found.empty_pictures:>7}")
    return "\n".join(
        [
            *lines,
            "smoke*: on fog, cloud and road scenes without smoke",
            f"extent, at a score of {FIT_SCORE} (same as the label, another, nothing there): "
            + ", ".join(f"{n} {f.same}/{f.other}/{f.none}" for n, f in one.fit.items()),
        ]
    )


def breakdown(one: Report) -> str:
    """AP50 and, in brackets, boxes of each part of the set."""
    lines = []
    for part, found in one.whole.parts.items():
        for name, of_part in found.items():
            figures = [f"{g} {c.ap50:.2f} ({c.boxes})" for g, c in of_part.items() if c.boxes]
            lines.append(f"{part} {name}: " + (", ".join(figures) or "nothing to find"))
    return "\n".join(lines)


def as_json(one: Report) -> dict[str, object]:
    """Everything of a report, as JSON."""
    smoke = {"smoke": one.whole.smoke_scenes}, {"smoke": one.work.smoke_scenes}
    parts = {
        part: {
            name: _found(_figures(curves, one.work.parts[part][name], one.thresholds))
            for name, curves in found.items()
        }
        for part, found in one.whole.parts.items()
    }
    return {
        "all": _figures(one.whole.all, one.work.all, one.thresholds),
        "site": _found(_figures(one.whole.site, one.work.site, one.thresholds)),
        "smoke_scenes": _figures(*smoke, one.thresholds)["smoke"],
        "extent": {name: asdict(fit) for name, fit in one.fit.items()},
        **parts,
    }


def _figures(whole: Curves, work: Curves, thresholds: Mapping[str, float]) -> Figures:
    """AP50, boxes, and recall, precision and false boxes per 100 at the thresholds."""
    rows: Figures = {}
    for group, one in whole.items():
        row: dict[str, float | int | None] = {"boxes": one.boxes, "ap50": _number(one.ap50)}
        if group in thresholds:
            recall, precision, false = work[group].at(thresholds[group])
            row |= {
                "recall": _number(recall if one.boxes else np.nan),
                "precision": _number(precision if one.boxes else np.nan),
                "false_per_100": _number(false),
                "empty_pictures": one.empty_pictures,
            }
        rows[group] = row
    return rows


def _found(rows: Figures) -> Figures:
    return {group: row for group, row in rows.items() if row["boxes"]}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)
