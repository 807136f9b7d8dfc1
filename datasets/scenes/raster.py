"""Meshes to pixels: a small depth-buffered rasteriser, supersampled, with light and shadow."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.scenes import noise
from datasets.scenes.camera import Pinhole
from datasets.scenes.light import Light
from datasets.scenes.mesh import Floats, Mesh, normals
from vision.types import Box

Window = tuple[int, int, int, int]
"""x0, y0, x1, y1 in whole pixels."""
NEAR_M = 0.4
_SUN_SAMPLES = 150


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


def _fill(
    corners: Floats,
    lines: Floats,
    chosen: NDArray[np.bool_],
    columns: Floats,
    rows: Floats,
    empty: float,
) -> tuple[NDArray[np.int32], Floats]:
    """The face with the greatest value at each sample, and that value.

    `corners` (F, 4, 2) in samples, `lines` (F, 3) give value = a·column + b·row + c.
    """
    width, height = len(columns), len(rows)
    ids = np.full((height, width), -1, np.int32)
    best = np.full((height, width), empty, np.float32)
    low = np.maximum(np.floor(corners.min(axis=1)).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(axis=1)).astype(int) + 1, (width, height))
    points = np.round((corners - 0.5 - low[:, None]) * 16).astype(np.int32)
    across, down = columns.astype(np.float32), rows.astype(np.float32)[:, None]
    for i in np.nonzero(chosen & (high > low).all(axis=1))[0]:
        (x0, y0), (x1, y1) = low[i], high[i]
        mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
        cv2.fillConvexPoly(mask, points[i], 1, cv2.LINE_8, 4)
        a, b, c = lines[i]
        value = (a * across[x0:x1] + c) + b * down[y0:y1]
        here = best[y0:y1, x0:x1]
        better = mask.view(bool) & (value > here)
        np.copyto(here, value, where=better)
        np.copyto(ids[y0:y1, x0:x1], np.int32(i), where=better)
    return ids, best


def trace(
    mesh: Mesh, camera: Pinhole, window: Window, scale: float
) -> tuple[NDArray[np.int32], Floats]:
    """Which face each sample of the window shows (-1 for none), and 1/depth (0 for none)."""
    eye = camera.to_camera(mesh.vertices)
    corner = eye[mesh.faces]
    normal = normals(eye, mesh.faces)
    plane = (normal * corner[:, 0]).sum(axis=1)
    centre = np.array(camera.size_px) / 2
    depth = np.maximum(eye[:, 2:], NEAR_M)
    px = (eye[:, :2] * (camera.focal_px / depth) + centre - np.array(window[:2])) * scale
    lines = (normal / np.where(np.abs(plane) < 1e-9, 1e-9, plane)[:, None]).astype(np.float64)
    lines[:, :2] /= camera.focal_px
    lines[:, 2] -= lines[:, 0] * centre[0] + lines[:, 1] * centre[1]
    front = (plane < -1e-6) & (corner[:, :, 2].min(axis=1) > NEAR_M)
    columns = (np.arange(round((window[2] - window[0]) * scale)) + 0.5) / scale + window[0]
    rows = (np.arange(round((window[3] - window[1]) * scale)) + 0.5) / scale + window[1]
    lines[:, 2] += lines[:, 0] * window[0] + lines[:, 1] * window[1]
    return _fill(
        px[mesh.faces], lines.astype(np.float32), front, columns - window[0], rows - window[1], 0.0
    )


def _samples(window: Window) -> int:
    side = max(window[2] - window[0], window[3] - window[1])
    return 4 if side < 70 else 3 if side < 160 else 2


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
    ids, near = trace(mesh, camera, window, n)
    hit = ids >= 0
    if not hit.any():
        return None
    ys, xs = np.nonzero(hit)
    depth = 1.0 / near[hit]
    a, b, c = camera.rays((xs + 0.5) / n + window[0], (ys + 0.5) / n + window[1])
    place = np.stack([a * depth, b * depth, camera.height_m + c * depth], axis=1)
    shown = place[:, 2] > -0.02
    if behind_m is not None:
        y = np.minimum(ys // n + window[1], behind_m.shape[0] - 1)
        x = np.minimum(xs // n + window[0], behind_m.shape[1] - 1)
        shown &= depth < behind_m[y, x]
    xs, ys, depth, place = xs[shown], ys[shown], depth[shown], place[shown]
    colour = _coloured(mesh, light, ids[ys, xs], place, depth, dirt, origin)
    bgra = np.zeros((*ids.shape, 4), np.float32)
    bgra[ys, xs, :3] = colour
    bgra[ys, xs, 3] = 1.0
    deep = np.full(ids.shape, np.inf, np.float32)
    deep[ys, xs] = depth
    size = (window[2] - window[0], window[3] - window[1])
    small = np.asarray(cv2.resize(bgra, size, interpolation=cv2.INTER_AREA), np.float32)
    thin = deep.reshape(size[1], n, size[0], n).min(axis=(1, 3))
    return Layer(window, small[..., :3], small[..., 3], thin)


def _coloured(
    mesh: Mesh,
    light: Light,
    face: NDArray[np.int32],
    place: Floats,
    depth: Floats,
    dirt: float,
    origin: tuple[float, float],
) -> Floats:
    """Picture values of samples: light, cast shadow of the mesh on itself, dirt and haze."""
    shade, sunlit = light.shade(mesh.colours, normals(mesh.vertices, mesh.faces), mesh.gloss)
    colour = shade[face]
    if light.sun > 0.05:
        lit = _in_sun(mesh, light, place)
        colour = colour + (sunlit[face] - shade[face]) * lit[:, None]
    low = np.clip(place[:, 2] / 0.9, 0.0, 1.0)
    colour = colour * (0.62 + 0.38 * low)[:, None]
    if dirt > 0:
        local = place - np.array([*origin, 0.0])
        stain = noise.at(local[:, 0] + local[:, 2], local[:, 1] - 0.7 * local[:, 2], 0.5)
        fine = noise.at(local[:, 0] - local[:, 2], local[:, 1] + local[:, 2], 0.12)
        amount = dirt * np.clip(0.25 + 0.35 * stain + 0.9 * (1 - place[:, 2] / 1.6), 0, 0.8)
        amount = (amount * (1 - 0.7 * mesh.gloss[face]))[:, None]
        dust = np.array([0.10, 0.15, 0.20], np.float32) * (light.sky + 0.5 * light.sun)
        colour = colour * (1 - amount) + dust * amount
        colour = colour * (1 + 0.10 * dirt * (stain + fine))[:, None]
    arrive = light.air(depth)[:, None]
    return light.display(colour) * arrive + light.haze_bgr * (1 - arrive)


def _in_sun(mesh: Mesh, light: Light, place: Floats) -> Floats:
    """1 where nothing of the mesh stands between a place and the sun, else 0 (softened)."""
    s = light.to_sun
    right = np.cross(s, [0.0, 0.0, 1.0])
    right /= np.linalg.norm(right)
    axes = np.stack([right, np.cross(right, s), s]).astype(np.float32)
    v = mesh.vertices @ axes.T
    low = v.min(axis=0)
    scale = _SUN_SAMPLES / max(float((v.max(axis=0) - low)[:2].max()), 0.1)
    flat = (v[:, :2] - low[:2]) * scale + 2
    n = normals(v, mesh.faces)
    towards = n[:, 2] > 0.03
    steep = np.where(towards, n[:, 2], 1.0)[:, None]
    lines = np.concatenate([-n[:, :2] / steep / scale, np.zeros_like(steep)], axis=1)
    first = mesh.faces[:, 0]
    lines[:, 2] = v[first, 2] - lines[:, 0] * flat[first, 0] - lines[:, 1] * flat[first, 1]
    ticks = np.arange(_SUN_SAMPLES + 5) + 0.5
    _, height = _fill(flat[mesh.faces], lines, towards, ticks, ticks, -1e3)
    q = place @ axes.T
    u, w = ((q[:, :2] - low[:2]) * scale + 2).T
    total = np.zeros(len(q), np.float32)
    for du, dw in ((-0.9, -0.5), (0.5, -0.9), (0.9, 0.5), (-0.5, 0.9)):
        x = np.clip((u + du).astype(np.int32), 0, len(ticks) - 1)
        y = np.clip((w + dw).astype(np.int32), 0, len(ticks) - 1)
        total += np.clip(1.0 - (height[y, x] - q[:, 2] - 2.2 / scale - 0.04) * 12, 0, 1)
    return total / 4


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
    for i in np.nonzero(fair[mesh.faces].all(axis=1))[0]:
        cv2.fillConvexPoly(mask, corners[mesh.faces[i]], 255, cv2.LINE_AA, 4)
    soft = float(np.clip(0.06 * camera.focal_px / max(float(eye[fair, 2].mean()), 1.0), 0.6, 5.0))
    blurred = cv2.GaussianBlur(mask, (0, 0), soft)
    return window, np.asarray(blurred, np.float32) / 255.0
