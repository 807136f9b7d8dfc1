"""Construction machines but excavators, facing +y, standing on z = 0 at the origin."""

from __future__ import annotations

import numpy as np

from datasets.scenes.mesh import (
    GLASS,
    MATT,
    Colour,
    Mesh,
    Point3,
    ball,
    box,
    disc,
    join,
    prism,
    tube,
    wheel,
)

YELLOW: Colour = (238, 170, 22)
ORANGE: Colour = (226, 96, 28)
DARK: Colour = (46, 45, 44)
GREY: Colour = (84, 84, 82)
PANE: Colour = (52, 66, 74)
WHITE: Colour = (226, 228, 228)
BLUE: Colour = (44, 84, 150)
STEEL: Colour = (176, 178, 180)


def step(start: tuple[float, float], angle_deg: float, length_m: float) -> tuple[float, float]:
    """A point of the (y, z) plane, `length_m` from another at an angle above the horizon."""
    a = np.radians(angle_deg)
    return start[0] + length_m * float(np.cos(a)), start[1] + length_m * float(np.sin(a))


def beam(
    a: tuple[float, float],
    b: tuple[float, float],
    deep_a: float,
    deep_b: float,
    wide: float,
    colour: Colour,
) -> Mesh:
    """A tapering beam between two points of the (y, z) plane."""
    along = np.array(b) - np.array(a)
    across = np.array([-along[1], along[0]]) / max(float(np.hypot(*along)), 1e-6)
    corners = [
        np.array(a) + across * deep_a / 2,
        np.array(b) + across * deep_b / 2,
        np.array(b) - across * deep_b / 2,
        np.array(a) - across * deep_a / 2,
    ]
    return prism([(float(y), float(z)) for y, z in corners], -wide / 2, wide / 2, colour)


def track(x: float, length_m: float, height_m: float, width_m: float) -> Mesh:
    """One crawler track at x, with its rollers."""
    h, r, b = length_m / 2, height_m, width_m / 2
    outline = [(-h * 0.82, 0.0), (h * 0.82, 0.0), (h, r * 0.35), (h, r * 0.65), (h * 0.84, r)]
    outline += [(-h * 0.84, r), (-h, r * 0.65), (-h, r * 0.35)]
    parts = [prism(outline, x - b, x + b, DARK, MATT)]
    frame = [(-h * 0.8, r * 0.3), (h * 0.8, r * 0.3), (h * 0.8, r * 0.66), (-h * 0.8, r * 0.66)]
    parts.append(prism(frame, x - b - 0.02, x + b + 0.02, (70, 66, 60), MATT))
    for side in (-1, 1):
        face = x + side * (b + 0.03)
        for y in np.linspace(-h * 0.62, h * 0.62, 5):
            parts.append(disc(side, face, float(y), r * 0.24, r * 0.17, (96, 90, 82), 7))
        for y in (-h * 0.8, h * 0.8):
            parts.append(disc(side, face, y, r / 2, r * 0.3, (88, 84, 78)))
    for y in np.linspace(-h * 0.8, h * 0.8, 12):
        parts.append(box((x - b, y - 0.05, r), (x + b, y + 0.05, r + 0.05), (64, 60, 56), MATT))
    return join(parts)


