"""Light, weather, and what happens to a camera: each changes a picture, or gives a new one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from vision import Picture, Point

Effect = Callable[[Picture, float], Picture]
"""The picture at a time, seconds; the same time gives the same picture."""


@dataclass(frozen=True, slots=True)
class When:
    """A stretch of time; outside of it an effect leaves the picture alone."""

    since_s: float = 0.0
    until_s: float = 1e9

    def holds(self, t: float) -> bool:
        """Whether a time is in it."""
        return self.since_s <= t < self.until_s


ALWAYS = When()


@dataclass(frozen=True, slots=True)
class Timed:
    """An effect for a stretch of time."""

    when: When
    effect: Effect

    def __call__(self, picture: Picture, t: float) -> Picture:
        """The picture with the effect while the stretch lasts."""
        return self.effect(picture, t) if self.when.holds(t) else picture


@dataclass(frozen=True, slots=True)
class OnGround:
    """An effect of the ground alone: what stands there does not show it."""

    effect: Effect


def only(when: When, effect: Effect) -> Effect:
    """The effect while `when` holds."""
    return Timed(when, effect)


def chance(t: float, seed: int = 0) -> np.random.Generator:
    """Chance that is the same at the same time."""
    return np.random.default_rng([seed, round(max(t, 0.0) * 1000)])


def light(level: Callable[[float], float]) -> Effect:
    """All of the picture brighter or darker by a factor of time."""

    def effect(picture: Picture, t: float) -> Picture:
        factor = level(t)
        if abs(factor - 1) < 0.004:
            return picture
        table = np.clip(np.arange(256) * factor, 0, 255).astype(np.uint8)
        return np.asarray(cv2.LUT(picture, table), np.uint8)

    return effect


def patch(shape: NDArray[np.float32], factor: Callable[[float], float]) -> Effect:
    """Light or shadow where `shape` (H, W) is above 0: the floor is multiplied by `factor`."""
    ys, xs = np.nonzero(shape > 0.01)
    rows, columns = slice(ys.min(), ys.max() + 1), slice(xs.min(), xs.max() + 1)
    part = shape[rows, columns, None]

    def effect(picture: Picture, t: float) -> Picture:
        times = factor(t)
        if abs(times - 1) < 0.004:
            return picture
        picture = picture.copy()
        here = picture[rows, columns]
        here[:] = np.clip(here * (1 + (times - 1) * part), 0, 255).astype(np.uint8)
        return picture

    return effect


def polygon(corners: list[Point], size: tuple[int, int], soft_px: float) -> NDArray[np.float32]:
    """A soft shape for `patch`."""
    shape = np.zeros((size[1], size[0]), np.float32)
    cv2.fillPoly(shape, [np.round(corners).astype(np.int32)], 1.0)
    return np.asarray(cv2.GaussianBlur(shape, (0, 0), soft_px), np.float32)


def cloud(speed_px: float, factor: float, width_px: float, phase_px: float = 0.0) -> Effect:
    """The edge of a cloud's shadow that sweeps over the picture, and its end after it."""

    def effect(picture: Picture, t: float) -> Picture:
        columns = np.arange(picture.shape[1], dtype=np.float32)
        front = speed_px * t - phase_px
        there = 1 / (1 + np.exp(-(front - columns) / 25))
        gone = 1 / (1 + np.exp(-(front - width_px - columns) / 25))
        level = 1 + (factor - 1) * (there - gone)
        if np.abs(level - 1).max() < 0.004:
            return picture
        return np.clip(picture * level[None, :, None], 0, 255).astype(np.uint8)

    return effect


def leaves(spots: NDArray[np.float32], depth: float = 0.25) -> Effect:
    """The shadow of a tree in the wind: `spots` (H, W) of 0..1 that sway by some pixels."""

    def effect(picture: Picture, t: float) -> Picture:
        dx, dy = 3 * np.sin(t * 2.1) + 1.5 * np.sin(t * 5.3), 1.5 * np.sin(t * 1.3 + 1)
        move = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        swayed = cv2.warpAffine(spots, move, spots.shape[::-1])
        return np.clip(picture * (1 - depth * swayed[..., None]), 0, 255).astype(np.uint8)

    return effect


def rain(density: float, veil: float = 0.1, seed: int = 5) -> Effect:
    """Streaks that are elsewhere in every picture, less contrast."""

    def effect(picture: Picture, t: float) -> Picture:
        rng = chance(t, seed)
        height, width = picture.shape[:2]
        out = cv2.addWeighted(picture, 1 - veil, np.full_like(picture, 120), veil, 0)
        count = int(density * height * width)
        xs, ys = rng.integers(0, width, count), rng.integers(0, height, count)
        drops = np.stack([xs, ys, xs + 2, ys + 9], 1).reshape(-1, 2, 2).astype(np.int32)
        cv2.polylines(out, list(drops), isClosed=False, color=(185, 185, 185))
        return np.asarray(out, np.uint8)

    return effect


def fog(share: Callable[[float], float], grey: float = 190.0) -> Effect:
    """Even haze."""

    def effect(picture: Picture, t: float) -> Picture:
        part = share(t)
        if part < 0.01:
            return picture
        return np.asarray(
            cv2.addWeighted(picture, 1 - part, np.full_like(picture, grey), part, 0), np.uint8
        )

    return effect


