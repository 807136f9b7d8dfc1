"""May a new model replace the old one? `python -m models.training.compare OLD NEW --aim excavator`.

Yes if no class is worse by more than 0.01 AP50 and every aim is better, at every input size. Beside
it stand McNemar's exact test (which boxes each found at its working thresholds) and the interval of
the difference when groups of pictures are drawn anew. Exit code: 0 it may, 1 it may not, 2 used
wrongly.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from datasets.labels import LabelError
from datasets.sources import read_sets, split
from models.errors import ManifestError
from models.manifest import Manifest, load_manifest
from models.training.evaluate import SIZES_PX, manifest_of, see
from models.training.resample import mcnemar, resampled_ap50, weights
from models.training.score import Case, curve, judge
from models.training.seen import CACHE, Seen, working
from models.training.slices import DIGGERS, GROUPS, SITE_SETS, cases, of_sets
from vision import ModelError

MOST_WORSE = 0.01
DRAWS = 400
SITE_ROWS: dict[str, tuple[str, ...]] = {
    "site excavator": ("excavator",),
    "site digger": DIGGERS,
    "site person": ("person",),
}
AIMS = (*GROUPS, *SITE_ROWS)


@dataclass(frozen=True, slots=True)
class Row:
    """One class at one input size: AP50 of both, boxes that only one found, how sure that is.

    `low`, `high` hold nine tenths of the differences when groups of pictures are drawn anew.
    `bound` rows forbid a fall; site rows are few pictures of one camera and do not.
    """

    name: str
    input_px: int
    boxes: int
    old_ap50: float
    new_ap50: float
    lost: int
    gained: int
    p: float
    low: float
    high: float
    old_false_per_100: float
    new_false_per_100: float
    bound: bool

    @property
    def difference(self) -> float:
        """New less old, in AP50."""
        return self.new_ap50 - self.old_ap50


@dataclass(frozen=True, slots=True)
class Model:
    """A model under comparison: its file, and what says from which scores a class is found."""

    file: Path
    manifest: Manifest


def rows(
    old: Seen,
    new: Seen,
    at: tuple[Mapping[str, float], Mapping[str, float]],
    input_px: int,
    draws: int = DRAWS,
) -> list[Row]:
    """Compare what two models saw in the same pictures, at the thresholds (old, new)."""
    made = [
        _row(name, names, old, new, at, input_px, draws, bound=True)
        for name, names in GROUPS.items()
    ]
    old, new = of_sets(old, SITE_SETS), of_sets(new, SITE_SETS)
    made += [
        _row(name, names, old, new, at, input_px, draws, bound=False)
        for name, names in SITE_ROWS.items()
    ]
    return [row for row in made if row.boxes]


def objections(found: Sequence[Row], aims: Sequence[str]) -> list[str]:
    """Why the new model may not replace the old one; empty where it may."""
    said = [
        f"{row.name} at {row.input_px} px is worse by {-row.difference:.3f} "
        f"(at most {MOST_WORSE:g})"
        for row in found
        if row.bound and row.difference < -MOST_WORSE
    ]
    for aim in aims:
        aimed = [row for row in found if row.name == aim]
        said += [
            f"{aim} at {row.input_px} px was aimed at and is not better ({row.difference:+.3f})"
            for row in aimed
            if row.difference <= 0
        ]
        if not aimed:
            said.append(f"{aim} was aimed at, but no picture shows one")
    return said


def table(found: Sequence[Row]) -> str:
    """The rows for people."""
    head = (
        f"{'class':<15}{'px':>4}{'boxes':>6}{'old':>7}{'new':>7}{'differ.':>9}"
        f"{'90 % interval':>17}{'lost':>6}{'gained':>7}{'p':>7}{'false/100':>14}"
    )
    lines = [
        f"{r.name:<15}{r.input_px:>4}{r.boxes:>6}{r.old_ap50:>7.3f}{r.new_ap50:>7.3f}"
        f"{r.difference:>+9.3f}{f'{r.low:+.3f} {r.high:+.3f}':>17}{r.lost:>6}{r.gained:>7}"
        f"{r.p:>7.3f}{f'{r.old_false_per_100:.1f} {r.new_false_per_100:.1f}':>14}"
        for r in found
    ]
    return "\n".join([head, *lines])


def compare(
    old: Model, new: Model, data: Path, sizes: Sequence[int], cache: Path = CACHE
) -> list[Row]:
    """Look at the validation groups with both models and compare."""
    _, pictures = split(read_sets(data))
    found: list[Row] = []
    for size in sizes:
        saw = [see(model.file, pictures, size, cache) for model in (old, new)]
        at = tuple(model.manifest.at(input_px=size).thresholds for model in (old, new))
        found += rows(saw[0], saw[1], (at[0], at[1]), size)
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line, compare, print; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("champion", help="shipped name, manifest or .onnx")
    parser.add_argument("challenger", help="the same")
    parser.add_argument("--aim", action="append", required=True, choices=AIMS, metavar="CLASS")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES_PX, help="input sides, px")
    parser.add_argument("--json", action="store_true", help="one JSON object")
    given = parser.parse_args(arguments)
    try:
        champion, challenger = _model(given.champion), _model(given.challenger)
        found = compare(champion, challenger, given.data, given.sizes)
    except (LabelError, ManifestError, ModelError) as error:
        print(error, file=sys.stderr)
        return 2
    against = objections(found, given.aim)
    if given.json:
        listed = [{k: _plain(v) for k, v in asdict(row).items()} for row in found]
        print(json.dumps({"may_replace": not against, "objections": against, "rows": listed}))
    else:
        print(table(found))
        print("\n".join(against) or f"{given.challenger} may replace {given.champion}")
    return 1 if against else 0


def _row(
    name: str,
    names: Sequence[str],
    old: Seen,
    new: Seen,
    at: tuple[Mapping[str, float], Mapping[str, float]],
    input_px: int,
    draws: int,
    *,
    bound: bool,
) -> Row:
    sides = cases(old, names), cases(new, names)
    curves = curve(sides[0]), curve(sides[1])
    working_sides = [cases(working(s, t), names) for s, t in zip((old, new), at, strict=True)]
    before, after = (_found(side) for side in working_sides)
    lost, gained = int((before & ~after).sum()), int((after & ~before).sum())
    drawn = weights([p.group for p, _ in old.values()], draws, seed=9) if old else np.zeros((0, 0))
    apart = resampled_ap50(sides[1], drawn) - resampled_ap50(sides[0], drawn)
    apart = apart[~np.isnan(apart)]
    low, high = np.percentile(apart, [5, 95]) if len(apart) else (np.nan, np.nan)
    false = [curve(side).at(0.0)[2] for side in working_sides]
    return Row(
        name,
        input_px,
        curves[0].boxes,
        curves[0].ap50,
        curves[1].ap50,
        lost,
        gained,
        mcnemar(lost, gained),
        float(low),
        float(high),
        false[0],
        false[1],
        bound,
    )


def _found(side: Sequence[Case]) -> NDArray[np.bool_]:
    at = [np.asarray(judge(case).found_at >= 0) for case in side]
    return np.concatenate(at) if at else np.zeros(0, np.bool_)


def _model(text: str) -> Model:
    if text.endswith(".onnx"):
        return Model(Path(text), manifest_of(Path(text))[1])
    manifest = load_manifest(text)
    return Model(manifest.file, manifest)


def _plain(value: object) -> object:
    return None if isinstance(value, float) and np.isnan(value) else value


if __name__ == "__main__":
    sys.exit(main())
