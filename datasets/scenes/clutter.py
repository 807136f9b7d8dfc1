"""Still things: stakes, fences, poles, cabins, piles; what looks like a machine but is none."""

from __future__ import annotations

import numpy as np

from datasets.scenes import noise
from datasets.scenes.mesh import (
    GLASS,
    MATT,
    Colour,
    Floats,
    Mesh,
    ball,
    box,
    join,
    linear,
    prism,
    tube,
)

WOOD: Colour = (150, 118, 80)
ZINC: Colour = (150, 154, 156)


CONCRETE: Colour = (206, 204, 196)
INK: Colour = (186, 40, 34)


def stake(band: Colour = (232, 190, 36), body: Colour = CONCRETE) -> Mesh:
    """A pipeline marker stake, 1.1 m: a slim concrete post on a footing, a painted band at the
    top, and lettering down its face.
    """
    face = [
        box((-0.025, -0.071, z), (0.025, -0.064, z + 0.07), INK) for z in (0.32, 0.43, 0.54, 0.65)
    ]
    return join(
        [
            box((-0.15, -0.15, 0), (0.15, 0.15, 0.06), (150, 146, 138), MATT),
            box((-0.065, -0.065, 0.06), (0.065, 0.065, 1.05), body, MATT),
            box((-0.069, -0.069, 0.8), (0.069, 0.069, 0.96), band),
            box((-0.065, -0.065, 1.05), (0.065, 0.065, 1.1), body, MATT, taper=0.3),
            *face,
        ]
    )


def sign(face: Colour = (232, 232, 228)) -> Mesh:
    """A warning board on two legs: a red heading, lines of text, a thin frame."""
    lines = [(1.36, 0.44), (1.26, 0.44), (1.16, 0.3)]
    return join(
        [
            tube((-0.36, 0, 0), (-0.36, 0, 1.75), 0.03, ZINC, sides=5),
            tube((0.36, 0, 0), (0.36, 0, 1.75), 0.03, ZINC, sides=5),
            box((-0.55, -0.03, 1.05), (0.55, 0.0, 1.8), face),
            box((-0.51, -0.036, 1.56), (0.51, -0.03, 1.76), INK),
            box((-0.4, -0.04, 1.62), (0.4, -0.036, 1.7), (240, 238, 232)),
            *(
                box((-0.44, -0.036, z), (-0.44 + 2 * half, -0.03, z + 0.045), (70, 72, 76))
                for z, half in lines
            ),
        ]
    )


def fence(length_m: float, height_m: float = 1.8, panel: Colour | None = None) -> Mesh:
    """A fence along y: posts and rails, or closed panels."""
    parts: list[Mesh] = []
    for y in np.arange(0, length_m + 0.1, 3.0):
        parts.append(box((-0.05, y - 0.05, 0), (0.05, y + 0.05, height_m), ZINC))
        if panel is not None and y + 3 <= length_m + 0.1:
            parts.append(box((-0.02, y, 0.08), (0.02, y + 3, height_m - 0.05), panel))
    if panel is None:
        for z in np.linspace(0.25, height_m - 0.05, 5):
            parts.append(box((-0.012, 0, z - 0.012), (0.012, length_m, z + 0.012), ZINC))
    return join(parts)


def pole(height_m: float = 9.0) -> Mesh:
    """A power pole with its cross-arm."""
    return join(
        [
            tube((0, 0, 0), (0, 0, height_m), 0.16, (150, 146, 138), end_radius_m=0.1, sides=8),
            box((-1.1, -0.06, height_m - 0.9), (1.1, 0.06, height_m - 0.78), (110, 108, 104)),
            *(
                tube((x, 0, height_m - 0.78), (x, 0, height_m - 0.55), 0.05, (130, 80, 60), sides=5)
                for x in (-1.0, 0.0, 1.0)
            ),
        ]
    )


def cabin(colour: Colour = (214, 218, 220), length_m: float = 6.0) -> Mesh:
    """A site cabin."""
    half = length_m / 2
    parts = [
        box((-1.2, -half, 0.15), (1.2, half, 2.75), colour),
        box((-1.25, -half - 0.05, 2.72), (1.25, half + 0.05, 2.85), (60, 92, 150)),
        box((-1.22, -half, 0.1), (1.22, half, 0.35), (60, 92, 150)),
    ]
    for y in (-half + 1.2, half - 1.6):
        parts.append(box((-1.22, y, 1.2), (1.22, y + 1.0, 2.1), (70, 84, 92), GLASS))
    parts.append(box((-1.23, -0.45, 0.3), (1.23, 0.45, 2.3), (150, 156, 160)))
    return join(parts)


def container(colour: Colour = (150, 60, 40)) -> Mesh:
    """A 20-foot container with ribs."""
    parts = [box((-1.2, -3, 0.05), (1.2, 3, 2.55), colour)]
    for y in np.arange(-2.85, 2.9, 0.38):
        parts.append(box((-1.225, y, 0.2), (1.225, y + 0.16, 2.42), colour))
    return join(parts)


