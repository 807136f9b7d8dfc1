"""What a floor's reference is made of, as plain values: to be kept, and to be given back.

Nothing here reads or writes; whoever keeps banks in files does.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vision.free_space_grid import Grid, Mask
from vision.free_space_types import Doubt
from vision.types import Picture, Point, Size
from vision.zones import Zone

MOST_LIGHTS = 6


@dataclass(frozen=True, slots=True, eq=False)
class KeptLight:
    """The free floor in one light. `number` names it: the CRC-32 of the picture it began with.

    `x`, `y`: gradients of log brightness per pixel of the crop, float16; `colour` (rows, columns,
    3), float32; `known` per cell; `view`: the crop in BGR as it was learned; `around`: the whole
    working picture (BGR) of when the light began.
    """

    number: int
    x: NDArray[np.float16] = field(repr=False)
    y: NDArray[np.float16] = field(repr=False)
    colour: NDArray[np.float32] = field(repr=False)
    known: Mask = field(repr=False)
    view: Picture = field(repr=False)
    around: Picture = field(repr=False)


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """All that is known of one floor: where it is, in which lights, and what speaks against it.

    `work_px`: the size of the working pictures. `anchor`: edges of the view that shake is measured
    against, at half the working size. `at`: index of the light of the moment. `late`, `stood` per
    cell: learned long after the first look; learned while a vehicle or machine was seen there.
    `begun`: why this bank began, where another had been there before.
    """

    polygon: tuple[Point, ...]
    frame_px: Size
    work_px: Size
    anchor: NDArray[np.float16] = field(repr=False)
    lights: tuple[KeptLight, ...] = field(repr=False)
    at: int
    late: Mask = field(repr=False)
    stood: Mask = field(repr=False)
    begun: Doubt | None = None

    def misfit(self, zone: Zone) -> Doubt | None:
        """Why this bank cannot be that zone's; None where it can."""
        same = self.polygon == zone.polygon and self.frame_px == zone.frame_px
        return None if same else "redrawn"

    def flaw(self, zone_id: str) -> str | None:
        """What in it does not belong together; None for a bank that can be used."""
        if min(self.work_px) < 2 * 16 or max(self.work_px) > 4096:
            return f"a working size of {self.work_px[0]}x{self.work_px[1]}"
        grid = Grid.over(Zone(zone_id, self.polygon, self.frame_px), self.work_px)
        cells, (width, height) = grid.floor.shape, grid.size_px
        if not 0 < len(self.lights) <= MOST_LIGHTS or not 0 <= self.at < len(self.lights):
            return f"light {self.at} of {len(self.lights)}"
        half = self.work_px[1] // 2, self.work_px[0] // 2
        shapes = [(self.anchor, half), (self.late, cells), (self.stood, cells)]
        for light in self.lights:
            shapes += [(light.x, (height, width)), (light.y, (height, width))]
            shapes += [(light.known, cells), (light.colour, (*cells, 3))]
            shapes += [(light.view, (height, width, 3))]
            shapes += [(light.around, (self.work_px[1], self.work_px[0], 3))]
        wrong = [f"{a.shape}, expected {shape}" for a, shape in shapes if a.shape != shape]
        if wrong:
            return f"an array of the shape {wrong[0]}"
        gradients = [side for light in self.lights for side in (light.x, light.y)]
        finite = all(np.isfinite(a).all() for a in (self.anchor, *gradients))
        return None if finite else "numbers that are not finite"


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """What is given to a zone when it is watched: its bank, and what a person confirmed of it.

    Without a `bank` the zone begins anew; `begun` says why, where one should have been there.
    """

    bank: Bank | None = None
    confirmed: Bank | None = None
    begun: Doubt | None = None
