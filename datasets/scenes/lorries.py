"""Lorries, facing +y, standing on z = 0 at the origin."""

from __future__ import annotations

import numpy as np

from datasets.scenes.machines import BLUE, DARK, GREY, PANE, STEEL, WHITE
from datasets.scenes.mesh import GLASS, MATT, Colour, Mesh, box, join, prism, tube, wheel
from datasets.scenes.parts import lamps

_BLACK: Colour = (30, 30, 31)
_AMBER: Colour = (226, 140, 30)


def lorry(
    colour: Colour = BLUE,
    load: Colour = WHITE,
    *,
    length_m: float = 8.5,
    open_bed: bool = False,
) -> Mesh:
    """A lorry with a box body, or an open bed with side boards."""
    back, front = -length_m / 2, length_m / 2
    rear = front - 2.05
    axles = (front - 1.2, back + 1.5) + ((back + 2.75,) if length_m > 8 else ())
    parts = [
        box((-0.5, back + 0.1, 0.62), (0.5, front - 0.3, 0.95), _BLACK, MATT),
        box((-1.0, back + 0.8, 0.7), (1.0, rear, 0.98), _BLACK, MATT),
        _cab(rear + 0.1, front, colour),
        *(_guard(side, back + 3.4 if len(axles) > 2 else back + 2.2, rear) for side in (-1, 1)),
        box((-1.2, back - 0.04, 0.5), (1.2, back + 0.05, 0.68), _BLACK),
        *lamps(0.95, front + 0.1, back, 0.72),
    ]
    for y in axles:
        parts += [wheel(x, y, 0.52, 0.36, (196, 198, 198)) for x in (-1.05, 1.05)]
    body = _bed if open_bed else _box
    return join([*parts, body(back, rear - 0.12, load, colour)])


def _cab(rear: float, front: float, colour: Colour) -> Mesh:
    """A flat-nosed cab: slanted windscreen, one window a side, arches, bumper, grille, visor."""
    outline = [(rear, 0.95), (front, 0.95), (front + 0.04, 1.75), (front - 0.22, 2.9), (rear, 2.95)]
    window = [(front - 1.0, 1.82), (front - 0.14, 1.82), (front - 0.3, 2.6), (front - 1.0, 2.6)]
    screen = [(front - 0.3, 1.75), (front + 0.055, 1.75), (front - 0.17, 2.72), (front - 0.4, 2.72)]
    axle = front - 1.2
    parts = [
        prism(outline, -1.2, 1.2, colour),
        box((-1.2, rear, 0.55), (1.2, axle - 0.62, 1.0), _BLACK, MATT),
        box((-1.2, axle + 0.6, 0.42), (1.2, front + 0.02, 1.0), colour),
        prism(window, -1.215, 1.215, PANE, GLASS),
        prism(screen, -1.08, 1.08, PANE, GLASS),
        box((-1.22, front - 0.02, 0.42), (1.22, front + 0.12, 0.72), _BLACK),
        box((-0.9, front + 0.0, 0.85), (0.9, front + 0.06, 1.35), _BLACK),
        box((-0.8, front + 0.03, 1.42), (0.8, front + 0.07, 1.6), STEEL),
        prism([(front - 0.2, 2.72), (front + 0.12, 2.66), (front - 0.2, 2.82)], -1.1, 1.1, _BLACK),
        box((-1.05, rear + 0.1, 2.93), (1.05, front - 0.5, 3.12), colour, taper=0.9),
    ]
    for side in (-1, 1):
        x = side * 1.2
        parts += [
            tube((x - 0.012, axle, 0.6), (x + 0.012, axle, 0.6), 0.66, _BLACK, sides=14),
            box((x - 0.01, front - 1.05, 1.0), (x + 0.01, front - 1.03, 2.75), GREY),
            tube((side * 1.42, front + 0.05, 1.75), (side * 1.42, front + 0.05, 2.5), 0.1, _BLACK),
            box((x - 0.02, rear + 0.05, 1.1), (x + 0.02, rear + 0.09, 2.8), DARK),
        ]
    return join(parts)


def _guard(side: int, start: float, end: float) -> Mesh:
    """Side rails, tank and toolbox between the axles."""
    x = side * 1.12
    rails = [box((x - 0.03, start, z), (x + 0.03, end - 0.9, z + 0.1), STEEL) for z in (0.5, 0.75)]
    tank = tube((side * 0.85, end - 0.95, 0.72), (side * 0.85, end - 0.1, 0.72), 0.28, GREY)
    return join([*rails, tank])


def _box(back: float, front: float, load: Colour, stripe: Colour) -> Mesh:
    """A closed body with panel seams, corner posts, a stripe and doors behind."""
    parts = [
        box((-1.25, back, 1.02), (1.25, front, 3.5), load, 0.2),
        box((-1.27, back - 0.02, 1.0), (1.27, front + 0.02, 1.16), GREY),
        box((-1.27, back - 0.02, 3.42), (1.27, front + 0.02, 3.53), STEEL),
        box((-1.258, back + 0.5, 1.75), (1.258, front - 0.5, 2.2), stripe),
        box((-0.02, back - 0.025, 1.2), (0.02, back, 3.35), GREY),
    ]
    for y in (back, front - 0.08):
        parts.append(box((-1.27, y, 1.0), (1.27, y + 0.08, 3.5), STEEL))
    for y in np.arange(back + 0.9, front - 0.4, 0.95):
        parts.append(box((-1.262, y, 1.16), (1.262, y + 0.02, 3.42), STEEL))
    for y in np.arange(back + 0.5, front, 1.9):
        parts.append(box((-1.275, y, 1.04), (1.275, y + 0.12, 1.12), _AMBER))
    return join(parts)


def _bed(back: float, front: float, load: Colour, _: Colour) -> Mesh:
    """An open bed with side boards, stakes and a headboard."""
    parts = [
        box((-1.22, back, 0.98), (1.22, front, 1.1), load),
        box((-1.22, front - 0.06, 1.05), (1.22, front, 2.6), load),
        box((-1.22, back, 1.05), (1.22, back + 0.05, 1.8), load),
    ]
    for x in (-1.25, 1.2):
        parts.append(box((x, back, 1.05), (x + 0.05, front, 1.8), load))
        for y in np.arange(back, front, 1.1):
            parts.append(box((x - 0.03, y, 0.95), (x + 0.08, y + 0.1, 1.85), _BLACK))
    return join(parts)
