"""Camera effects: seeded, of the same shape, and never turning the picture around."""

from __future__ import annotations

import numpy as np
import pytest

from datasets.effects import EFFECTS, disturbed


def scene() -> np.ndarray:
    """A left half brighter than the right one."""
    picture = np.full((120, 160, 3), 60, np.uint8)
    picture[:, :80] = 170
    return picture


@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_an_effect_keeps_shape_and_type_and_repeats_for_one_seed(name: str) -> None:
    before = scene()
    one, two = (EFFECTS[name](scene(), np.random.default_rng(5)) for _ in range(2))
    assert one.shape == before.shape
    assert one.dtype == np.uint8
    assert (one == two).all()
    assert (one != before).any()


@pytest.mark.parametrize("name", sorted(EFFECTS))
def test_what_was_bright_stays_where_it_was(name: str) -> None:
    means = [EFFECTS[name](scene(), np.random.default_rng(k)).mean((0, 2)) for k in range(6)]
    mean = np.mean(means, 0)
    assert mean[10:70].mean() > mean[90:150].mean()


def test_without_chance_nothing_is_changed() -> None:
    assert (disturbed(scene(), np.random.default_rng(1), 0.0) == scene()).all()


def test_the_night_is_grey() -> None:
    picture = np.zeros((60, 80, 3), np.uint8)
    picture[..., 2] = 200
    night = EFFECTS["night_ir"](picture, np.random.default_rng(2)).astype(int)
    assert np.ptp(night, axis=2).max() == 0
