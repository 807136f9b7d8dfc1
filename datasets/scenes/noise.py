"""Noise that tiles: the grain of grass, soil, rust and cloud, sampled at any place and scale."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import cv2
import numpy as np

from datasets.scenes.mesh import Floats

_SIDE = 256
_PER_WAVE = 4.0


@lru_cache(maxsize=64)
def _tile(seed: int) -> Floats:
    """A periodic field (256, 256) of unit variance with structure of about 4 samples."""
    rng = np.random.default_rng(7919 + seed)
    spectrum = np.fft.rfft2(rng.standard_normal((_SIDE, _SIDE)))
    fy, fx = np.fft.fftfreq(_SIDE)[:, None], np.fft.rfftfreq(_SIDE)[None, :]
    f = np.hypot(fx, fy) * _PER_WAVE
    field = np.fft.irfft2(spectrum * np.exp(-((f - 0.8) ** 2) / 0.18), (_SIDE, _SIDE))
    return np.asarray(field / field.std(), np.float32)


def at(x_m: Floats, y_m: Floats, wave_m: float, seed: int = 0) -> Floats:
    """Noise of unit variance and about `wave_m` between blobs, at places of any shape."""
    turn = 0.7 + 2.4 * seed
    scale = _PER_WAVE / wave_m / _SIDE
    c, s = np.float32(np.cos(turn) * scale), np.float32(np.sin(turn) * scale)
    shape = np.shape(x_m)
    x, y = np.asarray(x_m, np.float32), np.asarray(y_m, np.float32)
    u, v = x * c - y * s, x * s + y * c
    u = (u - np.floor(u)) * np.float32(_SIDE)
    v = (v - np.floor(v)) * np.float32(_SIDE)
    if len(shape) == 1:
        u, v = u[:, None], v[:, None]
        if len(u) > 32000:  # remap refuses sides over 32767
            column, row = u.astype(np.int32)[:, 0], v.astype(np.int32)[:, 0]
            return _tile(seed)[row % _SIDE, column % _SIDE]
    out = cv2.remap(_tile(seed), u, v, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    return np.asarray(out, np.float32).reshape(shape)


def fractal(
    x_m: Floats,
    y_m: Floats,
    waves_m: Sequence[float],
    pixel_m: Floats | float,
    seed: int = 0,
    fall: float = 1.0,
) -> Floats:
    """Several waves of unit variance together, each weaker than the one before by `fall`.

    A wave fades out where a pixel covers too much of it to show it.
    """
    total = np.zeros(np.shape(x_m), np.float32)
    weights = [fall**k for k in range(len(waves_m))]
    for k, wave in enumerate(waves_m):
        keep = np.clip(wave / np.maximum(pixel_m, 1e-6) / 1.5 - 0.8, 0, 1)
        total += at(x_m, y_m, wave, seed * 11 + k) * (keep * weights[k])
    return total / np.float32(np.sqrt(sum(w * w for w in weights)))
