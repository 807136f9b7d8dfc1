"""What speaks against a floor's reference, and how much of it a person has confirmed.

A reference is learned from what is there. If that was blocked, only circumstance tells: it was
learned late, a vehicle stood there, or a part stands out of the floor as a thing does. None of this
is proof (a drain stands out too), so it is a doubt: a person looks, and confirms.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vision.free_space_bank import Bank
from vision.free_space_grid import Grid, Mask
from vision.free_space_islands import LEAST_CELLS, islands
from vision.free_space_light import regions_of
from vision.free_space_memory import TEXTURED
from vision.free_space_reference import NEW, Light, Reference
from vision.free_space_types import Doubt
from vision.zones import Zone

LATE_SHARE = 0.05
"""Share of the floor learned late from which that is worth saying."""
LEAST_ENERGY = 1e-4
"""The noise in two kept textures: gradient energy."""


class Standing(NamedTuple):
    """What is to be said of a reference: share of the floor unconfirmed, and doubts."""

    unconfirmed: float
    doubts: tuple[Doubt, ...]


class Trust:
    """One zone's. `late` and `stood` per cell, `begun` as in `Bank`."""

    def __init__(self, floor: Mask, bank: Bank | None = None, begun: Doubt | None = None) -> None:
        self._floor = floor
        self.begun = begun if bank is None else bank.begun
        self.late = np.zeros_like(floor) if bank is None else bank.late.copy()
        self.stood = np.zeros_like(floor) if bank is None else bank.stood.copy()
        self._confirmed: dict[int, Light] = {}

    def confirm(self, confirmed: Bank | None) -> None:
        """Take what a person has confirmed, or that it no longer counts."""
        lights = () if confirmed is None else confirmed.lights
        self._confirmed = {light.number: Light.of(light) for light in lights}

    def learned(self, fresh: Mask, things: Mask, *, is_late: bool) -> None:
        """Some cells have just been learned, with vehicles or machines seen on `things`."""
        self.stood |= fresh & things
        if is_late:
            self.late |= fresh

    def standing(self, reference: Reference) -> Standing:
        """What is to be said now, of the light of the moment."""
        light, floor = reference.light, self._floor
        changed = self._changed(light)
        confirmed = self._confirmed.get(light.number)
        checked = np.zeros_like(floor) if confirmed is None else confirmed.known & ~changed
        open_ = floor & light.known & ~checked
        found: list[Doubt] = []
        if self.begun is not None and not self._confirmed:
            found.append(self.begun)
        if int((self.late & open_).sum()) >= max(1.0, LATE_SHARE * int(floor.sum())):
            found.append("late")
        if int((self.stood & open_).sum()) >= LEAST_CELLS:
            found.append("stood")
        if any(int((island & open_).sum()) >= LEAST_CELLS for island in islands(light, floor)):
            found.append("island")
        if any(region.any() for region in regions_of(changed & floor, LEAST_CELLS)):
            found.append("changed")
        unconfirmed = int(open_.sum()) / max(1, int((floor & light.known).sum()))
        return Standing(unconfirmed, tuple(found))

    def _changed(self, light: Light) -> Mask:
        """The cells that no longer look as they did when they were confirmed."""
        confirmed = self._confirmed.get(light.number)
        if confirmed is None:
            return np.zeros_like(self._floor)
        was, now = confirmed.texture, light.texture
        noise = np.full_like(was.energy, LEAST_ENERGY)
        textured = np.maximum(was.energy, now.energy) > TEXTURED * noise
        both = confirmed.known & light.known
        return np.asarray(both & textured & (now.agreement(was, noise) < NEW))


def standing_of(bank: Bank, confirmed: Bank | None) -> Standing:
    """What is to be said of a bank, of all its lights together."""
    floor = Grid.over(Zone("floor", bank.polygon, bank.frame_px), bank.work_px).floor
    trust = Trust(floor, bank)
    trust.confirm(confirmed)
    each = [
        trust.standing(Reference((floor.shape[0], floor.shape[1]), bank.lights, at))
        for at in range(len(bank.lights))
    ]
    doubts = dict.fromkeys(doubt for one in each for doubt in one.doubts)
    return Standing(max(one.unconfirmed for one in each), tuple(doubts))
