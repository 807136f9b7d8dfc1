"""`corridor`: a pipeline right of way seen along its centreline from an 8 m pole.

The story of 60 s begins and ends empty: a walker crosses, a lorry and later a car pass on the road
(nothing), an excavator drives in to 4 m from the centreline, digs for 22 s and leaves (one event).
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from datasets.scenes import clutter, vehicles
from datasets.scenes.backdrop import Backdrop
from datasets.scenes.camera import Pinhole
from datasets.scenes.excavator import Pose, excavator
from datasets.scenes.ground import Ground
from datasets.scenes.lens import Lens
from datasets.scenes.light import Light
from datasets.scenes.lorries import lorry
from datasets.scenes.mesh import Mesh
from datasets.scenes.scene import Scene, Site
from datasets.scenes.story import Path, Role
from vision.types import Size

SITE = Site(118.965, 32.128, 62.0)
CENTRE_AT_CAMERA_M = 3.0
CENTRE_TURN_DEG = -4.0
BAND_M = 5.0
STOP_FROM_CENTRE_M = 4.0
_ROAD_M = 50.0
_DIG = (22.0, 44.0)


def centre_x(y_m: float) -> float:
    """Metres right of the camera where the centreline runs, `y_m` forward of it."""
    return CENTRE_AT_CAMERA_M + y_m * float(np.tan(np.radians(CENTRE_TURN_DEG)))


def corridor(size_px: Size, fps: float, mark: str) -> Scene:
    """The scene at a picture size."""
    stop = (centre_x(30.5) + STOP_FROM_CENTRE_M, 30.5)
    half = BAND_M / float(np.cos(np.radians(CENTRE_TURN_DEG)))
    band = [(centre_x(y) + s * half, y) for s, y in ((-1, 14.5), (-1, 62), (1, 62), (1, 14.5))]
    known = [(centre_x(18), 18.0), (-8.0, 20.0), (10.0, 22.0), (centre_x(33), 33.0)]
    known += [(-14.0, 46.5), (16.0, 46.9), (centre_x(63), 63.0), (-22.0, 60.0), (24.0, 62.0)]
    return Scene(
        name="corridor",
        site=SITE,
        camera=Pinhole(size_px, 1050 * size_px[0] / 1280, 8.0, 11.0),
        light=Light(azimuth_deg=238, elevation_deg=40, sun=0.92, sky=0.40, visibility_m=1300),
        lens=Lens(),
        build=_backdrop,
        roles=_roles(stop),
        zones_m={"band5": tuple(band)},
        watched={"band5": frozenset(("excavator", "machine"))},
        known_m=tuple(known),
        fps=fps,
        mark=mark,
    )


def _roles(stop: tuple[float, float]) -> tuple[Role, ...]:
    start, end = _DIG
    heading = 278.0
    away = (26.0, 28.0)
    drive = Path(
        (
            (start - 14.5, *away, heading),
            (start - 2.0, stop[0] + 2.2, stop[1] - 0.25, heading),
            (start, *stop, heading),
            (end, *stop, heading),
            (end + 2.0, stop[0] + 2.2, stop[1] - 0.25, heading),
            (end + 14.5, *away, heading),
        )
    )
    lorry = Path(((3.0, -46.0, _road_y(-46) - 1.6, 87.0), (11.2, 46.0, _road_y(46) - 1.6, 87.0)))
    car = Path(((31.0, 46.0, _road_y(46) + 1.6, 267.0), (37.0, -46.0, _road_y(-46) + 1.6, 267.0)))
    walker = Path(((1.5, -15.5, 19.0, 84.0), (20.5, 15.5, 21.5, 84.0)))
    banksman = Path(
        (
            (13.0, 20.0, 23.0, 287.0),
            (22.0, 9.2, 26.3, 287.0),
            (22.8, 9.0, 26.4, 310.0),
            (42.0, 9.0, 26.4, 310.0),
            (43.2, 9.3, 26.2, 467.0),
            (52.5, 21.0, 22.5, 467.0),
        )
    )
    return (
        Role(1, "truck", lorry, lambda _: _lorry(), 0.12),
        Role(2, "excavator", drive, lambda t: excavator(_pose(t)), 0.45),
        Role(3, "person", walker, lambda t: _walker(t), 0.0),
        Role(4, "person", banksman, _banksman, 0.0),
        Role(5, "car", car, lambda _: _car(), 0.15),
    )


def _road_y(x_m: float) -> float:
    return _ROAD_M + 0.05 * x_m


@lru_cache(maxsize=1)
def _lorry() -> Mesh:
    return lorry((52, 92, 160), (222, 224, 222), length_m=9.0)


@lru_cache(maxsize=1)
def _car() -> Mesh:
    return vehicles.car((164, 30, 30), style="suv")


def _walker(t_s: float) -> Mesh:
    return vehicles.person(t_s * 1.05, vest=(70, 92, 134), trousers=(58, 54, 50), helmet=None)


def _banksman(t_s: float) -> Mesh:
    stands = 22.4 < t_s < 42.6
    return vehicles.person(0.02 if stands else t_s * 0.95, stride=0.12 if stands else 0.9)


_FOLDED = Pose(0.0, 64.0, -124.0, -200.0)
_CYCLE: tuple[tuple[float, Pose], ...] = (
    (0.0, Pose(6.0, 49.0, -62.0, -92.0)),
    (2.2, Pose(6.0, 40.0, -66.0, -84.0)),
    (4.4, Pose(6.0, 40.0, -102.0, -140.0)),
    (5.4, Pose(6.0, 44.0, -112.0, -196.0)),
    (7.0, Pose(10.0, 60.0, -104.0, -196.0)),
    (8.8, Pose(82.0, 60.0, -78.0, -180.0)),
    (9.8, Pose(84.0, 58.0, -74.0, -92.0)),
    (11.0, Pose(6.0, 52.0, -66.0, -92.0)),
)


def _pose(t_s: float) -> Pose:
    """Folded on the road, two dig cycles at the place."""
    start, end = _DIG
    period = _CYCLE[-1][0]
    keys = [(start, _FOLDED), (start + 1.6, _CYCLE[0][1])]
    for turn in range(2):
        begin = start + 1.6 + turn * (period - 1.6)
        keys += [(begin + at * (period - 1.6) / period, pose) for at, pose in _CYCLE[1:]]
    keys += [(end - 0.2, _FOLDED)]
    times = [k[0] for k in keys]
    angles = np.array([(p.slew_deg, p.boom_deg, p.stick_deg, p.bucket_deg) for _, p in keys])
    k = int(np.clip(np.searchsorted(times, t_s) - 1, 0, len(keys) - 2))
    u = float(np.clip((t_s - times[k]) / (times[k + 1] - times[k]), 0, 1))
    u = u * u * (3 - 2 * u)
    return Pose(*(float(v) for v in angles[k] * (1 - u) + angles[k + 1] * u))


def _backdrop(camera: Pinhole, light: Light) -> Backdrop:
    g = Ground(camera, 3)
    off = g.x_m - centre_x(0.0) - g.y_m * float(np.tan(np.radians(CENTRE_TURN_DEG)))
    g.lay(g.grass(0.28))
    g.lay(g.crop(0.75, -4.0), g.inside(15.0 - g.x_m, 0.4, 0.5) * g.inside(g.y_m - 42, 0.4, 0.4))
    g.lay(
        g.crop(0.9, 80.0, 43),
        g.inside(62.0 - g.y_m, 0.4, 0.6) * g.inside(8.0 - np.abs(off), 0.4, 0.5),
    )
    g.lay(g.grass(0.62, 7), 0.6 * g.inside(np.abs(off) - 6.0, 0.8, 0.9))
    ruts = np.abs(np.abs(off + 3.3) - 0.85) - 0.32
    g.lay(g.soil(), 0.85 * g.inside(ruts, 0.15, 0.16))
    dug = np.hypot(g.x_m - centre_x(30.5) + 1.6, (g.y_m - 31.2) * 0.8) - 2.0
    g.lay(g.soil((142, 110, 78), 61), 0.9 * g.inside(dug, 0.35, 0.5))
    path = np.abs(g.y_m - 28.0 - (g.x_m - 26) * -0.118) - 1.5 - 0.03 * g.x_m
    g.lay(
        g.soil((150, 128, 98), 62), 0.6 * g.inside(path, 0.5, 0.5) * g.inside(6.0 - g.x_m, 1.0, 1.0)
    )
    road = g.y_m - _ROAD_M - 0.05 * g.x_m
    g.lay(g.soil((146, 134, 112), 63), g.inside(np.abs(road) - 4.6, 0.3, 0.35))
    g.lay(g.asphalt(0.95), g.inside(np.abs(road) - 3.6, 0.06, 0.05))
    paint = np.array([0.60, 0.62, 0.63], np.float32)
    g.lay(paint, 0.75 * g.inside(np.abs(np.abs(road) - 3.3) - 0.08, 0.02))
    g.lay(paint, 0.75 * (np.mod(g.x_m, 6.0) < 3.5) * g.inside(np.abs(road) - 0.08, 0.02))
    backdrop = Backdrop.begin(camera, light, g, cloud=0.42, hill_m=95, seed=4)
    _furnish(backdrop)
    backdrop.finish()
    return backdrop


def _furnish(backdrop: Backdrop) -> None:
    rng = np.random.default_rng(20)
    for y in (18.0, 33.0, 44.5, 63.0, 82.0, 104.0):
        backdrop.put(clutter.stake(), centre_x(y), y, 10.0)
    backdrop.put(clutter.sign(), centre_x(44.0) + 3.2, 44.0, 4.0)
    backdrop.put(clutter.fence(31.5), -13.2, 13.0, CENTRE_TURN_DEG)
    for x in (-40.0, -12.0, 17.0, 46.0):
        backdrop.put(clutter.pole(8.5), x, _road_y(x) + 7.5, 87.0)
    backdrop.put(clutter.house(22, 9, 5.0, (196, 188, 176), (128, 70, 56)), 46.0, 104.0, -8.0)
    backdrop.put(clutter.house(14, 8, 7.8, (208, 204, 196), (110, 104, 100)), 66.0, 116.0, 6.0)
    for y in np.arange(15, 46, 2.6):
        backdrop.plant(
            "bush",
            -16.5 - 0.09 * y + rng.normal(0, 0.5),
            float(y),
            rng.uniform(1.6, 3.0),
            int(rng.integers(6)),
        )
    for y in (24.0, 35.0, 43.0, 60.0, 71.0, 88.0):
        kind = "broad" if rng.random() < 0.6 else "poplar"
        backdrop.plant(
            kind,
            -22.0 - 0.16 * y + rng.normal(0, 2),
            y,
            rng.uniform(6.5, 10.5),
            int(rng.integers(6)),
        )
    for _ in range(130):
        y = float(rng.uniform(125, 240))
        x = float(rng.uniform(-0.68, 0.68)) * y
        if abs(x - centre_x(y)) > 8:
            kind = str(rng.choice(["broad", "broad", "poplar", "bush"]))
            backdrop.plant(kind, x, y, float(rng.uniform(6, 12)), int(rng.integers(6)))
    for x, y in ((33.0, 74.0), (40.0, 90.0), (58.0, 96.0), (27.0, 112.0)):
        backdrop.plant("broad", x, y, float(rng.uniform(7, 10)), int(rng.integers(6)))
