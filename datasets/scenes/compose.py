"""Moving things onto the still picture: their shadows first, then they themselves, far to near."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.scenes import raster
from datasets.scenes.camera import Pinhole
from datasets.scenes.light import Light
from datasets.scenes.mesh import Floats
from datasets.scenes.truth import Actor


@dataclass(frozen=True, slots=True)
class Stage:
    """The still part as moving things need it.

    `depth_m` (H, W) of still things, `is_ground` (H, W) where shadows fall; `falloff` (H, W, 1) and
    `blur_px` repeat on moving things what the lens did to the still part.
    """

    camera: Pinhole
    light: Light
    depth_m: Floats
    is_ground: NDArray[np.bool_]
    falloff: Floats | None = None
    blur_px: float = 0.0


Mask = tuple[raster.Window, Floats]


@dataclass(frozen=True, slots=True)
class Drawn:
    """One actor, ready to be laid over any frame: factors for its shadows, and its pixels."""

    distance_m: float
    shadows: tuple[Mask, ...]
    layer: raster.Layer | None


def draw(actor: Actor, stage: Stage) -> Drawn:
    """Everything of one actor that costs time."""
    shadows: list[Mask] = []
    cast = raster.shadow(actor.mesh, stage.camera, stage.light) if stage.light.sun > 0.03 else None
    if cast is not None:
        shadows.append(_factor(cast, stage.is_ground, 1 - stage.light.shadow_bgr))
    seam = _contact(actor, stage.camera)
    if seam is not None:
        shadows.append(_factor(seam, stage.is_ground, np.full(3, 0.45, np.float32)))
    layer = raster.draw(
        actor.mesh,
        stage.camera,
        stage.light,
        behind_m=stage.depth_m,
        dirt=actor.dirt,
        origin=(actor.x_m, actor.y_m),
    )
    return Drawn(actor.y_m, tuple(shadows), layer and _through(layer, stage))


def _factor(mask: Mask, is_ground: NDArray[np.bool_], loss_bgr: Floats) -> Mask:
    (x0, y0, x1, y1), share = mask
    share = share * is_ground[y0:y1, x0:x1]
    return mask[0], np.asarray(1 - share[..., None] * loss_bgr, np.float32)


def _through(layer: raster.Layer, stage: Stage) -> raster.Layer:
    x0, y0, x1, y1 = layer.window
    bgr, alpha = layer.bgr, layer.alpha
    if stage.blur_px > 0.2:
        both = np.dstack([bgr, alpha])
        soft = np.asarray(cv2.GaussianBlur(both, (0, 0), stage.blur_px), np.float32)
        bgr, alpha = soft[..., :3], soft[..., 3]
    if stage.falloff is not None:
        bgr = np.asarray(bgr * stage.falloff[y0:y1, x0:x1])
    return raster.Layer(layer.window, bgr, alpha, layer.depth_m)


def lay(picture: NDArray[Any], actors: Iterable[Drawn]) -> None:  # uint8 or float32 values
    """Change a picture in place: all shadows, then the actors from far to near."""
    ordered = sorted(actors, key=lambda a: -a.distance_m)
    for (x0, y0, x1, y1), factor in (mask for a in ordered for mask in a.shadows):
        here = picture[y0:y1, x0:x1]
        here[:] = (here * factor).astype(picture.dtype)
    for actor in ordered:
        if actor.layer is not None:
            x0, y0, x1, y1 = actor.layer.window
            here = picture[y0:y1, x0:x1]
            value = here * (1 - actor.layer.alpha[..., None]) + actor.layer.bgr
            here[:] = np.clip(value, 0, 255).astype(picture.dtype)


def _contact(actor: Actor, camera: Pinhole) -> Mask | None:
    """The dark seam right under a thing, where neither sun nor much sky comes."""
    low = actor.mesh.vertices[actor.mesh.vertices[:, 2] < 0.25].copy()
    if len(low) < 3:
        return None
    low[:, 2] = 0
    if camera.to_camera(low)[:, 2].min() < raster.NEAR_M:
        return None
    px = camera.project(low)
    hull = cv2.convexHull(px.astype(np.float32))
    (ax, ay), (bx, by) = px.min(axis=0), px.max(axis=0)
    window = raster.window_of(
        (float(ax), float(ay), float(bx), float(by)), camera.size_px, margin=8
    )
    if window is None:
        return None
    x0, y0, x1, y1 = window
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    corners = np.round((np.asarray(hull) - np.array([x0, y0])) * 16).astype(np.int32)
    cv2.fillConvexPoly(mask, corners, 255, cv2.LINE_AA, 4)
    soft = max(0.22 * camera.focal_px / max(actor.y_m, 1.0) * 0.4, 0.6)
    share = np.asarray(cv2.GaussianBlur(mask, (0, 0), min(soft, 4.0)), np.float32) / 255
    return window, share
