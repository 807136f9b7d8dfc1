"""Readers of the picture sets: a folder with images/, labels/ and meta.json each."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from datasets.labels import LabelError, LabelledPicture, class_set, read_labels
from vision.types import Picture

VALIDATION_SHARE = 0.15
HELD_OUT = frozenset(
    {
        "chronsite/slab_site",
        "hall_site",
        "atl/tree_road_B",
        "pexels",
        "highway_600_699",
        "Cb",
        "beacon",
        "dust",
    }
)
"""Groups kept for validation where a set has only a few; elsewhere a hash of the name decides.

`css_originals` keeps none: its groups are in `css_mosaics` too.
"""

_FEW_GROUPS = frozenset(
    {
        "site_camera_train",
        "site_clutter",
        "traffic_cameras",
        "abonia_firecctv",
        "css_originals",
        "clouds_ccsn",
        "lookalikes",
    }
)

SURELY_ABSENT: dict[str, frozenset[int]] = {
    "coco_train": frozenset({4, 5, 6, 7, 8}),
    "traffic_cameras": frozenset({4, 5, 6, 7, 8}),
    "road_vehicles": frozenset({6, 7, 8}),
    "openimages_vehicles": frozenset({6, 7}),
    "forklifts": frozenset({4, 7, 8}),
    "css_originals": frozenset({6, 8}),
    "zhxu_roadfog": frozenset({4, 5, 6}),
    "clouds_ccsn": frozenset(range(9)),
    "lookalikes": frozenset({6}),
    "abonia_firecctv": frozenset({4, 6}),
}
"""Classes that a set does not list and is taken not to show without a box.

Seen on contact sheets for `road_vehicles`, `openimages_vehicles` and `lookalikes` (an excavator
and a dump truck stand under two of its skies); for the other sets it is assumed from their
descriptions. Training learns from it, and it feeds the false-alarm counts.
"""
_SIDES = (None, "training", "validation")


def read_picture(file: Path) -> Picture:
    """The picture in BGR; what cannot be decoded raises `LabelError` naming it."""
    picture = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if picture is None:
        raise LabelError(str(file), "is no picture that can be read", "restore or remove it")
    return np.asarray(picture, np.uint8)


def read_sets(root: Path) -> tuple[LabelledPicture, ...]:
    """All pictures of all sets below `root`, in a fixed order."""
    metas = sorted(root.rglob("meta.json"))
    if not metas:
        raise LabelError(str(root), "holds no meta.json", "point --data at the folder of the sets")
    return tuple(picture for meta in metas for picture in read_set(meta.parent))


def read_set(folder: Path) -> tuple[LabelledPicture, ...]:
    """The pictures of one set; what is wrong with it raises `LabelError`."""
    meta_file = folder / "meta.json"
    meta = _read_json(meta_file)
    exhaustive = class_set(f"{meta_file}: exhaustive", meta.get("exhaustive", ()))
    side = meta.get("side")
    if side not in _SIDES:
        raise LabelError(f"{meta_file}: side", f"is {side!r}", "use training or validation")
    groups = _groups(meta.get("split_groups"))
    pictures = sorted(p for p in (folder / "images").iterdir() if p.suffix in {".jpg", ".png"})
    if not pictures:
        raise LabelError(str(folder / "images"), "holds no picture", "remove the empty set")
    return tuple(
        LabelledPicture(
            file=file,
            set_name=folder.name,
            group=groups.get(file.stem, f"{folder.name}/{file.stem}"),
            labels=read_labels(folder / "labels" / f"{file.stem}.txt"),
            exhaustive=exhaustive,
            side=side,
        )
        for file in pictures
    )


def is_validation(picture: LabelledPicture) -> bool:
    """Whether its group is kept for validation. The same group always gets the same answer."""
    if picture.side is not None:
        return picture.side == "validation"
    if picture.set_name in _FEW_GROUPS:
        return picture.group in HELD_OUT
    return zlib.crc32(picture.group.encode()) % 1000 < VALIDATION_SHARE * 1000


def split(
    pictures: Iterable[LabelledPicture],
) -> tuple[list[LabelledPicture], list[LabelledPicture]]:
    """Training pictures and validation pictures, divided by group."""
    sides: tuple[list[LabelledPicture], list[LabelledPicture]] = ([], [])
    for picture in pictures:
        sides[is_validation(picture)].append(picture)
    return sides


def _groups(found: object) -> dict[str, str]:
    """Picture to group; sets write it this way or as group to pictures, or not at all."""
    if not isinstance(found, Mapping):
        return {}
    groups: dict[str, str] = {}
    for key, value in found.items():
        if isinstance(value, list):
            groups.update((str(stem), str(key)) for stem in value)
        else:
            groups[str(key)] = str(value)
    return groups


def _read_json(file: Path) -> dict[str, Any]:  # Any: JSON of other people
    try:
        meta = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise LabelError(
            str(file), f"cannot be read ({error})", "restore the description"
        ) from None
    if not isinstance(meta, dict):
        raise LabelError(str(file), "is no JSON object", "restore the description")
    return meta
