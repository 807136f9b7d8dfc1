"""Light that changes in the whole picture: exposure jumps, lamps, the switch to infrared.

Told from a lorry before the lens by what stays: after a change of light most of the scene's coarse
structure is still there.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.middle import middle
from vision.saturation import saturation
from vision.types import Picture

BETWEEN_PX, THUMB_PX = (160, 96), (40, 24)
COMPARE_S = 1.0
STEP = 0.10
"""Natural logarithm of the median brightness ratio from which the light took a step."""
BLOCK_STEP = 0.18
LEAST_SHARE = 0.6
"""Share of the picture that must have changed by more than `BLOCK_STEP`."""
COLOUR_STEP = 20.0
"""Change of mean saturation (grey levels) of a switch to or from infrared."""
COLOURLESS, COLOURFUL = 6.0, 15.0
"""Mean saturation of infrared, coding noise included, and of a scene by daylight."""
HOLD_S = 4.0
SAME_SCENE = 0.4
"""Share of the picture whose coarse structure must survive."""


@dataclass(frozen=True, slots=True, eq=False)
class _Thumb:
    at_s: float
    grey: NDArray[np.float32]
    saturation: float

    @classmethod
    def of(cls, picture: Picture, at_s: float) -> Self:
        # A look at every fourth neighbourhood on the way takes a quarter of the time.
        between = cv2.resize(picture, BETWEEN_PX, interpolation=cv2.INTER_LINEAR)
        small = cv2.resize(between, THUMB_PX, interpolation=cv2.INTER_AREA)
        grey = cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.float32)
        return cls(at_s, grey, saturation(np.asarray(small, np.uint8)))


@dataclass(frozen=True, slots=True)
class LightStep:
    """`holding`: the light has just changed, so nothing is decided. `settled`: it is over now.

    `same_scene`, with `settled`: what is seen is what was seen before, in another light.
    """

    holding: bool
    settled: bool = False
    same_scene: bool = False


class LightWatch:
    """Looks for steps of light in small copies of the picture."""

    def __init__(self) -> None:
        self._thumbs: deque[_Thumb] = deque()
        self._before: _Thumb | None = None
        self._until_s: float | None = None

    def step(self, picture: Picture, now_s: float) -> LightStep:
        """Take one picture (BGR) at `now_s` seconds."""
        thumb = _Thumb.of(picture, now_s)
        self._thumbs.append(thumb)
        while len(self._thumbs) > 2 and now_s - self._thumbs[1].at_s >= COMPARE_S:
            self._thumbs.popleft()
        before = self._thumbs[0]
        if _stepped(before, thumb):
            self._before = self._before or before
            self._until_s = now_s + HOLD_S
        if self._until_s is None:
            return LightStep(holding=False)
        if now_s < self._until_s:
            return LightStep(holding=True)
        same = self._before is not None and _same_scene(self._before.grey, thumb.grey)
        self._before = self._until_s = None
        return LightStep(holding=False, settled=True, same_scene=same)


def relit(before: Picture, now: Picture) -> bool:
    """Whether the light of two pictures (BGR) of one view differs by a step.

    Colour counts only where it is all gone, or all new: a lorry in the way may be colourful.
    """
    a, b = _Thumb.of(before, 0.0), _Thumb.of(now, 0.0)
    low, high = sorted((a.saturation, b.saturation))
    return _jumped(a, b) or (low < COLOURLESS and high > COLOURFUL)


def same_scene(before: Picture, now: Picture) -> bool:
    """Whether two pictures (BGR) show one view, in whatever light."""
    return _same_scene(_Thumb.of(before, 0.0).grey, _Thumb.of(now, 0.0).grey)


def _stepped(before: _Thumb, now: _Thumb) -> bool:
    return _jumped(before, now) or abs(now.saturation - before.saturation) > COLOUR_STEP


def _jumped(before: _Thumb, now: _Thumb) -> bool:
    ratio = np.log((now.grey + 8) / (before.grey + 8))
    jump = abs(float(middle(ratio.ravel()))) > STEP
    everywhere = float((np.abs(ratio) > BLOCK_STEP).mean()) > LEAST_SHARE
    return jump and everywhere


def _same_scene(before: NDArray[np.float32], now: NDArray[np.float32]) -> bool:
    fields = [np.gradient(cv2.GaussianBlur(np.log(g + 8), (0, 0), 1.0)) for g in (before, now)]
    (ay, ax), (by, bx) = fields

    def mean(values: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.asarray(cv2.boxFilter(np.asarray(values, np.float32), -1, (5, 5)))

    both = mean(ax * bx + ay * by)
    agreement = both / (np.sqrt(mean(ax**2 + ay**2) * mean(bx**2 + by**2)) + 1e-4)
    return float((np.abs(agreement) > 0.5).mean()) >= SAME_SCENE
