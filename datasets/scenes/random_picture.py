"""Random pictures of random places for training, each from one seed, with the truth."""

from __future__ import annotations

import cv2
import numpy as np

from datasets.scenes import cast, raster
from datasets.scenes.backdrop import Backdrop
from datasets.scenes.camera import Pinhole
from datasets.scenes.compose import Stage, draw, lay
from datasets.scenes.lens import Grain, Lens
from datasets.scenes.light import Light
from datasets.scenes.mesh import Floats
from datasets.scenes.places import PLACES, build
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
    _, picture, found = random_view(
        seed, size_px=size_px, place=place, min_objects=min_objects, max_objects=max_objects
    )
    return picture, found


def random_view(
    seed: int,
    *,
    size_px: Size = (960, 540),
    place: str | None = None,
    min_objects: int = 0,
    max_objects: int = 4,
) -> tuple[Pinhole, Picture, list[Truth]]:
    """`random_picture` with the camera that took it; it looks north from (0, 0)."""
    rng = np.random.default_rng([seed, 1])
    camera, light = _camera(rng, size_px), random_light(rng)
    backdrop, free = build(rng, camera, light, seed, place or str(rng.choice(PLACES)))
    actors = _actors(rng, camera, backdrop, free, int(rng.integers(min_objects, max_objects + 1)))
    picture = backdrop.picture
    stage = Stage(camera, light, backdrop.depth_m, backdrop.is_ground)
    lay(picture, [draw(actor, stage) for actor in actors])
    found = [_truth(a, actors, camera, backdrop.depth_m) for a in actors]
    return camera, _sensor(rng, picture, seed), found


def _camera(rng: np.random.Generator, size_px: Size) -> Pinhole:
    height_m = float(rng.uniform(4, 15))
    view_deg = float(rng.uniform(35, 75))
    focal = size_px[0] / 2 / float(np.tan(np.radians(view_deg / 2)))
    aim_m = float(np.exp(rng.uniform(np.log(18), np.log(70))))
    tilt = float(np.degrees(np.arctan2(height_m, aim_m)))
    return Pinhole(size_px, focal, height_m, min(tilt, 32.0))


def random_light(rng: np.random.Generator) -> Light:
    """A weather and an hour by chance."""
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


def _actors(
    rng: np.random.Generator, camera: Pinhole, backdrop: Backdrop, free_m: float, count: int
) -> list[Actor]:
    actors: list[Actor] = []
    labels, weights = list(_SHARES), list(_SHARES.values())
    for k in range(count):
        label = str(rng.choice(labels, p=weights))
        for _ in range(12):
            actor = _placed(rng, camera, label, k, free_m)
            if actor is not None and _fits(actor, actors, camera, backdrop):
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
    return Actor(number, label, mesh, x, y, dirt=float(rng.uniform(0.05, 0.5)))


def _fits(actor: Actor, actors: list[Actor], camera: Pinhole, backdrop: Backdrop) -> bool:
    """Room on the ground, tall enough, and enough of everybody still to be seen."""
    taken = [(a.x_m, a.y_m) for a in actors] + backdrop.taken
    if any(np.hypot(x - actor.x_m, y - actor.y_m) < 4.5 for x, y in taken):
        return False
    _, y1, _, y2 = raster.box_of(actor.mesh, camera)
    if y2 - y1 < 10:
        return False
    everybody = [*actors, actor]
    return all(visible_share(a, everybody, camera, backdrop.depth_m) > 0.3 for a in everybody)


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
