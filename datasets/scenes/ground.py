"""The ground as the camera sees it: grass, soil, asphalt, concrete, crops, each free of shimmer."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from datasets.scenes import noise
from datasets.scenes.camera import Pinhole
from datasets.scenes.light import Light
from datasets.scenes.mesh import Colour, Floats, linear

FAR_M = 2500.0


class Ground:
    """Every pixel below the horizon with its place; materials are laid over each other.

    `x_m`, `y_m` (h, w) are places in metres, `pixel_m` what one pixel covers there, `albedo`
    (h, w, 3) linear BGR; row 0 is picture row `top`.
    """

    def __init__(self, camera: Pinhole, seed: int) -> None:
        width, height = camera.size_px
        self.top = int(np.clip(np.floor(camera.horizon_px) + 2, 0, height - 1))
        x, y = np.meshgrid(np.arange(width) + 0.5, np.arange(self.top, height) + 0.5)
        a, b, c = camera.rays(x, y)
        reach = camera.height_m / np.maximum(-c, camera.height_m / FAR_M)
        self.x_m = np.asarray(a * reach, np.float32)
        self.y_m = np.asarray(b * reach, np.float32)
        across = reach / camera.focal_px
        along = reach**2 / (camera.height_m * camera.focal_px)
        self.distance_m = np.asarray(reach, np.float32)
        self.pixel_m = np.asarray(np.sqrt(across * along), np.float32)
        self.seed = seed
        self.albedo = np.zeros((*self.x_m.shape, 3), np.float32)

    def wave(self, waves_m: Sequence[float], seed: int = 0) -> Floats:
        """Fractal noise on the ground, unit variance near the camera."""
        return noise.fractal(self.x_m, self.y_m, waves_m, self.pixel_m, self.seed + seed)

    def lay(self, albedo: Floats, share: Floats | float = 1.0) -> None:
        """Lay a material where `share` (h, w) is 1."""
        s = np.asarray(share, np.float32)
        s = s[..., None] if s.ndim == 2 else s
        self.albedo = np.asarray(self.albedo * (1 - s) + albedo * s, np.float32)

    def inside(self, distance_m: Floats, soft_m: float = 0.05, ragged_m: float = 0.0) -> Floats:
        """1 where a signed distance is negative; the edge is soft and, if asked, ragged."""
        d = distance_m + (self.wave((2.0, 0.7, 0.25), 5) * ragged_m if ragged_m else 0.0)
        return np.asarray(np.clip(0.5 - d / np.maximum(2 * soft_m, self.pixel_m * 1.4), 0, 1))

    def grass(self, dry: float = 0.3, seed: int = 1) -> Floats:
        """Meadow: patches of green and straw, tufts."""
        patch = self.wave((22.0, 9.0, 3.5), seed) * 0.45 + dry * 1.6 - 0.5
        mix = np.clip(patch + 0.35 * self.wave((1.2, 0.5), seed + 1), 0, 1)[..., None]
        green, straw = linear((96, 110, 58)), linear((156, 145, 96))
        tufts = self.wave((0.9, 0.35, 0.16, 0.08, 0.045), seed + 2)
        return self._grain(green * (1 - mix) + straw * mix, tufts, 0.27)

    def soil(self, colour: Colour = (150, 122, 92), seed: int = 11) -> Floats:
        """Bare earth: clods, damp patches, gravel."""
        damp = np.clip(0.5 + 0.4 * self.wave((14.0, 5.0, 2.0), seed), 0, 1)[..., None]
        base = linear(colour) * (0.72 + 0.5 * damp)
        return self._grain(base, self.wave((1.5, 0.6, 0.25, 0.11, 0.06), seed + 1), 0.17)

    def asphalt(self, bright: float = 1.0, seed: int = 21) -> Floats:
        """Worn asphalt with patches."""
        worn = self.wave((9.0, 3.0, 1.0), seed)[..., None]
        base = linear((118, 117, 114)) * bright * (1 + 0.09 * worn)
        return self._grain(base, self.wave((0.2, 0.08, 0.04), seed + 1), 0.07)

    def concrete(self, slab_m: float = 5.0, seed: int = 31) -> Floats:
        """Concrete slabs with joints and stains."""
        stain = self.wave((12.0, 4.0, 1.4, 0.5), seed)
        base = linear((168, 165, 156)) * (1 + 0.10 * stain[..., None])
        tone = noise.at(np.floor(self.x_m / slab_m) * 7.3, np.floor(self.y_m / slab_m) * 3.1, 1.7)
        base = base * (1 + 0.035 * tone[..., None])
        joint = np.minimum(_to_line(self.x_m, slab_m), _to_line(self.y_m, slab_m))
        seam = self.inside(joint - 0.025, 0.02)[..., None]
        spots = np.clip(self.wave((3.0, 1.1), seed + 2) - 1.45, 0, 0.7)[..., None]
        return self._grain(
            base * (1 - 0.45 * seam) * (1 - 0.5 * spots), self.wave((0.3, 0.1), 33), 0.05
        )

    def crop(self, row_m: float = 0.8, angle_deg: float = 20.0, seed: int = 41) -> Floats:
        """A field in rows."""
        a = np.radians(angle_deg)
        across = self.x_m * np.cos(a) - self.y_m * np.sin(a) + 0.06 * self.wave((1.5,), seed)
        keep = np.clip(row_m / self.pixel_m / 2.5 - 0.8, 0, 1)
        row = (0.5 + 0.5 * np.sin(2 * np.pi * across / row_m) * keep)[..., None]
        base = linear((112, 104, 66)) * (1 - row) + linear((90, 118, 52)) * row
        return self._grain(
            base * (1 + 0.12 * self.wave((18.0, 6.0), seed + 1)[..., None]),
            self.wave((0.5, 0.2, 0.1), seed + 2),
            0.13,
        )

    def _grain(self, base: Floats, grain: Floats, amount: float) -> Floats:
        return np.asarray(np.clip(base * (1 + amount * grain[..., None]), 0.004, 0.9), np.float32)

    def lit(self, light: Light) -> Floats:
        """Picture values of the ground (h, w, 3) under the light, before haze."""
        strength = light.sky_bgr + light.sun_bgr * light.to_sun[2]
        return light.display(self.albedo * strength)


def _to_line(place: Floats, every_m: float) -> Floats:
    return np.asarray(np.abs(np.mod(place + every_m / 2, every_m) - every_m / 2))
