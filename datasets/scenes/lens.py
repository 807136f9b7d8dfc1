"""What lens and sensor add: soft edges, bloom, vignette, grain."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from datasets.scenes.mesh import Floats
from vision.types import Picture, Size


@dataclass(frozen=True, slots=True)
class Lens:
    """`blur_px` sigma of the optics, `vignette` 0..1, `bloom` 0..1, `grain` sigma of noise."""

    blur_px: float = 0.55
    vignette: float = 0.16
    bloom: float = 0.10
    grain: float = 1.6

    def falloff(self, size_px: Size) -> Floats:
        """Factor (H, W, 1) that darkens the corners."""
        width, height = size_px
        x = (np.arange(width) + 0.5) / width - 0.5
        y = ((np.arange(height) + 0.5) / height - 0.5)[:, None]
        return np.asarray(1 - self.vignette * 1.7 * (x * x + y * y), np.float32)[..., None]

    def through(self, picture: Floats) -> Floats:
        """A whole still picture after the lens, without grain."""
        height, width = picture.shape[:2]
        bright = np.clip(picture - 175, 0, 80)
        small = cv2.resize(bright, (width // 8 + 1, height // 8 + 1), interpolation=cv2.INTER_AREA)
        halo = cv2.resize(cv2.GaussianBlur(small, (0, 0), 5), (width, height))
        out = picture + self.bloom * np.asarray(halo, np.float32)
        if self.blur_px > 0.2:
            out = np.asarray(cv2.GaussianBlur(out, (0, 0), self.blur_px), np.float32)
        return np.asarray(out * self.falloff((width, height)), np.float32)


class Grain:
    """Sensor noise from a stored field, shifted by the frame's number: cheap and repeatable."""

    def __init__(self, size_px: Size, sigma: float, seed: int) -> None:
        rng = np.random.default_rng([seed, 77])
        width, height = size_px
        self._spare = 64
        shape = (height + self._spare, width + self._spare, 3)
        grey = rng.normal(0, sigma * 0.8, shape[:2])[..., None]
        field = np.asarray(grey + rng.normal(0, sigma * 0.75, shape), np.float32)
        field = np.asarray(cv2.GaussianBlur(field, (0, 0), 0.6), np.float32) * 1.5
        self._plus = np.clip(np.round(field), 0, 255).astype(np.uint8)
        self._minus = np.clip(np.round(-field), 0, 255).astype(np.uint8)
        self._seed = seed

    def over(self, picture: Picture, number: int) -> Picture:
        """The picture with the noise of frame `number`."""
        rng = np.random.default_rng([self._seed, abs(number)])
        x, y = (int(n) for n in rng.integers(0, self._spare, 2))
        height, width = picture.shape[:2]
        plus, minus = self._plus, self._minus
        if rng.random() < 0.5:
            plus, minus = minus, plus
        here = (slice(y, y + height), slice(x, x + width))
        return np.asarray(cv2.subtract(cv2.add(picture, plus[here]), minus[here]), np.uint8)
