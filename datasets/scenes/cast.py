"""Who may appear in a random picture, and what only looks like it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from datasets.scenes import clutter, machines, vehicles
from datasets.scenes import excavator as digger
from datasets.scenes.lorries import lorry
from datasets.scenes.mesh import Colour, Mesh

Rng = np.random.Generator
_PAINTS: tuple[Colour, ...] = (
    (238, 170, 22),
    (240, 182, 40),
    (226, 96, 28),
    (214, 120, 36),
    (178, 36, 30),
    (38, 84, 150),
    (58, 122, 66),
    (206, 206, 198),
    (196, 160, 60),
    (96, 100, 104),
)
_CARS: tuple[Colour, ...] = (
    (226, 228, 228),
    (30, 32, 36),
    (150, 154, 158),
    (96, 100, 106),
    (140, 26, 28),
    (36, 62, 116),
    (188, 176, 150),
    (60, 84, 66),
)
_CLOTHES: tuple[Colour, ...] = (
    (228, 92, 26),
    (206, 214, 40),
    (48, 62, 98),
    (90, 92, 96),
    (150, 40, 40),
    (210, 210, 206),
    (52, 84, 60),
    (28, 28, 32),
)


def _tinted(rng: Rng, colours: tuple[Colour, ...], weights: list[float] | None = None) -> Colour:
    pick = colours[int(rng.choice(len(colours), p=weights))]
    r, g, b = (float(np.clip(c * rng.uniform(0.8, 1.08) + rng.normal(0, 5), 8, 250)) for c in pick)
    return r, g, b


def excavator(rng: Rng) -> Mesh:
    """Any size, paint, pose and undercarriage."""
    weights = [0.28, 0.14, 0.2, 0.08, 0.06, 0.06, 0.05, 0.04, 0.05, 0.04]
    pose = digger.Pose(
        slew_deg=float(rng.choice([rng.normal(0, 12), rng.uniform(-180, 180)])),
        boom_deg=float(rng.uniform(30, 75)),
        stick_deg=float(rng.uniform(-140, -45)),
        bucket_deg=float(rng.uniform(-215, -70)),
    )
    low = digger.tip_m(pose)
    if low < -0.3:
        pose = digger.Pose(
            pose.slew_deg, max(pose.boom_deg, 55), max(pose.stick_deg, -110), pose.bucket_deg
        )
    paint = _tinted(rng, _PAINTS, weights)
    trim = _tinted(rng, (machines.GREY, machines.DARK, paint, (200, 200, 196)))
    mesh = digger.excavator(pose, paint, trim=trim, wheeled=bool(rng.random() < 0.15))
    size = float(rng.choice([rng.uniform(0.42, 0.65), rng.uniform(0.8, 1.25)], p=[0.25, 0.75]))
    return mesh.scaled(size * rng.uniform(0.93, 1.07), size, size * rng.uniform(0.93, 1.07))


def machine(rng: Rng) -> Mesh:
    """Loader, dozer, roller, tipper at work or mobile crane."""
    paint = _tinted(rng, _PAINTS)
    make: list[Callable[[], Mesh]] = [
        lambda: machines.wheel_loader(paint, float(rng.uniform(-35, 35))),
        lambda: machines.dozer(paint),
        lambda: machines.roller(paint),
        lambda: machines.dump_truck(paint, float(rng.choice([0.0, rng.uniform(15, 45)]))),
        lambda: machines.mobile_crane(
            paint, float(rng.uniform(20, 70)), float(rng.uniform(10, 18))
        ),
    ]
    return make[int(rng.choice(5, p=[0.3, 0.2, 0.18, 0.2, 0.12]))]().scaled(
        float(rng.uniform(0.85, 1.15))
    )


def truck(rng: Rng) -> Mesh:
    """A lorry, boxed or open."""
    return lorry(
        _tinted(rng, _PAINTS + _CARS),
        _tinted(
            rng, (machines.WHITE, machines.BLUE, (160, 60, 44), (90, 110, 90), (180, 180, 176))
        ),
        length_m=float(rng.uniform(6.0, 11.0)),
        open_bed=bool(rng.random() < 0.4),
    )


def car(rng: Rng) -> Mesh:
    """A car of any common colour."""
    style = str(rng.choice(["saloon", "suv", "van"], p=[0.45, 0.35, 0.2]))
    return vehicles.car(_tinted(rng, _CARS), style=style)


def bus(rng: Rng) -> Mesh:
    """A city bus."""
    return vehicles.bus(_tinted(rng, _CARS + _PAINTS), _tinted(rng, _PAINTS))


def forklift(rng: Rng) -> Mesh:
    """A forklift, loaded or not."""
    return vehicles.forklift(
        _tinted(rng, _PAINTS), lift_m=float(rng.uniform(0.1, 1.2)), pallet=bool(rng.random() < 0.5)
    )


def person(rng: Rng) -> Mesh:
    """A person standing or walking, some with helmet and vest."""
    helmet = _tinted(rng, ((238, 190, 30), (226, 226, 222), (200, 40, 32), (40, 90, 170)))
    return vehicles.person(
        float(rng.random()),
        stride=float(rng.choice([0.15, 0.8, 1.1])),
        height_m=float(rng.normal(1.7, 0.08)),
        vest=_tinted(rng, _CLOTHES),
        trousers=_tinted(rng, _CLOTHES),
        helmet=helmet if rng.random() < 0.55 else None,
    )


MAKERS: dict[str, Callable[[Rng], Mesh]] = {
    "person": person,
    "car": car,
    "truck": truck,
    "bus": bus,
    "excavator": excavator,
    "machine": machine,
    "forklift": forklift,
}


def lookalike(rng: Rng) -> Mesh:
    """Clutter that a hasty detector takes for a machine."""
    paint = _tinted(rng, _PAINTS)
    seed = int(rng.integers(1 << 20))
    make: list[Callable[[], Mesh]] = [
        lambda: clutter.pile(
            float(rng.uniform(1.5, 5)),
            float(rng.uniform(0.7, 2.6)),
            _tinted(rng, ((150, 122, 92), (176, 160, 130), (110, 104, 98))),
            seed,
        ),
        lambda: clutter.cabin(_tinted(rng, _CARS + _PAINTS)),
        lambda: clutter.container(paint),
        lambda: clutter.scaffold(float(rng.uniform(5, 14)), int(rng.integers(1, 5))),
        lambda: clutter.barrier(paint),
        lambda: clutter.tower_foot(paint, float(rng.uniform(8, 25))),
        lambda: clutter.pipes(int(rng.integers(3, 7)), float(rng.uniform(0.2, 0.5)), paint),
        lambda: clutter.tarpaulin(paint, seed),
        lambda: clutter.sign(paint),
    ]
    return make[int(rng.integers(len(make)))]()
