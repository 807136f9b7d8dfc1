"""Lay a cut-out into a picture so that light, sharpness, noise and shadow agree with its place."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.cutouts import Cutout
from vision.types import Box, Picture

Floats = NDArray[np.float32]
Rng = np.random.Generator

_STD_RATIO = (0.7, 1.4)
_COLOURLESS = 8
_SEEN = 0.35
"""From this share on a pixel counts to the thing's box."""


@dataclass(frozen=True, slots=True)
class Sun:
    """How things of one picture throw shadows: a shear in widths per height, and how dark."""

    shear: float
    flat: float
    dark: float


def sun(rng: Rng) -> Sun:
    """A sun, or none to speak of under an overcast sky."""
    if rng.random() < 0.45:
        return Sun(0.0, 0.2, 0.0)
    return Sun(
        float(rng.uniform(-0.9, 0.9)), float(rng.uniform(0.12, 0.35)), float(rng.uniform(0.25, 0.5))
    )


def paste(
    picture: Picture,
    cutout: Cutout,
    foot_px: tuple[float, float],
    height_px: float,
    light: Sun,
    rng: Rng,
) -> Box | None:
    """Change `picture` in place; the box of what is seen of the thing, None where it is too little.

    `foot_px` is the middle of the lower edge, `height_px` the whole thing's height.
    """
    bgr, alpha = _scaled(cutout, height_px, mirrored=bool(rng.random() < 0.5))
    alpha = _hidden(alpha, rng)
    height, width = alpha.shape
    left, top = round(foot_px[0] - width / 2), round(foot_px[1] - height)
    place = _window(picture, (left, top, left + width, top + height))
    if place is None:
        return None
    (x1, y1, x2, y2), part = place
    _shade(picture, alpha, (left, top), light, rng)
    here = picture[y1:y2, x1:x2]
    near = _around(picture, (x1, y1, x2, y2))
    bgr = _fitted(bgr, alpha, near, rng, colourless=_colourless(picture))
    a, colour = alpha[part][..., None], bgr[part]
    here[:] = np.clip(here * (1 - a) + colour * a, 0, 255).astype(np.uint8)
    return _box(alpha[part], x1, y1)


def _scaled(cutout: Cutout, height_px: float, *, mirrored: bool) -> tuple[Floats, Floats]:
    k = height_px / cutout.alpha.shape[0]
    size = (max(2, round(cutout.alpha.shape[1] * k)), max(2, round(height_px)))
    whole = np.dstack([cutout.bgr * cutout.alpha[..., None], cutout.alpha]).astype(np.float32)
    smooth = cv2.INTER_AREA if k < 1 else cv2.INTER_LINEAR
    small = np.asarray(cv2.resize(whole, size, interpolation=smooth), np.float32)
    if mirrored:
        small = np.ascontiguousarray(small[:, ::-1])
    alpha = small[..., 3]
    bgr = np.asarray(small[..., :3] / np.maximum(alpha, 1e-3)[..., None], np.float32)
    return bgr, alpha.copy()


def _hidden(alpha: Floats, rng: Rng) -> Floats:
    """Now and then the foot or a side is behind something of the picture."""
    if rng.random() > 0.22:
        return alpha
    height, width = alpha.shape
    grid = np.mgrid[0:height, 0:width].astype(np.float32)
    edge = cv2.GaussianBlur(rng.normal(0, 1, (1, width)).astype(np.float32), (0, 0), 3)[0]
    if rng.random() < 0.65:
        limit = height * (1 - rng.uniform(0.08, 0.35)) + edge * height * 0.1
        keep = np.clip(limit[None] - grid[0] + 0.5, 0, 1)
    else:
        limit = width * rng.uniform(0.1, 0.35)
        keep = np.clip(grid[1] - limit + 0.5, 0, 1)
    return np.asarray(alpha * keep, np.float32)


def _window(
    picture: Picture, box: tuple[int, int, int, int]
) -> tuple[tuple[int, int, int, int], tuple[slice, slice]] | None:
    """The part of a whole-pixel box inside the picture, in the picture and in the box."""
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = max(box[0], 0), max(box[1], 0), min(box[2], width), min(box[3], height)
    if x2 - x1 < 4 or y2 - y1 < 4:
        return None
    rows, columns = slice(y1 - box[1], y2 - box[1]), slice(x1 - box[0], x2 - box[0])
    return (x1, y1, x2, y2), (rows, columns)


