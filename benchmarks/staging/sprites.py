"""Things as small pictures: drawn once from a mesh, then scaled to wherever they stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.staging.places import Place
from datasets.scenes import cast, clutter, machines, raster, vehicles
from datasets.scenes import excavator as digger
from datasets.scenes.camera import Pinhole
from datasets.scenes.light import Light
from datasets.scenes.lorries import lorry
from datasets.scenes.mesh import MATT, Colour, Mesh, box, join, tube
from vision import Box, Picture

PX_PER_M = 36.0
VIEW: tuple[float, float] = (7.5, 24.0)
"""Things are drawn as seen from so high and so far, metres; near enough for every place."""
SCALE_STEPS = 40
"""Sizes are told apart in steps of 1/40: a thing that drives away does not need a new picture for
every frame."""
TURN_DEG = 15.0


@dataclass(frozen=True, eq=False)
class Sprite:
    """`bgr` (h, w, 3) already multiplied by `alpha` (h, w); it stands on the ground at `foot`."""

    bgr: NDArray[np.float32] = field(repr=False)
    alpha: NDArray[np.float32] = field(repr=False)
    foot: tuple[float, float]
    px_per_m: float = PX_PER_M

    @property
    def high_m(self) -> float:
        """How high it looks, in metres."""
        return float(self.bgr.shape[0] / self.px_per_m)


@dataclass(frozen=True, slots=True)
class Stand:
    """A sprite in a place at one moment. `see_through`: the share of it that is not there."""

    sprite: Sprite
    x_m: float
    y_m: float
    see_through: float = 0.0


@lru_cache(maxsize=1024)
def sprite(kind: str, seed: int, turn_deg: float = 0.0, phase: float = 0.0) -> Sprite:
    """One thing of a kind: `seed` picks its make and colour, `phase` 0..1 its pose."""
    mesh = _mesh(kind, seed, phase)
    turn = round(turn_deg / TURN_DEG) * TURN_DEG
    per_m = 2 * PX_PER_M if kind in SMALL else PX_PER_M
    height_m, away_m = VIEW
    depth_m = float(np.hypot(height_m, away_m))
    tilt_deg = float(np.degrees(np.arctan2(height_m, away_m)))
    camera = Pinhole((1400, 1000), per_m * depth_m, height_m, tilt_deg)
    light = Light(sun=0.5, sky=0.55)
    layer = raster.draw(mesh.turned(yaw_deg=turn).moved(0.0, away_m), camera, light)
    if layer is None:
        raise ValueError(f"a {kind} cannot be seen")
    x0, y0 = layer.window[:2]
    foot = camera.ground_px(0.0, away_m)
    bgr, alpha = (np.asarray(a, np.float32) for a in (layer.bgr, layer.alpha))
    return Sprite(bgr, alpha, (foot[0] - x0, foot[1] - y0), per_m)


SMALL = frozenset(
    {"person", "bicycle", "bag", "carton", "pallet", "pram", "drum", "hydrant-board", "animal"}
)
"""Drawn larger: they are looked at from nearer."""
GOODS: tuple[Colour, ...] = (
    (178, 140, 92),
    (96, 98, 102),
    (34, 34, 38),
    (52, 84, 150),
    (208, 206, 200),
    (150, 46, 38),
)
PAINTS: tuple[Colour, ...] = (
    (238, 170, 22),
    (226, 96, 28),
    (178, 36, 30),
    (38, 84, 150),
    (58, 122, 66),
    (206, 206, 198),
)
CLOTHES: tuple[Colour, ...] = (
    (228, 92, 26),
    (206, 214, 40),
    (48, 62, 98),
    (90, 92, 96),
    (150, 40, 40),
    (28, 28, 32),
)


def _mesh(kind: str, seed: int, phase: float) -> Mesh:
    rng = np.random.default_rng([seed, sum(map(ord, kind))])
    if kind in _MOVING:
        return _MOVING[kind](rng, phase)
    if kind in _STILL:
        return _STILL[kind](rng)
    return cast.MAKERS[kind](rng)


def _excavator(rng: np.random.Generator, phase: float) -> Mesh:
    """Digs once in a turn of `phase`: down, in, up, round, tip, back."""
    paint = _pick(rng, PAINTS)
    size, wide = float(rng.uniform(0.8, 1.15)), bool(rng.random() < 0.2)
    slew = float(rng.uniform(15, 90))
    keys = np.array(
        [
            (0.0, 0, 49, -62, -92),
            (0.2, 0, 40, -66, -84),
            (0.42, 0, 42, -104, -145),
            (0.52, 0, 46, -112, -196),
            (0.64, 0.05, 60, -104, -196),
            (0.80, 1, 60, -78, -180),
            (0.88, 1, 58, -74, -92),
            (1.0, 0, 49, -62, -92),
        ]
    )
    turn, boom, stick, bucket = (np.interp(phase, keys[:, 0], keys[:, k]) for k in range(1, 5))
    pose = digger.Pose(float(turn) * slew, float(boom), float(stick), float(bucket))
    return digger.excavator(pose, paint, wheeled=wide).scaled(size)


def _crane(rng: np.random.Generator, phase: float) -> Mesh:
    lift = 38 + 18 * float(np.sin(2 * np.pi * phase))
    return machines.mobile_crane(_pick(rng, PAINTS), lift, float(rng.uniform(8, 11)))


def _person(rng: np.random.Generator, phase: float) -> Mesh:
    helmet = _pick(rng, ((238, 190, 30), (226, 226, 222), (200, 40, 32)))
    return vehicles.person(
        phase,
        stride=0.0 if phase == 0 else 1.0,
        height_m=float(rng.uniform(1.6, 1.82)),
        vest=_pick(rng, CLOTHES),
        trousers=_pick(rng, CLOTHES),
        helmet=helmet if rng.random() < 0.4 else None,
    )


def _pallet(rng: np.random.Generator) -> Mesh:
    high = float(rng.uniform(0.6, 1.5))
    parts = [box((-0.6, -0.5, 0), (0.6, 0.5, 0.15), (170, 130, 84), MATT)]
    for k in range(max(1, round(high / 0.35))):
        for x in (-0.55, 0.02):
            low = (x, -0.45, 0.16 + 0.35 * k)
            parts.append(box(low, (x + 0.53, 0.45, low[2] + 0.33), _pick(rng, GOODS), MATT))
    return join(parts)


def _carton(rng: np.random.Generator) -> Mesh:
    w, d, h = (float(v) for v in rng.uniform((0.5, 0.4, 0.4), (1.0, 0.8, 0.9)))
    tape = box((-0.05, -d / 2 - 0.005, 0), (0.05, d / 2, h + 0.005), (206, 190, 150), MATT)
    return join([box((-w / 2, -d / 2, 0), (w / 2, d / 2, h), _pick(rng, GOODS), MATT), tape])


def _bag(rng: np.random.Generator) -> Mesh:
    paint = _pick(rng, GOODS)
    body = box((-0.35, -0.2, 0), (0.35, 0.2, 0.5), paint, MATT, taper=0.8)
    return join([body, tube((-0.15, 0, 0.5), (0.15, 0, 0.66), 0.03, (30, 30, 30), sides=6)])


def _pram(rng: np.random.Generator) -> Mesh:
    paint = _pick(rng, GOODS)
    wheels = [
        tube((x - 0.02, y, 0.15), (x + 0.02, y, 0.15), 0.15, (30, 30, 30), sides=10)
        for x in (-0.28, 0.28)
        for y in (-0.35, 0.35)
    ]
    return join(
        [
            *wheels,
            box((-0.28, -0.4, 0.35), (0.28, 0.4, 0.7), paint, MATT),
            box((-0.28, -0.4, 0.7), (0.28, 0.0, 1.0), (30, 32, 40), MATT, taper=0.8),
            tube((0, 0.35, 0.6), (0, 0.65, 1.05), 0.03, (140, 140, 140), sides=6),
        ]
    )


def _drum(rng: np.random.Generator) -> Mesh:
    paint = _pick(rng, GOODS)
    spots = [(-0.32, 0.0), (0.32, 0.05), (0.0, 0.5)]
    return join([tube((x, y, 0), (x, y, 0.9), 0.29, paint, sides=12) for x, y in spots])


def _heap(rng: np.random.Generator) -> Mesh:
    """A heap of earth or rubble, as wide as a load of it."""
    tone = _pick(rng, ((150, 122, 92), (120, 116, 110), (196, 186, 160)))
    return clutter.pile(
        float(rng.uniform(1.5, 2.4)), float(rng.uniform(0.7, 1.4)), tone, int(rng.integers(1 << 16))
    )


def _shutter(rng: np.random.Generator) -> Mesh:
    tone = float(rng.uniform(130, 190))
    slats = [
        box((-1.55, -0.03, z), (1.55, 0.03, z + 0.13), (tone, tone, tone * (0.82 + 0.25 * (k % 2))))
        for k, z in enumerate(np.arange(0.0, 2.5, 0.14))
    ]
    return join(slats)


def _animal(rng: np.random.Generator) -> Mesh:
    paint = _pick(rng, ((120, 84, 52), (40, 38, 36), (200, 190, 170)))
    legs = [
        box((x, y, 0), (x + 0.06, y + 0.06, 0.3), paint) for x in (-0.1, 0.06) for y in (-0.3, 0.25)
    ]
    return join(
        [
            *legs,
            box((-0.12, -0.35, 0.3), (0.14, 0.35, 0.55), paint),
            box((-0.08, 0.35, 0.5), (0.1, 0.6, 0.72), paint),
        ]
    )


def _bicycle(rng: np.random.Generator) -> Mesh:
    """Somebody on a bicycle, who rides forward."""
    wheels = [
        tube((-0.03, y, 0.34), (0.03, y, 0.34), 0.34, (30, 30, 30), sides=12) for y in (-0.5, 0.5)
    ]
    frame = box((-0.03, -0.5, 0.45), (0.03, 0.5, 0.55), _pick(rng, GOODS))
    rider = _person(rng, 0.0)
    return join([*wheels, frame, rider.moved(0.0, 0.0, 0.35)])


def _pick(rng: np.random.Generator, colours: tuple[Colour, ...]) -> Colour:
    r, g, b = colours[int(rng.integers(len(colours)))]
    shade = float(rng.uniform(0.85, 1.1))
    return r * shade, g * shade, b * shade


_MOVING = {"excavator": _excavator, "crane": _crane, "person": _person}
_STILL: dict[str, Callable[[np.random.Generator], Mesh]] = {
    "pallet": _pallet,
    "carton": _carton,
    "bag": _bag,
    "pram": _pram,
    "drum": _drum,
    "heap": _heap,
    "shutter": _shutter,
    "animal": _animal,
    "bicycle": _bicycle,
    "tarpaulin": lambda rng: clutter.tarpaulin(_pick(rng, GOODS), int(rng.integers(1 << 16))),
    "low-loader": lambda rng: lorry(_pick(rng, PAINTS), (90, 92, 96), length_m=11.0, open_bed=True),
    "loader": lambda rng: machines.wheel_loader(_pick(rng, PAINTS), 0.0),
    "container": lambda rng: clutter.container(_pick(rng, GOODS)),
}


class Mirror(NamedTuple):
    """What a floor mirrors: a share of the light, moved to the side by the water's trembling."""

    share: float
    dx_px: float


