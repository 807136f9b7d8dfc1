"""Smoke, steam, dust and flames: translucent, without a shape, made of noise that drifts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from vision import Box, Picture, Point

TILE_PX = 256


def _tile(seed: int, wave_px: float) -> NDArray[np.float32]:
    """Noise of 0..1 that tiles."""
    rng = np.random.default_rng([seed, 41])
    spectrum = np.fft.rfft2(rng.standard_normal((TILE_PX, TILE_PX)))
    fy, fx = np.fft.fftfreq(TILE_PX)[:, None], np.fft.rfftfreq(TILE_PX)[None, :]
    cut = np.exp(-((np.hypot(fx, fy) * wave_px) ** 2))
    values = np.fft.irfft2(spectrum * cut, (TILE_PX, TILE_PX))
    return np.asarray(np.clip(0.5 + 0.28 * values / values.std(), 0, 1), np.float32)


@dataclass(frozen=True, eq=False)
class Plume:
    """Rises from `foot_px`; grows for `grows_s` to `wide_px` by `high_px`.

    `density` 0..1, `grey` its brightness, `rise_px` a second; `label` what a detector suspects
    (None: nothing), `surety` how much surer than of a solid thing. `is_fire`: bright, flickering.
    `foot_px` may be a function of time, for what is carried.
    """

    foot_px: Point | Callable[[float], Point | None]
    wide_px: float
    high_px: float
    label: str | None = "smoke"
    since_s: float = 0.0
    until_s: float = 1e9
    grows_s: float = 8.0
    density: float = 0.7
    grey: float = 120.0
    rise_px: float = 22.0
    surety: float = -0.25
    is_fire: bool = False
    seed: int = 0
    _noise: list[NDArray[np.float32]] = field(default_factory=list, repr=False)

    def over(self, picture: Picture, t: float) -> tuple[Picture, Box | None]:
        """The picture with the plume, and its box; None while there is none."""
        foot = self.foot_px(t) if callable(self.foot_px) else self.foot_px
        if foot is None or not self.since_s <= t < self.until_s:
            return picture, None
        size = 0.35 + 0.65 * min(1.0, (t - self.since_s) / self.grows_s)
        wide, high = max(8, round(self.wide_px * size)), max(8, round(self.high_px * size))
        share = self._shape(wide, high, t)
        x, y = round(foot[0] - wide / 2), round(foot[1] - high)
        out = picture.copy()
        self._blend(out, share, x, y)
        return out, _box(share, x, y)

    def _shape(self, wide: int, high: int, t: float) -> NDArray[np.float32]:
        """How much of each pixel is plume: an envelope that widens upwards, times noise."""
        if not self._noise:
            self._noise.extend((_tile(self.seed, 34.0), _tile(self.seed + 1, 13.0)))
        v = 1 - (np.arange(high, dtype=np.float32) + 0.5) / high
        u = (np.arange(wide, dtype=np.float32) + 0.5) / wide * 2 - 1
        lean = 0.25 * np.sin(0.35 * t + 2.2 * v + self.seed)
        spread = (0.25 + 0.5 * v) if not self.is_fire else (0.75 - 0.5 * v)
        body = np.exp(-(((u[None, :] - lean[:, None] * v[:, None]) / spread[:, None]) ** 2) * 1.6)
        fade = np.clip(1.25 - v, 0, 1) * np.clip(6 * v + 0.6, 0, 1)
        fast = 2.2 if self.is_fire else 1.0
        slow = self._drift(0, wide, high, 4 * t, self.rise_px * fast * t)
        fine = self._drift(1, wide, high, -7 * t, 1.6 * self.rise_px * fast * t)
        noise = np.clip(1.7 * slow * (0.5 + fine) - 0.15, 0, 1)
        return np.asarray(
            np.clip(self.density * body * fade[:, None] * noise * 1.5, 0, 1), np.float32
        )

    def _drift(self, k: int, wide: int, high: int, dx: float, dy: float) -> NDArray[np.float32]:
        rows = (np.arange(high) + int(dy)) % TILE_PX
        columns = (np.arange(wide) + int(dx)) % TILE_PX
        return self._noise[k][np.ix_(rows, columns)]

    def _blend(self, out: Picture, share: NDArray[np.float32], x: int, y: int) -> None:
        height, width = out.shape[:2]
        x1, y1 = max(x, 0), max(y, 0)
        x2, y2 = min(x + share.shape[1], width), min(y + share.shape[0], height)
        if x1 >= x2 or y1 >= y2:
            return
        part = share[y1 - y : y2 - y, x1 - x : x2 - x, None]
        here = out[y1:y2, x1:x2]
        if self.is_fire:
            colour = np.array([60.0, 150.0, 250.0], np.float32) + 90 * (part - 0.5)
        else:
            colour = np.full(3, self.grey, np.float32)
        here[:] = np.clip(here * (1 - part) + colour * part, 0, 255).astype(np.uint8)


def _box(share: NDArray[np.float32], x: int, y: int) -> Box:
    rows, columns = np.nonzero(cv2.GaussianBlur(share, (0, 0), 3) > 0.12)
    if not len(rows):
        return float(x), float(y), float(x + share.shape[1]), float(y + share.shape[0])
    return (
        float(x + columns.min()),
        float(y + rows.min()),
        float(x + columns.max() + 1),
        float(y + rows.max() + 1),
    )
