"""What cameras, weather and night do to a picture: seeded, BGR uint8 in and out, boxes unchanged.

Used by the builder and, picture by picture, in training.
"""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Picture

Floats = NDArray[np.float32]
Rng = np.random.Generator


def compress(picture: Picture, rng: Rng) -> Picture:
    """A poor stream: decoded smaller, coded hard, shown at full size again."""
    height, width = picture.shape[:2]
    k = float(rng.uniform(0.6, 1.0))
    small = cv2.resize(
        picture, (max(8, int(width * k)), max(8, int(height * k))), interpolation=cv2.INTER_AREA
    )
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(14, 45))])
    decoded = np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)
    return np.asarray(cv2.resize(decoded, (width, height)), np.uint8)


def rain(picture: Picture, rng: Rng) -> Picture:
    """Streaks in one direction, less contrast, a grey veil."""
    height, width = picture.shape[:2]
    drops = np.zeros((height, width), np.float32)
    count = int(height * width * rng.uniform(0.0004, 0.0016))
    drops[rng.integers(0, height, count), rng.integers(0, width, count)] = 1.0
    length = int(max(5, height * rng.uniform(0.015, 0.05)))
    lean = float(rng.uniform(-0.35, 0.35))
    kernel = np.zeros((length, length), np.float32)
    middle = length / 2
    half = (lean * middle, middle)
    ends = [(round(middle + s * half[0]), round(middle + s * half[1])) for s in (-1, 1)]
    cv2.line(kernel, ends[0], ends[1], 1.0, 1)
    streaks = cv2.filter2D(drops, -1, kernel / max(float(kernel.sum()), 1.0) * length * 0.5)
    veil = float(rng.uniform(0.08, 0.3))
    grey = float(picture.mean()) * 0.5 + 70
    out = picture * (1 - veil) + grey * veil
    out = out + streaks.clip(0, 1)[..., None] * rng.uniform(25, 70)
    return _bytes(out)


def night_ir(picture: Picture, rng: Rng) -> Picture:
    """An infra-red night: grey, lit from the camera, dark at the rim and far away, noisy."""
    height, width = picture.shape[:2]
    b, g, r = (picture[..., i].astype(np.float32) for i in range(3))
    grey = (0.2 * b + 0.3 * g + 0.5 * r) / 255
    grey = grey ** float(rng.uniform(0.8, 1.4))
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    at = (float(rng.uniform(0.35, 0.65)), float(rng.uniform(0.5, 0.8)))
    away = np.hypot((x / width - at[0]) * 1.2, y / height - at[1])
    lamp = np.exp(-((away / float(rng.uniform(0.4, 0.75))) ** 2))
    out = 255 * grey * (0.12 + 0.88 * lamp) * float(rng.uniform(0.8, 1.5)) + 6
    out = np.asarray(cv2.GaussianBlur(out.astype(np.float32), (0, 0), rng.uniform(0.3, 0.9)))
    noise = rng.normal(0, rng.uniform(3, 11), (height, width))
    return _bytes(np.repeat((out + noise)[..., None], 3, 2))


def glare(picture: Picture, rng: Rng) -> Picture:
    """A low sun or a headlight into the lens: a bright spot with a veil, sometimes a streak."""
    height, width = picture.shape[:2]
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    cx, cy = rng.uniform(0, 1) * width, rng.uniform(0, 0.7) * height
    away = np.hypot(x - cx, y - cy) / max(height, width)
    spot = np.exp(-((away / float(rng.uniform(0.02, 0.07))) ** 2))
    veil = np.exp(-away / float(rng.uniform(0.1, 0.35))) * float(rng.uniform(0.3, 0.7))
    light = spot + veil
    if rng.random() < 0.5:
        light = light + 0.6 * np.exp(-np.abs(y - cy) / (0.006 * height)) * np.exp(-away * 4)
    colour = np.array([rng.uniform(0.7, 1.0), rng.uniform(0.85, 1.0), 1.0], np.float32)
    share = light.clip(0, 1)[..., None] * colour
    return _bytes(picture * (1 - share) + 255 * share)


def lens_dirt(picture: Picture, rng: Rng) -> Picture:
    """Drops and smears on the glass: soft patches, darker or milky, without fine detail."""
    height, width = picture.shape[:2]
    mask = np.zeros((height, width), np.float32)
    for _ in range(int(rng.integers(4, 22))):
        at = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        axes = (rng.uniform(0.008, 0.06, 2) * max(height, width)).astype(int) + 1
        turn = float(rng.uniform(0, 180))
        cv2.ellipse(mask, at, (int(axes[0]), int(axes[1])), turn, 0, 360, rng.uniform(0.3, 0.9), -1)
    mask = np.asarray(cv2.GaussianBlur(mask, (0, 0), 0.008 * max(height, width)), np.float32)
    blurred = cv2.GaussianBlur(picture, (0, 0), 0.012 * max(height, width)).astype(np.float32)
    milky = bool(rng.random() < 0.5)
    film = blurred * 0.75 + 55 if milky else blurred * float(rng.uniform(0.45, 0.8))
    return _bytes(picture * (1 - mask[..., None]) + film * mask[..., None])


def fog(picture: Picture, rng: Rng) -> Picture:
    """Even haze, thicker towards the upper edge, where things are far."""
    height = picture.shape[0]
    upward = np.linspace(1.0, float(rng.uniform(0.2, 0.7)), height, dtype=np.float32)
    share = (upward * float(rng.uniform(0.35, 0.8)))[:, None, None]
    return _bytes(picture * (1 - share) + float(rng.uniform(150, 215)) * share)


EFFECTS: dict[str, Callable[[Picture, Rng], Picture]] = {
    "compress": compress,
    "rain": rain,
    "night_ir": night_ir,
    "glare": glare,
    "lens_dirt": lens_dirt,
    "fog": fog,
}


def disturbed(picture: Picture, rng: Rng, chance: float = 0.3) -> Picture:
    """With `chance` one effect, and then with a third of it compression on top."""
    if rng.random() < chance:
        name = str(rng.choice(list(EFFECTS)))
        picture = EFFECTS[name](picture, rng)
        if name != "compress" and rng.random() < 0.33:
            picture = compress(picture, rng)
    return picture


def _bytes(values: NDArray[np.floating]) -> Picture:
    return np.asarray(values.clip(0, 255), np.float32).astype(np.uint8)
