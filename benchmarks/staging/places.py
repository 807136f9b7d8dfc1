"""Where it is staged: still views, drawn once, with the geometry that places things in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np

from cameras.calibration import ControlPoint, Homography
from cameras.site import Site
from datasets.scenes import clutter
from datasets.scenes.backdrop import Backdrop
from datasets.scenes.camera import Pinhole
from datasets.scenes.ground import Ground
from datasets.scenes.lens import Lens
from datasets.scenes.light import Light
from datasets.scenes.mesh import MATT, box
from datasets.scenes.places import build
from vision import Box, GroundPoint, Picture, Point, Size, Zone

SIZE: Size = (640, 360)
SITE = Site(118.965, 32.128)
OPEN = ("corridor", "road", "farmland", "site")
OPEN_VARIANTS, FLOOR_VARIANTS = 8, 6
WALL_M = 16.0


@dataclass(frozen=True, eq=False)
class Place:
    """A still view. Metres right and forward of the camera's foot, pixels of `picture`.

    `wall_m`: how far forward a wall ends the ground, if one does.
    """

    name: str
    camera: Pinhole
    light: Light
    picture: Picture = field(repr=False)
    wall_m: float | None = None

    @property
    def size_px(self) -> Size:
        """Width and height of its pictures."""
        return self.camera.size_px

    def px(self, x_m: float, y_m: float) -> Point:
        """The pixel of a point of the ground."""
        return self.camera.ground_px(x_m, y_m)

    @property
    def ends_px(self) -> int:
        """The row at which the ground ends: the wall's foot, else the horizon; 0 above it all."""
        row = self.camera.horizon_px if self.wall_m is None else self.px(0.0, self.wall_m)[1]
        return max(0, round(row))

    def px_per_m(self, y_m: float) -> float:
        """How many pixels wide a metre looks that stands so far away."""
        eye = self.camera.to_camera(np.array([[0.0, y_m, 0.0]]))
        return float(self.camera.focal_px / max(eye[0, 2], 0.5))

    def box_px(self, x_m: float, y_m: float, wide_m: float, high_m: float) -> Box:
        """The box of something upright of that size."""
        x, y = self.px(x_m, y_m)
        k = self.px_per_m(y_m)
        return x - wide_m * k / 2, y - high_m * k, x + wide_m * k / 2, y

    def zone(self, name: str, corners_m: Sequence[Point]) -> Zone:
        """A zone on the ground, kept inside the picture."""
        width, height = self.size_px
        corners = [self.px(x, y) for x, y in corners_m]
        kept = [(min(max(x, 0.0), width - 1.0), min(max(y, 0.0), height - 1.0)) for x, y in corners]
        return Zone(name, tuple(kept), self.size_px)

    def half_width_m(self, y_m: float) -> float:
        """How far to each side the picture shows the ground that lies so far away."""
        return self.size_px[0] / 2 / self.px_per_m(y_m)

    @cached_property
    def ground(self) -> Homography:
        """Its calibration, from eight points of the ground."""
        points = [
            ControlPoint(self.px(x, y), *SITE.lon_lat(GroundPoint(x, y, (1.0, 0.0, 1.0))))
            for y in (self.nearest_m * k for k in (1.15, 1.8, 3.0, 5.0))
            for x in (-0.6 * self.half_width_m(y), 0.6 * self.half_width_m(y))
        ]
        return Homography.fit(points, site=SITE, frame_px=self.size_px)

    @property
    def nearest_m(self) -> float:
        """How far forward the ground on the lowest row of the picture is."""
        rows = np.array([float(self.size_px[1])])
        _, forward, down = self.camera.rays(np.zeros(1), rows)
        return float((forward / -down)[0]) * self.camera.height_m


@lru_cache(maxsize=32)
def open_ground(number: int, size_px: Size = SIZE) -> Place:
    """Fields, roads, sites and rights of way, seen from a pole: `number` picks one."""
    rng = np.random.default_rng([number, 11])
    focal_px = float(rng.uniform(0.7, 1.0)) * size_px[0]
    height_m = float(rng.uniform(6.0, 10.0))
    tilt_deg = float(np.degrees(np.arctan2(height_m, rng.uniform(28, 45))))
    camera, light = Pinhole(size_px, focal_px, height_m, tilt_deg), _light(rng)
    kind = OPEN[number % len(OPEN)]
    backdrop, _ = build(rng, camera, light, number, kind)
    return Place(f"{kind}-{number}", camera, light, _through_lens(backdrop))


@lru_cache(maxsize=16)
def floor(number: int, size_px: Size = SIZE) -> Place:
    """A paved yard before a wall with a door, seen from 3 to 5 m high: `number` picks one."""
    rng = np.random.default_rng([number, 12])
    focal_px = float(rng.uniform(0.75, 0.95)) * size_px[0]
    height_m = float(rng.uniform(3.2, 4.8))
    tilt_deg = float(np.degrees(np.arctan2(height_m, rng.uniform(8.5, 10.5))))
    camera, light = Pinhole(size_px, focal_px, height_m, tilt_deg), _light(rng)
    ground = Ground(camera, number % 97)
    paved = number % 3
    if paved == 0:
        ground.lay(ground.concrete(float(rng.uniform(0.6, 2.5))))
    elif paved == 1:
        ground.lay(ground.asphalt(float(rng.uniform(0.8, 1.2))))
    else:
        ground.lay(ground.soil((150, 140, 128)))
    _paint(ground)
    backdrop = Backdrop.begin(camera, light, ground, cloud=0.5, hill_m=0, seed=number)
    tone = float(rng.uniform(140, 200))
    hall = clutter.house(30, 8, 7.0, (tone, tone, tone * 0.96), (110, 108, 104))
    backdrop.put(hall, 0.0, WALL_M + 4.0)
    backdrop.put(box((-1.6, 15.8, 0), (1.6, 15.9, 2.6), (58, 92, 84), MATT), 0, 0)
    for x in (-5.5, 6.5):
        backdrop.put(box((-0.6, -0.4, 0), (0.6, 0.4, 1.1), (178, 146, 104), MATT), x, 14.6)
    backdrop.finish()
    return Place(f"floor-{number}", camera, light, _through_lens(backdrop), WALL_M)


def _paint(ground: Ground) -> None:
    """Worn yellow lines, as floors that must stay free have."""
    worn = np.clip(0.75 + 0.25 * ground.wave((0.9, 0.3), 81), 0.2, 0.95)
    yellow = np.array([0.03, 0.46, 0.72], np.float32)
    for side in (-2.2, 2.2):
        ground.lay(yellow, worn * ground.inside(np.abs(ground.x_m - side) - 0.05, 0.02))


def _light(rng: np.random.Generator) -> Light:
    sun = float(rng.choice([0.0, 0.45, 0.9]))
    sky = 0.75 - 0.35 * sun
    return Light(
        azimuth_deg=float(rng.uniform(120, 260)),
        elevation_deg=float(rng.uniform(30, 60)),
        sun=sun,
        sky=sky,
        exposure=float((0.95 / (sky + 0.6 * sun)) ** 0.8),
    )


def _through_lens(backdrop: Backdrop) -> Picture:
    return np.clip(Lens().through(backdrop.picture), 0, 255).astype(np.uint8)
