"""Random pictures of random places for training, each from one seed, with the truth."""

from __future__ import annotations

import cv2
import numpy as np

from datasets.scenes import cast, clutter, raster
from datasets.scenes.backdrop import Backdrop
from datasets.scenes.camera import Pinhole
from datasets.scenes.compose import Stage, draw, lay
from datasets.scenes.ground import Ground
from datasets.scenes.lens import Grain, Lens
from datasets.scenes.light import Light
from datasets.scenes.mesh import Floats
from datasets.scenes.truth import Actor, Truth, visible_share
from vision.types import Picture, Size

_SHARES = {
    "excavator": 0.46,
    "machine": 0.16,
    "truck": 0.1,
    "car": 0.08,
    "bus": 0.03,
    "forklift": 0.07,
    "person": 0.10,
}
_HEIGHT_M = {
    "excavator": 4.0,
    "machine": 3.0,
    "truck": 3.3,
    "car": 1.5,
    "bus": 3.1,
    "forklift": 2.1,
    "person": 1.7,
}
PLACES = ("corridor", "road", "farmland", "site")


def random_picture(
    seed: int,
    *,
    size_px: Size = (960, 540),
    place: str | None = None,
    min_objects: int = 0,
    max_objects: int = 4,
) -> tuple[Picture, list[Truth]]:
    """A picture and what is in it; the same seed gives the same bytes.

    `place` is one of `PLACES` or chance. Objects that show less than a quarter of themselves, or
    stand under 10 px high, are left out of the picture, so that every thing in it has its box.
    Look-alike clutter has no box.
    """
    rng = np.random.default_rng([seed, 1])
    camera, light = _camera(rng, size_px), _light(rng)
    backdrop, free = _place(rng, camera, light, seed, place or str(rng.choice(PLACES)))
    actors = _actors(rng, camera, backdrop, free, int(rng.integers(min_objects, max_objects + 1)))
    picture = backdrop.picture
    stage = Stage(camera, light, backdrop.depth_m, backdrop.is_ground)
    lay(picture, [draw(actor, stage) for actor in actors])
    found = [_truth(a, actors, camera, backdrop.depth_m) for a in actors]
    return _sensor(rng, picture, seed), found


def _camera(rng: np.random.Generator, size_px: Size) -> Pinhole:
    height_m = float(rng.uniform(4, 15))
    view_deg = float(rng.uniform(35, 75))
    focal = size_px[0] / 2 / float(np.tan(np.radians(view_deg / 2)))
    aim_m = float(np.exp(rng.uniform(np.log(18), np.log(70))))
    tilt = float(np.degrees(np.arctan2(height_m, aim_m)))
    return Pinhole(size_px, focal, height_m, min(tilt, 32.0))


def _light(rng: np.random.Generator) -> Light:
    weather = rng.choice(["sun", "veil", "overcast", "fog", "dusk"], p=[0.4, 0.2, 0.22, 0.08, 0.1])
    sun, sky, warm = {
        "sun": (rng.uniform(0.7, 1.1), rng.uniform(0.3, 0.5), rng.uniform(0.1, 0.5)),
        "veil": (rng.uniform(0.25, 0.6), rng.uniform(0.5, 0.7), 0.2),
        "overcast": (rng.uniform(0.0, 0.1), rng.uniform(0.65, 0.95), 0.1),
        "fog": (0.02, rng.uniform(0.6, 0.9), 0.1),
        "dusk": (rng.uniform(0.1, 0.45), rng.uniform(0.12, 0.3), rng.uniform(0.5, 1.0)),
    }[str(weather)]
    reach = rng.uniform(60, 220) if weather == "fog" else float(np.exp(rng.uniform(6.2, 8.3)))
    grey = rng.uniform(0.66, 0.86) if weather != "dusk" else rng.uniform(0.3, 0.55)
    tint = rng.uniform(-0.04, 0.07)
    level = float(sky) + float(sun) * 0.6
    return Light(
        azimuth_deg=float(rng.uniform(0, 360)),
        elevation_deg=float(rng.uniform(14, 35) if weather == "dusk" else rng.uniform(22, 72)),
        sun=float(sun),
        sky=float(sky),
        warmth=float(warm),
        visibility_m=float(reach),
        haze=(grey + tint, grey, grey - tint),
        exposure=float((0.95 / level) ** 0.8 * np.exp(rng.normal(0, 0.22))),
    )


