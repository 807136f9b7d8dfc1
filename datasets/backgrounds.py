"""Pictures to paste onto: what is labelled in them, where the ground is, how tall a machine is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.labels import CLASSES, LabelledPicture, Labels
from datasets.parallel import each
from datasets.scenes.random_picture import random_picture
from datasets.sources import SURELY_ABSENT, read_picture
from vision.types import Picture

Rng = np.random.Generator
_FIRST_PLACE = 1_700_000
_LEAST_SHARE = 0.6
ALL = frozenset(range(len(CLASSES)))


@dataclass(frozen=True, slots=True)
class Ground:
    """Where feet may stand, as shares of the picture's height, and how tall an excavator is there.

    Its height grows evenly from `far_tall` at `top` to `near_tall` at `bottom`.
    """

    top: float
    bottom: float
    far_tall: float
    near_tall: float

    def tall(self, y: float) -> float:
        """Height of an excavator whose foot is at `y`, as a share of the picture's height."""
        at = (y - self.top) / (self.bottom - self.top)
        return self.far_tall + at * (self.near_tall - self.far_tall)


_GROUNDS = {
    "site_camera_train": Ground(0.55, 0.96, 0.045, 0.16),
    "site_clutter": Ground(0.26, 0.97, 0.06, 0.17),
    "traffic_cameras": Ground(0.45, 0.98, 0.06, 0.28),
    "zhxu_roadfog": Ground(0.60, 0.97, 0.07, 0.26),
    "css_originals": Ground(0.62, 0.97, 0.06, 0.24),
    "lookalikes": Ground(0.70, 0.97, 0.06, 0.22),
    "fog_swing": Ground(0.85, 0.98, 0.08, 0.2),
    "night_ir": Ground(0.45, 0.97, 0.07, 0.22),
    "intel_car": Ground(0.15, 0.98, 0.12, 0.25),
    "left_bag": Ground(0.3, 0.98, 0.1, 0.25),
    "places": Ground(0.45, 0.97, 0.05, 0.25),
    "one_by_one": Ground(0.82, 0.98, 0.14, 0.22),
}
_ELSEWHERE = Ground(0.60, 0.97, 0.06, 0.24)

WEIGHTS = {
    "site_camera_train": 9.0,
    "site_clutter": 9.0,
    "traffic_cameras": 0.35,
    "zhxu_roadfog": 0.2,
    "css_originals": 0.5,
    "lookalikes": 0.6,
    "coco_train": 0.25,
    "fog_swing": 2.0,
    "night_ir": 3.0,
    "intel_car": 2.0,
    "left_bag": 3.0,
    "one_by_one": 1.0,
    "places": 1.5,
}
"""How often a picture of a set is taken, beside the others."""
NEGATIVE_WEIGHTS = {
    **WEIGHTS,
    "zhxu_roadfog": 2.0,
    "traffic_cameras": 1.0,
    "lookalikes": 6.0,
    "fog_swing": 6.0,
    "site_clutter": 12.0,
    "site_camera_train": 0.0,
}
"""The same for pictures without anything that has a box: fog, lamps at night, beacons, formwork."""

FRAMES: tuple[tuple[str, str, tuple[float, ...], frozenset[int], bool], ...] = (
    ("fog_swing_480p", "fog_swing", (1, 9, 17, 25), ALL, False),
    ("night_ir_cctv_hvc1", "night_ir", (2, 30, 60), ALL, False),
    ("vehicles_intel_car_432p", "intel_car", (2, 11, 21), ALL - {0, 1, 2, 3}, False),
    ("people_onebyone_indoor_432p", "one_by_one", (2, 21.5), ALL, False),
    ("leftbag_aboda4_480p", "left_bag", (5, 8, 25), ALL - {1, 2, 3}, True),
)
"""Clip, name, seconds at which it is empty, classes surely absent, whether it is for validation."""


@dataclass(frozen=True, slots=True)
class Background:
    """One picture to paste onto; `labels` and `exhaustive` hold for it as it is."""

    file: Path
    set_name: str
    labels: Labels
    exhaustive: frozenset[int]

    @property
    def ground(self) -> Ground:
        """Where things stand in it."""
        return _GROUNDS.get(self.set_name, _ELSEWHERE)


def from_sets(pictures: Sequence[LabelledPicture]) -> list[Background]:
    """The pictures of those sets that make backgrounds."""
    found = []
    for p in pictures:
        absent = SURELY_ABSENT.get(p.set_name, frozenset())
        if p.set_name in WEIGHTS:
            found.append(Background(p.file, p.set_name, p.labels, p.exhaustive | absent))
    return found


def empty_frames(videos: Path, out: Path, *, validation: bool) -> list[Background]:
    """Frames of clips at moments without anybody, written to `out`; absent clips are left out."""
    nothing = Labels(np.zeros(0, np.int64), np.zeros((0, 4), np.float32))
    found = []
    for clip, name, seconds, absent, for_validation in FRAMES:
        if for_validation != validation or not (videos / f"{clip}.mp4").is_file():
            continue
        out.mkdir(parents=True, exist_ok=True)
        for at_s in seconds:
            file = out / f"{name}_{at_s:g}s.png"
            if not file.is_file():
                cv2.imwrite(str(file), _frame(videos / f"{clip}.mp4", at_s))
            found.append(Background(file, name, nothing, absent))
    return found