DRY = Mirror(0.0, 0.0)


class Painter:
    """Lays sprites onto pictures of one place. `shade` 0..1: how dark their shadows are."""

    def __init__(self, place: Place, shade: float = 0.3) -> None:
        self._place, self._shade = place, shade
        self._scaled: dict[tuple[int, int], tuple[Sprite, Sprite]] = {}

    def lay(self, picture: Picture, stands: list[Stand], mirror: Mirror = DRY) -> list[Box]:
        """Change a picture in place, far things first; the box of each, as they were given."""
        placed = [(stand, *self._at(stand)) for stand in stands]
        for stand, small, (x, y) in placed:
            if stand.see_through < 0.5:
                self._darken(picture, small, x, y)
        for stand, small, (x, y) in sorted(placed, key=lambda one: -one[0].y_m):
            if mirror.share > 0:
                below = Sprite(small.bgr[::-1], small.alpha[::-1], small.foot)
                share = mirror.share * (1 - stand.see_through)
                at_foot = y + round(small.foot[1])
                _blend(picture, below, x + round(mirror.dx_px), at_foot, share)
            _blend(picture, small, x, y, 1 - stand.see_through)
        return [
            (float(x), float(y), float(x + small.alpha.shape[1]), float(y + small.alpha.shape[0]))
            for _, small, (x, y) in placed
        ]

    def _at(self, stand: Stand) -> tuple[Sprite, tuple[int, int]]:
        k = self._place.px_per_m(stand.y_m) / stand.sprite.px_per_m
        step = round(np.log(k) * SCALE_STEPS)
        key = id(stand.sprite), step
        if key not in self._scaled:
            self._scaled[key] = (
                stand.sprite,
                _scaled(stand.sprite, float(np.exp(step / SCALE_STEPS))),
            )
        small = self._scaled[key][1]
        x, y = self._place.px(stand.x_m, stand.y_m)
        return small, (round(x - small.foot[0]), round(y - small.foot[1]))

    def _darken(self, picture: Picture, small: Sprite, x: int, y: int) -> None:
        """A soft shadow beside the foot, in the shape of the thing."""
        if self._shade <= 0:
            return
        height, width = small.alpha.shape
        flat = cv2.resize(small.alpha, (width, max(2, height // 3)), interpolation=cv2.INTER_AREA)
        shadow = Sprite(
            np.zeros((*flat.shape, 3), np.float32), np.asarray(flat, np.float32), (0, 0)
        )
        top = y + round(small.foot[1]) - flat.shape[0] + 2
        _blend(picture, shadow, x + width // 6, top, self._shade)


def _scaled(whole: Sprite, k: float) -> Sprite:
    height, width = whole.alpha.shape
    size = max(2, round(width * k)), max(2, round(height * k))
    how = cv2.INTER_AREA if k < 1 else cv2.INTER_LINEAR
    both = cv2.resize(np.dstack([whole.bgr, whole.alpha]), size, interpolation=how)
    foot = whole.foot[0] * size[0] / width, whole.foot[1] * size[1] / height
    return Sprite(np.ascontiguousarray(both[..., :3]), np.ascontiguousarray(both[..., 3]), foot)


def _blend(picture: Picture, small: Sprite, x: int, y: int, share: float) -> None:
    height, width = picture.shape[:2]
    x1, y1 = max(x, 0), max(y, 0)
    x2, y2 = min(x + small.alpha.shape[1], width), min(y + small.alpha.shape[0], height)
    if x1 >= x2 or y1 >= y2:
        return
    part = slice(y1 - y, y2 - y), slice(x1 - x, x2 - x)
    here = picture[y1:y2, x1:x2]
    value = here * (1 - share * small.alpha[part][..., None]) + share * small.bgr[part]
    here[:] = np.clip(value, 0, 255).astype(np.uint8)
