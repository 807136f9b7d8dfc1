"""Solid shapes: flat convex faces with a colour, joined into machines, vehicles and people.

Frames: x to the right, y forward, z up, metres. Colours are given as sRGB (r, g, b) 0..255 and kept
as linear BGR, which is what light multiplies.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.floating]
Colour = tuple[float, float, float]
Point3 = tuple[float, float, float]
MATT, PAINT, GLASS = 0.0, 0.3, 1.0


def linear(colour: Colour) -> Floats:
    """Linear BGR 0..1 of sRGB (r, g, b) 0..255."""
    return (np.array(colour[::-1], np.float32) / 255.0) ** 2.2


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """Vertices (V, 3) in metres, faces (F, 4) as indices, linear BGR (F, 3), gloss 0..1 (F,)."""

    vertices: Floats
    faces: NDArray[np.int32]
    colours: Floats
    gloss: Floats

    def turned(self, *, yaw_deg: float = 0.0, pitch_deg: float = 0.0) -> Mesh:
        """Pitched about x (nose up is positive), then turned about z (clockwise from above)."""
        p, h = np.radians(pitch_deg), np.radians(yaw_deg)
        cp, sp, ch, sh = np.cos(p), np.sin(p), np.cos(h), np.sin(h)
        pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
        yaw = np.array([[ch, sh, 0], [-sh, ch, 0], [0, 0, 1]])
        return replace(self, vertices=(self.vertices @ (yaw @ pitch).T).astype(np.float32))

    def moved(self, x: float = 0.0, y: float = 0.0, z: float = 0.0) -> Mesh:
        """Shifted by metres."""
        return replace(self, vertices=self.vertices + np.array([x, y, z], np.float32))

    def scaled(self, x: float, y: float | None = None, z: float | None = None) -> Mesh:
        """Scaled about the origin; one number scales all axes."""
        factors = np.array([x, x if y is None else y, x if z is None else z], np.float32)
        return replace(self, vertices=self.vertices * factors)


def join(parts: Iterable[Mesh]) -> Mesh:
    """All parts as one mesh."""
    meshes = list(parts)
    starts = np.cumsum([0] + [len(m.vertices) for m in meshes[:-1]])
    return Mesh(
        np.concatenate([m.vertices for m in meshes]),
        np.concatenate([m.faces + s for m, s in zip(meshes, starts, strict=True)]).astype(np.int32),
        np.concatenate([m.colours for m in meshes]),
        np.concatenate([m.gloss for m in meshes]),
    )


def normals(vertices: Floats, faces: NDArray[np.int32]) -> Floats:
    """Unit normals (F, 3) of the faces, from their diagonals."""
    p = vertices[faces]
    a, b = p[:, 2] - p[:, 0], p[:, 3] - p[:, 1]
    n = a[:, (1, 2, 0)] * b[:, (2, 0, 1)] - a[:, (2, 0, 1)] * b[:, (1, 2, 0)]
    length = np.sqrt((n * n).sum(axis=1, keepdims=True))
    return np.asarray(n / np.maximum(length, 1e-9), np.float32)


def solid(
    vertices: Sequence[Sequence[float]] | Floats,
    polygons: Sequence[Sequence[int]],
    colour: Colour,
    gloss: float = PAINT,
) -> Mesh:
    """A convex solid from polygons in any order of turning; all faces end up facing outwards."""
    v = np.asarray(vertices, np.float32)
    quads: list[tuple[int, int, int, int]] = []
    for polygon in polygons:
        for i in range(1, len(polygon) - 1, 2):
            last = polygon[i + 2] if i + 2 < len(polygon) else polygon[i + 1]
            quads.append((polygon[0], polygon[i], polygon[i + 1], last))
    faces = np.array(quads, np.int32)
    inward = ((v[faces].mean(axis=1) - v.mean(axis=0)) * normals(v, faces)).sum(axis=1) < 0
    faces[inward] = faces[inward][:, ::-1]
    n = len(faces)
    return Mesh(v, faces, np.tile(linear(colour), (n, 1)), np.full(n, gloss, np.float32))


def prism(
    profile: Sequence[tuple[float, float]],
    x0: float,
    x1: float,
    colour: Colour,
    gloss: float = PAINT,
    taper: float = 1.0,
) -> Mesh:
    """A convex profile of (y, z) drawn out from x0 to x1; `taper` narrows the top's width."""
    mid, low = (x0 + x1) / 2, min(z for _, z in profile)
    rise = max(max(z for _, z in profile) - low, 1e-6)

    def side(x: float) -> list[Point3]:
        return [(mid + (x - mid) * (1 + (taper - 1) * (z - low) / rise), y, z) for y, z in profile]

    n = len(profile)
    around = [(i, (i + 1) % n, n + (i + 1) % n, n + i) for i in range(n)]
    return solid(side(x0) + side(x1), [range(n), range(n, 2 * n), *around], colour, gloss)


