"""Road vehicles, forklifts and people, facing +y, standing on z = 0 at the origin."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from datasets.scenes.machines import BLUE, DARK, GREY, PANE, WHITE
from datasets.scenes.mesh import GLASS, MATT, Colour, Mesh, ball, box, join, prism, tube, wheel
from datasets.scenes.parts import lamps

SKIN: Colour = (196, 150, 122)


def car(colour: Colour = WHITE, *, style: str = "saloon") -> Mesh:
    """A passenger car: `saloon`, `suv` or `van`."""
    high = {"saloon": 1.45, "suv": 1.72, "van": 1.98}[style]
    waist = {"saloon": 0.92, "suv": 1.08, "van": 1.15}[style]
    tail, nose = {"saloon": (-1.15, 0.95), "suv": (-1.95, 0.85), "van": (-2.15, 1.35)}[style]
    base = [
        (-2.25, 0.3),
        (2.2, 0.3),
        (2.28, 0.55),
        (2.15, waist - 0.12),
        (nose + 0.15, waist),
        (-2.1, waist),
        (-2.3, 0.6),
    ]
    roof_f, roof_b = (
        nose - 0.75,
        tail + (0.1 if style == "van" else 0.35),
    )
    green = [
        (tail - 0.35, waist),
        (nose + 0.1, waist),
        (roof_f, high - 0.06),
        (roof_b, high - 0.06),
    ]
    parts = [
        prism(base, -0.9, 0.9, colour, taper=0.94),
        prism(green, -0.84, 0.84, PANE, GLASS, taper=0.82),
        box((-0.68, roof_b - 0.02, high - 0.07), (0.68, roof_f + 0.02, high), colour, taper=0.9),
        *(wheel(x, y, 0.33, 0.22) for x in (-0.82, 0.82) for y in (-1.35, 1.4)),
        box((-0.88, 2.2, 0.32), (0.88, 2.31, 0.5), DARK),
        box((-0.88, -2.33, 0.32), (0.88, -2.24, 0.5), DARK),
        box((-0.4, 2.2, 0.52), (0.4, 2.28, 0.66), DARK),
        *lamps(0.66, 2.22, -2.28, 0.62),
    ]
    for x in (-0.85, 0.80):
        parts.append(
            prism(
                [(-0.12, waist), (0.0, waist), (-0.02, high - 0.1), (-0.1, high - 0.1)],
                x * 0.93,
                (x + 0.05) * 0.93,
                colour,
            )
        )
        if style == "van":
            parts.append(
                prism(
                    [(-2.1, waist), (-0.3, waist), (-0.3, high - 0.1), (-2.05, high - 0.1)],
                    x * 0.96,
                    (x + 0.05) * 0.96,
                    colour,
                )
            )
    for s in (-1, 1):
        parts.append(
            box(
                (s * 0.98 - 0.08, nose - 0.05, waist),
                (s * 0.98 + 0.08, nose + 0.07, waist + 0.14),
                colour,
            )
        )
    return join(parts)


def bus(colour: Colour = WHITE, stripe: Colour = BLUE) -> Mesh:
    """A city bus."""
    parts = [
        prism(
            [(-5.4, 0.35), (5.3, 0.35), (5.4, 1.2), (5.2, 3.0), (-5.3, 3.0)],
            -1.25,
            1.25,
            colour,
            taper=0.97,
        ),
        box((-1.262, -5.0, 0.7), (1.262, 5.1, 1.1), stripe),
        box((-0.9, -5.44, 1.6), (0.9, 5.34, 2.6), PANE, GLASS),
        box((-1.0, -3.5, 3.0), (1.0, 0.0, 3.2), colour),
        box((-1.27, -5.2, 1.45), (1.27, 5.0, 2.55), PANE, GLASS),
        *(
            box((-1.275, y - 0.05, 1.4), (1.275, y + 0.05, 2.6), colour)
            for y in np.arange(-4.0, 4.6, 1.4)
        ),
        *(wheel(x, y, 0.5, 0.3) for x in (-1.12, 1.12) for y in (-3.2, 3.2)),
        *lamps(0.95, 5.36, -5.4, 0.65),
    ]
    return join(parts)


def forklift(
    colour: Colour = (236, 150, 24), *, lift_m: float = 0.15, pallet: bool = False
) -> Mesh:
    """A counterbalance forklift with mast, forks, overhead guard and driver."""
    parts = [
        *(wheel(x, 0.75, 0.33, 0.25) for x in (-0.45, 0.45)),
        *(wheel(x, -0.85, 0.27, 0.2) for x in (-0.42, 0.42)),
        prism(
            [
                (-1.3, 0.3),
                (0.7, 0.2),
                (0.7, 0.7),
                (-0.2, 0.75),
                (-0.3, 1.1),
                (-1.2, 1.1),
                (-1.38, 0.8),
            ],
            -0.55,
            0.55,
            colour,
        ),
        prism([(-1.42, 0.35), (-1.0, 0.3), (-1.0, 1.05), (-1.3, 1.05)], -0.5, 0.5, GREY),
        box((-0.3, -0.55, 1.1), (0.3, -0.05, 1.2), DARK),
        box((-0.25, -0.7, 1.15), (0.25, -0.55, 1.65), DARK),
        box((-0.52, -1.0, 2.1), (0.52, 0.45, 2.16), DARK),
        ball((0.0, -0.35, 1.45), (0.22, 0.16, 0.35), (214, 96, 30), MATT),
        ball((0.0, -0.3, 1.9), (0.12, 0.13, 0.15), SKIN, MATT),
        ball((0.0, -0.32, 1.98), (0.14, 0.15, 0.1), (240, 240, 236)),
        tube((0.0, 0.2, 1.0), (0.0, 0.35, 1.35), 0.03, DARK, sides=4),
    ]
    for x in (-0.5, 0.5):
        parts.append(tube((x, 0.6, 0.7), (x, 0.4, 2.12), 0.04, DARK, sides=4))
        parts.append(tube((x, -0.95, 1.05), (x, -0.9, 2.12), 0.04, DARK, sides=4))
    top = max(2.1, lift_m + 1.4)
    for x in (-0.36, 0.28):
        parts.append(box((x, 1.05, 0.08), (x + 0.08, 1.17, top), (58, 56, 54)))
        parts.append(box((x, 1.2, lift_m), (x + 0.1, 2.25, lift_m + 0.05), (70, 68, 66)))
    for z in (0.3, 1.1, top - 0.12):
        parts.append(box((-0.36, 1.07, z), (0.36, 1.15, z + 0.08), (58, 56, 54)))
    parts.append(box((-0.45, 1.17, lift_m), (0.45, 1.22, lift_m + 0.45), (58, 56, 54)))
    if pallet:
        parts.append(
            box((-0.6, 1.25, lift_m + 0.05), (0.6, 2.35, lift_m + 0.2), (170, 130, 84), MATT)
        )
        parts.append(
            box((-0.55, 1.3, lift_m + 0.2), (0.55, 2.3, lift_m + 1.1), (186, 150, 104), MATT)
        )
    return join(parts)


_PHASES = 32


def person(
    phase: float = 0.0,
    *,
    stride: float = 1.0,
    height_m: float = 1.72,
    vest: Colour = (228, 92, 26),
    trousers: Colour = (40, 52, 82),
    helmet: Colour | None = (238, 190, 30),
) -> Mesh:
    """A person walking; `phase` in steps' turns (0..1 a full cycle), `stride` 0 stands still."""
    step = round(phase * _PHASES) % _PHASES
    return _person(step, stride, height_m, vest, trousers, helmet)


