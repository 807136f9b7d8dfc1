"""The sets written again, side by side: the teacher's labels beside their own in training."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from datasets import teacher
from datasets.labels import LabelError, LabelledPicture
from datasets.manifest import description
from datasets.sheets import cell, marked, sheet
from datasets.sources import read_picture
from datasets.writer import SetWriter
from vision.types import Picture


def readable(
    pictures: Sequence[LabelledPicture],
) -> tuple[list[LabelledPicture], list[str]]:
    """Pictures that can be decoded, and the files of those that cannot: they are left out."""
    good, broken = [], []
    for p in pictures:
        try:
            read_picture(p.file)
        except LabelError:
            broken.append(str(p.file))
        else:
            good.append(p)
    return good, broken


def write_sets(
    out: Path, side: str, pictures: Sequence[LabelledPicture], model: Path | None
) -> dict[str, Any]:
    """Write a side's pictures set by set; with a teacher's `model`, its labels beside their own."""
    found = teacher.look(pictures, model, out / "teacher.json") if model else {}
    measured = teacher.thresholds(pictures, found) if model else {}
    by_set: dict[Path, list[LabelledPicture]] = defaultdict(list)
    for p in pictures:
        by_set[p.file.parent.parent].append(p)
    counts: dict[str, dict[str, int]] = {}
    cells: list[Picture] = []
    for source, members in sorted(by_set.items()):
        about = description(source)
        writer = SetWriter(
            out / side / source.name, side=side, exhaustive=members[0].exhaustive, about=about
        )
        added: Counter[str] = Counter()
        for p in members:
            labels = p.labels
            if model:
                picture = read_picture(p.file)
                size = (picture.shape[1], picture.shape[0])
                labels = teacher.taught_labels(p, found[p.file], measured, size)
                added["accepted"] += len(labels.boxes) - len(p.labels.boxes)
                added["unsure"] += len(labels.ignore) - len(p.labels.ignore)
                if len(labels.boxes) > len(p.labels.boxes) and added["pictures shown"] < 4:
                    added["pictures shown"] += 1
                    cells.append(cell(marked(picture, labels), 480, 330, writer.folder.name))
            writer.copy(p.file, labels, p.group)
        writer.close()
        counts[source.name] = dict(sorted(added.items()))
    sheet(out / "sheets" / f"taught_{side}.png", cells, 4)
    return {"thresholds": teacher.table(measured), "taught": counts} if model else {}
