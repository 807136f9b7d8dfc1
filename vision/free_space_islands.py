"""Parts of a learned floor that stand out of it, as a thing does that stood there already.

A floor is of one material: its log brightness changes smoothly, its hue hardly. A plane is fitted
to each (robustly), and what lies off it, in one piece and with edges, or what makes the floor no
plane at all, may be a thing. So may a large drain: this is a doubt, never proof. Pure.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vision.free_space_grid import Cells, Mask, dilated, eroded
from vision.free_space_light import filled_hull, regions_of
from vision.free_space_reference import Light

LEAST_CELLS = 5
LEAST_SHARE = 0.06
"""Share of the floor; a painted line is less."""
LARGE_SHARE = 0.3
"""From this share on it need not be compact, nor have edges."""
COMPACT = 0.55
"""Share of its hull that lies off the plane."""
EDGED = 3.0
"""Gradient energy along its border, in multiples of the floor's own."""
APART = 1.5
"""How far off, in multiples of `_LEAST_APART` or of what the floor itself varies."""
UNEVEN = 0.22
"""Spread of log brightness about the plane from which there is no floor to speak of."""
_VARIES = 3.0
_LEAST_BRIGHTER, _LEAST_HUE = 0.18, 0.07
_DARK = 8.0
_LEAST_ENERGY = 1e-4
_ROUNDS = 8


def islands(light: Light, floor: Mask) -> list[Mask]:
    """The parts (rows, columns) of a floor that stand out of it; all of it where it is no plane."""
    known = floor & light.known
    if int(known.sum()) < 4 * LEAST_CELLS:
        return []
    apart, spread = _apart(light.colour, known)
    if spread > UNEVEN:
        return [known]
    odd = known & (apart > 1)
    found = ((filled_hull(part) & known, part & odd) for part in regions_of(odd, LEAST_CELLS))
    return [hull for hull, part in found if _stands_out(hull, part, apart, light, known)]


def _apart(colour: NDArray[np.float32], known: Mask) -> tuple[Cells, float]:
    """(how far each cell is off the floor, 1 being worth a look; spread of log brightness)."""
    log = np.log(colour + _DARK)
    brightness = log.mean(2)
    off, spread = _off_plane(brightness, known)
    apart = np.abs(off) / max(_VARIES * spread, _LEAST_BRIGHTER)
    for channel in (0, 2):
        hue, varies = _off_plane(log[..., channel] - brightness, known)
        apart = np.maximum(apart, np.abs(hue) / max(_VARIES * varies, _LEAST_HUE))
    return np.asarray(apart, np.float32), spread


def _off_plane(values: Cells, known: Mask) -> tuple[Cells, float]:
    """(values minus the plane through most of the known cells, their spread about it)."""
    ys, xs = np.nonzero(known)
    places, wanted = np.stack([xs, ys, np.ones_like(xs)]).astype(np.float64), values[known]
    weight, spread, middle = np.ones(len(xs)), 0.0, len(xs) // 2
    plane: NDArray[np.floating] = np.zeros(3)
    for _ in range(_ROUNDS):
        weighed = places * weight**2
        plane = np.linalg.lstsq(weighed @ places.T, weighed @ wanted, rcond=None)[0]
        off = wanted - plane @ places
        spread = 1.48 * float(np.partition(np.abs(off), middle)[middle]) + 1e-3
        weight = 1 / (1 + (off / spread / 1.5) ** 2)
    rows, columns = np.mgrid[: values.shape[0], : values.shape[1]]
    flat = plane[0] * columns + plane[1] * rows + plane[2]
    return np.asarray(values - flat, np.float32), spread


def _stands_out(hull: Mask, part: Mask, apart: Cells, light: Light, known: Mask) -> bool:
    cells = int(hull.sum())
    share = cells / int(known.sum())
    if share >= LARGE_SHARE:
        return True
    if share < LEAST_SHARE or int(part.sum()) < COMPACT * cells:
        return False
    energy = light.texture.energy
    own = max(float(np.median(energy[known])), _LEAST_ENERGY)
    border = dilated(hull) & ~eroded(hull) & known
    is_edged = float(np.median(energy[border])) >= EDGED * own
    return is_edged and float(np.median(apart[part])) >= APART
