"""Sun, sky and air: what turns a colour into a picture value."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.scenes.mesh import GLASS, Floats

_FINE = 4096.0


def _tone() -> Floats:
    """Picture values by the square root of light: straight to 0.6, then rolled off; gamma 2.2."""
    v = (np.arange(int(2.5 * _FINE)) / _FINE) ** 2
    rolled = np.where(v < 0.6, v, 0.6 + 0.4 * (1 - np.exp(-(v - 0.6) / 0.4)))
    return np.asarray(255.0 * rolled ** (1 / 2.2), np.float32)


_TONE = _tone()


@dataclass(frozen=True, slots=True)
class Light:
    """Where the sun stands and how strong sun, sky and haze are.

    `azimuth_deg` is clockwise from the camera's direction, `sun` and `sky` are linear strengths,
    `warmth` 0..1 reddens the sun, `visibility_m` is where 63 % of the contrast is lost.
    """

    azimuth_deg: float = 215.0
    elevation_deg: float = 42.0
    sun: float = 0.95
    sky: float = 0.42
    warmth: float = 0.25
    visibility_m: float = 1500.0
    haze: tuple[float, float, float] = (0.80, 0.74, 0.68)
    exposure: float = 1.0

    @property
    def to_sun(self) -> Floats:
        """Unit vector towards the sun."""
        a, e = np.radians(self.azimuth_deg), np.radians(self.elevation_deg)
        return np.array([np.sin(a) * np.cos(e), np.cos(a) * np.cos(e), np.sin(e)], np.float32)

    @property
    def sun_bgr(self) -> Floats:
        """Linear strength of the sun per channel."""
        w = self.warmth
        return np.array([1.0 - 0.45 * w, 1.0 - 0.16 * w, 1.0], np.float32) * self.sun

    @property
    def sky_bgr(self) -> Floats:
        """Linear strength of the sky per channel: bluer when the sun is out."""
        blue = 0.18 * min(self.sun, 1.0)
        return np.array([1.0 + blue, 1.0, 1.0 - blue * 0.7], np.float32) * self.sky

    @property
    def shadow_bgr(self) -> Floats:
        """What a shadow on flat ground leaves, as a factor on picture values per channel."""
        lit = self.sky_bgr + self.sun_bgr * self.to_sun[2]
        return np.asarray((self.sky_bgr * 0.85 / lit) ** (1 / 2.2), np.float32)

    def shade(self, albedo: Floats, normal: Floats, gloss: Floats) -> tuple[Floats, Floats]:
        """Linear BGR of faces in the shade and in the sun, seen from nowhere in particular."""
        up = normal[:, 2:3]
        hemisphere = self.sky_bgr * (0.62 + 0.38 * up) + 0.10 * self.sun * np.clip(-up, 0, 1)
        facing = np.clip(normal @ self.to_sun, 0, 1)[:, None]
        shine = (gloss[:, None] * 0.10) * facing**6 * self.sun
        mirror = np.where(
            gloss[:, None] >= GLASS, 0.16 * self.sky_bgr * (0.4 + 0.6 * (1 - up)), 0.0
        )
        shade = albedo * hemisphere + mirror
        return np.asarray(shade, np.float32), np.asarray(
            shade + albedo * self.sun_bgr * facing + shine, np.float32
        )

    def display(self, value: Floats) -> Floats:
        """Linear light as picture values 0..255, highlights rolled off."""
        place = np.sqrt(np.maximum(value * np.float32(self.exposure), 0)) * np.float32(_FINE)
        return np.asarray(_TONE[np.minimum(place, len(_TONE) - 1).astype(np.int32)])

    @property
    def haze_bgr(self) -> Floats:
        """Colour of thick haze as picture values 0..255."""
        return np.array(self.haze, np.float32) * 255.0

    def air(self, distance_m: Floats | float) -> Floats:
        """Share of a thing's own light that arrives through the haze."""
        return np.asarray(np.exp(-np.asarray(distance_m, np.float32) / self.visibility_m))
