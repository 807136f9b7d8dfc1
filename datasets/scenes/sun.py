"""Where the sun reaches: a depth map of a mesh as the sun sees it."""

from __future__ import annotations

import numpy as np

from datasets.scenes.fill import fill
from datasets.scenes.light import Light
from datasets.scenes.mesh import Floats, Mesh

_TAPS = ((-0.8, -0.5), (0.5, -0.8), (0.8, 0.5), (-0.5, 0.8))


def reaches(mesh: Mesh, normal: Floats, light: Light, place: Floats, size_px: int) -> Floats:
    """1 where nothing of the mesh stands between a place and the sun, else 0 (softened).

    `normal` (F, 3) of the faces, `place` (N, 3) in metres, `size_px` the mesh's size in the
    picture, which sets how fine the map must be.
    """
    s = light.to_sun
    right = np.cross(s, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(right, s), s]).astype(np.float32)
    side = int(np.clip(size_px * 0.8, 90, 900))
    v, n = mesh.vertices @ axes.T, normal @ axes.T
    low = v.min(axis=0)
    scale = side / max(float((v.max(axis=0) - low)[:2].max()), 0.1)
    flat = (v[:, :2] - low[:2]) * scale + 2
    towards = n[:, 2] > 0.03
    steep = np.where(towards, n[:, 2], 1.0)[:, None]
    lines = np.concatenate([-n[:, :2] / steep / scale, np.zeros_like(steep)], axis=1)
    first = mesh.faces[:, 0]
    lines[:, 2] = v[first, 2] - lines[:, 0] * flat[first, 0] - lines[:, 1] * flat[first, 1]
    ticks = np.arange(side + 5) + 0.5
    _, height = fill(flat[mesh.faces], lines, towards, ticks, ticks, -1e3, 5.0)
    q = place @ axes.T
    spot = (q[:, :2] - low[:2]) * np.float32(scale) + np.float32(2)
    lift = q[:, 2] + np.float32(3.0 / scale + 0.04)
    return _softened(height, spot, lift)


def _softened(height: Floats, spot: Floats, lift: Floats) -> Floats:
    side = height.shape[1]
    total = np.zeros(len(lift), np.float32)
    flat = height.ravel()
    for tap in _TAPS:
        at = np.clip((spot + np.array(tap, np.float32)).astype(np.int32), 0, side - 1)
        total += np.clip(1.0 - (flat[at[:, 1] * side + at[:, 0]] - lift) * 12, 0, 1)
    return total / len(_TAPS)
