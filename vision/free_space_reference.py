"""The one learned picture of the free floor, in as many lights as it was seen free.

A reference is learned cell by cell: what is calm and hidden by nobody for `LEARN_S` is taken as
floor, once. After that it follows only slowly, and only where the floor is at the moment proven
free: what stands there is never absorbed. What was learned in rain is only as good as rain lets
see: it is learned once more when the rain has ended. Another light (lamps, infrared) is another
reference of the same floor; the picture is compared with whichever agrees best.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self
from zlib import crc32

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.free_space_bank import MOST_LIGHTS, KeptLight
from vision.free_space_grid import CELL_PX, Cells, Mask, eroded, spread
from vision.free_space_memory import TEXTURED, Memory, blended
from vision.free_space_texture import Pixels, Texture
from vision.types import Picture

LEARN_S = 2.0
ADAPT_S = 600.0
"""Time constant with which free floor is followed."""
FREE = 0.7
NEW = 0.55
"""Agreement with the reference from which a cell is free, and below which it is new."""
RELEARN_S = 4.0
"""So long a cell must be calm to be learned once more: as many looks as a mean is made of."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """What a look showed: the working picture, the zone's crop of it (both BGR), its colours.

    `colour` (rows, columns, 3): the mean of each cell.
    """

    picture: Picture = field(repr=False)
    crop: Picture = field(repr=False)
    colour: NDArray[np.float32] = field(repr=False)

    @classmethod
    def of(cls, picture: Picture, crop: Picture) -> Self:
        """A look with the colours of its cells."""
        size = crop.shape[1] // CELL_PX, crop.shape[0] // CELL_PX
        colour = cv2.resize(crop, size, interpolation=cv2.INTER_AREA)
        return cls(picture, crop, np.asarray(colour, np.float32))


@dataclass(slots=True, eq=False)
class Light:
    """The free floor in one light: texture, mean colour (rows, columns, 3) and known cells.

    `view`: the crop as it was learned; `around`: the picture of when the light began. `wet`: cells
    that were learned in rain, in which drops may be; none of one that was kept.
    """

    number: int
    texture: Texture = field(repr=False)
    colour: NDArray[np.float32] = field(repr=False)
    known: Mask = field(repr=False)
    view: Picture = field(repr=False)
    around: Picture = field(repr=False)
    wet: Mask = field(repr=False)

    @classmethod
    def of(cls, kept: KeptLight) -> Self:
        """The light that was kept."""
        texture = Texture.made(kept.x.astype(np.float32), kept.y.astype(np.float32))
        return cls(
            kept.number,
            texture,
            kept.colour.copy(),
            kept.known.copy(),
            kept.view.copy(),
            kept.around,
            np.zeros_like(kept.known),
        )

    def kept(self) -> KeptLight:
        """A copy to be kept."""
        x, y = (side.astype(np.float16) for side in (self.texture.x, self.texture.y))
        return KeptLight(
            self.number,
            x,
            y,
            self.colour.copy(),
            self.known.copy(),
            self.view.copy(),
            self.around,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """What a look says of each cell: agreement with the reference, and whether that means anything.

    `textured`: there is something to compare; `free` and `new`: proven so; `kept`: not free enough
    to call it free again, once it was new. `light`: index of the reference.
    """

    light: int
    agreement: Cells
    textured: Mask
    free: Mask
    new: Mask
    kept: Mask


class Reference:
    """The bank of one zone.

    `at` is the light that the picture is compared with; `rains`: whether it rains in that picture.
    """

    def __init__(self, shape: tuple[int, int], kept: Sequence[KeptLight] = (), at: int = 0) -> None:
        self._shape = shape
        self.lights = [Light.of(one) for one in kept]
        self.at, self.rains = at, False

    @property
    def light(self) -> Light:
        """The floor in the light of the moment."""
        return self.lights[self.at]

    def begin(self, memory: Memory, shot: Shot) -> None:
        """Open a light of which nothing is known yet; the oldest but the first makes room."""
        number = crc32(shot.picture.tobytes())
        if len(self.lights) == MOST_LIGHTS:
            del self.lights[1]
        own = Texture.made(memory.texture.x.copy(), memory.texture.y.copy())
        unknown = np.zeros(self._shape, bool)
        view, around = shot.crop.copy(), shot.picture.copy()
        dry = unknown.copy()
        self.lights.append(Light(number, own, shot.colour.copy(), unknown, view, around, dry))
        self.at = len(self.lights) - 1

    def learn(self, memory: Memory, shot: Shot, allowed: Mask) -> Mask:
        """Take as floor what has been calm for long enough, where nothing is known yet.

        Returns the cells that are known from now on.
        """
        light = self.light
        fresh = ~light.known & allowed & (memory.calm_s >= LEARN_S)
        if fresh.any():
            self.replace(memory, shot, fresh)
        return fresh

    def worse(self, memory: Memory) -> Mask:
        """The cells that were learned in rain and can be seen without it now."""
        light = self.light
        return light.known & light.wet & (memory.calm_s >= RELEARN_S) & (not self.rains)

    def replace(self, memory: Memory, shot: Shot, cells: Mask) -> None:
        """Take what some cells show now as their floor."""
        light = self.light
        here = spread(cells)
        light.texture = blended(light.texture, memory.texture, here)
        light.colour[cells] = shot.colour[cells]
        light.wet[cells] = self.rains
        np.copyto(light.view, shot.crop, where=here[..., None] > 0)
        light.known |= cells

    def compare(self, memory: Memory, index: int | None = None) -> Comparison:
        """Hold what the cells show against one light (default: the light of the moment).

        When the rain has ended, what only a reference that was learned in it shows may have been a
        drop: it proves nothing.
        """
        at = self.at if index is None else index
        light = self.lights[at]
        agreement = memory.texture.agreement(light.texture, memory.noise)
        proven = light.texture.energy if self.rains else light.texture.energy * ~light.wet
        strongest = np.maximum(memory.texture.energy, proven)
        textured = light.known & (strongest > TEXTURED * memory.noise)
        return Comparison(
            at,
            agreement,
            textured,
            free=textured & (agreement >= FREE),
            new=textured & (agreement < NEW),
            kept=textured & (agreement < FREE),
        )

    def choose(self, memory: Memory, judged: Mask) -> float:
        """Go over to the light that agrees best over `judged` cells; returns its share of free."""
        shares = [
            float((self.compare(memory, i).free & judged).sum()) / max(1, int(judged.sum()))
            for i in range(len(self.lights))
        ]
        best = int(np.argmax(shares))
        self.at = best if shares[best] > shares[self.at] else self.at
        return shares[best]

    def adapt(self, memory: Memory, shot: Shot, followed: Mask, free: Mask, dt_s: float) -> None:
        """Follow slow change in some cells, one cell away from all others.

        The view is renewed at once, so only where the floor is `free`.
        """
        here = eroded(followed)
        rate = np.float32(min(1.0, dt_s / ADAPT_S))
        if rate <= 0 or not here.any():
            return
        light = self.light
        light.texture = blended(light.texture, memory.texture, _rate(here, rate))
        light.colour[here] += rate * (shot.colour[here] - light.colour[here])
        np.copyto(light.view, shot.crop, where=spread(here & free)[..., None] > 0)


def _rate(cells: Mask, rate: np.float32) -> Pixels:
    return spread(cells.astype(np.float32) * rate)
