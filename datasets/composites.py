"""Sets of composites for one side, made from that side's pictures only."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from datasets import stock as stocks
from datasets.backgrounds import WEIGHTS, Background, chances, empty_frames, from_sets, places
from datasets.cache import load, save
from datasets.compose import Stock, composite
from datasets.cutouts import EXCAVATOR, Cutout
from datasets.labels import CLASSES, LabelError, LabelledPicture
from datasets.manifest import digest
from datasets.sheets import cell, marked, on_plain, sheet
from datasets.writer import SetWriter
from vision.types import Picture

SIDES = ("training", "validation")
_PLACES = 60
EVALUATED_PX = (32.0, 64.0)
"""Heights of excavators in the validation side's composites."""


def composites_of(
    source: Path,
    out: Path,
    side: str,
    pictures: Sequence[LabelledPicture],
    count: int,
    drawn: int,
    seed: int,
) -> dict[str, Any]:
    """The composites of one side, from that side's donors and backgrounds only."""
    found, kept = cutouts(pictures, out, side, drawn, seed + SIDES.index(side))
    sheet(out / "sheets" / f"cutouts_{side}.png", [cell(on_plain(c), 96, 96) for c in found], 20)
    validation = side == "validation"
    frames = empty_frames(source / "videos", out / "frames" / side, validation=validation)
    backgrounds = from_sets(pictures) + frames
    if not validation and backgrounds:
        backgrounds += places(out / "frames" / "places", _PLACES, seed)
    if not backgrounds:
        known = ", ".join(sorted(WEIGHTS))
        raise LabelError(f"{source}, {side}", "no background to paste onto", f"add one of {known}")
    moved = [] if validation else stocks.moved(pictures)
    ready = stocks.stock(found, backgrounds, moved)
    made = write_composites(out, side, backgrounds, ready, count, seed)
    return {"cutouts": kept, **made}


def cutouts(
    pictures: Sequence[LabelledPicture], out: Path, side: str, drawn: int, seed: int
) -> tuple[list[Cutout], dict[str, int]]:
    """All cut-outs of a side, from the cache in OUT where nothing has changed since."""
    folder = out / "cutouts" / side
    key = digest([Path(stocks.__file__).with_name("cutouts.py"), *(p.file for p in pictures)])
    cached = load(folder, key)
    if cached is None:
        counts: Counter[str] = Counter()
        found = stocks.cut_all(pictures, counts)
        cached = found, dict(sorted(counts.items()))
        save(folder, key, *cached)
    found, kept = cached
    added = stocks.drawn(drawn, seed)
    if side == "validation":  # recall is to be measured on photographed excavators
        added = [c for c in added if c.class_id != EXCAVATOR]
    return [*found, *added], kept


def write_composites(
    out: Path, side: str, backgrounds: Sequence[Background], stock: Stock, count: int, seed: int
) -> dict[str, Any]:
    """Write `count` composites of a side, one set for each list of exhaustive classes."""
    sets: dict[frozenset[int], SetWriter] = {}
    bins: Counter[str] = Counter()
    cells: list[Picture] = []
    wanted = EVALUATED_PX if side == "validation" else None
    weights = chances(backgrounds)
    for k in range(count):
        rng = np.random.default_rng([seed, SIDES.index(side), k])
        background = backgrounds[int(rng.choice(len(backgrounds), p=weights))]
        made = composite(background, stock, rng, wanted_px=wanted)
        writer = sets.get(made.exhaustive)
        if writer is None:
            writer = sets[made.exhaustive] = _composite_set(out / side, side, made.exhaustive, seed)
        name = f"{background.set_name}_{k:05d}"
        writer.add(name, made.picture, made.labels, f"composite/{made.background}", 88)
        bins.update(f"{CLASSES[c]} {_bin(h)}" for c, h in made.heights_px)
        if len(cells) < 24:
            cells.append(cell(marked(made.picture, made.labels), 640, 420, name))
        if (
            k + 1
        ) % 100 == 0 or k + 1 == count:  # what is there can be used if the rest never comes
            for writer in sets.values():
                writer.close()
            print(f"{side} composites {k + 1}/{count}", flush=True)
    sheet(out / "sheets" / f"composites_{side}.png", cells, 3)
    return {"pasted_by_height_px": dict(sorted(bins.items()))}


def _composite_set(folder: Path, side: str, exhaustive: Iterable[int], seed: int) -> SetWriter:
    digits = "".join(str(c) for c in sorted(exhaustive))
    about = {
        "source": "composed by datasets.build from the sets of the manifest",
        "licence": "as the sets it is composed of: for training and tests, not to be published",
        "simulated": True,
        "seed": seed,
    }
    name = f"composites_{digits}"
    return SetWriter(folder / name, side=side, exhaustive=exhaustive, about=about)


def _bin(height_px: float) -> str:
    for low, high in ((0, 16), (16, 32), (32, 64), (64, 128)):
        if height_px < high:
            return f"{low}-{high}"
    return "128-"
