"""Moving things onto the still picture: their shadows first, then they themselves, far to near."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from datasets.scenes import raster
from datasets.scenes.camera import Pinhole
from datasets.scenes.light import Light
from datasets.scenes.mesh import Floats
from datasets.scenes.truth import Actor


def stand(
    picture: NDArray[Any],  # uint8 or float32 picture values, changed in place
    actors: Sequence[Actor],
    camera: Pinhole,
    light: Light,
    *,
    depth_m: Floats,
    is_ground: NDArray[np.bool_],
    falloff: Floats | None = None,
    blur_px: float = 0.0,
) -> None:
    """Draw actors. `falloff` (H, W, 1) and `blur_px` repeat what the lens did to the still part."""
    for actor in actors:
        found = raster.shadow(actor.mesh, camera, light)
        if found is None or light.sun < 0.03:
            _contact(picture, actor, camera, is_ground)
            continue
        (x0, y0, x1, y1), share = found
        share = share * is_ground[y0:y1, x0:x1]
        here = picture[y0:y1, x0:x1]
        factor = 1 - share[..., None] * (1 - light.shadow_bgr)
        here[:] = (here * factor).astype(picture.dtype)
        _contact(picture, actor, camera, is_ground)
    for actor in sorted(actors, key=lambda a: -a.y_m):
        layer = raster.draw(
            actor.mesh,
            camera,
            light,
            behind_m=depth_m,
            dirt=actor.dirt,
            origin=(actor.x_m, actor.y_m),
        )
        if layer is not None:
            _over(picture, layer, falloff, blur_px)


def _over(
    picture: NDArray[Any], layer: raster.Layer, falloff: Floats | None, blur_px: float
) -> None:
    x0, y0, x1, y1 = layer.window
    bgr, alpha = layer.bgr, layer.alpha
    if blur_px > 0.2:
        both = np.dstack([bgr, alpha])
        soft = np.asarray(cv2.GaussianBlur(both, (0, 0), blur_px), np.float32)
        bgr, alpha = soft[..., :3], soft[..., 3]
    if falloff is not None:
        bgr = bgr * falloff[y0:y1, x0:x1]
    here = picture[y0:y1, x0:x1]
    value = here * (1 - alpha[..., None]) + bgr
    here[:] = np.clip(value, 0, 255).astype(picture.dtype)


def _contact(
    picture: NDArray[Any],  # as in stand
    actor: Actor,
    camera: Pinhole,
    is_ground: NDArray[np.bool_],
) -> None:
    """The dark seam right under a thing, where neither sun nor much sky comes."""
    low = actor.mesh.vertices[actor.mesh.vertices[:, 2] < 0.25].copy()
    if len(low) < 3:
        return
    low[:, 2] = 0
    if camera.to_camera(low)[:, 2].min() < raster.NEAR_M:
        return
    px = camera.project(low)
    hull = cv2.convexHull(px.astype(np.float32))
    (ax, ay), (bx, by) = px.min(axis=0), px.max(axis=0)
    window = raster.window_of(
        (float(ax), float(ay), float(bx), float(by)), camera.size_px, margin=8
    )
    if window is None:
        return
    x0, y0, x1, y1 = window
    mask = np.zeros((y1 - y0, x1 - x0), np.uint8)
    corners = np.round((np.asarray(hull) - np.array([x0, y0])) * 16).astype(np.int32)
    cv2.fillConvexPoly(mask, corners, 255, cv2.LINE_AA, 4)
    soft = max(0.22 * camera.focal_px / max(actor.y_m, 1.0) * 0.4, 0.6)
    share = np.asarray(cv2.GaussianBlur(mask, (0, 0), min(soft, 4.0)), np.float32) / 255
    share = 0.45 * share * is_ground[y0:y1, x0:x1]
    here = picture[y0:y1, x0:x1]
    here[:] = (here * (1 - share[..., None])).astype(picture.dtype)
