"""Somebody beside a thing: while he puts it down, its time does not run."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vision.free_space_grid import Grid, Mask, dilated
from vision.free_space_light import regions_of
from vision.free_space_memory import SETTLED_S, Memory
from vision.free_space_stir import Stir
from vision.types import Box

ATTENDED_S = 10.0
"""So long at most somebody beside a thing keeps its time from running: who stays, sits there."""
ALONE_S = 1.0
"""What has stood by itself for so long is not being put down by whoever comes to it later."""
LOST_S = 15.0
"""So long a person who stands still may go undetected: nothing beside him stands alone sooner."""
GONE_S = 5.0
"""What shows so shortly after somebody was there may be his outline: it is not learned as floor."""
STIRRED_S = 30.0
LEAST_CELLS = 5
BESIDE = 0.5
"""Of a person's width: how far to each side he reaches."""
HIS_OWN = 0.6
"""Share of a thing from which it is people's own: their outline, their shadow at their feet, and
below these their reflection in a wet floor."""


class Company:
    """Of one zone's cells. In an opening nobody's legs end at the far border."""

    def __init__(self, grid: Grid, *, is_opening: bool = False) -> None:
        self._grid, self._is_opening = grid, is_opening
        shape = grid.floor.shape
        self._attended_s = np.zeros(shape, np.float32)
        self._alone_s = np.zeros(shape, np.float32)
        self._lost_s = np.full(shape, np.inf, np.float32)
        self._gone_s = np.full(shape, np.inf, np.float32)
        self._stirred_s = np.zeros(shape, np.float32)

    def step(
        self, people: Sequence[Box], things: Mask, memory: Memory, stir: Stir, dt_s: float
    ) -> Mask:
        """The cells beside people, and the `things` that reach there: their time stands still.

        Who stays longer than `ATTENDED_S` sits there, and the thing's time runs again, but not of
        what is nothing but himself. It never stopped where the thing had stood alone before he
        came. A thing that stirs above the floor is somebody whom the detector does not see: its
        time stands still for `STIRRED_S` at most.
        """
        near = dilated(self._grid.covered([_reach(box) for box in people]))
        at_people = dilated(self._grid.covered([_mirrored(box) for box in people]))
        self._gone_s = np.where(at_people, 0, self._gone_s + dt_s).astype(np.float32)
        attended, stirred = near.copy(), np.zeros_like(near)
        parts = regions_of(things, 1)
        own = np.zeros_like(near)
        for thing in parts:
            if float(at_people[thing].mean()) > HIS_OWN:
                own |= thing
            if (thing & near).any():
                attended |= thing
            elif self._is_opening or int(thing.sum()) < LEAST_CELLS:
                continue
            elif stir.above(thing, self._grid):
                stirred |= thing
        self._stirred_s = np.where(things, self._stirred_s + dt_s * stirred, 0).astype(np.float32)
        self._lost_s = np.where(own, 0, self._lost_s + dt_s).astype(np.float32)
        alone = things & ~attended & (memory.calm_s >= SETTLED_S) & (self._lost_s > LOST_S)
        self._alone_s = np.where(things, self._alone_s + dt_s * alone, 0).astype(np.float32)
        self._attended_s[attended & things] += dt_s
        company = attended & (own | (self._attended_s < ATTENDED_S)) & (self._alone_s < ALONE_S)
        return company | (stirred & (self._stirred_s < STIRRED_S))

    @property
    def at_people(self) -> Mask:
        """The cells where somebody is or was a moment ago: his outline, and his reflection."""
        return np.asarray(self._gone_s < GONE_S)

    def left(self, cells: Mask) -> None:
        """What was there has gone from some cells."""
        self._attended_s[cells] = 0.0


def _reach(box: Box) -> Box:
    x1, y1, x2, y2 = box
    side = BESIDE * (x2 - x1)
    return x1 - side, y1, x2 + side, y2


def _mirrored(box: Box) -> Box:
    """A person and the reflection below."""
    x1, y1, x2, y2 = box
    return x1, y1, x2, 2 * y2 - y1
