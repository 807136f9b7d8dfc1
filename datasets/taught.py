"""The sets written again, side by side: the teacher's labels beside their own in training."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from datasets import teacher
from datasets.labels import LabelledPicture
from datasets.manifest import description
from datasets.sheets import cell, marked, sheet
from datasets.sources import read_picture
from datasets.writer import SetWriter
from vision.types import Picture

_SHOWN = 4


def readable(
    pictures: Sequence[LabelledPicture],
) -> tuple[list[LabelledPicture], list[str]]:
    """Pictures that can be decoded, and the files of those that cannot: they are left out."""
    good, broken = [], []
    for p in pictures:
        if _is_whole(p.file):
            good.append(p)
        else:
            broken.append(str(p.file))
    return good, broken


def _is_whole(file: Path) -> bool:
    """Whether a picture decodes, to its end: a JPEG cut short would decode to half a picture."""
    data = file.read_bytes()
    if file.suffix == ".jpg" and not data.rstrip(b"\0").endswith(b"\xff\xd9"):
        return False
    if not data:
        return False
    coded = np.frombuffer(data, np.uint8)
    return cv2.imdecode(coded, cv2.IMREAD_REDUCED_GRAYSCALE_8) is not None


def write_sets(
    out: Path, pictures: Sequence[LabelledPicture], model: Path, processes: int
) -> dict[str, Any]:
    """Write the training pictures to OUT/taught, the teacher's labels beside their own."""
    found = teacher.look(pictures, model, out / "teacher.json", processes)
    measured = teacher.thresholds(pictures, found)
    by_set: dict[Path, list[LabelledPicture]] = defaultdict(list)
    for p in pictures:
        by_set[p.file.parent.parent].append(p)
    counts: dict[str, dict[str, int]] = {}
    cells: list[Picture] = []
    for source, members in sorted(by_set.items()):
        writer = SetWriter(
            out / "taught" / source.name,
            side="training",
            exhaustive=members[0].exhaustive,
            about=description(source),
        )
        added: Counter[str] = Counter()
        for p in members:
            picture = read_picture(p.file)
            size = (picture.shape[1], picture.shape[0])
            labels = teacher.taught_labels(p, found[p.file], measured, size)
            writer.copy(p.file, labels, p.group, size[1])
            more = len(labels.boxes) - len(p.labels.boxes)
            added["accepted"] += more
            added["unsure"] += len(labels.ignore) - len(p.labels.ignore)
            added["pictures with more boxes"] += more > 0
            if more and added["pictures with more boxes"] <= _SHOWN:
                cells.append(cell(marked(picture, labels), 480, 330, source.name))
        writer.close()
        counts[source.name] = dict(sorted(added.items()))
    sheet(out / "sheets" / "taught.png", cells, 4)
    return {"thresholds": teacher.table(measured), "added": counts}