def pile(radius_m: float, height_m: float, colour: Colour, seed: int) -> Mesh:
    """A heap of earth, sand or rubble."""
    rings, around = 7, 20
    r = np.linspace(0.0, 1.0, rings)[:, None]
    a = (np.arange(around) * 2 * np.pi / around)[None, :]
    ragged = 1 + 0.16 * noise.at(np.cos(a) * 2 + seed, np.sin(a) * 2 + 0 * a, 1.3)
    x, y = radius_m * r * np.cos(a) * ragged, radius_m * r * np.sin(a) * ragged
    z = height_m * np.clip(1 - r**1.25, 0, 1) + 0 * a
    z = z * (1 + 0.22 * noise.at(x + seed * 3.1, y, radius_m * 0.6)) * (r < 1)
    v = np.stack([x.ravel(), y.ravel(), z.ravel()], axis=1).astype(np.float32)
    faces = [
        (
            k * around + i,
            k * around + (i + 1) % around,
            (k + 1) * around + (i + 1) % around,
            (k + 1) * around + i,
        )
        for k in range(rings - 1)
        for i in range(around)
    ]
    f = np.array(faces, np.int32)[:, ::-1]
    tint: Floats = 1 + 0.10 * np.random.default_rng(seed).standard_normal((len(f), 1))
    return Mesh(v, f, (linear(colour) * tint).astype(np.float32), np.zeros(len(f), np.float32))


def scaffold(wide_m: float = 9.0, floors: int = 3) -> Mesh:
    """A scaffold: uprights, decks and rails."""
    steel: Colour = (168, 150, 110)
    parts: list[Mesh] = []
    for x in np.arange(-wide_m / 2, wide_m / 2 + 0.1, 2.25):
        for y in (-0.5, 0.5):
            parts.append(tube((x, y, 0), (x, y, floors * 2.0 + 1), 0.05, steel, sides=4))
    for k in range(1, floors + 1):
        z = k * 2.0
        parts.append(box((-wide_m / 2, -0.5, z), (wide_m / 2, 0.5, z + 0.06), WOOD, MATT))
        parts.append(
            tube((-wide_m / 2, -0.5, z + 1), (wide_m / 2, -0.5, z + 1), 0.04, steel, sides=4)
        )
        parts.append(tube((-wide_m / 2, -0.5, z - 2), (wide_m / 2, -0.5, z), 0.035, steel, sides=4))
    return join(parts)


def tower_foot(
    colour: Colour = (230, 180, 30), height_m: float = 16.0, side_m: float = 1.8
) -> Mesh:
    """The lattice mast of a tower crane."""
    h = side_m / 2
    corners = [(-h, -h), (h, -h), (h, h), (-h, h)]
    parts = [tube((x, y, 0), (x, y, height_m), 0.09, colour, sides=4) for x, y in corners]
    parts.append(box((-2.2, -2.2, 0), (2.2, 2.2, 0.5), (150, 146, 138), MATT))
    for k, z in enumerate(np.arange(0.4, height_m - side_m + 0.1, side_m)):
        for i in range(4):
            (ax, ay), (bx, by) = corners[i], corners[(i + 1) % 4]
            if k % 2:
                ax, ay, bx, by = bx, by, ax, ay
            parts.append(tube((ax, ay, z), (bx, by, z + side_m), 0.05, colour, sides=3))
            parts.append(tube((ax, ay, z), (bx, by, z), 0.05, colour, sides=3))
    return join(parts)


def barrier(colour: Colour = (240, 190, 20), length_m: float = 8.0) -> Mesh:
    """A row of plastic road barriers."""
    white: Colour = (232, 232, 228)
    return join(
        prism(
            [(-0.25, 0), (0.25, 0), (0.12, 0.5), (0.1, 0.9), (-0.1, 0.9), (-0.12, 0.5)],
            x,
            x + 0.95,
            colour if k % 2 else white,
        )
        for k, x in enumerate(np.arange(-length_m / 2, length_m / 2, 1.0))
    )


def pipes(count: int = 6, radius_m: float = 0.45, colour: Colour = (60, 62, 66)) -> Mesh:
    """Pipes in a stack, ready to be laid."""
    parts: list[Mesh] = []
    for row in range(3):
        for k in range(max(count - row, 0)):
            x = (k - (count - row - 1) / 2) * radius_m * 2.02
            z = radius_m + row * radius_m * 1.74
            parts.append(tube((x, -5, z), (x, 5, z), radius_m, colour, sides=12))
    return join(parts)


def tarpaulin(colour: Colour, seed: int) -> Mesh:
    """Goods under a tarpaulin: a coloured lump."""
    rng = np.random.default_rng(seed)
    w, d, h = (float(n) for n in rng.uniform((1.2, 1.2, 0.8), (3.0, 2.5, 2.2)))
    return join(
        [
            box((-w / 2, -d / 2, 0), (w / 2, d / 2, h), colour, 0.2, 0.85),
            ball((w * 0.1, 0, h * 0.9), (w * 0.3, d * 0.3, h * 0.2), colour, 0.2, 3),
        ]
    )


def house(wide_m: float, deep_m: float, high_m: float, wall: Colour, roof: Colour) -> Mesh:
    """A plain building with rows of windows; deep along y, its front towards the camera."""
    w, d = wide_m / 2, deep_m / 2
    parts = [box((-w, -d, 0), (w, d, high_m), wall, MATT)]
    parts.append(box((-w - 0.2, -d - 0.2, high_m), (w + 0.2, d + 0.2, high_m + 0.35), roof, MATT))
    for z in np.arange(1.1, high_m - 1.6, 3.2):
        for x in np.arange(-w + 1.3, w - 1.8, 2.6):
            parts.append(box((x, -d - 0.03, z), (x + 1.3, d + 0.03, z + 1.4), (74, 88, 98), GLASS))
            parts.append(
                box((x - 0.1, -d - 0.08, z - 0.12), (x + 1.4, -d, z), (190, 188, 180), MATT)
            )
    return join(parts)
