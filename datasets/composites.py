"""Sets of composites for one side, made from that side's pictures only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from datasets import stock as stocks
from datasets.backgrounds import (
    NEGATIVE_WEIGHTS,
    WEIGHTS,
    Background,
    chances,
    empty_frames,
    from_sets,
    places,
)
from datasets.cache import load, save
from datasets.compose import EVALUATED, NEGATIVE, TRAINED, Composite, Recipe, Stock, composite
from datasets.cutouts import EXCAVATOR, Cutout
from datasets.labels import LabelError, LabelledPicture
from datasets.manifest import digest
from datasets.parallel import each
from datasets.sheets import cell, marked, on_plain, sheet
from datasets.writer import SetWriter
from vision.types import Picture

SIDES = ("training", "validation")
_PLACES = 16
_QUALITY = 88
_SHOWN = 24


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of set that is made: its side, how its sets' names begin, what its pictures show."""

    side: str
    prefix: str
    recipe: Recipe
    weights: Mapping[str, float]


KINDS = {
    "composites_training": Kind("training", "composites", TRAINED, WEIGHTS),
    "composites_validation": Kind("validation", "composites", EVALUATED, WEIGHTS),
    "negatives_training": Kind("training", "negatives", NEGATIVE, NEGATIVE_WEIGHTS),
}


def composites_of(
    source: Path,
    out: Path,
    side: str,
    pictures: Sequence[LabelledPicture],
    count: int,
    drawn: int,
    seed: int,
    processes: int,
) -> dict[str, Any]:
    """The composites of one side, from that side's donors and backgrounds only."""
    found, kept = cutouts(pictures, out, side, drawn, seed + SIDES.index(side), processes)
    sheet(out / "sheets" / f"cutouts_{side}.png", [cell(on_plain(c), 96, 96) for c in found], 20)
    validation = side == "validation"
    frames = empty_frames(source / "videos", out / "frames" / side, validation=validation)
    backgrounds = from_sets(pictures) + frames
    if not validation and backgrounds:
        backgrounds += places(out / "frames" / "places", _PLACES, seed, processes)
    if not backgrounds:
        known = ", ".join(sorted(WEIGHTS))
        raise LabelError(f"{source}, {side}", "no background to paste onto", f"add one of {known}")
    moved = [] if validation else stocks.moved(pictures)
    ready = stocks.stock(found, backgrounds, moved)
    write_composites(out, f"composites_{side}", backgrounds, ready, count, seed, processes)
    if not validation:
        few = max(1, count // 6)
        write_composites(out, "negatives_training", backgrounds, ready, few, seed, processes)
    return {"cutouts": kept}


def cutouts(
    pictures: Sequence[LabelledPicture], out: Path, side: str, drawn: int, seed: int, processes: int
) -> tuple[list[Cutout], dict[str, int]]:
    """All cut-outs of a side, from the cache in OUT where nothing has changed since."""
    folder = out / "cutouts" / side
    key = digest([Path(stocks.__file__).with_name("cutouts.py"), *(p.file for p in pictures)])
    cached = load(folder, key)
    if cached is None:
        counts: Counter[str] = Counter()
        found = stocks.cut_all(pictures, counts, processes)
        cached = found, dict(sorted(counts.items()))
        save(folder, key, *cached)
    found, kept = cached
    added = stocks.drawn(drawn, seed)
    if side == "validation":  # recall is to be measured on photographed excavators
        added = [c for c in added if c.class_id != EXCAVATOR]
    return [*found, *added], kept


def write_composites(
    out: Path,
    kind: str,
    backgrounds: Sequence[Background],
    stock: Stock,
    count: int,
    seed: int,
    processes: int,
) -> None:
    """Write `count` pictures of a `Kind`, one set for each list of exhaustive classes."""
    sets: dict[frozenset[int], SetWriter] = {}
    cells: list[Picture] = []
    made_of = KINDS[kind]
    likely = chances(backgrounds, made_of.weights)

    def compose(k: int) -> Composite:
        rng = np.random.default_rng([seed, list(KINDS).index(kind), k])
        background = backgrounds[int(rng.choice(len(backgrounds), p=likely))]
        return composite(background, stock, rng, made_of.recipe)

    for k, made in enumerate(each(compose, range(count), processes)):
        writer = sets.get(made.exhaustive)
        if writer is None:
            writer = _new_set(out / made_of.side, kind, made.exhaustive, seed)
            sets[made.exhaustive] = writer
        name = f"{made.background.split('/')[0]}_{k:05d}"
        group = f"{made_of.prefix}/{made.background}"
        writer.add(name, made.picture, made.labels, group, _QUALITY)
        if len(cells) < _SHOWN:
            cells.append(cell(marked(made.picture, made.labels), 640, 420, name))
        if (k + 1) % 100 == 0 or k + 1 == count:  # usable even if the rest never comes
            for one in sets.values():
                one.close()
            print(f"{kind} {k + 1}/{count}", flush=True)
    sheet(out / "sheets" / f"{kind}.png", cells, 3)


def _new_set(folder: Path, kind: str, exhaustive: Iterable[int], seed: int) -> SetWriter:
    digits = "".join(str(c) for c in sorted(exhaustive))
    about = {
        "source": "composed by datasets.build from the sets of the manifest",
        "licence": "as the sets it is composed of: for training and tests, not to be published",
        "simulated": True,
        "seed": seed,
    }
    name = f"{KINDS[kind].prefix}_{digits}"
    return SetWriter(folder / name, side=KINDS[kind].side, exhaustive=exhaustive, about=about)
