"""Far things moved together with the ground under them: no mask of theirs would be clean.

A window around the box fades out into the new place, and its rim takes the colour found there.
Bare patches of ground are moved by the same seam.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.cutouts import Cutout
from vision.types import Box, Picture

Floats = NDArray[np.float32]
Rng = np.random.Generator

_MARGIN = 0.3
_LEAST_PX = 4
_ALIKE = 13.0
"""Largest distance of two grounds in Lab."""
_KEPT = 0.35
"""Share of the change of colour that reaches the middle, where the thing is."""


def with_ground(picture: Picture, box: Floats, class_id: int, origin: str) -> Cutout | None:
    """The thing in a box (x1, y1, x2, y2 in 0..1) and what surrounds it; None at the rim."""
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = (float(v) for v in box * np.array([width, height] * 2))
    dx, dy = max(_LEAST_PX, (x2 - x1) * _MARGIN), max(_LEAST_PX, (y2 - y1) * _MARGIN)
    left, top, right, bottom = round(x1 - dx), round(y1 - dy), round(x2 + dx), round(y2 + dy)
    if left < 0 or top < 0 or right > width or bottom > height:
        return None
    crop = picture[top:bottom, left:right].copy()
    core = np.array([x1 - left, y1 - top, x2 - left, y2 - top]) / ([right - left, bottom - top] * 2)
    share = (float(core[0]), float(core[1]), float(core[2]), float(core[3]))
    alpha = _faded(crop.shape[:2], share)
    return Cutout(crop, alpha, class_id, origin, "with ground", y2 - y1, share)


def _faded(shape: tuple[int, ...], core: Box) -> Floats:
    """One inside the core, falling smoothly to nothing at the window's rim."""
    height, width = shape[:2]
    y = (np.arange(height, dtype=np.float32) + 0.5)[:, None] / height
    x = (np.arange(width, dtype=np.float32) + 0.5)[None] / width
    across = np.maximum((core[0] - x) / core[0], (x - core[2]) / (1 - core[2])).clip(0, 1)
    down = np.maximum((core[1] - y) / core[1], (y - core[3]) / (1 - core[3])).clip(0, 1)
    away = np.hypot(across, down).clip(0, 1)
    return np.asarray(0.5 + 0.5 * np.cos(np.pi * away), np.float32)


def move(
    picture: Picture, cutout: Cutout, foot_px: tuple[float, float], height_px: float, rng: Rng
) -> Box | None:
    """Change `picture` in place; the thing's box, or None where nothing was changed: the window
    leaves the picture, or the ground there is of another colour.

    `foot_px` is the middle of the thing's lower edge, `height_px` its height.
    """
    if cutout.core is None:
        raise ValueError(f"{cutout.origin} was cut out without its ground")
    core = np.array(cutout.core)
    k = height_px / ((core[3] - core[1]) * cutout.alpha.shape[0])
    width, height = (max(6, round(v * k)) for v in cutout.alpha.shape[::-1])
    size, smooth = (width, height), cv2.INTER_AREA
    bgr = np.asarray(cv2.resize(cutout.bgr, size, interpolation=smooth), np.uint8)
    alpha = np.asarray(cv2.resize(cutout.alpha, size, interpolation=smooth), np.float32)
    if rng.random() < 0.5:
        bgr, alpha = bgr[:, ::-1], alpha[:, ::-1]
        core[[0, 2]] = 1 - core[[2, 0]]
    left = round(foot_px[0] - (core[0] + core[2]) / 2 * width)
    top = round(foot_px[1] - core[3] * height)
    if left < 0 or top < 0 or left + width > picture.shape[1] or top + height > picture.shape[0]:
        return None
    here = picture[top : top + height, left : left + width]
    colour = _recoloured(bgr, alpha, here)
    if colour is None:
        return None
    a = alpha[..., None]
    here[:] = np.clip(here * (1 - a) + colour * a, 0, 255).astype(np.uint8)
    x1, y1, x2, y2 = core * np.array([width, height] * 2) + [left, top] * 2
    return float(x1), float(y1), float(x2), float(y2)


def _recoloured(bgr: Picture, alpha: Floats, here: Picture) -> Floats | None:
    """The window with its rim in the colour of the new place, its middle nearly as it was.

    None where the two grounds are so different that what is left of the old one would show.
    """
    old = np.asarray(cv2.cvtColor(bgr.astype(np.float32) / 255, cv2.COLOR_BGR2LAB))
    new = np.asarray(cv2.cvtColor(here.astype(np.float32) / 255, cv2.COLOR_BGR2LAB))
    rim = alpha < 0.6
    change = np.median(new[rim], 0) - np.median(old[rim], 0)
    if np.linalg.norm(change) > _ALIKE:
        return None
    share = (1 - (1 - _KEPT) * alpha)[..., None]
    lab = np.asarray(old + change * share, np.float32)
    return np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR), np.float32).clip(0, 1) * 255
