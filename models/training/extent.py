"""Where a label ends: what a class loses to extent alone, and whether its labels agree on it.

`python -m models.training.extent --class fire --out runs/extent` prints, per set, AP as boxes need
less and less overlap, and how well the labels of a frame fit the frame of its scene that is most
like it. The labels that do not agree become a contact sheet; `models.training.evaluate` writes one
of what the model finds at another extent.

*same*, *other* and *none* count labels whose best box, of those scored 0.05 or better, has their
extent (IoU 0.5), another (0.1), or is not there.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.labels import CLASSES, LabelledPicture
from datasets.sources import read_picture, read_sets, split
from models.training.command import exit_code
from models.training.evaluate import SIZES_PX, see
from models.training.report import fit
from models.training.score import MATCH_IOU, Floats, curve
from models.training.seen import CACHE, Seen
from models.training.sheets import MOST, otherwise_cut, sheet
from models.training.slices import NEAR_IOU, cases, known, of_sets
from vision import Detections

SHIPPED = Path(__file__).parents[1] / "shipped" / "nano.onnx"
IOUS = (MATCH_IOU, 0.4, 0.3, 0.2, NEAR_IOU)
SAME_SCENE = 0.9
"""Least correlation of two frames in small that show one scene, nearly unchanged."""

_SMALL_PX = (32, 32)


def neighbours(pictures: Iterable[LabelledPicture], name: str) -> Seen:
    """Pictures with a class; as detections, its labels in the frame most like each.

    How well these fit says how far the labels of one scene agree; a thing that moves or grows
    between frames lowers it too, so look at the sheet. Left out are pictures of which no other of
    their group correlates by `SAME_SCENE`.
    """
    class_id = CLASSES.index(name)
    groups: dict[str, list[LabelledPicture]] = {}
    for picture in pictures:
        if (picture.labels.class_ids == class_id).any():
            groups.setdefault(picture.group, []).append(picture)
    pairs: Seen = {}
    for group in (g for g in groups.values() if len(g) > 1):
        frames = [read_picture(p.file) for p in group]
        alike = _correlation(frames)
        for k, best in enumerate(alike.argmax(1)):
            if alike[k, best] >= SAME_SCENE:
                height, width = frames[k].shape[:2]
                pairs[group[k].file] = (group[k], _as_found(group[best], name, (width, height)))
    return pairs


def _correlation(frames: Sequence[NDArray[np.uint8]]) -> Floats:
    """How alike frames are in small and grey, (n, n) in -1..1; none is like itself."""
    small = [cv2.resize(f, _SMALL_PX, interpolation=cv2.INTER_AREA).mean(2) for f in frames]
    flat = np.stack(small).reshape(len(small), -1)
    flat -= flat.mean(1, keepdims=True)
    flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-9)
    alike: Floats = flat @ flat.T
    np.fill_diagonal(alike, -1.0)
    return alike


def _as_found(picture: LabelledPicture, name: str, frame_px: tuple[int, int]) -> Detections:
    labels = picture.labels
    boxes = labels.boxes[labels.class_ids == CLASSES.index(name)] * np.array(frame_px * 2)
    ids = np.full(len(boxes), CLASSES.index(name), np.int64)
    ones = np.ones(len(boxes), np.float32)
    return Detections(boxes.astype(np.float32), ones, ids, CLASSES, frame_px)


def table(seen: Seen, name: str) -> str:
    """Per set and over all: AP at each of `IOUS`, and labels by how the best box fits them."""
    sets = sorted({p.set_name for p, _ in seen.values()})
    parts = {one: of_sets(seen, {one}) for one in sets} | {"all": seen}
    head = "".join(f"{f'AP {iou}':>8}" for iou in IOUS)
    lines = [f"{name:<18}{'boxes':>6}{head}{'same':>6}{'other':>6}{'none':>6}"]
    for part, of_part in parts.items():
        found = [curve(cases(of_part, [name]), iou) for iou in IOUS]
        if found[0].boxes:
            aps = "".join(f"{one.ap50:>8.3f}" for one in found)
            how = fit(of_part, name)
            counts = f"{how.same:>6}{how.other:>6}{how.none:>6}"
            lines.append(f"{part:<18}{found[0].boxes:>6}{aps}{counts}")
    return "\n".join(lines)


def agreement(frames: Seen, name: str) -> str:
    """In one line, how well labels fit those of the frame most alike."""
    how = fit(frames, name)
    return (
        f"labels of {name} beside those of the frame most alike ({len(frames)} frames): "
        f"{how.same} of the same extent, {how.other} of another, {how.none} elsewhere"
    )


def told(seen: Seen, pictures: Iterable[LabelledPicture], name: str) -> str:
    """Both for a model's card: `seen` by the model, and labels of all `pictures`."""
    return f"{table(seen, name)}\n{agreement(neighbours(pictures, name), name)}"


def measure(given: argparse.Namespace) -> None:
    """Print both, and write `frames_CLASS.png`: labels in red beside those of their neighbour."""
    name: str = given.name
    pictures = read_sets(given.data)
    class_id = CLASSES.index(name)
    _, held_out = split(pictures)
    asked = [p for p in held_out if class_id in known(p) or class_id in p.labels.class_ids]
    given.out.mkdir(parents=True, exist_ok=True)
    for size in given.sizes:
        seen = see(given.model, asked, size, given.cache)
        print(f"at {size} px\n{table(seen, name)}\n")
    frames = neighbours(pictures, name)
    print(agreement(frames, name))
    file = given.out / f"frames_{name}.png"
    file.unlink(missing_ok=True)
    unlike = otherwise_cut(frames, [name])
    if unlike:
        cv2.imwrite(str(file), sheet(unlike[:MOST]))


def main(arguments: Sequence[str] | None = None) -> int:
    """Read the command line; returns the exit code, 1 where data or model cannot be used."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", type=Path, default=SHIPPED)
    parser.add_argument("--class", dest="name", choices=CLASSES, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES_PX, help="input sides, px")
    parser.add_argument("--cache", type=Path, default=CACHE, help="what models saw before")
    given = parser.parse_args(arguments)
    return exit_code(lambda: measure(given))


if __name__ == "__main__":
    sys.exit(main())
