"""What lies behind the ground: sky, clouds and hills in the haze."""

from __future__ import annotations

import numpy as np

from datasets.scenes import noise
from datasets.scenes.camera import Pinhole
from datasets.scenes.light import Light
from datasets.scenes.mesh import Floats, linear

_RIDGES = (2600.0, 1000.0, 380.0, 130.0, 45.0)
_CLOUDS = (26.0, 11.0, 5.0, 2.3, 1.1, 0.5)


def sky(camera: Pinhole, light: Light, cloud: float, seed: int) -> Floats:
    """Picture values (H, W, 3) of the sky; `cloud` 0 clear .. 1 overcast."""
    width, height = camera.size_px
    whole = np.empty((height, width, 3), np.float32)
    whole[:] = light.haze_bgr
    below = int(np.clip(camera.horizon_px + 3, 0, height))
    if below < 2:
        return whole
    x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(below) + 0.5)
    a, b, c = camera.rays(x, y)
    length = np.sqrt(a * a + b * b + c * c)
    up = np.clip(c / length, 0.0, 1.0)
    deep = np.array([208, 160, 116], np.float32) * (0.55 + 0.45 * min(light.sun, 1.0))
    rise = (1 - np.exp(-up * 4.5))[..., None]
    blue = light.haze_bgr * (1 - rise) + deep * rise
    u, v = a / length * 60.0, np.sqrt(up + 0.004) * 75.0
    field = noise.fractal(u, v, _CLOUDS, 0.08, 50 + seed, 0.62)
    edge = (field + 2.4 * cloud - 1.25) * 1.5
    amount = np.clip(edge, 0, 1) ** 0.8 * np.clip(up * 30, 0.15, 1) * (0.55 + 0.45 * cloud)
    relief = noise.fractal(u - 0.5, v + 0.9, _CLOUDS, 0.08, 50 + seed, 0.62) - field
    white = 226 + 26 * min(light.sun, 1.0) - 46 * cloud * (1.15 - min(light.sun, 1.0))
    clouds = np.clip(white + 20 * relief, 120, 252)[..., None] * np.array([1.0, 0.985, 0.965])
    s = light.to_sun
    glow = np.clip((a * s[0] + b * s[1] + c * s[2]) / length, 0, 1) ** 24
    picture = blue * (1 - amount[..., None]) + clouds * amount[..., None]
    lit = picture + 60 * min(light.sun, 1.0) * glow[..., None]
    whole[:below] = np.clip(lit, 0, 255)
    return whole


def hills(
    picture: Floats, camera: Pinhole, light: Light, seed: int, height_m: float = 70.0
) -> None:
    """Paint ranges of hills onto the sky, the farther the paler."""
    below = int(np.clip(camera.horizon_px + 5, 0, picture.shape[0]))
    if below < 1:
        return
    picture = picture[:below]
    rng = np.random.default_rng([seed, 5])
    width = camera.size_px[0]
    columns = np.arange(width, dtype=np.float32)
    rows = np.arange(picture.shape[0], dtype=np.float32)[:, None]
    for k, distance in enumerate((5200.0, 3000.0, 1500.0)):
        metres = columns * distance / camera.focal_px
        shift = float(rng.uniform(0, 9e3))
        shape = noise.fractal(metres + shift, metres * 0, _RIDGES, 1.0, k, 0.4)
        top_m = np.clip(
            height_m * (0.75 + 0.45 * shape) * (1.0, 0.6, 0.28)[k] * distance / 2600, 2, None
        )
        line = camera.horizon_px - (top_m - camera.height_m * 0.5) * camera.focal_px / distance
        share = np.clip(rows - line[None, :] + 0.5, 0, 1) * (rows < camera.horizon_px + 4)
        wood = noise.at(metres[None, :] + 0 * rows, (rows + 0 * columns) * distance / 500, 60.0, k)
        lit = linear((86, 98, 62)) * (light.sky + 0.6 * light.sun)
        colour = light.display(lit * (1 + 0.16 * wood[..., None]))
        arrive = light.air(distance * 0.8)
        pale = colour * arrive + light.haze_bgr * (1 - arrive) * (0.97, 0.94, 0.90)[k]
        picture[:] = picture * (1 - share[..., None]) + pale * share[..., None]
