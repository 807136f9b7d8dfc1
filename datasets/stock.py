"""What a side may paste: cut-outs of its labelled pictures, drawn ones, look-alikes, patches."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from datasets.backgrounds import Background, chances
from datasets.compose import Stock
from datasets.cutouts import EXCAVATOR, Cutout, cut
from datasets.labels import CLASSES, LabelledPicture
from datasets.parallel import each
from datasets.rendered import rendered
from datasets.sources import read_picture
from datasets.withground import with_ground

DONORS: dict[str, frozenset[str]] = {
    "mine_shovels": frozenset({"excavator"}),
    "site_photos": frozenset({"excavator", "machine"}),
    "css_originals": frozenset({"excavator", "machine"}),
    "site_camera_train": frozenset({"machine"}),
    "forklifts": frozenset({"forklift"}),
    "road_vehicles": frozenset({"truck", "car"}),
    "coco_train": frozenset({"person"}),
}
"""Which classes are cut out of which sets."""
MOST = {"forklift": 60, "truck": 40, "person": 60, "car": 40}
"""At most so many cut-outs where a class has more than it needs."""


def cut_all(
    pictures: Sequence[LabelledPicture], counts: Counter[str], processes: int = 1
) -> list[Cutout]:
    """Good cut-outs of all donors; `counts` gets how many of each class were kept or why not."""
    found: list[Cutout] = []
    kept: Counter[str] = Counter()
    donors = [p for p in pictures if p.set_name in DONORS]
    for results in each(_cut, donors, processes):
        for origin, name, got in results:
            full = kept[name] >= MOST.get(name, len(found) + 1)
            why = got if isinstance(got, str) else "more than needed" if full else "kept"
            counts[f"{origin} {name}: {why}"] += 1
            if isinstance(got, Cutout) and not full:
                kept[name] += 1
                found.append(got)
    return found


def _cut(picture: LabelledPicture) -> list[tuple[str, str, Cutout | str]]:
    """For each wanted box of a picture: set, class, and its cut-out or why there is none."""
    wanted = DONORS[picture.set_name]
    rows = [i for i, c in enumerate(picture.labels.class_ids) if CLASSES[int(c)] in wanted]
    image = read_picture(picture.file) if rows else None
    results: list[tuple[str, str, Cutout | str]] = []
    for i in rows:
        class_id = int(picture.labels.class_ids[i])
        got: Cutout | str | None = _alone(picture, i)
        if got is None and image is not None:
            origin = f"{picture.set_name}/{picture.file.stem}"
            got = cut(image, picture.labels.boxes[i], class_id, origin)
        if got is not None:
            results.append((picture.set_name, CLASSES[class_id], got))
    return results


def _alone(picture: LabelledPicture, i: int) -> str | None:
    """A thing overlapped by another box would bring parts of it along."""
    boxes = picture.labels.boxes
    sides = np.minimum(boxes[:, 2:], boxes[i, 2:]) - np.maximum(boxes[:, :2], boxes[i, :2])
    shared = np.prod(sides.clip(0), 1) / max(float(np.prod(boxes[i, 2:] - boxes[i, :2])), 1e-9)
    shared[i] = 0
    if (shared > 0.2).any():
        return "another box over it"
    wide, tall = boxes[i, 2:] - boxes[i, :2]
    person = CLASSES[int(picture.labels.class_ids[i])] == "person"
    return "no whole figure" if person and tall < 1.3 * wide else None


def drawn(count: int, seed: int) -> list[Cutout]:
    """Drawn cut-outs: half excavators, some of everything else, a quarter look-alikes."""
    names = ["excavator", "machine", "excavator", "lookalike", "excavator", "truck", "forklift"]
    names += ["lookalike", "excavator", "car"]
    found = []
    for k in range(count):
        rng = np.random.default_rng([seed, 77, k])
        tall = float(rng.uniform(40, 130))
        made = rendered(names[k % len(names)], rng, height_px=tall)
        if made is not None and min(made.alpha.shape) >= 8:
            found.append(made)
    return found


def moved(pictures: Sequence[LabelledPicture]) -> list[Cutout]:
    """Far excavators of fixed cameras, each with the ground around it."""
    found = []
    for p in (p for p in pictures if p.set_name == "site_camera_train"):
        picture = read_picture(p.file)
        for i, box in enumerate(p.labels.boxes):
            if p.labels.class_ids[i] == EXCAVATOR and _alone(p, i) is None:
                got = with_ground(picture, box, EXCAVATOR, f"{p.set_name}/{p.file.stem}")
                found += [got] if got is not None else []
    return found


def stock(
    cutouts: Sequence[Cutout], patches: Sequence[Background], with_their_ground: Sequence[Cutout]
) -> Stock:
    """Cut-outs sorted by class; those of no class are look-alikes."""
    things = {name: [c for c in cutouts if c.class_id == k] for k, name in enumerate(CLASSES)}
    lookalikes = [c for c in cutouts if c.class_id < 0]
    return Stock(things, lookalikes, with_their_ground, patches, chances(patches))