def places(out: Path, count: int, seed: int, processes: int) -> list[Background]:
    """Drawn places without anything that has a box, written to `out`: mostly building sites."""
    out.mkdir(parents=True, exist_ok=True)
    files = [out / f"place_{seed}_{k:04d}.png" for k in range(count)]

    def render(k: int) -> None:
        if not files[k].is_file():
            place = "site" if k % 2 else None
            picture, _ = random_picture(_FIRST_PLACE + seed + k, place=place, max_objects=0)
            cv2.imwrite(str(files[k]), picture)

    for _ in each(render, range(count), processes):
        pass
    nothing = Labels(np.zeros(0, np.int64), np.zeros((0, 4), np.float32))
    return [Background(file, "places", nothing, ALL) for file in files]


def chances(
    backgrounds: Sequence[Background], by_set: Mapping[str, float] = WEIGHTS
) -> NDArray[np.float64]:
    """How likely each is taken (n,); they add up to one."""
    weights = np.array([by_set[b.set_name] for b in backgrounds], np.float64)
    return np.asarray(weights / weights.sum())


def _frame(video: Path, at_s: float) -> Picture:
    clip = cv2.VideoCapture(str(video))
    clip.set(cv2.CAP_PROP_POS_MSEC, at_s * 1000)
    ok, frame = clip.read()
    clip.release()
    if not ok:
        raise OSError(f"{video}: no frame at {at_s} s")
    height = round(frame.shape[1] * 9 / 16)  # a portrait picture keeps its lower, nearer part
    return np.asarray(frame[-min(height, frame.shape[0]) :], np.uint8)


def view(background: Background, long_px: int, rng: Rng) -> tuple[Picture, Labels, Ground]:
    """The background at a size, often a part of it, mirrored by chance, in other light."""
    picture = read_picture(background.file)
    labels, ground = background.labels, background.ground
    if rng.random() < 0.6:
        share = float(rng.uniform(0.55, 0.95))
        corner = rng.uniform(0, 1 - share, 2)
        picture, labels, ground = _part(picture, labels, ground, corner, share)
    if rng.random() < 0.5:
        picture = np.ascontiguousarray(picture[:, ::-1])
        labels = Labels(labels.class_ids, _mirrored(labels.boxes), _mirrored(labels.ignore))
    k = long_px / max(picture.shape[:2])
    size = (round(picture.shape[1] * k), round(picture.shape[0] * k))
    smooth = cv2.INTER_AREA if k < 1 else cv2.INTER_CUBIC
    picture = np.asarray(cv2.resize(picture, size, interpolation=smooth), np.uint8)
    if rng.random() < 0.6:
        gain, gamma = rng.uniform(0.8, 1.15), float(np.exp(rng.uniform(-0.25, 0.25)))
        table = 255 * (np.arange(256) / 255) ** gamma * gain
        picture = np.asarray(cv2.LUT(picture, table.clip(0, 255).astype(np.uint8)), np.uint8)
    return picture, labels, ground


def _mirrored(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
    out = boxes.copy()
    out[:, [0, 2]] = 1 - boxes[:, [2, 0]]
    return out


def _part(
    picture: Picture, labels: Labels, ground: Ground, corner: NDArray[np.float64], share: float
) -> tuple[Picture, Labels, Ground]:
    """A window of `share` of both sides; of boxes cut too far only an ignore region is left."""
    height, width = picture.shape[:2]
    y0 = float(min(corner[1], max(0.0, ground.bottom - 0.7 * share)))
    x1, y1 = round(corner[0] * width), round(y0 * height)
    window = picture[y1 : y1 + round(share * height), x1 : x1 + round(share * width)]
    origin = np.array([corner[0], y0] * 2, np.float32)

    def moved(boxes: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray((boxes - origin) / share, np.float32)

    whole = moved(labels.boxes)
    boxes = whole.clip(0, 1)
    left = np.prod(boxes[:, 2:] - boxes[:, :2], 1) / np.prod(whole[:, 2:] - whole[:, :2], 1)
    good, cut = left >= _LEAST_SHARE, (left > 0) & (left < _LEAST_SHARE)
    ignore = moved(labels.ignore).clip(0, 1)
    ignore = ignore[np.prod(ignore[:, 2:] - ignore[:, :2], 1) > 0]
    kept = Labels(labels.class_ids[good], boxes[good], np.concatenate([ignore, boxes[cut]]))
    top = max(0.03, (ground.top - y0) / share)
    bottom = min(0.98, (ground.bottom - y0) / share)
    tall = [ground.tall(y0 + y * share) / share for y in (top, bottom)]
    return window, kept, Ground(top, max(bottom, top + 0.05), tall[0], tall[1])
