"""Pictures for `benchmarks.far`: real ones by side, and excavators pasted small into places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from datasets.labels import CLASSES, LabelledPicture, Labels
from datasets.sources import read_set, split
from vision import Picture

EXCAVATOR = CLASSES.index("excavator")
HEIGHTS_PX = (20, 28, 40, 56)
_MARGIN, _FEATHER = 0.06, 0.08
_QUALITY = 85
_LONG_PX = 960


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture and what is known of it."""

    picture: Picture
    known: LabelledPicture


@dataclass(frozen=True, slots=True)
class Side:
    """Pictures of training groups or of validation groups, by what they are for."""

    site: tuple[LabelledPicture, ...]
    empty: dict[str, tuple[LabelledPicture, ...]]
    diggers: tuple[LabelledPicture, ...]


def sides(data: Path, most_empty: int) -> tuple[Side, Side]:
    """Training side and validation side; of each set without machines the first `most_empty`."""
    machines = data / "machines"
    parts = {
        name: split(read_set(machines / name))
        for name in (
            "site_camera_train", "site_clutter", "traffic_cameras", "road_vehicles", "mine_shovels",
        )
    }  # fmt: skip
    one, two = (
        Side(
            site=tuple(parts["site_camera_train"][k]),
            empty={
                name: tuple(parts[name][k][:most_empty])
                for name in ("site_clutter", "traffic_cameras", "road_vehicles")
            },
            diggers=tuple(parts["mine_shovels"][k]),
        )
        for k in (0, 1)
    )
    return one, two


def shown(pictures: tuple[LabelledPicture, ...]) -> Iterator[Shown]:
    """The pictures, read."""
    for known in pictures:
        yield Shown(_read(known.file), known)


def pasted(side: Side, count: int, seed: int = 9) -> Iterator[Shown]:
    """Excavators of a side, 20 to 56 px high, on that side's site and road pictures."""
    chance = np.random.default_rng(seed)
    grounds = [*side.empty["site_clutter"], *side.empty["traffic_cameras"]]
    for k in range(count):
        digger = side.diggers[int(chance.integers(len(side.diggers)))]
        ground = _read(grounds[int(chance.integers(len(grounds)))].file)
        scale = _LONG_PX / max(ground.shape[:2])
        ground = np.asarray(cv2.resize(ground, None, fx=scale, fy=scale), np.uint8)
        yield _paste(ground, digger, HEIGHTS_PX[k % len(HEIGHTS_PX)], chance)


def _paste(
    ground: Picture, digger: LabelledPicture, height_px: int, chance: np.random.Generator
) -> Shown:
    """One excavator with a soft edge, in the light of its new place, compressed with it."""
    cut, inner = _cut(digger)
    factor = height_px / (inner[3] - inner[1])
    size = [max(4, round(side * factor)) for side in (cut.shape[1], cut.shape[0])]
    small = cv2.resize(cut, size, interpolation=cv2.INTER_AREA).astype(np.float32)
    rows, columns = ground.shape[:2]
    x = int(chance.integers(columns - size[0]))
    y = int(chance.integers(round(0.35 * rows), rows - size[1]))
    place = ground[y : y + size[1], x : x + size[0]].astype(np.float32)
    light = np.clip(place.mean() / max(small.mean(), 1.0), 0.7, 1.4)
    edge = np.zeros((size[1], size[0]), np.float32)
    soft = max(1, round(_FEATHER * min(size)))
    edge[soft : size[1] - soft, soft : size[0] - soft] = 1
    mask = cv2.GaussianBlur(edge, (0, 0), soft / 1.5)[..., None]
    picture = ground.copy()
    mixed = np.clip(small * light, 0, 255) * mask + place * (1 - mask)
    picture[y : y + size[1], x : x + size[0]] = mixed.astype(np.uint8)
    coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1]
    decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    box = np.array(inner, np.float64) * factor + [x, y, x, y]
    labels = Labels(
        np.array([EXCAVATOR]), (box / [columns, rows, columns, rows]).astype(np.float32)[None]
    )
    known = LabelledPicture(digger.file, "pasted", digger.group, labels, frozenset({EXCAVATOR}))
    return Shown(np.asarray(decoded, np.uint8), known)


def _cut(digger: LabelledPicture) -> tuple[Picture, list[float]]:
    """The largest excavator of a picture with a margin, and its box inside the cut-out."""
    picture = _read(digger.file)
    rows, columns = picture.shape[:2]
    boxes = digger.labels.boxes[digger.labels.class_ids == EXCAVATOR] * [
        columns, rows, columns, rows,
    ]  # fmt: skip
    x1, y1, x2, y2 = boxes[np.argmax((boxes[:, 2:] - boxes[:, :2]).prod(1))]
    across, down = _MARGIN * (x2 - x1), _MARGIN * (y2 - y1)
    left, top = int(max(0, x1 - across)), int(max(0, y1 - down))
    right, bottom = int(min(columns, x2 + across)), int(min(rows, y2 + down))
    inner = [x1 - left, y1 - top, x2 - left, y2 - top]
    return picture[top:bottom, left:right], [float(v) for v in inner]


def _read(file: Path) -> Picture:
    picture = cv2.imread(str(file))
    if picture is None:
        raise OSError(f"{file} is no picture")
    return picture.astype(np.uint8, copy=False)