def _place(
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


def _actors(
    rng: np.random.Generator, camera: Pinhole, backdrop: Backdrop, free_m: float, count: int
) -> list[Actor]:
    actors: list[Actor] = []
    labels, weights = list(_SHARES), list(_SHARES.values())
    for k in range(count):
        label = str(rng.choice(labels, p=weights))
        for _ in range(12):
            actor = _placed(rng, camera, label, k, free_m)
            if actor is not None and _fits(actor, actors, camera, backdrop.depth_m):
                actors.append(actor)
                break
    return actors


def _placed(
    rng: np.random.Generator, camera: Pinhole, label: str, number: int, free_m: float
) -> Actor | None:
    """Something of a wanted height in the picture (16..300 px), where it would stand for that."""
    scale = camera.size_px[1] / 540
    want = float(np.exp(rng.uniform(np.log(16), np.log(300)))) * scale
    y = float(np.clip(camera.focal_px * _HEIGHT_M[label] / want, 7.0, max(free_m, 40.0)))
    half = camera.size_px[0] / 2 / camera.focal_px * y
    x = float(rng.uniform(-0.98, 0.98) * half)
    mesh = cast.MAKERS[label](rng).turned(yaw_deg=float(rng.uniform(0, 360))).moved(x, y)
    if camera.to_camera(mesh.vertices)[:, 2].min() < 1.0:
        return None
    return Actor(number, label, mesh, x, y, dirt=float(rng.uniform(0.05, 0.7)))


def _fits(actor: Actor, actors: list[Actor], camera: Pinhole, depth_m: Floats) -> bool:
    """Room on the ground, tall enough, and enough of everybody still to be seen."""
    if any(np.hypot(a.x_m - actor.x_m, a.y_m - actor.y_m) < 4.5 for a in actors):
        return False
    _, y1, _, y2 = raster.box_of(actor.mesh, camera)
    if y2 - y1 < 10:
        return False
    everybody = [*actors, actor]
    return all(visible_share(a, everybody, camera, depth_m) > 0.3 for a in everybody)


def _truth(actor: Actor, actors: list[Actor], camera: Pinhole, depth_m: Floats) -> Truth:
    return Truth(
        actor.label,
        raster.box_of(actor.mesh, camera),
        visible_share(actor, actors, camera, depth_m),
        actor.x_m,
        actor.y_m,
        actor.id,
        camera.ground_px(actor.x_m, actor.y_m),
    )


def _sensor(rng: np.random.Generator, picture: Floats, seed: int) -> Picture:
    """Lens, white balance, grain, sometimes infra-red, at last the camera's compression."""
    lens = Lens(
        blur_px=float(rng.uniform(0.3, 1.1)),
        vignette=float(rng.uniform(0, 0.35)),
        bloom=float(rng.uniform(0.03, 0.3)),
        grain=float(np.exp(rng.uniform(np.log(0.6), np.log(6)))),
    )
    out = lens.through(picture)
    contrast, mean = float(rng.uniform(0.82, 1.12)), float(out.mean())
    out = (out - mean) * contrast + mean * float(rng.uniform(0.9, 1.1))
    out = out * rng.uniform(0.94, 1.06, 3).astype(np.float32)
    grey = float(rng.choice([0.0, rng.uniform(0.1, 0.5), 1.0], p=[0.6, 0.32, 0.08]))
    out = out * (1 - grey) + out.mean(axis=2, keepdims=True) * grey
    still = np.clip(out, 0, 255).astype(np.uint8)
    noisy = Grain((still.shape[1], still.shape[0]), lens.grain, seed).over(still, seed)
    quality = int(rng.integers(35, 93))
    _, data = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    return np.asarray(decoded, np.uint8)
