"""What an evaluation says: tables for people, figures for programs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from datasets.labels import CLASSES
from models.training.score import Curve, curve
from models.training.seen import Seen
from models.training.slices import (
    GROUPS,
    SMOKE_SCENES,
    cases,
    curves,
    curves_by_height,
    curves_by_light,
    curves_by_set,
    of_sets,
    site,
)

Curves = Mapping[str, Curve]
Figures = dict[str, dict[str, float | int | None]]


@dataclass(frozen=True, slots=True)
class Report:
    """All curves of one detector at one input size; `parts` is empty in a quick run."""

    name: str
    all: Curves
    site: Curves
    smoke_scenes: Curve
    parts: Mapping[str, Mapping[str, Curves]] = field(default_factory=dict)


def report(name: str, seen: Seen, *, quick: bool) -> Report:
    """Judge what a detector saw; `quick` leaves out sets, heights and light."""
    parts: dict[str, Mapping[str, Curves]] = {}
    if not quick:
        parts = {
            "set": curves_by_set(seen),
            "height": curves_by_height(seen),
            "light": curves_by_light(seen),
            "iou 0.3": {"all": curves(seen, iou=0.3)},
        }
    smoke = curve(cases(of_sets(seen, SMOKE_SCENES), ["smoke"]))
    return Report(name, curves(seen), site(seen), smoke, parts)


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


def at_work(one: Report, thresholds: Mapping[str, float]) -> str:
    """Recall, precision and false boxes per class at the thresholds that the rules work with."""
    lines = [f"{'class':<12}{'score':>6}{'recall':>8}{'precis.':>8}{'false/100':>10}{'empty':>7}"]
    rows = {name: one.all[name] for name in CLASSES} | {"smoke*": one.smoke_scenes}
    for name, found in rows.items():
        score = thresholds[name.rstrip("*")]
        recall, precision, false = found.at(score)
        share = f"{recall:>8.2f}{precision:>8.2f}" if found.boxes else f"{'-':>8}{'-':>8}"
        lines.append(f"{name:<12}{score:>6.2f}{share}{false:>10.1f}{found.empty_pictures:>7}")
    return "\n".join([*lines, "smoke*: on fog, cloud and road scenes without smoke"])


def breakdown(one: Report) -> str:
    """AP50 and, in brackets, boxes of each part of the set."""
    lines = []
    for part, found in one.parts.items():
        for name, of_part in found.items():
            figures = [f"{g} {c.ap50:.2f} ({c.boxes})" for g, c in of_part.items() if c.boxes]
            lines.append(f"{part} {name}: " + (", ".join(figures) or "nothing to find"))
    return "\n".join(lines)


def figures(found: Curves, thresholds: Mapping[str, float]) -> Figures:
    """AP50, boxes, and recall, precision and false boxes per 100 at the thresholds, as JSON."""
    rows: Figures = {}
    for group, one in found.items():
        row: dict[str, float | int | None] = {"boxes": one.boxes, "ap50": _number(one.ap50)}
        if group in thresholds:
            recall, precision, false = one.at(thresholds[group])
            row |= {
                "recall": _number(recall if one.boxes else np.nan),
                "precision": _number(precision if one.boxes else np.nan),
                "false_per_100": _number(false),
                "empty_pictures": one.empty_pictures,
            }
        rows[group] = row
    return rows


def as_json(one: Report, thresholds: Mapping[str, float]) -> dict[str, object]:
    """Everything of a report, as JSON."""
    smoke = figures({"smoke": one.smoke_scenes}, thresholds)["smoke"]
    parts = {
        part: {name: _found(figures(c, thresholds)) for name, c in found.items()}
        for part, found in one.parts.items()
    }
    return {
        "all": figures(one.all, thresholds),
        "site": _found(figures(one.site, thresholds)),
        "smoke_scenes": smoke,
        **parts,
    }


def _found(rows: Figures) -> Figures:
    return {group: row for group, row in rows.items() if row["boxes"]}


def _number(value: float) -> float | None:
    return None if np.isnan(value) else round(float(value), 4)


__all__ = ["GROUPS", "Report", "as_json", "at_work", "breakdown", "figures", "report", "table"]
