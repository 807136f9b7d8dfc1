"""Build training sets: `python -m datasets.build --source ../shared/data --out DIR`.

DIR/training and DIR/validation hold what was made (composites, renders), DIR/taught the training
pictures of the source with the teacher's labels beside their own; all as `datasets.sources` reads
them. manifest.json says what they are made of, sheets/ shows them. The same seed and source give
the same pictures.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from datasets.composites import SIDES, composites_of
from datasets.labels import CLASSES, LabelError
from datasets.manifest import earlier, set_entry, write
from datasets.scenes.make import make
from datasets.sheets import cell, marked, sheet
from datasets.sources import read_picture, read_set, read_sets, split
from datasets.taught import readable, write_sets

PARTS = ("taught", "composites", "renders")
TEACHER = "yolo11n_coco_recovered.onnx"
_SIZE_PX = (960, 540)
_FIRST_RENDER = 900_000


def build(source: Path, out: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Everything asked for; returns the manifest."""
    pictures, broken = readable(read_sets(source))
    sides = dict(zip(SIDES, split(pictures), strict=True))
    made: dict[str, Any] = {
        "seed": given.seed,
        "classes": list(CLASSES),
        "skipped_unreadable": broken,
    }
    if "taught" in given.only:
        model = source / "weights" / TEACHER
        made["teacher"] = write_sets(out, sides["training"], model, given.processes)
    counts = {"training": given.composites, "validation": max(1, given.composites // 6)}
    if "composites" in given.only:
        for side in SIDES:
            made[f"composites_{side}"] = composites_of(
                source,
                out,
                side,
                sides[side],
                counts[side],
                given.drawn,
                given.seed,
                given.processes,
            )
    if "renders" in given.only:
        render(out, given.renders, _FIRST_RENDER + given.seed)
    made["sets"] = {
        f"{m.parent.parent.name}/{m.parent.name}": set_entry(m.parent)
        for m in sorted(out.glob("*/*/meta.json"))
    }
    manifest = earlier(out / "manifest.json") | made
    write(out / "manifest.json", manifest)
    return manifest


def render(out: Path, count: int, first: int) -> None:
    """Drawn scenes, a fifth more of them without anything that has a box, and a sheet of them."""
    few = max(1, count // 5)
    make(out / "training" / "renders", count, first, _SIZE_PX)
    make(out / "training" / "renders_empty", few, first + count, _SIZE_PX, most=0)
    shown = [*read_set(out / "training" / "renders")[:18]]
    shown += read_set(out / "training" / "renders_empty")[:6]
    cells = [cell(marked(read_picture(p.file), p.labels), 640, 380, p.file.stem) for p in shown]
    sheet(out / "sheets" / "renders.png", cells, 3)


def main() -> int:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="folder of the sets")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--composites", type=int, default=1200, help="for training; a sixth more")
    parser.add_argument("--renders", type=int, default=400)
    parser.add_argument("--drawn", type=int, default=240, help="cut-outs drawn from meshes")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS))
    given = parser.parse_args()
    try:
        build(given.source, given.out, given)
    except LabelError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
