"""Smoke, steam, dust and flames: translucent, without a shape, made of noise that drifts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from vision import Box, Picture, Point

TILE_PX = 256
WAVES = (0.4, 0.15)
"""Size of the great and the small eddies, as a share of the plume's width."""
SWEEP = 0.9
"""Speed of the eddies as a share of the speed at which the plume rises. Chosen so that drawn smoke
moves as that of the campfire and the doll house does by `vision.plume`."""

PUFF = 0.5
"""How much a puff is denser than the mean."""
LIT = 0.35
"""How much brighter billows are than the folds between them."""


class _Eddies:
    """Noise of 0..1 that tiles and turns over: each wave is swept along at a speed of its own.

    That is random sweeping (Kraichnan 1964), the simplest turbulence: small eddies change within
    a part of a second, great ones within seconds, and no piece of the pattern moves as one.
    """

    def __init__(self, seed: int, wave_px: float, sweep_px: float) -> None:
        rng = np.random.default_rng([seed, 41])
        spectrum = np.fft.rfft2(rng.standard_normal((TILE_PX, TILE_PX)))
        fy, fx = np.fft.fftfreq(TILE_PX)[:, None], np.fft.rfftfreq(TILE_PX)[None, :]
        spectrum *= np.exp(-((np.hypot(fx, fy) * wave_px) ** 2))
        self._spectrum = 0.28 * spectrum / np.fft.irfft2(spectrum, (TILE_PX, TILE_PX)).std()
        vx, vy = rng.normal(0, sweep_px, (2, *spectrum.shape))
        self._turns_per_s = fx * vx + fy * vy

    def at(self, t: float) -> NDArray[np.float32]:
        turned = self._spectrum * np.exp(2j * np.pi * t * self._turns_per_s)
        values = np.fft.irfft2(turned, (TILE_PX, TILE_PX))
        return np.asarray(np.clip(0.5 + values, 0, 1), np.float32)


@dataclass(frozen=True, eq=False)
class Plume:
    """Rises from `foot_px`; grows for `grows_s` to `wide_px` by `high_px`.

    `density` 0..1, `grey` its brightness, `rise_px` a second; `label` what a detector suspects
    (None: nothing), `surety` how much surer than of a solid thing. `is_fire`: bright, flickering.
    `puffs_per_s`: how often a denser puff leaves the foot.
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
    puffs_per_s: float = 1.0
    surety: float = -0.25
    is_fire: bool = False
    seed: int = 0
    _eddies: list[_Eddies] = field(default_factory=list, repr=False)

    def over(self, picture: Picture, t: float) -> tuple[Picture, Box | None]:
        """The picture with the plume, and its box; None while there is none."""
        foot = self.foot_px(t) if callable(self.foot_px) else self.foot_px
        if foot is None or not self.since_s <= t < self.until_s:
            return picture, None
        size = 0.35 + 0.65 * min(1.0, (t - self.since_s) / self.grows_s)
        wide, high = max(8, round(self.wide_px * size)), max(8, round(self.high_px * size))
        share, shade = self._shape(wide, high, t)
        x, y = round(foot[0] - wide / 2), round(foot[1] - high)
        out = picture.copy()
        self._blend(out, share, shade, x, y)
        return out, _box(share, x, y)

    def _shape(
        self, wide: int, high: int, t: float
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """How much of each pixel is plume, an envelope that widens upwards, times noise; and how
        light falls on it.
        """
        if not self._eddies:
            sweep_px = SWEEP * self.rise_px
            for k, wave in enumerate(WAVES):
                self._eddies.append(_Eddies(self.seed + k, wave * self.wide_px, sweep_px))
        v = 1 - (np.arange(high, dtype=np.float32) + 0.5) / high
        u = (np.arange(wide, dtype=np.float32) + 0.5) / wide * 2 - 1
        lean = 0.25 * np.sin(0.35 * t + 2.2 * v + self.seed)
        spread = (0.25 + 0.5 * v) if not self.is_fire else (0.75 - 0.5 * v)
        body = np.exp(-(((u[None, :] - lean[:, None] * v[:, None]) / spread[:, None]) ** 2) * 1.6)
        fade = np.clip(1.25 - v, 0, 1) * np.clip(6 * v + 0.6, 0, 1)
        fast = 2.2 if self.is_fire else 1.0
        slow = self._drift(0, wide, high, fast * t)
        fine = self._drift(1, wide, high, 1.3 * fast * t)
        noise = np.clip(1.7 * slow * (0.5 + fine) - 0.15, 0, 1)
        share = np.clip(self.density * body * fade[:, None] * noise * 1.5, 0, 1)
        puffs = 1 + PUFF * np.sin(2 * np.pi * self._puffed(t - v * high / self.rise_px))
        share = np.clip(share * puffs[:, None], 0, 1)
        return np.asarray(share, np.float32), 1 + LIT * (slow + fine - 1)

    def _puffed(self, t: NDArray[np.floating]) -> NDArray[np.float32]:
        """How many puffs have left the foot until `t`; their rate is never quite even."""
        k = self.puffs_per_s
        uneven = 0.25 * np.sin(0.43 * k * t + self.seed) + 0.2 * np.sin(1.7 * k * t + 2 * self.seed)
        return np.asarray(k * t + uneven, np.float32)

    def _drift(self, k: int, wide: int, high: int, t: float) -> NDArray[np.float32]:
        """Eddies that rise as they turn over."""
        rows = (np.arange(high) + round(self.rise_px * t)) % TILE_PX
        return self._eddies[k].at(t)[np.ix_(rows, np.arange(wide) % TILE_PX)]

    def _blend(
        self,
        out: Picture,
        share: NDArray[np.float32],
        shade: NDArray[np.float32],
        x: int,
        y: int,
    ) -> None:
        height, width = out.shape[:2]
        x1, y1 = max(x, 0), max(y, 0)
        x2, y2 = min(x + share.shape[1], width), min(y + share.shape[0], height)
        if x1 >= x2 or y1 >= y2:
            return
        cut = np.s_[y1 - y : y2 - y, x1 - x : x2 - x, None]
        part = share[cut]
        here = out[y1:y2, x1:x2]
        if self.is_fire:
            colour = np.array([60.0, 150.0, 250.0], np.float32) + 90 * (part - 0.5)
        else:
            colour = self.grey * shade[cut]
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
