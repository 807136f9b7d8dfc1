"""Meshes to pixels: a small depth-buffered rasteriser, supersampled, with light and shadow."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.scenes import sun
from datasets.scenes.camera import Pinhole
from datasets.scenes.fill import fill
from datasets.scenes.light import Light
from datasets.scenes.mesh import Floats, Mesh, normals
from datasets.scenes.surface import Surface
from vision.types import Box

Window = tuple[int, int, int, int]
"""x0, y0, x1, y1 in whole pixels."""
NEAR_M = 0.4
_SELF_SHADOW_PX = 100


@dataclass(frozen=True, slots=True)
class Layer:
    """What a mesh adds to a picture inside `window`.

    `bgr` (h, w, 3) float32 already multiplied by `alpha` (h, w); `depth_m` (h, w), inf where empty.
    """

    window: Window
    bgr: Floats
    alpha: Floats
    depth_m: Floats


def box_of(mesh: Mesh, camera: Pinhole) -> Box:
    """Tight box of what stands above the ground, in pixels, not clipped to the picture."""
    v = mesh.vertices.copy()
    v[:, 2] = np.maximum(v[:, 2], 0.0)
    px = camera.project(v)
    (x1, y1), (x2, y2) = px.min(axis=0), px.max(axis=0)
    return float(x1), float(y1), float(x2), float(y2)


def window_of(box: Box, size: tuple[int, int], margin: int = 1) -> Window | None:
    """The whole pixels of a box that lie inside the picture, or None."""
    x0, y0 = max(int(box[0]) - margin, 0), max(int(box[1]) - margin, 0)
    x1, y1 = min(int(box[2]) + 1 + margin, size[0]), min(int(box[3]) + 1 + margin, size[1])
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def trace(
    mesh: Mesh, camera: Pinhole, window: Window, scale: float, normal: Floats | None = None
) -> tuple[NDArray[np.int32], Floats]:
    """Which face each sample of the window shows (-1 for none), and 1/depth (0 for none)."""
    eye = camera.to_camera(mesh.vertices)
    corner = eye[mesh.faces]
    turned = camera.turn(normals(mesh.vertices, mesh.faces) if normal is None else normal)
    plane = (turned * corner[:, 0]).sum(axis=1)
    centre = np.array(camera.size_px) / 2 - np.array(window[:2])
    depth = np.maximum(eye[:, 2:], NEAR_M)
    px = (eye[:, :2] * (camera.focal_px / depth) + centre) * scale
    lines = (turned / np.where(np.abs(plane) < 1e-9, 1e-9, plane)[:, None]).astype(np.float64)
    lines[:, :2] /= camera.focal_px
    lines[:, 2] -= lines[:, 0] * centre[0] + lines[:, 1] * centre[1]
    front = (plane < -1e-6) & (corner[:, :, 2].min(axis=1) > NEAR_M)
    columns = (np.arange(round((window[2] - window[0]) * scale)) + 0.5) / scale
    rows = (np.arange(round((window[3] - window[1]) * scale)) + 0.5) / scale
    return fill(px[mesh.faces], lines.astype(np.float32), front, columns, rows, 0.0)


def _samples(window: Window) -> int:
    side = max(window[2] - window[0], window[3] - window[1])
    return 4 if side < 40 else 3 if side < 110 else 2


def draw(
    mesh: Mesh,
    camera: Pinhole,
    light: Light,
    *,
    behind_m: Floats | None = None,
    dirt: float = 0.25,
    origin: tuple[float, float] = (0.0, 0.0),
) -> Layer | None:
    """The mesh as a layer, or None outside the picture.

    `behind_m` (H, W) hides what lies behind static things; `dirt` 0..1 stains; `origin` is the
    ground point that the stains travel with.
    """
    window = window_of(box_of(mesh, camera), camera.size_px)
    if window is None:
        return None
    n = _samples(window)
    normal = normals(mesh.vertices, mesh.faces)
    ids, near = trace(mesh, camera, window, n, normal)
    _hide(ids, near, camera, window, n, behind_m)
    size = (window[2] - window[0], window[3] - window[1])
    tall = np.maximum.reduce([near[k::n] for k in range(n)])
    closest = np.maximum.reduce([tall[:, k::n] for k in range(n)])
    hit = closest > 0
    if not hit.any():
        return None
    mean, alpha = _averaged(mesh, light, normal, ids, size)
    ys, xs = np.nonzero(hit)
    depth = 1.0 / closest[hit]
    a, b, c = camera.rays((xs + window[0] + 0.5), (ys + window[1] + 0.5))
    place = np.stack([a * depth, b * depth, camera.height_m + c * depth], axis=1)
    place = place.astype(np.float32)
    surface = Surface(place, depth, mean[hit][:, 3:6], mean[hit][:, :3], mean[hit][:, 6])
    sunlit = max(size) >= _SELF_SHADOW_PX and light.sun > 0.05
    lit = sun.reaches(mesh, normal, light, place, max(size)) if sunlit else None
    bgr = np.zeros((size[1], size[0], 3), np.float32)
    bgr[hit] = surface.seen(light, lit, dirt, origin) * alpha[hit][:, None]
    deep = np.full(hit.shape, np.inf, np.float32)
    deep[hit] = depth
    return Layer(window, bgr, alpha, deep)


def _hide(
    ids: NDArray[np.int32],
    near: Floats,
    camera: Pinhole,
    window: Window,
    n: int,
    behind_m: Floats | None,
) -> None:
    """Take away samples below the ground or behind still things."""
    rows = (np.arange(ids.shape[0], dtype=np.float32) + 0.5) / n + window[1]
    _, _, fall = camera.rays(np.zeros_like(rows), rows)
    gone = (camera.height_m + 0.02) * near + fall.astype(np.float32)[:, None] < 0
    if behind_m is not None:
        still = behind_m[window[1] : window[3], window[0] : window[2]]
        if np.isfinite(still).any():
            gone |= np.repeat(np.repeat(1.0 / still, n, 0), n, 1) > near
    ids[gone] = -1
    near[gone] = 0


def _averaged(
    mesh: Mesh, light: Light, normal: Floats, ids: NDArray[np.int32], size: tuple[int, int]
) -> tuple[Floats, Floats]:
    """Per pixel the mean shade, added sun (both linear BGR) and gloss; and the coverage."""
    shade, full = light.shade(mesh.colours, normal, mesh.gloss)
    table = np.zeros((len(normal) + 1, 8), np.float32)
    table[:-1, :3], table[:-1, 3] = shade, 1.0
    table[:-1, 4:7], table[:-1, 7] = full - shade, mesh.gloss
    first = cv2.resize(table[:, :4].take(ids, 0, mode="wrap"), size, interpolation=cv2.INTER_AREA)
    second = cv2.resize(table[:, 4:].take(ids, 0, mode="wrap"), size, interpolation=cv2.INTER_AREA)
    alpha = np.asarray(first[..., 3], np.float32)
    mean = np.concatenate([first[..., :3], second], axis=2) / np.maximum(alpha, 1e-3)[..., None]
    return np.asarray(mean, np.float32), alpha


def shadow(mesh: Mesh, camera: Pinhole, light: Light) -> tuple[Window, Floats] | None:
    """Where the mesh keeps the sun off the ground, 0..1 in a window; None if out of view."""
    s = light.to_sun
    v = mesh.vertices.copy()
    v[:, 2] = np.maximum(v[:, 2], 0.0)
    ground = v - v[:, 2:3] * (s / s[2])
    eye = camera.to_camera(ground)
    px = camera.project(ground)
    fair = eye[:, 2] > NEAR_M
    if not fair.any():
        return None
    (x1, y1), (x2, y2) = px[fair].min(axis=0), px[fair].max(axis=0)
    window = window_of((float(x1), float(y1), float(x2), float(y2)), camera.size_px, margin=6)
    if window is None:
        return None
    mask = np.zeros((window[3] - window[1], window[2] - window[0]), np.uint8)
    corners = (
        np.round((px - np.array(window[:2]) - 0.5) * 16).clip(-500000, 500000).astype(np.int32)
    )
    towards = normals(mesh.vertices, mesh.faces) @ s > 0
    for i in np.nonzero(fair[mesh.faces].all(axis=1) & towards)[0]:
        cv2.fillConvexPoly(mask, corners[mesh.faces[i]], 255, cv2.LINE_AA, 4)
    soft = float(np.clip(0.06 * camera.focal_px / max(float(eye[fair, 2].mean()), 1.0), 0.6, 5.0))
    blurred = cv2.GaussianBlur(mask, (0, 0), soft)
    return window, np.asarray(blurred, np.float32) / 255.0