def infrared(level: float = 1.0) -> Effect:
    """Night by the camera's own lamp: grey, bright in the middle, dark at the rim."""
    lamps: dict[tuple[int, ...], NDArray[np.uint8]] = {}
    mix = np.array([[0.15, 0.35, 0.5]], np.float32)

    def effect(picture: Picture, t: float) -> Picture:
        del t
        shape = picture.shape[:2]
        if shape not in lamps:
            y, x = np.mgrid[0 : shape[0], 0 : shape[1]].astype(np.float32)
            away = np.hypot((x / shape[1] - 0.5) * 1.2, y / shape[0] - 0.65)
            lamps[shape] = (255 * (0.2 + 0.8 * np.exp(-((away / 0.6) ** 2)))).astype(np.uint8)
        grey = cv2.multiply(cv2.transform(picture, mix), lamps[shape], scale=level / 255)
        return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), np.uint8)

    return effect


def insects(count: int, seed: int = 3) -> Effect:
    """Bright smears before an infra-red lamp, here and gone."""

    def effect(picture: Picture, t: float) -> Picture:
        picture = picture.copy()
        height, width = picture.shape[:2]
        for k in range(count):
            rng = chance(t, seed + k)
            if rng.random() < 0.5:
                continue
            x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
            turn = float(rng.uniform(0, 180))
            axes = int(rng.integers(4, 22)), int(rng.integers(1, 4))
            cv2.ellipse(picture, (x, y), axes, turn, 0, 360, (235, 235, 235), -1, cv2.LINE_AA)
        return picture

    return effect


def headlights(
    path: Callable[[float], Point | None], strength: float = 1.2, spread_px: float = 60.0
) -> Effect:
    """A pool of light that moves over the ground, in pixels."""

    def effect(picture: Picture, t: float) -> Picture:
        at = path(t)
        if at is None:
            return picture
        height, width = picture.shape[:2]
        y, x = np.ogrid[0:height, 0:width]
        away = ((x - at[0]) / spread_px) ** 2 + ((y - at[1]) / (0.45 * spread_px)) ** 2
        pool = strength * np.exp(-away.astype(np.float32))
        return np.clip(picture * (1 + pool[..., None]) + 25 * pool[..., None], 0, 255).astype(
            np.uint8
        )

    return effect


def shake(reach_px: float, seed: int = 2) -> Effect:
    """A pole in the wind: every picture lies elsewhere by up to so much."""

    def effect(picture: Picture, t: float) -> Picture:
        dx, dy = chance(t, seed).uniform(-reach_px, reach_px, 2)
        return moved(float(dx), float(dy))(picture, t)

    return effect


def moved(dx_px: float, dy_px: float, turn_deg: float = 0.0) -> Effect:
    """The view shifted and turned."""

    def effect(picture: Picture, t: float) -> Picture:
        height, width = picture.shape[:2]
        way = cv2.getRotationMatrix2D((width / 2, height / 2), turn_deg, 1.0)
        way[:, 2] += np.array([dx_px, dy_px])
        return np.asarray(
            cv2.warpAffine(picture, way, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8
        )

    return effect


def blurred(sigma_px: float) -> Effect:
    """Out of focus."""
    return lambda picture, t: np.asarray(cv2.GaussianBlur(picture, (0, 0), sigma_px), np.uint8)


def painted(level: float, share: float = 1.0) -> Effect:
    """One grey over the lens, or over the left `share` of it."""

    def effect(picture: Picture, t: float) -> Picture:
        picture = picture.copy()
        edge = round(share * picture.shape[1])
        picture[:, :edge] = np.clip(
            level + chance(t, 4).normal(0, 1.5, (picture.shape[0], edge, 1)), 0, 255
        ).astype(np.uint8)
        return picture

    return effect


@dataclass(frozen=True, slots=True)
class Wet:
    """A floor that mirrors: what stands on it from its foot down, and what is beyond it.

    `share` of the light that is mirrored, by time.
    """

    when: When
    share: Callable[[float], float]


SMEAR_PX = (2.0, 8.0)
"""How far rough wet ground smears what it mirrors, to the side and down."""


def mirrored(picture: Picture, ends_px: int, share: float, dx_px: float) -> Picture:
    """The picture with what is beyond the ground, above row `ends_px`, mirrored in the ground.

    Rough ground smears it, along the rows a little and down them more. What is mirrored is moved
    by `dx_px` to the side; what is above the picture looks like its top.
    """
    if ends_px == 0:
        return picture
    height, width = picture.shape[:2]
    move = np.array([[1, 0, dx_px], [0, 1, 0]], np.float32)
    size = width, height - ends_px
    beyond = picture[ends_px - 1 :: -1]
    seen = cv2.warpAffine(beyond, move, size, borderMode=cv2.BORDER_REPLICATE)
    seen = cv2.GaussianBlur(seen, (0, 0), SMEAR_PX[0], sigmaY=SMEAR_PX[1])
    out = picture.copy()
    out[ends_px:] = cv2.addWeighted(picture[ends_px:], 1 - share, seen, share, 0)
    return out


class Grain:
    """Sensor noise: a stored field, elsewhere in every picture."""

    def __init__(self, size: tuple[int, int], sigma: float, seed: int) -> None:
        rng = np.random.default_rng([seed, 77])
        field = rng.normal(0, sigma, (size[1] + 64, size[0] + 64, 1)).round().repeat(3, 2)
        self._plus = np.clip(field, 0, 255).astype(np.uint8)
        self._minus = np.clip(-field, 0, 255).astype(np.uint8)
        self._seed = seed

    def __call__(self, picture: Picture, t: float) -> Picture:
        """The picture with the noise of a time."""
        x, y = (int(n) for n in chance(t, self._seed).integers(0, 64, 2))
        here = slice(y, y + picture.shape[0]), slice(x, x + picture.shape[1])
        return np.asarray(
            cv2.subtract(cv2.add(picture, self._plus[here]), self._minus[here]), np.uint8
        )
