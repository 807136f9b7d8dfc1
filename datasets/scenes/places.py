"""Random places: ground, woods, buildings and clutter, without anything that has a box."""

from __future__ import annotations

import numpy as np

from datasets.scenes import cast, clutter
from datasets.scenes.backdrop import Backdrop
from datasets.scenes.camera import Pinhole
from datasets.scenes.ground import Ground
from datasets.scenes.light import Light

PLACES = ("corridor", "road", "farmland", "site")


def build(
    rng: np.random.Generator, camera: Pinhole, light: Light, seed: int, place: str
) -> tuple[Backdrop, float]:
    """The still part, and up to which distance there is room for things."""
    ground = Ground(camera, seed % 97)
    _paint(rng, ground, place)
    cloud = float(rng.uniform(0, 0.6)) if light.sun > 0.3 else float(rng.uniform(0.7, 1.0))
    backdrop = Backdrop.begin(
        camera, light, ground, cloud=cloud, hill_m=float(rng.uniform(0, 110)), seed=seed % 1013
    )
    free_m = float(rng.uniform(70, 130))
    _wood(rng, backdrop, free_m)
    _things(rng, backdrop, place, free_m)
    backdrop.finish()
    return backdrop, free_m


def _paint(rng: np.random.Generator, g: Ground, place: str) -> None:
    bend, offset = float(rng.normal(0, 0.25)), float(rng.uniform(-10, 10))
    lane = np.abs(g.x_m - offset - bend * g.y_m)
    across = np.abs(g.y_m - float(rng.uniform(20, 70)) - float(rng.normal(0, 0.2)) * g.x_m)
    g.lay(g.grass(float(rng.uniform(0, 0.7))))
    if place == "site":
        earth = (rng.uniform(120, 190), rng.uniform(100, 160), rng.uniform(75, 130))
        edge = g.y_m - float(rng.uniform(50, 120)) + 6 * g.wave((25.0,), 3)
        g.lay(g.soil(earth), g.inside(edge, 0.5, 0.8))
        if rng.random() < 0.4:
            g.lay(
                g.concrete(float(rng.uniform(3, 8))),
                g.inside(lane - float(rng.uniform(5, 14)), 0.1, 0.1),
            )
        g.lay(g.soil((110, 90, 68), 61), 0.6 * g.inside(np.abs(lane - 0.9) - 0.3, 0.15, 0.2))
    elif place == "farmland":
        g.lay(
            g.crop(float(rng.uniform(0.5, 1.2)), float(rng.uniform(-80, 80))),
            g.inside(-lane + float(rng.uniform(3, 9)), 0.3, 0.4),
        )
        g.lay(g.soil(), 0.8 * g.inside(np.abs(lane - 0.85) - 0.35, 0.15, 0.15))
    elif place == "corridor":
        g.lay(g.soil(), 0.75 * g.inside(lane - float(rng.uniform(1.5, 5)), 0.4, 0.5))
        if rng.random() < 0.5:
            g.lay(g.asphalt(), g.inside(across - 3.2, 0.08, 0.05))
    else:
        half = float(rng.uniform(3, 7))
        bright = float(rng.uniform(0.7, 1.3))
        g.lay(g.soil((140, 126, 104)), g.inside(lane - half - 1.2, 0.3, 0.3))
        g.lay(g.asphalt(bright), g.inside(lane - half, 0.06, 0.04))
        paint = np.array([0.62, 0.63, 0.64], np.float32)
        g.lay(paint, 0.8 * g.inside(np.abs(lane - half + 0.35) - 0.07, 0.02))
        dash = (np.mod(g.y_m, 9.0) < 5).astype(np.float32)
        g.lay(paint, 0.8 * dash * g.inside(lane - 0.08, 0.02))
    for _ in range(int(rng.integers(0, 4))):
        x, y, r = rng.uniform(-25, 25), rng.uniform(10, 80), rng.uniform(1.5, 8)
        spot = np.hypot(g.x_m - x, (g.y_m - y) * rng.uniform(0.6, 1.4)) - r
        g.lay(g.soil((140, 112, 84), 71), 0.85 * g.inside(spot, 0.6, 0.8))


def _wood(rng: np.random.Generator, backdrop: Backdrop, free_m: float) -> None:
    kinds = ["broad", "broad", "poplar", "conifer", "bush"]
    spread = 0.75 * backdrop.camera.size_px[0] / backdrop.camera.focal_px
    for _ in range(int(rng.integers(0, 70))):
        y = free_m + float(rng.uniform(10, 120))
        x = float(rng.uniform(-1, 1)) * spread * y
        backdrop.plant(
            str(rng.choice(kinds)), x, y, float(rng.uniform(4, 13)), int(rng.integers(6))
        )
    for _ in range(int(rng.integers(0, 6))):
        y = float(rng.uniform(18, free_m))
        x = float(rng.choice([-1, 1])) * spread * y * float(rng.uniform(0.3, 0.7))
        backdrop.plant(str(rng.choice(kinds)), x, y, float(rng.uniform(2, 9)), int(rng.integers(6)))


def _things(rng: np.random.Generator, backdrop: Backdrop, place: str, free_m: float) -> None:
    spread = 0.5 * backdrop.camera.size_px[0] / backdrop.camera.focal_px
    many = {"site": 9, "corridor": 3, "road": 3, "farmland": 2}[place]
    for _ in range(int(rng.integers(0, many + 1))):
        y = float(np.exp(rng.uniform(np.log(14), np.log(free_m))))
        backdrop.put(
            cast.lookalike(rng),
            float(rng.uniform(-1, 1)) * spread * y,
            y,
            float(rng.uniform(0, 360)),
        )
    if rng.random() < 0.4:
        x = float(rng.choice([-1, 1]) * rng.uniform(6, 16))
        panel = (70.0, 110.0, 150.0) if rng.random() < 0.4 else None
        backdrop.put(clutter.fence(60.0, 1.9, panel), x, 14.0, float(rng.normal(0, 10)))
    for k in range(int(rng.integers(0, 4))):
        backdrop.put(
            clutter.pole(float(rng.uniform(7, 11))), float(rng.uniform(-18, 18)), 25.0 + 30 * k
        )
    if place in ("site", "road") and rng.random() < 0.6:
        for _ in range(int(rng.integers(1, 4))):
            y = free_m + float(rng.uniform(5, 60))
            x = float(rng.uniform(-1, 1)) * spread * y
            tone = float(rng.uniform(120, 210))
            wall = (tone, tone * 0.97, tone * 0.92)
            backdrop.put(
                clutter.house(
                    float(rng.uniform(10, 40)),
                    12.0,
                    float(rng.uniform(4, 22)),
                    wall,
                    (110, 100, 96),
                ),
                x,
                y,
            )
