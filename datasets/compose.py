"""Composites: small and far things pasted where they could stand, look-alikes beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.backgrounds import Background, Ground, view
from datasets.cutouts import Cutout
from datasets.effects import disturbed
from datasets.labels import Labels
from datasets.paste import blob, paste, sun
from datasets.sources import read_picture
from datasets.withground import move, with_ground
from vision.types import Picture

Floats = NDArray[np.float32]
Rng = np.random.Generator

_SHARES = {
    "excavator": 0.58,
    "machine": 0.14,
    "forklift": 0.07,
    "truck": 0.07,
    "car": 0.05,
    "person": 0.09,
}
_TALL = {
    "excavator": 1.0,
    "machine": 0.8,
    "forklift": 0.6,
    "truck": 0.85,
    "car": 0.42,
    "person": 0.45,
}
"""Heights beside an excavator's."""
_HEIGHT_PX = (15.0, 132.0)
_COVERED = 0.15
_STRETCH = 1.15
_MOVED = 0.5
SITES = frozenset({"site_camera_train", "site_clutter", "places"})
"""Backgrounds whose ground is bare enough for things to bring theirs along."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a kind of composite shows.

    `things` is the least and most things with a box, `excavators_px` their height where there
    are to be excavators only; `lookalikes` the least and most of those; `long_px` the picture's
    long side; `disturbed` how often a camera effect comes on top.
    """

    things: tuple[int, int]
    lookalikes: tuple[int, int]
    long_px: tuple[int, int]
    disturbed: float
    excavators_px: tuple[float, float] | None = None


TRAINED = Recipe(things=(0, 6), lookalikes=(0, 3), long_px=(640, 960), disturbed=0.15)
EVALUATED = Recipe((2, 4), (0, 3), (640, 640), 0.0, excavators_px=(32.0, 64.0))
NEGATIVE = Recipe(things=(0, 0), lookalikes=(1, 5), long_px=(480, 960), disturbed=0.6)


@dataclass(frozen=True, slots=True)
class Stock:
    """What a side (training or validation) may paste: cut-outs by class name, and patches."""

    things: Mapping[str, Sequence[Cutout]]
    lookalikes: Sequence[Cutout]
    with_ground: Sequence[Cutout]
    patches: Sequence[Background]
    patch_chances: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Composite:
    """A picture with the labels of its background and of what was pasted.

    `heights_px` are the heights of the pasted things, by class id.
    """

    picture: Picture
    labels: Labels
    exhaustive: frozenset[int]
    background: str
    heights_px: tuple[tuple[int, float], ...]


def composite(
    background: Background, stock: Stock, rng: Rng, recipe: Recipe = TRAINED
) -> Composite:
    """One composite of a recipe."""
    picture, labels, ground = view(background, _between(recipe.long_px, rng), rng)
    light = sun(rng)
    height, width = picture.shape[:2]
    scale = np.array([width, height] * 2, np.float32)
    taken = [*(labels.boxes * scale), *(labels.ignore * scale)]
    if background.set_name not in SITES:
        stock = replace(stock, with_ground=())
    plan = _plan(stock, ground, (width, height), taken, rng, recipe)
    pasted: list[tuple[int, Floats]] = []
    for cutout, foot, tall in plan:
        if cutout.core is None:
            box = paste(picture, cutout, foot, tall, light, rng)
        else:
            box = move(picture, cutout, foot, tall, rng)
        if box is not None and cutout.class_id >= 0:
            pasted.append((cutout.class_id, np.array(box, np.float32)))
    picture = disturbed(picture, rng, recipe.disturbed)
    shown = [(c, b) for k, (c, b) in enumerate(pasted) if _seen(b, [x for _, x in pasted[k + 1 :]])]
    ids = np.array([*labels.class_ids, *(c for c, _ in shown)], np.int64)
    boxes = np.concatenate([labels.boxes, *(b[None] / scale for _, b in shown)]).clip(0, 1)
    hidden = [b[None] / scale for c, b in pasted if not any(b is x for _, x in shown)]
    return Composite(
        _compressed(picture, rng),
        Labels(ids, boxes.astype(np.float32), np.concatenate([labels.ignore, *hidden])),
        background.exhaustive,
        f"{background.set_name}/{background.file.stem}",
        tuple((c, float(b[3] - b[1])) for c, b in shown),
    )