@lru_cache(maxsize=256)
def _person(
    step: int,
    stride: float,
    height_m: float,
    vest: Colour,
    trousers: Colour,
    helmet: Colour | None,
) -> Mesh:
    phase = step / _PHASES
    swing = 27.0 * stride * float(np.sin(2 * np.pi * phase))
    parts = [
        ball((0, 0, 0.98), (0.17, 0.12, 0.13), trousers, MATT, 3),
        tube(
            (0, 0, 0.92), (0, 0.01, 1.42), 0.155, vest, end_radius_m=0.19, sides=10, gloss=MATT
        ).scaled(1.08, 0.72, 1),
        ball((0, 0.01, 1.42), (0.2, 0.12, 0.07), vest, MATT, 3),
        tube((0, 0.01, 1.44), (0, 0.02, 1.54), 0.055, SKIN, sides=6, gloss=MATT),
        ball((0, 0.03, 1.61), (0.085, 0.1, 0.12), SKIN, MATT, 5),
        ball((0, 0.02, 1.665), (0.092, 0.105, 0.075), (38, 32, 28), MATT, 4),
        tube((0, 0, 1.12), (0, 0, 1.17), 0.178, (214, 214, 196), sides=10, gloss=MATT).scaled(
            1.08, 0.72, 1
        ),
    ]
    if helmet is not None:
        parts.append(ball((0, 0.02, 1.68), (0.125, 0.14, 0.1), helmet, rings=4))
        parts.append(tube((0, 0.04, 1.655), (0, 0.04, 1.67), 0.15, helmet, sides=10))
    for side in (-1, 1):
        parts.append(_leg(side * 0.095, side * swing, trousers))
        parts.append(_hand(side * 0.24, -side * swing * 0.9, vest))
    return join(parts).scaled(height_m / 1.78)


def _leg(x: float, angle_deg: float, colour: Colour) -> Mesh:
    knee_deg = -max(0.0, -angle_deg) * 1.1 - 6
    shin = (
        join(
            [
                tube(
                    (0, 0, 0), (0, 0, -0.42), 0.07, colour, end_radius_m=0.055, sides=7, gloss=MATT
                ),
                box((-0.05, -0.08, -0.5), (0.05, 0.19, -0.41), (34, 32, 30), MATT),
            ]
        )
        .turned(pitch_deg=knee_deg)
        .moved(0, 0, -0.44)
    )
    thigh = tube((0, 0, 0), (0, 0, -0.46), 0.095, colour, end_radius_m=0.07, sides=7, gloss=MATT)
    return join([thigh, shin]).turned(pitch_deg=angle_deg).moved(x, 0, 0.95)


def _hand(x: float, angle_deg: float, colour: Colour) -> Mesh:
    fore = (
        join(
            [
                tube(
                    (0, 0, 0), (0, 0, -0.26), 0.05, colour, end_radius_m=0.04, sides=6, gloss=MATT
                ),
                ball((0, 0, -0.31), (0.045, 0.05, 0.07), SKIN, MATT, 3),
            ]
        )
        .turned(pitch_deg=22)
        .moved(0, 0, -0.29)
    )
    upper = tube((0, 0, 0), (0, 0, -0.3), 0.062, colour, end_radius_m=0.05, sides=6, gloss=MATT)
    return join([upper, fore]).turned(pitch_deg=angle_deg).moved(x, 0, 1.42)
