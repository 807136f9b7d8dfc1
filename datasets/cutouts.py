"""Things cut out of pictures for pasting: a colour picture and how much of each pixel is theirs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.labels import CLASSES
from vision.types import Box, Picture

Floats = NDArray[np.float32]

EXCAVATOR = CLASSES.index("excavator")
WORK_PX = 144
"""Long side at which masks are found; pasted things are smaller."""
_MARGIN = 0.14
_LEAST_SIDE_PX = 14
_FILL = (0.16, 0.78)
_EXCAVATOR_FILL = 0.60
_SPAN = 0.80
_ONE_PIECE = 0.85
_TOUCH = 0.55
_FLAT_STD = 14.0
_KEY = 22
_RING_COLOURS = 8
_APART = 17.0


@dataclass(frozen=True, slots=True)
class Cutout:
    """`bgr` (h, w, 3) and `alpha` (h, w) 0..1, cut tight; `class_id` is -1 for a look-alike.

    `origin` names the set and picture it came from, `made` how the mask was found, `native_px` how
    high it stood there: more than that it has no detail. `core` (x1, y1, x2, y2 in 0..1) is where
    the thing is in it, None where it is all the thing's.
    """

    bgr: Picture
    alpha: Floats
    class_id: int
    origin: str
    made: str
    native_px: float
    core: Box | None = None


def cut(picture: Picture, box: Floats, class_id: int, origin: str) -> Cutout | str:
    """The thing in a box (x1, y1, x2, y2 in 0..1), or in a word why its mask is not good enough."""
    crop, rect = _crop(picture, box)
    if min(rect[2], rect[3]) < _LEAST_SIDE_PX:
        return "too small"
    flat = _flat_colour(picture)
    if flat is None and _cut_off(box):
        return "leaves its picture"
    x, y, w, h = rect
    native_px = float(box[3] - box[1]) * picture.shape[0]
    most = _EXCAVATOR_FILL if class_id == EXCAVATOR else _FILL[1]
    mask = _largest(_keyed(crop, flat) if flat is not None else _grabbed(crop, rect))
    fault = _fault(mask, rect, most)
    if fault is not None:
        return fault
    soft = cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.8)
    soft = np.clip((soft - 0.3) / 0.6, 0, 1)
    inside = np.s_[y : y + h, x : x + w]
    made = "keyed" if flat is not None else "grabbed"
    return tight(
        Cutout(crop[inside].copy(), soft[inside].copy(), class_id, origin, made, native_px)
    )


def tight(cutout: Cutout) -> Cutout:
    """The same without empty rows and columns."""
    rows = np.flatnonzero((cutout.alpha > 0.3).any(1))
    columns = np.flatnonzero((cutout.alpha > 0.3).any(0))
    if not len(rows):
        return cutout
    part = np.s_[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return replace(cutout, bgr=cutout.bgr[part], alpha=cutout.alpha[part])


def _crop(picture: Picture, box: Floats) -> tuple[Picture, tuple[int, int, int, int]]:
    """The box with a margin at working size, and the box in it as x, y, w, h."""
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = (float(v) for v in box * np.array([width, height] * 2))
    dx, dy = (x2 - x1) * _MARGIN, (y2 - y1) * _MARGIN
    left, top = max(0, int(x1 - dx)), max(0, int(y1 - dy))
    right, bottom = min(width, int(x2 + dx) + 1), min(height, int(y2 + dy) + 1)
    crop = picture[top:bottom, left:right]
    k = WORK_PX / max(crop.shape[:2])
    k = min(k, 4.0)
    size = (max(1, round(crop.shape[1] * k)), max(1, round(crop.shape[0] * k)))
    smooth = cv2.INTER_AREA if k < 1 else cv2.INTER_CUBIC
    small = np.asarray(cv2.resize(crop, size, interpolation=smooth), np.uint8)
    x, y = max(1, round((x1 - left) * k)), max(1, round((y1 - top) * k))
    w = min(round((x2 - x1) * k), size[0] - x - 1)
    h = min(round((y2 - y1) * k), size[1] - y - 1)
    return small, (x, y, w, h)


def _flat_colour(picture: Picture) -> Floats | None:
    """The colour of a studio ground (white or black all along the picture's rim), or None."""
    rim = np.concatenate(
        [picture[:4].reshape(-1, 3), picture[:, :4].reshape(-1, 3), picture[:, -4:].reshape(-1, 3)]
    ).astype(np.float32)
    colour = np.median(rim, 0)
    near = (np.abs(rim - colour).max(1) < _FLAT_STD).mean()
    plain = colour.min() > 235 or colour.max() < 12
    return np.asarray(colour, np.float32) if near > 0.93 and plain else None


def _keyed(crop: Picture, colour: Floats) -> NDArray[np.uint8]:
    """What is not of the ground's colour; panes and rims of that colour inside stay the thing's."""
    ground = (np.abs(crop.astype(np.float32) - colour).max(2) < _KEY).astype(np.uint8)
    count, ids, stats, _ = cv2.connectedComponentsWithStats(ground, connectivity=4)
    least = 0.012 * ground.size
    keep = np.array([k > 0 and stats[k, cv2.CC_STAT_AREA] > least for k in range(count)])
    thing = (~keep[ids]).astype(np.uint8)
    return np.asarray(cv2.erode(thing, np.ones((3, 3), np.uint8)), np.uint8)


def _grabbed(crop: Picture, rect: tuple[int, int, int, int]) -> NDArray[np.uint8]:
    """GrabCut inside the box, begun from what has a colour of the ring around the box."""
    x, y, w, h = rect
    mask = np.full(crop.shape[:2], cv2.GC_BGD, np.uint8)
    lab = np.asarray(cv2.cvtColor(crop, cv2.COLOR_BGR2LAB), np.float32)
    ring = np.ones(crop.shape[:2], bool)
    ring[y : y + h, x : x + w] = False
    if ring.sum() < _RING_COLOURS:
        return np.zeros(crop.shape[:2], np.uint8)
    colours = _main_colours(lab[ring])
    apart = np.linalg.norm(lab[:, :, None] - colours, axis=3).min(2)[y : y + h, x : x + w]
    likely = np.where(apart > _APART, cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    mask[y : y + h, x : x + w] = likely
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.setRNGSeed(1)
    try:
        cv2.grabCut(crop, mask, (0, 0, 1, 1), *models, 3, cv2.GC_INIT_WITH_MASK)
    except cv2.error:  # one colour only: nothing to part
        return np.zeros(crop.shape[:2], np.uint8)
    return np.isin(mask, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)


def _main_colours(lab: Floats) -> Floats:
    """The commonest colours (k, 3) of pixels (n, 3)."""
    stop = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    cv2.setRNGSeed(1)
    start = np.zeros((len(lab), 1), np.int32)
    _, ids, centres = cv2.kmeans(lab, _RING_COLOURS, start, stop, 1, cv2.KMEANS_PP_CENTERS)
    shares = np.bincount(ids.ravel(), minlength=_RING_COLOURS) / len(lab)
    return np.asarray(centres[shares > 0.03], np.float32)


def _largest(mask: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The largest piece, closed; all of nothing where it is not most of the mask."""
    count, ids, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    if count < 2:
        return mask
    best = 1 + int(np.argmax(stats[1:, cv2.CC_STAT_AREA]))
    if stats[best, cv2.CC_STAT_AREA] < _ONE_PIECE * mask.sum():
        return np.zeros_like(mask)
    return np.asarray(ids == best, np.uint8)


def _fault(mask: NDArray[np.uint8], rect: tuple[int, int, int, int], most: float) -> str | None:
    x, y, w, h = rect
    inside = mask[y : y + h, x : x + w]
    if inside.size == 0 or not inside.any():
        return "in pieces"
    fill = float(inside.mean())
    if not _FILL[0] <= fill <= most:
        return "fills the box" if fill > most else "too little left"
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    if len(rows) < _SPAN * h or len(columns) < _SPAN * w:
        return "does not span the box"
    sides = [float(inside[:2].max(0).mean()), float(inside[:, :2].max(1).mean())]
    sides.append(float(inside[:, -2:].max(1).mean()))
    return "touches a side" if max(sides) > _TOUCH or sum(s > 0.3 for s in sides) > 1 else None


def _cut_off(box: Floats) -> bool:
    """A thing that leaves its picture is not whole."""
    return bool((box[:2] < 0.006).any() or (box[2:] > 0.994).any())