def _plan(
    stock: Stock,
    ground: Ground,
    size: tuple[int, int],
    taken: list[Floats],
    rng: Rng,
    recipe: Recipe,
) -> list[tuple[Cutout, tuple[float, float], float]]:
    """What stands where and how tall, far things first, nothing on a labelled thing."""
    wanted_px, count = recipe.excavators_px, _between(recipe.things, rng)
    names = ["excavator"] * count
    if wanted_px is None:
        names = [str(n) for n in rng.choice(list(_SHARES), count, p=list(_SHARES.values()))]
    names += ["lookalike"] * _between(recipe.lookalikes, rng) + ["patch"] * int(rng.integers(0, 3))
    plan = []
    for name in names:
        cutout = _pick(stock, name, rng)
        if cutout is None:
            continue
        for _ in range(12):
            foot, tall = _stand(cutout, name, ground, size, rng)
            if wanted_px is not None and name == "excavator":
                tall = float(rng.uniform(*wanted_px))
            elif name != "patch":
                tall = min(tall, _STRETCH * cutout.native_px)
            wide = tall * cutout.alpha.shape[1] / cutout.alpha.shape[0]
            box = np.array([foot[0] - wide / 2, foot[1] - tall, foot[0] + wide / 2, foot[1]])
            if box[1] >= 0 and all(_shared(box, b) < _COVERED for b in taken):
                taken.append(box.astype(np.float32))
                plan.append((cutout, foot, tall))
                break
    return sorted(plan, key=lambda p: p[1][1])


def _between(least_most: tuple[int, int], rng: Rng) -> int:
    return int(rng.integers(least_most[0], least_most[1] + 1))


def _pick(stock: Stock, name: str, rng: Rng) -> Cutout | None:
    if name == "patch":
        return _patch(stock, rng)
    pool = stock.lookalikes if name == "lookalike" else stock.things.get(name, ())
    if name == "excavator" and stock.with_ground and rng.random() < _MOVED:
        pool = stock.with_ground
    return pool[int(rng.integers(len(pool)))] if pool else None


def _patch(stock: Stock, rng: Rng) -> Cutout | None:
    """A bare patch of some background, off all labels."""
    source = stock.patches[int(rng.choice(len(stock.patches), p=stock.patch_chances))]
    extent = rng.uniform(0.06, 0.2, 2)
    corner = rng.uniform(0, 1 - extent)
    box = np.concatenate([corner, corner + extent]).astype(np.float32)
    if any(_shared(box, b) > 0.02 for b in [*source.labels.boxes, *source.labels.ignore]):
        return None
    picture, origin = read_picture(source.file), f"{source.set_name}/{source.file.stem}"
    if source.set_name in SITES and rng.random() < _MOVED:
        return with_ground(picture, box, -1, origin)
    return blob(picture, box, rng, origin)


def _stand(
    cutout: Cutout, name: str, ground: Ground, size: tuple[int, int], rng: Rng
) -> tuple[tuple[float, float], float]:
    """A foot point and a height in pixels: smaller the farther, off by a third at most times."""
    y = float(rng.uniform(ground.top, ground.bottom))
    tall = ground.tall(y) * size[1] * _TALL.get(name, 0.8) * float(np.exp(rng.normal(0, 0.33)))
    squat = cutout.alpha.shape[1] / cutout.alpha.shape[0]
    tall = float(np.clip(tall / max(1.0, (squat / 1.8) ** 0.5), *_HEIGHT_PX))
    return (float(rng.uniform(0.02, 0.98) * size[0]), y * size[1]), tall


def _shared(box: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Share of the smaller of two boxes that the other covers."""
    sides = np.minimum(box[2:], other[2:]) - np.maximum(box[:2], other[:2])
    if (sides <= 0).any():
        return 0.0
    smaller = min(float(np.prod(b[2:] - b[:2])) for b in (box, other))
    return float(np.prod(sides)) / max(smaller, 1e-9)


def _seen(box: Floats, later: Sequence[Floats]) -> bool:
    """Whether enough of a thing is left by what was pasted after it."""
    return all(_shared(box, b) < 0.6 for b in later)


def _compressed(picture: Picture, rng: Rng) -> Picture:
    """The whole through the camera's coder, so that pasted and old parts share its marks."""
    quality = int(rng.integers(38, 92))
    _, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.asarray(decoded, np.uint8)
