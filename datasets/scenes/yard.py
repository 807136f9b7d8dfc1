"""`yard`: a factory yard with an exit that must stay free.

The story of 60 s begins and ends empty: a worker walks through the marked area and a forklift
passes (nothing), a lorry stops before the exit for 21 s (one event), another worker crosses.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from datasets.scenes import clutter, vehicles
from datasets.scenes.backdrop import Backdrop
from datasets.scenes.camera import Pinhole
from datasets.scenes.ground import Ground
from datasets.scenes.lens import Lens
from datasets.scenes.light import Light
from datasets.scenes.lorries import lorry
from datasets.scenes.mesh import GLASS, MATT, Colour, Floats, Mesh, box, join, prism, tube
from datasets.scenes.scene import Scene, Site
from datasets.scenes.story import Path, Role
from vision.types import Size

SITE = Site(118.9712, 32.1307, 335.0)
_EXIT = (-5.4, -0.2, 25.4, 29.8)
_WALL_M = 30.0
_WALL: Colour = (192, 196, 194)
_RIB: Colour = (172, 178, 178)


def yard(size_px: Size, fps: float, mark: str) -> Scene:
    """The scene at a picture size."""
    x0, x1, y0, y1 = _EXIT
    return Scene(
        name="yard",
        site=SITE,
        camera=Pinhole(size_px, 980 * size_px[0] / 1280, 6.5, 14.0),
        light=Light(azimuth_deg=140, elevation_deg=46, sun=0.85, sky=0.46, visibility_m=1500),
        lens=Lens(grain=1.4),
        build=_backdrop,
        roles=_roles(),
        zones_m={"exit": ((x0, y0), (x0, y1), (x1, y1), (x1, y0))},
        watched={"exit": frozenset(("person", "car", "truck", "forklift"))},
        known_m=(
            (x0, y0),
            (x0, y1),
            (x1, y0),
            (x1, y1),
            (-7.0, 14.0),
            (6.0, 13.0),
            (10.0, 26.0),
            (-12.0, 24.0),
        ),
        fps=fps,
        mark=mark,
    )


def _roles() -> tuple[Role, ...]:
    worker = Path(
        (
            (1.0, -19.5, 27.0, 90.0),
            (12.5, -1.0, 27.3, 92.0),
            (15.0, 2.6, 25.8, 130.0),
            (20.0, 7.0, 19.5, 148.0),
            (25.5, 10.6, 11.5, 155.0),
        )
    )
    forklift = Path(((6.0, 21.0, 21.5, 272.0), (16.5, -21.0, 22.5, 272.0)))
    lorry = Path(
        (
            (18.0, 26.0, 23.6, 270.0),
            (21.0, 13.0, 24.0, 274.0),
            (25.0, -0.2, 27.1, 276.0),
            (26.2, -2.8, 27.4, 272.0),
            (47.0, -2.8, 27.4, 272.0),
            (49.0, -7.0, 27.3, 268.0),
            (54.0, -27.0, 25.6, 264.0),
        )
    )
    other = Path(
        (
            (29.0, -10.5, 11.5, 38.0),
            (37.0, -3.0, 20.0, 48.0),
            (41.0, 2.5, 22.6, 80.0),
            (54.0, 20.5, 23.0, 90.0),
        )
    )
    return (
        Role(1, "person", worker, lambda t: vehicles.person(t * 1.0), 0.0),
        Role(2, "forklift", forklift, lambda _: _forklift(), 0.3),
        Role(3, "truck", lorry, lambda _: _lorry(), 0.12),
        Role(4, "person", other, _other, 0.0),
    )


@lru_cache(maxsize=1)
def _forklift() -> Mesh:
    return vehicles.forklift(lift_m=0.25, pallet=True)


@lru_cache(maxsize=1)
def _lorry() -> Mesh:
    return lorry((216, 220, 222), (224, 226, 224), length_m=7.4)


def _other(t_s: float) -> Mesh:
    return vehicles.person(t_s * 1.02, vest=(206, 212, 44), helmet=(226, 228, 228), height_m=1.78)


def _backdrop(camera: Pinhole, light: Light) -> Backdrop:
    g = Ground(camera, 5)
    g.lay(g.grass(0.4))
    g.lay(g.concrete(6.0), g.inside(g.y_m - 66, 0.3, 0.3))
    tyre = np.abs(np.abs(g.y_m - 22.3 - 0.4 * np.sin(g.x_m / 9)) - 0.8) - 0.22
    g.lay(np.array([0.10, 0.10, 0.10], np.float32), 0.18 * g.inside(tyre, 0.15, 0.12))
    worn = np.clip(0.78 + 0.22 * g.wave((0.9, 0.3), 81), 0.3, 0.95)
    g.lay(np.array([0.03, 0.46, 0.72], np.float32), _exit_paint(g) * worn)
    yellow = g.inside(np.abs(g.y_m - 24.2) - 0.06, 0.02) * g.inside(np.abs(g.x_m + 6) - 22, 0.1)
    g.lay(np.array([0.03, 0.46, 0.72], np.float32), yellow * worn)
    _foreground(g, worn)
    bays = g.inside(np.abs(np.mod(g.x_m, 3.0) - 1.5) - 0.06, 0.02) * g.inside(
        np.abs(g.y_m - 37) - 2.6, 0.05
    )
    g.lay(np.array([0.6, 0.6, 0.6], np.float32), 0.8 * worn * bays * g.inside(14.5 - g.x_m, 0.05))
    backdrop = Backdrop.begin(camera, light, g, cloud=0.5, hill_m=60, seed=9)
    _furnish(backdrop)
    backdrop.finish()
    return backdrop


def _foreground(g: Ground, worn: Floats) -> None:
    """A lane with an arrow, a gully, a manhole and the marks of turning wheels."""
    white = np.array([0.6, 0.6, 0.6], np.float32)
    lane = np.minimum(np.abs(g.y_m - 19.6), np.abs(g.y_m - 13.4)) - 0.06
    g.lay(white, 0.75 * worn * (np.mod(g.x_m, 4.0) < 2.4) * g.inside(lane, 0.02))
    x, y = g.x_m + 3.2, np.abs(g.y_m - 16.5)
    shaft = np.maximum(np.abs(x - 0.6) - 1.5, y - 0.11)
    head = np.maximum(-2.1 - x, y - 0.42 * (x + 2.1)) + 10.0 * (x > -0.9)
    g.lay(white, 0.8 * worn * g.inside(np.minimum(shaft, head), 0.02))
    black = np.array([0.06, 0.06, 0.06], np.float32)
    for radius in (9.6, 11.2):
        arc = np.abs(np.hypot(g.x_m - 8.5, g.y_m - 11.5) - radius) - 0.11
        g.lay(black, 0.28 * worn * g.inside(arc, 0.12, 0.1))
    gully = np.maximum(np.abs(g.y_m - 29.2) - 0.12, np.abs(g.x_m - 8) - 14)
    g.lay(black, 0.75 * g.inside(gully, 0.03))
    cover = np.hypot(g.x_m - 3.4, g.y_m - 12.1)
    g.lay(np.array([0.16, 0.16, 0.17], np.float32), g.inside(cover - 0.42, 0.02))
    g.lay(black, 0.8 * g.inside(np.abs(cover - 0.4) - 0.035, 0.02))


def _exit_paint(g: Ground) -> Floats:
    x0, x1, y0, y1 = _EXIT
    out = np.maximum(
        np.abs(g.x_m - (x0 + x1) / 2) - (x1 - x0) / 2, np.abs(g.y_m - (y0 + y1) / 2) - (y1 - y0) / 2
    )
    frame = g.inside(np.abs(out + 0.08) - 0.08, 0.02)
    stripe = np.abs(np.mod(g.x_m + g.y_m, 1.0) - 0.5) - 0.13
    return np.asarray(np.maximum(frame, g.inside(stripe, 0.02) * g.inside(out, 0.02)))


def _hall() -> Mesh:
    """The factory: ribbed wall, roller door, exit with canopy and sign, windows, pipes."""
    w = _WALL_M
    parts = [
        box((-34, w, 0), (11, w + 16, 8.6), _WALL, MATT),
        box((-34.05, w - 0.05, 0), (11.05, w + 16, 0.7), (120, 122, 124), MATT),
        box((-34.1, w - 0.12, 8.4), (11.1, w + 16.1, 8.85), (74, 96, 128)),
    ]
    for x in np.arange(-33.5, 11, 0.75):
        parts.append(box((x, w - 0.015, 0.7), (x + 0.2, w, 8.4), _RIB, MATT))
    for x in np.arange(-32, 9, 4.0):
        parts.append(box((x, w - 0.08, 5.6), (x + 2.8, w, 6.9), (66, 82, 94), GLASS))
        parts.append(box((x + 1.36, w - 0.1, 5.6), (x + 1.44, w, 6.9), (206, 208, 208)))
    parts.append(box((-17.2, w - 0.12, 0), (-12.2, w, 4.6), (52, 96, 150)))
    for z in np.arange(0.3, 4.5, 0.36):
        parts.append(box((-17.1, w - 0.15, z), (-12.3, w - 0.1, z + 0.05), (40, 76, 124)))
    parts += [
        box((-4.3, w - 0.12, 0), (-1.3, w, 2.6), (224, 226, 222)),
        box((-4.15, w - 0.16, 0.02), (-2.85, w - 0.1, 2.4), (46, 112, 78)),
        box((-2.75, w - 0.16, 0.02), (-1.45, w - 0.1, 2.4), (46, 112, 78)),
        box((-3.9, w - 0.19, 1.4), (-3.1, w - 0.14, 2.15), (72, 88, 96), GLASS),
        box((-2.5, w - 0.19, 1.4), (-1.7, w - 0.14, 2.15), (72, 88, 96), GLASS),
        box((-3.5, w - 0.25, 2.72), (-2.1, w - 0.1, 3.12), (24, 168, 92)),
        box((-3.4, w - 0.27, 2.8), (-2.6, w - 0.24, 3.04), (236, 244, 238)),
        prism([(w - 1.3, 3.3), (w, 3.5), (w, 3.62), (w - 1.3, 3.4)], -5.0, -0.6, (74, 96, 128)),
        tube((2.4, w - 0.2, 0), (2.4, w - 0.2, 8.4), 0.1, (140, 144, 146), sides=6),
        tube((-9.0, w - 0.2, 0), (-9.0, w - 0.2, 8.4), 0.1, (140, 144, 146), sides=6),
        box((5.0, w - 0.4, 0.4), (6.6, w, 1.9), (208, 210, 206)),
        box((7.6, w - 0.14, 0), (8.8, w, 2.2), (150, 156, 160)),
    ]
    return join(parts)


def _furnish(backdrop: Backdrop) -> None:
    rng = np.random.default_rng(8)
    backdrop.put(_hall(), 0, 0, 0, 0.12)
    for x in (-5.9, 0.3):
        backdrop.put(tube((0, 0, 0), (0, 0, 1.0), 0.1, (238, 190, 30)), x, 29.4)
    for k, paint in enumerate(((60, 104, 160), (166, 74, 46), (80, 120, 90))):
        backdrop.put(clutter.container(paint), 17.0 + 3.2 * k, 46.0, 0.0)
    backdrop.put(clutter.container((176, 150, 60)).moved(z=2.6), 20.2, 46.0, 0.0)
    pallet = box((-0.6, -0.5, 0), (0.6, 0.5, 1.2), (178, 146, 104), MATT)
    for x, y in ((13.0, 31.5), (14.4, 31.6), (13.1, 33.0), (14.5, 33.1)):
        backdrop.put(pallet, x, y, float(rng.normal(0, 6)))
    backdrop.put(vehicles.car((34, 38, 44)), 19.5, 37.0, 0.0)
    backdrop.put(vehicles.car((208, 210, 210), style="suv"), 22.6, 37.2, 180.0)
    backdrop.put(clutter.house(46, 14, 10.5, (196, 194, 188), (110, 108, 104)), 44.0, 92.0)
    backdrop.put(clutter.fence(60.0, 2.2, (150, 160, 168)).turned(yaw_deg=90), 12.0, 66.0)
    backdrop.put(clutter.pole(9.5), 14.5, 58.0, 20.0)
    for _ in range(46):
        y = float(rng.uniform(70, 130))
        x = float(rng.uniform(0.1, 0.75)) * y
        backdrop.plant(
            str(rng.choice(["broad", "poplar"])),
            x,
            y,
            float(rng.uniform(6, 11)),
            int(rng.integers(6)),
        )
