"""What is known of a cell from the last seconds, look by look."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from vision.free_space_company import LEAST_CELLS
from vision.free_space_grid import Mask
from vision.free_space_memory import Memory, View
from vision.free_space_texture import Noise, Texture

CELLS = (12, 12)
NOWHERE = np.zeros(CELLS, bool)


def coarse(seed: int, contrast: float) -> np.ndarray:
    """Texture of its own."""
    spots = np.random.default_rng(seed).normal(0, contrast, (32, 32)).astype(np.float32)
    return np.asarray(cv2.resize(spots, (96, 96), interpolation=cv2.INTER_CUBIC))


def laid(thing: np.ndarray) -> np.ndarray:
    """The floor with that in its middle."""
    shown = FLOOR.copy()
    shown[24:72, 24:72] = thing[24:72, 24:72]
    return shown


FLOOR = 120 + coarse(1, 30)
THING = laid(FLOOR + coarse(2, 28))
"""The same shadow lies over it as over the floor: they agree in part."""
OTHER = laid(120 + coarse(4, 30))
PASSER = laid(120 + coarse(3, 60))


def changed_cells(looks: Sequence[tuple[np.ndarray, int]]) -> list[Mask]:
    """After each look the cells to which something has come; (what a look shows, how many)."""
    memory: Memory | None = None
    noise, last, changed = Noise(), None, NOWHERE
    told = []
    for k, picture in enumerate(p for p, count in looks for _ in range(count)):
        grain = np.random.default_rng(k).normal(0, 3, picture.shape)
        grey = np.clip(picture + grain, 0, 255).astype(np.uint8)
        texture = Texture.of(grey)
        view = View(texture, noise.step(grey, texture, last, 0.5), noise.least, NOWHERE)
        last = texture
        memory = memory or Memory(view)
        memory.step(view, 0.5, paused=NOWHERE, relit=NOWHERE, changed=changed)
        changed = (changed & ~memory.returned) | memory.came
        told.append(changed)
    return told


def test_floor_comes_back_from_under_a_thing_that_looks_partly_like_it() -> None:
    told = changed_cells([(FLOOR, 80), (PASSER, 2), (THING, 40), (PASSER, 2), (FLOOR, 10)])
    assert told[120].sum() > LEAST_CELLS
    assert told[-1].sum() < LEAST_CELLS


@pytest.mark.parametrize("thing", [THING, OTHER])
def test_a_thing_that_somebody_passes_is_not_the_floor_that_comes_back(thing: np.ndarray) -> None:
    told = changed_cells([(FLOOR, 80), (PASSER, 2), (thing, 40), (PASSER, 2), (thing, 10)])
    assert (told[-1] >= told[120]).all()