def _around(picture: Picture, box: tuple[int, int, int, int]) -> Picture:
    """The surroundings that the thing should agree with: its box widened by half."""
    x1, y1, x2, y2 = box
    dx, dy = max(8, (x2 - x1) // 2), max(8, (y2 - y1) // 2)
    return picture[max(0, y1 - dy) : y2 + dy, max(0, x1 - dx) : x2 + dx].copy()


def _colourless(picture: Picture) -> bool:
    """Whether the camera sees no colour, as at night under infra-red."""
    some = picture[::8, ::8].astype(np.int16)
    return float(np.percentile(np.ptp(some, axis=2), 98)) < _COLOURLESS


def _fitted(bgr: Floats, alpha: Floats, near: Picture, rng: Rng, *, colourless: bool) -> Floats:
    """The thing in the light, sharpness and noise of its surroundings."""
    inside = alpha > 0.5
    if not inside.any():
        return bgr
    lab = np.asarray(cv2.cvtColor(bgr.clip(0, 255) / 255, cv2.COLOR_BGR2LAB), np.float32)
    ground = cv2.cvtColor(near.astype(np.float32) / 255, cv2.COLOR_BGR2LAB).reshape(-1, 3)
    mean, there = lab[inside].mean(0), ground.mean(0)
    std = ground[:, 0].std() / max(float(lab[inside][:, 0].std()), 1.0)
    low = 0.35 if there[0] < 25 or ground[:, 0].std() < 5 else _STD_RATIO[0]
    ratio = float(np.clip(std, low, _STD_RATIO[1])) ** 0.8
    pull = float(rng.uniform(0.3, 0.7))
    lab[..., 0] = (lab[..., 0] - mean[0]) * ratio + mean[0] + pull * (there[0] - mean[0])
    tint = 0.0 if colourless else 1.0
    lab[..., 1:] = lab[..., 1:] * tint * rng.uniform(0.6, 1.05) + 0.25 * there[1:]
    back = np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2BGR), np.float32).clip(0, 1) * 255
    return _noisy(_soft(back, alpha, near, rng), near, rng)


def _soft(bgr: Floats, alpha: Floats, near: Picture, rng: Rng) -> Floats:
    """Blurred until its finest detail is no stronger than that of the surroundings."""
    wanted = _detail(near.astype(np.float32)) * rng.uniform(0.9, 1.5) + 6
    for _ in range(4):
        if _detail(bgr, alpha > 0.5) <= wanted:
            break
        bgr = np.asarray(cv2.GaussianBlur(bgr, (0, 0), 0.5), np.float32)
    return bgr


def _detail(bgr: Floats, where: NDArray[np.bool_] | None = None) -> float:
    grey = bgr.mean(2)
    edge = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    return float(np.percentile(edge if where is None or not where.any() else edge[where], 96))


def _noisy(bgr: Floats, near: Picture, rng: Rng) -> Floats:
    grey = near.mean(2).astype(np.float32)
    rough = np.abs(grey - cv2.GaussianBlur(grey, (0, 0), 1.0))
    sigma = min(1.2 * float(np.percentile(rough, 30)), 8.0)
    return np.asarray(bgr + rng.normal(0, sigma, bgr.shape[:2])[..., None], np.float32)


def _shade(picture: Picture, alpha: Floats, corner: tuple[int, int], light: Sun, rng: Rng) -> None:
    """A soft dark seam under the thing, and its shadow where the sun shines."""
    height, width = alpha.shape
    pad = max(6, height // 2, width // 2)
    canvas = np.zeros((height + 2 * pad, width + 2 * pad), np.float32)
    foot = height + pad
    rows = max(2, height // 7)
    strip = alpha[-rows:].max(0)
    thick = max(1, height // 14)
    canvas[foot - thick : foot + thick, pad : pad + width] = strip * rng.uniform(0.35, 0.6)
    canvas = np.asarray(cv2.GaussianBlur(canvas, (0, 0), max(0.8, height / 22)), np.float32)
    if light.dark > 0:
        matrix = np.array(
            [
                [1, -light.shear, pad + light.shear * height],
                [0, -light.flat, foot + light.flat * height],
            ]
        )
        size = (canvas.shape[1], canvas.shape[0])
        thrown = cv2.warpAffine(alpha, matrix, size, flags=cv2.INTER_LINEAR)
        thrown = cv2.GaussianBlur(thrown, (0, 0), max(0.6, height / 50)) * light.dark
        canvas = np.maximum(canvas, thrown)
    left, top = corner[0] - pad, corner[1] - pad
    place = _window(picture, (left, top, left + canvas.shape[1], top + canvas.shape[0]))
    if place is not None:
        (x1, y1, x2, y2), part = place
        here = picture[y1:y2, x1:x2]
        here[:] = (here * (1 - canvas[part][..., None])).astype(np.uint8)


def _box(alpha: Floats, x1: int, y1: int) -> Box | None:
    seen = alpha > _SEEN
    if seen.sum() < 30:
        return None
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    return (
        float(x1 + columns[0]),
        float(y1 + rows[0]),
        float(x1 + columns[-1] + 1),
        float(y1 + rows[-1] + 1),
    )


def blob(picture: Picture, box: Floats, rng: Rng, origin: str) -> Cutout:
    """A bare patch of a picture with an irregular rim, to be pasted by the same seam."""
    height, width = picture.shape[:2]
    x1, y1, x2, y2 = (int(v) for v in box * np.array([width, height] * 2))
    patch = picture[y1:y2, x1:x2].copy()
    tall, wide = patch.shape[:2]
    alpha = np.zeros((tall, wide), np.float32)
    turn = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(5, 12))))
    reach = rng.uniform(0.45, 1.0, len(turn))
    centre = np.array([wide, tall]) / 2
    rim = np.array([np.cos(turn) * reach, np.sin(turn) * reach]).T
    points = centre + rim * centre
    cv2.fillPoly(alpha, [points.round().astype(np.int32)], 1.0)
    alpha = np.asarray(cv2.GaussianBlur(alpha, (0, 0), 0.8), np.float32)
    return Cutout(patch, alpha, -1, origin, "patch", float(tall))