def cab(low: Point3, high: Point3, colour: Colour, lean_m: float = 0.25) -> Mesh:
    """A driver's cab with pillars, panes on all sides and a roof."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    sill = z0 + (z1 - z0) * 0.36
    outline = [(y0, z0), (y1, z0), (y1, sill), (y1 - lean_m, z1), (y0, z1)]
    parts = [prism(outline, x0, x1, colour)]
    top, e = z1 - 0.12, 0.015
    slope = lean_m * (top - sill - 0.06) / (z1 - sill)
    pane = [(y0 + 0.12, sill), (y1 - 0.12, sill), (y1 - 0.12 - slope, top), (y0 + 0.12, top)]
    parts.append(prism(pane, x0 - e, x1 + e, PANE, GLASS))
    front = [(y0 - e, sill + 0.06), (y1 + e, sill + 0.06), (y1 + e - slope, top), (y0 - e, top)]
    parts.append(prism(front, x0 + 0.09, x1 - 0.09, PANE, GLASS))
    mid = (y0 + y1) / 2 - 0.1
    parts.append(box((x0 - 0.02, mid - 0.04, sill), (x1 + 0.02, mid + 0.04, top), colour))
    parts.append(
        box((x0 - 0.04, y0 - 0.05, z1), (x1 + 0.04, y1 - lean_m + 0.12, z1 + 0.07), colour)
    )
    return join(parts)


def wheel_loader(colour: Colour = YELLOW, lift_deg: float = -25.0) -> Mesh:
    """A wheel loader with its shovel in front."""
    front = (1.0, 1.7)
    hand = step(front, lift_deg, 2.3)
    parts = [wheel(x, y, 0.78, 0.6, colour) for x in (-1.05, 1.05) for y in (-1.5, 1.5)]
    parts += [
        box((-0.75, -2.9, 0.8), (0.75, 1.9, 1.3), DARK),
        prism(
            [(-3.1, 1.0), (-0.6, 1.0), (-0.6, 2.2), (-2.8, 1.95), (-3.1, 1.7)], -0.95, 0.95, colour
        ),
        cab((-0.8, -0.7, 1.3), (0.8, 0.9, 3.3), colour, 0.15),
        box((-0.55, 0.9, 0.9), (0.55, 1.9, 1.9), colour),
        tube((0.4, -2.0, 2.0), (0.4, -2.0, 2.8), 0.07, DARK, sides=6),
    ]
    for x in (-0.55, 0.55):
        parts.append(beam(front, hand, 0.4, 0.3, 0.2, colour).moved(x))
        parts.append(
            prism([(-2.3, 1.45), (-0.9, 1.45), (-0.9, 1.6), (-2.3, 1.6)], -0.97, 0.97, DARK)
        )
    y, z = hand
    z = max(z, 0.45)
    shovel = [
        (y, z - 0.4),
        (y + 1.2, z - 0.42),
        (y + 0.8, z + 0.5),
        (y + 0.1, z + 0.75),
        (y - 0.15, z),
    ]
    return join([*parts, prism(shovel, -1.4, 1.4, (110, 104, 92), MATT)])


def dozer(colour: Colour = YELLOW) -> Mesh:
    """A bulldozer with its blade on the ground."""
    blade = [(2.55, 0.05), (2.75, 0.0), (2.65, 0.6), (2.8, 1.2), (2.6, 1.2), (2.45, 0.6)]
    parts = [track(-0.95, 3.6, 1.05, 0.55), track(0.95, 3.6, 1.05, 0.55)]
    parts += [
        box((-0.7, -1.6, 0.6), (0.7, 1.7, 1.2), DARK, MATT),
        prism([(0.1, 1.1), (1.8, 1.1), (1.85, 1.8), (0.1, 2.0)], -0.55, 0.55, colour),
        cab((-0.75, -1.1, 1.2), (0.75, 0.3, 3.0), colour, 0.1),
        box((-0.8, -1.9, 1.0), (0.8, -1.0, 1.9), colour),
        prism(blade, -1.75, 1.75, colour),
        tube((-1.3, 0.0, 0.6), (-1.3, 2.5, 0.5), 0.12, colour, sides=6),
        tube((1.3, 0.0, 0.6), (1.3, 2.5, 0.5), 0.12, colour, sides=6),
        tube((0.3, 1.2, 1.9), (0.3, 1.2, 2.7), 0.07, DARK, sides=6),
        beam((-2.0, 0.9), (-2.7, 0.3), 0.25, 0.15, 0.3, DARK),
    ]
    return join(parts)


def roller(colour: Colour = YELLOW) -> Mesh:
    """A road roller: one drum in front, two wheels behind."""
    parts = [
        tube((-1.05, 1.6, 0.78), (1.05, 1.6, 0.78), 0.78, (122, 120, 116), sides=20),
        *(wheel(x, -1.4, 0.75, 0.5, colour) for x in (-0.85, 0.85)),
        box((-1.2, 0.9, 0.75), (-1.05, 2.3, 1.15), colour),
        box((1.05, 0.9, 0.75), (1.2, 2.3, 1.15), colour),
        box((-1.2, 2.3, 0.75), (1.2, 2.55, 1.15), colour),
        box((-1.2, 0.6, 0.75), (1.2, 0.9, 1.2), colour),
        box((-0.5, -0.3, 0.7), (0.5, 0.7, 1.3), DARK),
        prism([(-2.5, 0.9), (-0.9, 0.9), (-0.9, 1.9), (-2.4, 1.6)], -0.85, 0.85, colour),
        cab((-0.75, -0.95, 1.2), (0.75, 0.5, 2.95), colour, 0.1),
    ]
    return join(parts)


def dump_truck(colour: Colour = ORANGE, tip_deg: float = 0.0) -> Mesh:
    """A tipper at work: heavy wheels, open skip, the skip raised by `tip_deg`."""
    skip = (
        join(
            [
                prism([(-4.2, 1.35), (0.7, 1.35), (1.0, 2.9), (-4.3, 2.9)], -1.25, -1.15, colour),
                prism([(-4.2, 1.35), (0.7, 1.35), (1.0, 2.9), (-4.3, 2.9)], 1.15, 1.25, colour),
                box((-1.25, -4.2, 1.3), (1.25, 0.7, 1.45), colour),
                prism([(0.6, 1.35), (0.75, 1.35), (1.1, 2.95), (0.9, 2.95)], -1.25, 1.25, colour),
                box((-1.1, -3.9, 1.45), (1.1, 0.6, 2.55), (110, 84, 58), MATT, 0.75),
                *(
                    box((x, y, 1.4), (x + 0.1, y + 0.15, 2.9), colour)
                    for x in (-1.35, 1.25)
                    for y in (-3.2, -1.6)
                ),
            ]
        )
        .moved(0, 4.2, -1.3)
        .turned(pitch_deg=tip_deg)
        .moved(0, -4.2, 1.3)
    )
    wheels = [wheel(x, y, 0.55, 0.4) for x in (-1.0, 1.0) for y in (-3.2, -1.9, 2.1)]
    body = [
        box((-0.5, -4.2, 0.7), (0.5, 2.8, 1.15), DARK, MATT),
        box((-1.2, 1.3, 0.55), (1.2, 3.3, 1.3), colour),
        cab((-1.2, 1.35, 1.25), (1.2, 3.25, 2.95), colour, 0.2),
        box((-1.22, 3.25, 0.5), (1.22, 3.4, 0.95), DARK),
    ]
    return join([*wheels, *body, skip])


def mobile_crane(colour: Colour = YELLOW, lift_deg: float = 50.0, length_m: float = 14.0) -> Mesh:
    """A crane on wheels with a telescopic jib."""
    root = (-2.0, 2.7)
    mid = step(root, lift_deg, length_m * 0.55)
    tip = step(root, lift_deg, length_m)
    wheels = [wheel(x, y, 0.6, 0.45) for x in (-1.1, 1.1) for y in (-3.8, -2.4, 2.2, 3.6)]
    body = [
        box((-1.3, -4.8, 0.9), (1.3, 4.9, 1.5), colour),
        cab((-1.25, 3.4, 1.4), (1.25, 5.0, 2.9), colour, 0.2),
        box((-1.2, -3.2, 1.6), (1.2, -1.0, 2.6), colour),
        cab((-1.3, -0.9, 1.6), (-0.4, 0.8, 3.1), colour, 0.2),
        box((-1.2, -4.4, 1.6), (1.2, -3.2, 2.7), GREY),
        beam(root, mid, 0.7, 0.65, 0.55, colour),
        beam(step(mid, lift_deg, -0.5), tip, 0.5, 0.4, 0.4, colour),
        tube((0.0, *tip), (0.0, tip[0], max(tip[1] - length_m * 0.5, 1.0)), 0.03, DARK, sides=4),
        ball((0.0, tip[0], max(tip[1] - length_m * 0.5, 1.0)), (0.2, 0.2, 0.3), DARK),
    ]
    return join([*wheels, *body])
