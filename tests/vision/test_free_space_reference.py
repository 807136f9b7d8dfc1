"""How the learned floor follows what is there."""

from __future__ import annotations

import numpy as np

from tests.vision.test_free_space import paving
from vision.free_space_grid import CELL_PX
from vision.free_space_memory import Memory, View
from vision.free_space_reference import Reference, Shot
from vision.free_space_texture import Texture

ROWS, COLUMNS = 12, 20


def test_where_the_floor_is_followed_without_being_free_its_view_is_kept() -> None:
    first = paving()[: ROWS * CELL_PX, : COLUMNS * CELL_PX]
    later = np.asarray(first + 20, np.uint8)
    grey = np.asarray(first.mean(2), np.uint8)
    noise = np.full((ROWS, COLUMNS), 1e-4, np.float32)
    memory = Memory(View(Texture.of(grey), noise, noise, np.zeros((ROWS, COLUMNS), bool)))
    reference = Reference((ROWS, COLUMNS))
    reference.begin(memory, Shot.of(first, first))
    followed = np.ones((ROWS, COLUMNS), bool)
    free = followed.copy()
    free[:, COLUMNS // 2 :] = False
    reference.adapt(memory, Shot.of(later, later), followed, free, 5.0)
    half, inside = COLUMNS // 2 * CELL_PX, np.s_[CELL_PX:-CELL_PX]
    view = reference.light.view
    assert (view[inside, CELL_PX:half] == later[inside, CELL_PX:half]).all()
    assert (view[inside, half:-CELL_PX] == first[inside, half:-CELL_PX]).all()