def box(
    low: Point3, high: Point3, colour: Colour, gloss: float = PAINT, taper: float = 1.0
) -> Mesh:
    """An upright box between two corners."""
    (x0, y0, z0), (x1, y1, z1) = low, high
    return prism([(y0, z0), (y1, z0), (y1, z1), (y0, z1)], x0, x1, colour, gloss, taper)


def tube(
    start: Point3,
    end: Point3,
    radius_m: float,
    colour: Colour,
    *,
    end_radius_m: float | None = None,
    sides: int = 8,
    gloss: float = PAINT,
) -> Mesh:
    """A cylinder, or a cone frustum, from start to end."""
    a, b = np.array(start, np.float64), np.array(end, np.float64)
    axis = (b - a) / max(float(np.linalg.norm(b - a)), 1e-9)
    across = np.cross(axis, [0.0, 0.0, 1.0] if abs(axis[2]) < 0.9 else [1.0, 0.0, 0.0])
    across /= np.linalg.norm(across)
    up = np.cross(axis, across)
    turn = (np.arange(sides) + 0.5) * 2 * np.pi / sides
    ring = np.outer(np.cos(turn), across) + np.outer(np.sin(turn), up)
    r1 = radius_m if end_radius_m is None else end_radius_m
    points = np.concatenate([a + ring * radius_m, b + ring * r1]).astype(np.float32)
    n = sides
    around = [(i, (i + 1) % n, n + (i + 1) % n, n + i) for i in range(n)]
    return solid(points, [range(n), range(n, 2 * n), *around], colour, gloss)


def ball(
    centre: Point3, radii: Point3, colour: Colour, gloss: float = PAINT, rings: int = 5
) -> Mesh:
    """An ellipsoid of `rings` bands."""
    n = 8
    polar = np.linspace(-0.48 * np.pi, 0.48 * np.pi, rings + 1)
    turn = np.arange(n) * 2 * np.pi / n
    points = [
        (
            centre[0] + radii[0] * np.cos(p) * np.cos(t),
            centre[1] + radii[1] * np.cos(p) * np.sin(t),
            centre[2] + radii[2] * np.sin(p),
        )
        for p in polar
        for t in turn
    ]
    bands = [
        (k * n + i, k * n + (i + 1) % n, (k + 1) * n + (i + 1) % n, (k + 1) * n + i)
        for k in range(rings)
        for i in range(n)
    ]
    return solid(points, [range(n), range(rings * n, rings * n + n), *bands], colour, gloss)


def wheel(
    x: float, y: float, radius_m: float, width_m: float, hub: Colour = (150, 150, 150)
) -> Mesh:
    """A wheel standing on the ground, axle along x, centred at (x, y)."""
    tyre = tube(
        (x - width_m / 2, y, radius_m),
        (x + width_m / 2, y, radius_m),
        radius_m,
        (38, 37, 36),
        sides=14,
        gloss=MATT,
    )
    rims = [
        disc(side, x + side * (width_m / 2 + 0.015), y, radius_m, radius_m * 0.52, hub)
        for side in (-1, 1)
    ]
    return join([tyre, *rims])


def disc(
    side: int, x: float, y: float, z: float, radius_m: float, colour: Colour, sides: int = 9
) -> Mesh:
    """A flat round face across x that looks to the left (`side` -1) or to the right (1)."""
    turn = np.arange(sides) * 2 * np.pi / sides * side
    points = np.stack(
        [np.full(sides, x), y + radius_m * np.cos(turn), z + radius_m * np.sin(turn)], axis=1
    ).astype(np.float32)
    faces = [(0, k, k + 1, min(k + 2, sides - 1)) for k in range(1, sides - 1, 2)]
    n = len(faces)
    return Mesh(
        points,
        np.array(faces, np.int32),
        np.tile(linear(colour), (n, 1)),
        np.full(n, PAINT, np.float32),
    )
