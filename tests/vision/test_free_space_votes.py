"""What a region is, most of the last looks say."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle

import numpy as np
import pytest

from tests.vision.test_free_space import ZONE, grained, paving, with_box
from vision import FreeSpace
from vision.free_space_types import Kind

CAME_S, UNTIL_S = 6.0, 40.0


def kinds_told(monkeypatch: pytest.MonkeyPatch, looks: Iterator[Kind]) -> list[Kind]:
    """What is told of a carton of which one look after the other says `looks`."""
    monkeypatch.setattr("vision.free_space_zone.kind_of", lambda *_: next(looks))
    told: list[Kind] = []
    space = FreeSpace()
    space.watch(ZONE)
    for t in np.arange(0, UNTIL_S, 0.5).tolist():
        shown = with_box(paving()) if t >= CAME_S else paving()
        floors = space.step(grained(shown, t), t).values()
        told += [region.kind for floor in floors for region in floor.regions]
    return told


def test_what_is_a_thing_in_every_fourth_look_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[Kind] = ["shadow-like", "shadow-like", "shadow-like", "object"]
    told = kinds_told(monkeypatch, cycle(looks))
    assert set(told) == {"shadow-like"}
    assert len(told) > 2 * (UNTIL_S - CAME_S - 10)


def test_a_thing_that_passes_for_a_shadow_in_every_fourth_look_is_a_thing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    looks: list[Kind] = ["object", "object", "object", "shadow-like"]
    told = kinds_told(monkeypatch, cycle(looks))
    assert set(told) == {"object"}
