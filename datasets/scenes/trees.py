"""Trees and bushes as sprites: clouds of leaves lit by the sun, drawn once and reused."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.scenes.mesh import Floats, linear

KINDS = ("broad", "poplar", "conifer", "bush")
_SIDE = 360


@lru_cache(maxsize=96)
def sprite(kind: str, seed: int, sun_side: int, sun_front: int, shine: int) -> Floats:
    """Linear BGR times alpha, and alpha: (h, w, 4) float32, the foot at the middle of the base.

    `sun_side` -1..1 from the left to the right, `sun_front` 1 behind the camera, `shine` 0..10.
    """
    rng = np.random.default_rng([seed, KINDS.index(kind)])
    sun = np.array([sun_side * 0.75, -0.6 * sun_front, 0.62])
    sun /= np.linalg.norm(sun)
    wide = {"broad": 0.9, "poplar": 0.36, "conifer": 0.5, "bush": 1.5}[kind]
    height, width = _SIDE, int(_SIDE * wide)
    bgr = np.zeros((height, width, 3), np.float32)
    alpha = np.zeros((height, width), np.uint8)
    if kind != "bush":
        _trunk(bgr, alpha, rng)
    centre, radius = _crown(kind, rng, wide)
    count = {"broad": 5200, "poplar": 3600, "conifer": 3800, "bush": 4200}[kind]
    which = rng.choice(len(radius), count, p=radius**2 / (radius**2).sum())
    normal = rng.standard_normal((count, 3))
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    leaf = centre[which] + normal * (radius[which] * rng.uniform(0.75, 1.04, count))[:, None]
    inner = np.clip((leaf[:, 2] - 0.15) / 0.8, 0, 1)
    face = np.clip(normal @ sun, 0, 1)
    hue = rng.choice(4)
    green = linear(((74, 96, 46), (88, 106, 50), (62, 86, 44), (102, 112, 58))[hue])
    tone = np.exp(rng.normal(0, 0.22, count))
    light = 0.22 + 0.22 * inner * (0.5 + 0.5 * normal[:, 2]) + shine / 10 * 0.95 * face
    colour = green * (tone * light)[:, None] * (1 + 0.12 * rng.standard_normal((count, 3)))
    u = (leaf[:, 0] / wide + 0.5) * (width - 1) * 16
    v = (1 - leaf[:, 2]) * (height - 1) * 16
    size = rng.uniform(1.2, 3.6, count) * 16
    for i in np.argsort(-leaf[:, 1]):
        at, r = (round(float(u[i])), round(float(v[i]))), round(float(size[i]))
        cv2.circle(bgr, at, r, tuple(map(float, colour[i])), -1, cv2.LINE_8, 4)
        cv2.circle(alpha, at, r, 255, -1, cv2.LINE_8, 4)
    share = (alpha > 0).astype(np.float32)[..., None]
    return np.concatenate([np.clip(bgr, 0.002, 1) * share, share], axis=2)


def _trunk(bgr: Floats, alpha: NDArray[np.uint8], rng: np.random.Generator) -> None:
    height, width = alpha.shape
    mid = width // 2
    lean = int(rng.normal(0, width * 0.02))
    for image, colour in ((bgr, (0.045, 0.055, 0.07)), (alpha, 255)):
        cv2.line(image, (mid, height), (mid + lean, height // 2), colour, max(width // 26, 3))


def _crown(kind: str, rng: np.random.Generator, wide: float) -> tuple[Floats, Floats]:
    """Centres (n, 3) and radii (n,) of the crown's balls, in heights of the tree."""
    n = 34 if kind == "broad" else 26
    if kind == "conifer":
        z = rng.uniform(0.12, 0.95, n)
        reach = 0.20 * (1.02 - z)
        radius = 0.035 + 0.075 * (1 - z)
    elif kind == "poplar":
        z = rng.uniform(0.2, 0.92, n)
        reach = 0.09 * np.sin(np.pi * np.clip(z, 0.15, 0.95)) ** 0.6
        radius = rng.uniform(0.05, 0.08, n)
    elif kind == "bush":
        z = rng.uniform(0.1, 0.62, n)
        reach = rng.uniform(0, 0.5, n)
        radius = rng.uniform(0.14, 0.3, n)
        z = np.minimum(z, 0.97 - radius)
    else:
        z = rng.uniform(0.38, 0.86, n)
        reach = 0.30 * np.sqrt(np.clip(np.sin(np.pi * (z - 0.22) / 0.78), 0, 1))
        radius = rng.uniform(0.08, 0.15, n)
    turn = rng.uniform(0, 2 * np.pi, n)
    share = np.sqrt(rng.uniform(0, 1, n)) if kind != "bush" else np.ones(n)
    x = np.clip(reach * share * np.cos(turn), -(wide / 2 - 0.02) + radius, wide / 2 - 0.02 - radius)
    return np.stack([x, reach * share * np.sin(turn), z], axis=1), radius
