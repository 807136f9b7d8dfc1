"""What is really there: boxes, places and visible shares, from geometry and not from pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datasets.scenes import raster
from datasets.scenes.camera import Pinhole
from datasets.scenes.mesh import Floats, Mesh
from vision.types import Box, Point

CLASSES = ("person", "car", "truck", "bus", "excavator", "machine", "forklift", "smoke", "fire")


@dataclass(frozen=True, slots=True)
class Truth:
    """One object at one moment.

    `box_px` is tight and not clipped to the picture; `visible` is the share 0..1 of its outline
    that is in the picture and not hidden; `east_m`, `north_m` are metres from the camera's foot
    to the middle of its footprint, which the picture shows at `foot_px`; `id` stays with it.
    """

    label: str
    box_px: Box
    visible: float
    east_m: float
    north_m: float
    id: int
    foot_px: Point

    def clipped(self, width: int, height: int) -> Box:
        """The part of the box inside a picture."""
        x1, y1, x2, y2 = self.box_px
        return max(x1, 0.0), max(y1, 0.0), min(x2, float(width)), min(y2, float(height))


@dataclass(frozen=True, slots=True)
class Actor:
    """One moving thing at one moment: its mesh in place and where it stands."""

    id: int
    label: str
    mesh: Mesh
    x_m: float
    y_m: float
    dirt: float = 0.25
    likeness: tuple[object, ...] | None = None
    """Two moments of an actor with equal likeness look the same; None is like nothing."""


def visible_share(actor: Actor, others: Sequence[Actor], camera: Pinhole, depth_m: Floats) -> float:
    """Share of the actor's outline that is inside the picture and not hidden by anything."""
    width, height = camera.size_px
    whole = raster.box_of(actor.mesh, camera)
    x0, y0 = max(int(whole[0]), -width), max(int(whole[1]), -height)
    x1, y1 = min(int(whole[2]) + 1, 2 * width), min(int(whole[3]) + 1, 2 * height)
    if x1 <= x0 or y1 <= y0:
        return 0.0
    window = (x0, y0, x1, y1)
    scale = min(2.0, 80.0 / max(x1 - x0, y1 - y0))
    ids, near = raster.trace(actor.mesh, camera, window, scale)
    rows, columns = np.nonzero(ids >= 0)
    if not len(rows):
        return 0.0
    x = ((columns + 0.5) / scale + x0).astype(int)
    y = ((rows + 0.5) / scale + y0).astype(int)
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    mine = near[rows, columns]
    shown = inside.copy()
    shown[inside] = 1.0 / mine[inside] < depth_m[y[inside], x[inside]]
    for other in others:
        if other.id == actor.id or not _overlap(whole, raster.box_of(other.mesh, camera)):
            continue
        _, theirs = raster.trace(other.mesh, camera, window, scale)
        shown &= theirs[rows, columns] <= mine
    return float(shown.mean())


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
