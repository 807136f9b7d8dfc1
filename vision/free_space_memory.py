"""What the last seconds showed: which cells move, and for how long the others have looked the same.

Nothing here is a learned background; there is one learned picture of the free floor, and it is
elsewhere (free_space_reference). Here are the last look, a mean of a few looks that starts anew
wherever something moves, and a snapshot of each cell from when it came to rest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vision.free_space_grid import Cells, Mask, dilated, spread
from vision.free_space_texture import Pixels, Texture

TEXTURED = 6.0
"""Gradient energy in multiples of the noise from which a cell has texture to compare."""
MOVED = 0.6
"""Agreement with the last look below which a cell moves."""
CHANGED = 0.7
"""Agreement with its snapshot below which a cell shows something else: people sway."""
MOST_LOOKS = 8.0
SETTLED_S = 1.0
"""A cell that is calm for so long shows what it shows."""
FOUND_S = 2.0
"""A change for which nothing moved is found by averaging: it came no longer ago than that."""
BACK_S = 10.0
"""What came differs from what was there so long ago, or up to twice that; what crept in (a shadow
that wanders, a floor that gets wet) does not. That is an older look, and nothing learned."""
RESTED_S = 3.0
"""A cell that has been calm for so long shows what it shows without the noise of what passed."""
CLEARLY = 0.05
"""By so much more must a cell agree with what it showed before than with the thing."""
AVERAGED = 0.25
"""What averaging leaves of the noise: the errors of a video coder are not independent."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One look: texture, its noise per cell, the noise that averaging leaves, what people hide."""

    texture: Texture
    noise: Cells
    least_noise: Cells
    hidden: Mask


class Memory:
    """The last seconds of one zone. All arrays are per cell.

    `texture`: the mean since each cell last moved; `noise`: of that mean. `calm_s`: for how long a
    cell has been calm and in sight. `age_s`: for how long it has shown the same, not counting time
    out of sight. `moving`: cells that differ from the last look; `renewed`: cells that have just
    been found to show something else than before; `came`: those of them that looked otherwise a
    moment ago, and did not change little by little; `returned`: those that show again what they
    showed before something came to them.
    """

    def __init__(self, first: View) -> None:
        shape = first.noise.shape
        self.texture, self.noise = first.texture, first.noise
        self.moving, self.renewed = np.zeros(shape, bool), np.zeros(shape, bool)
        self.came, self.returned = np.zeros(shape, bool), np.zeros(shape, bool)
        self.calm_s, self.age_s = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
        self._alone_s = np.zeros(shape, np.float32)
        self._paused = np.zeros(shape, bool)
        self._looks = np.ones(shape, np.float32)
        self._last = first
        self._kept, self._earlier, self._before = (_copy(first.texture) for _ in range(3))
        self._untouched = _copy(first.texture)
        self._back_s = 0.0

    def step(self, view: View, dt_s: float, *, paused: Mask, relit: Mask, changed: Mask) -> None:
        """Take one look, `dt_s` after the one before. `paused` cells grow no older.

        `relit` cells look different because the light has changed, and are not younger for it. To
        `changed` cells something has come.
        """
        self.moving = dilated(_differs(view.texture, self._last.texture, view.noise, MOVED))
        self._last = view
        restless = self.moving | view.hidden
        self._average(view, restless, dt_s)
        settled = self.calm_s >= SETTLED_S
        new = settled & _differs(self.texture, self._kept, self.noise, CHANGED)
        self.came = new
        if new.any():
            self.came = new & _differs(self.texture, self._before, self.noise, CHANGED)
        bared = changed & (self.calm_s < RESTED_S)
        self.returned = self._back(settled & (new | bared))
        self.came &= ~self.returned
        if new.any():
            self._kept = _replaced(self._kept, self.texture, new)
        if self.returned.any():
            self._forget(self.returned)
        self._look_back(settled, changed, dt_s)
        new = new & ~relit
        self.age_s[new] = 0.0
        self.renewed = new
        at_rest = settled & (self.calm_s - dt_s < SETTLED_S)
        # Company that came or went since the last look did so half-way, as far as one knows.
        alone_dt_s = dt_s * (1 - 0.5 * (paused.astype(np.float32) + self._paused))
        self._paused = paused
        self._alone_s = np.where(restless, 0.0, self._alone_s + alone_dt_s)
        grown = np.where(new, np.minimum(self._alone_s, FOUND_S), alone_dt_s)
        grown = np.where(at_rest, self._alone_s, grown) * settled
        self.age_s = (self.age_s + grown).astype(np.float32)

    def _back(self, asked: Mask) -> Mask:
        """The `asked` cells that show what they showed before something came to them.

        They agree with that better than with the thing: where a shadow lies over both, they agree
        with either. Floor without texture has come back where there is none again.
        """
        if not asked.any():
            return asked
        before = self.texture.agreement(self._untouched, self.noise)
        alike = before > self.texture.agreement(self._kept, self.noise) + CLEARLY
        is_plain = ~textured(self.texture, self._untouched, self.noise)
        return asked & (is_plain | (alike & (before >= CHANGED)))

    def _forget(self, cells: Mask) -> None:
        """What stood there and has gone is no longer what these cells showed a moment ago."""
        self._kept = _replaced(self._kept, self._untouched, cells)
        self._earlier = _replaced(self._earlier, self._untouched, cells)
        self._before = _replaced(self._before, self._untouched, cells)

    def _average(self, view: View, restless: Mask, dt_s: float) -> None:
        looks = np.where(restless, 1.0, np.minimum(self._looks + 1, MOST_LOOKS))
        self.calm_s = np.where(restless, 0.0, self.calm_s + dt_s).astype(np.float32)
        self._looks = looks.astype(np.float32)
        self.texture = blended(self.texture, view.texture, spread(1 / self._looks))
        averaged = view.noise * np.maximum(1 / self._looks, AVERAGED)
        self.noise = np.maximum(averaged, view.least_noise)

    def _look_back(self, settled: Mask, changed: Mask, dt_s: float) -> None:
        """Keep what settled cells show, to hold it against what they show some seconds later.

        What they showed before something came to them is kept until that has gone again.
        """
        self._back_s += dt_s
        if self._back_s >= BACK_S:
            self._before = _replaced(self._before, self._earlier, settled)
            self._untouched = _replaced(self._untouched, self._before, settled & ~changed)
            self._earlier = _replaced(self._earlier, self.texture, settled)
            self._back_s = 0.0


def blended(old: Texture, new: Texture, rate: Pixels) -> Texture:
    """`old` moved towards `new` by a share per pixel."""
    return Texture.made(old.x + rate * (new.x - old.x), old.y + rate * (new.y - old.y))


def _copy(texture: Texture) -> Texture:
    return Texture.made(texture.x.copy(), texture.y.copy())


def _replaced(old: Texture, new: Texture, cells: Mask) -> Texture:
    """`old`, with what `new` shows in some cells; writes into `old`."""
    here = spread(cells) > 0
    np.copyto(old.x, new.x, where=here)
    np.copyto(old.y, new.y, where=here)
    return Texture.made(old.x, old.y)


def textured(a: Texture, b: Texture, noise: Cells) -> Mask:
    """Where one of two views has texture enough to say whether they agree."""
    return np.maximum(a.energy, b.energy) > TEXTURED * noise


def _differs(a: Texture, b: Texture, noise: Cells, least: float) -> Mask:
    return textured(a, b, noise) & (a.agreement(b, noise) < least)
