"""Training samples: pictures cropped, shrunk, tiled, flipped and recoloured, with what is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.labels import CLASSES, LabelError, LabelledPicture
from datasets.sources import SURELY_ABSENT
from models.training.pseudo import Boxes

Rng = np.random.Generator

STRIDES = (8, 16, 32)
GREY = 114
LEAST_PX = 4.0
LEAST_SHARE = 0.35
TAUGHT_CLASSES = frozenset(range(4))
UNKNOWN, LABELLED, TAUGHT = 0, 1, 2

COMPOSITES = "composites_"
"""Names of sets with pasted machines begin so."""

BOXED_IN_PART: dict[str, int] = {"liuzifan_fire": 8, "liuzifan_smoke": 7}
"""Sets that box one part of a blaze or plume and leave the rest (seen on contact sheets): their
class says nothing farther from a box than half its size."""


@dataclass(frozen=True, slots=True)
class Source:
    """One picture to draw samples from: labels and accepted boxes (class, x1, y1, x2, y2; 0..1)."""

    picture: LabelledPicture
    boxes: Boxes
    weight: float

    @property
    def modes(self) -> NDArray[np.uint8]:
        """How each class is learned in this picture, away from any box.

        Old classes are taught even where a set lists them: labels of far people and vehicles are
        never complete, and what the teacher knows is what must not be forgotten.
        """
        absent = SURELY_ABSENT.get(self.picture.set_name, frozenset())
        known = self.picture.exhaustive | absent
        if len(self.picture.exhaustive) < len(CLASSES):
            known -= TAUGHT_CLASSES - absent
        modes = [
            LABELLED if c in known else TAUGHT if c in TAUGHT_CLASSES else UNKNOWN
            for c in range(len(CLASSES))
        ]
        return np.array(modes, np.uint8)


@dataclass(frozen=True, slots=True)
class Sample:
    """One network input: BGR picture (side, side, 3), boxes (n, 5) in pixels, modes per anchor."""

    picture: NDArray[np.uint8]
    boxes: NDArray[np.float32]
    modes: NDArray[np.uint8]


def anchor_points(side: int) -> NDArray[np.float32]:
    """Centres (n, 2) in pixels of all anchors of a square input, in the network's order."""
    grids = []
    for stride in STRIDES:
        at = (np.arange(side // stride, dtype=np.float32) + 0.5) * stride
        x, y = np.meshgrid(at, at)
        grids.append(np.stack([x.ravel(), y.ravel()], 1))
    return np.concatenate(grids)


def draw(sources: Sequence[Source], chances: NDArray[np.float64], side: int, rng: Rng) -> Sample:
    """One sample: a single picture, or a grid of 2x2 or 3x3 shrunken ones."""
    across = int(rng.choice([1, 2, 3], p=[0.62, 0.28, 0.10]))
    canvas = np.full((side, side, 3), GREY, np.uint8)
    points = anchor_points(side)
    modes = np.full((len(points), len(CLASSES)), LABELLED, np.uint8)
    kept: list[NDArray[np.float32]] = []
    cut = np.linspace(0, side, across + 1).astype(int)
    for row in range(across):
        for column in range(across):
            cell = (cut[column], cut[row], cut[column + 1], cut[row + 1])
            source = sources[int(rng.choice(len(sources), p=chances))]
            kept.append(_place(source, cell, canvas, modes, points, rng, tiled=across > 1))
    return Sample(_disturb(canvas, rng), np.concatenate(kept), modes)


def _place(
    source: Source,
    cell: tuple[int, int, int, int],
    canvas: NDArray[np.uint8],
    modes: NDArray[np.uint8],
    points: NDArray[np.float32],
    rng: Rng,
    *,
    tiled: bool,
) -> NDArray[np.float32]:
    """Put a picture into its cell, mark what is known there, return its boxes in pixels."""
    x1, y1, x2, y2 = cell
    image = _read(source)
    boxes = source.boxes.copy()
    if rng.random() < 0.5:
        image = np.ascontiguousarray(image[:, ::-1])
        boxes[:, [1, 3]] = 1 - boxes[:, [3, 1]]
    height, width = image.shape[:2]
    matrix = _placement(source, boxes, (width, height), cell, rng, tiled=tiled)
    size = (x2 - x1, y2 - y1)
    smooth = cv2.INTER_AREA if matrix[0, 0] < 0.5 else cv2.INTER_LINEAR
    if matrix[0, 0] < 0.5:  # warping alone would alias
        k = np.array([matrix[0, 0], matrix[1, 1]])
        small = (max(1, round(width * k[0])), max(1, round(height * k[1])))
        image, matrix = (
            cv2.resize(image, small, interpolation=smooth).astype(np.uint8),
            matrix.copy(),
        )
        matrix[0, 0], matrix[1, 1] = width * k[0] / small[0], height * k[1] / small[1]
        boxes[:, 1:] *= np.array([small * 2], np.float32)
    else:
        boxes[:, 1:] *= np.array([(width, height) * 2], np.float32)
    grey = (GREY, GREY, GREY)
    placed = cv2.warpAffine(image, matrix, size, flags=cv2.INTER_LINEAR, borderValue=grey)
    canvas[y1:y2, x1:x2] = placed
    boxes[:, 1::2] = boxes[:, 1::2] * matrix[0, 0] + matrix[0, 2] + x1
    boxes[:, 2::2] = boxes[:, 2::2] * matrix[1, 1] + matrix[1, 2] + y1
    mine = _inside(points, np.array(cell, np.float32))
    modes[mine] = source.modes
    partly = BOXED_IN_PART.get(source.picture.set_name)
    if partly is not None:
        near = [_inside(points, _grown(b[1:])) for b in boxes if b[0] == partly]
        modes[mine & ~np.any(near, axis=0), partly] = UNKNOWN
    return _clip(boxes, cell, modes, points)


def _placement(
    source: Source,
    boxes: Boxes,
    size: tuple[int, int],
    cell: tuple[int, int, int, int],
    rng: Rng,
    *,
    tiled: bool,
) -> NDArray[np.float64]:
    """The 2x3 matrix from picture to cell: fit, then zoom, stretch a little and shift."""
    width, height = size
    cell_w, cell_h = cell[2] - cell[0], cell[3] - cell[1]
    fit = min(cell_w / width, cell_h / height)
    pasted = source.picture.set_name.startswith(COMPOSITES)
    site = pasted or source.picture.set_name == "site_camera_train"  # what they show is small
    low, high = (0.8, 1.3) if tiled else (0.75, 2.2) if pasted else (0.9, 3.0)
    if not (tiled or site):
        low, high = 0.45, 1.5
    zoom = float(np.exp(rng.uniform(np.log(low), np.log(high)))) * fit
    stretch = float(np.exp(rng.uniform(-0.12, 0.12)))
    k = np.array([zoom * stretch, zoom / stretch])
    focus = rng.random(2)
    if site and len(boxes) and zoom > fit:
        x = boxes[rng.integers(len(boxes))]
        focus = np.array([(x[1] + x[3]) / 2, (x[2] + x[4]) / 2])
        wanted = np.array([cell_w, cell_h]) * rng.uniform(0.2, 0.8, 2) - focus * k * size
    else:
        wanted = focus * (np.array([cell_w, cell_h]) - k * size)
    room = np.array([cell_w, cell_h]) - k * size
    shift = np.clip(wanted, np.minimum(room, 0), np.maximum(room, 0))
    return np.array([[k[0], 0, shift[0]], [0, k[1], shift[1]]], np.float64)


def _clip(
    boxes: NDArray[np.float32],
    cell: tuple[int, int, int, int],
    modes: NDArray[np.uint8],
    points: NDArray[np.float32],
) -> NDArray[np.float32]:
    """Boxes cut to the cell; where too little is left, nothing is said about that place."""
    whole = boxes[:, 1:].copy()
    x1, y1, x2, y2 = cell
    boxes[:, 1::2] = boxes[:, 1::2].clip(x1, x2)
    boxes[:, 2::2] = boxes[:, 2::2].clip(y1, y2)
    sides: NDArray[np.float32] = boxes[:, 3:] - boxes[:, 1:3]
    full = np.prod(whole[:, 2:] - whole[:, :2], 1)
    good = (sides.min(1, initial=np.inf) >= LEAST_PX) & (np.prod(sides, 1) >= LEAST_SHARE * full)
    for box in boxes[~good]:
        modes[_inside(points, box[1:])] = UNKNOWN
    return np.asarray(boxes[good & (boxes[:, 0] >= 0)], np.float32)


def _inside(points: NDArray[np.float32], box: NDArray[np.float32]) -> NDArray[np.bool_]:
    return np.asarray(((points >= box[:2]) & (points < box[2:])).all(1))


@lru_cache(maxsize=6000)
def _coded(file: Path) -> NDArray[np.uint8]:
    """The bytes of a picture's file, kept: an epoch reads each file several times."""
    return np.fromfile(file, np.uint8)


def _grown(box: NDArray[np.float32]) -> NDArray[np.float32]:
    """The box with half its size added on each side."""
    half = (box[2:] - box[:2]) / 2
    return np.concatenate([box[:2] - half, box[2:] + half]).astype(np.float32)


def _read(source: Source) -> NDArray[np.uint8]:
    image = cv2.imdecode(_coded(source.picture.file), cv2.IMREAD_COLOR)
    if image is None:
        raise LabelError(str(source.picture.file), "is no picture that can be read", "remove it")
    return image.astype(np.uint8, copy=False)


def _disturb(image: NDArray[np.uint8], rng: Rng) -> NDArray[np.uint8]:
    """Colour, light, noise, blur and compression as cameras have them."""
    steps = np.arange(256)
    hue = (steps + rng.uniform(-4, 4)) % 180
    saturation = steps * (rng.uniform(0.5, 1.4) if rng.random() > 0.08 else 0.0)
    value = steps * rng.uniform(0.6, 1.3)
    curves = np.stack([hue, saturation, value], 1).clip(0, 255).astype(np.uint8)[None]
    hsv = cv2.cvtColor(image, cv2.COLOR_BGR2HSV)
    image = cv2.cvtColor(cv2.LUT(hsv, curves), cv2.COLOR_HSV2BGR).astype(np.uint8)
    if rng.random() < 0.1:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.4, 1.2)).astype(np.uint8)
    if rng.random() < 0.15:
        noise = rng.normal(0, rng.uniform(2, 10), image.shape)
        image = (image + noise).clip(0, 255).astype(np.uint8)
    if rng.random() < 0.2:
        _, coded = cv2.imencode(
            ".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 75))]
        )
        decoded = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        image = decoded.astype(np.uint8) if decoded is not None else image
    return image
