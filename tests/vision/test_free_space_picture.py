from __future__ import annotations

import numpy as np
import pytest

from vision.free_space_picture import MOST_LOOKS, STEPPED, Steady

CALM = np.zeros((2, 3), bool)


def shot(level: float, seed: int, sigma: float = 2.0) -> np.ndarray:
    grain = np.random.default_rng(seed).normal(0, sigma, (16, 24, 3))
    return np.clip(np.round(level + grain), 0, 255).astype(np.uint8)


def test_noise_averages_out() -> None:
    steady = Steady()
    shown = [steady.step(shot(100, i), CALM) for i in range(20)][-1]
    assert float(shown.std()) < 2.5 * 2.0 / MOST_LOOKS**0.5


@pytest.mark.parametrize("step", [STEPPED + 1, -40])
def test_what_changes_is_shown_at_once(step: float) -> None:
    steady = Steady()
    for i in range(20):
        steady.step(shot(100, i), CALM)
    now = shot(100 + step, 99)
    assert np.array_equal(steady.step(now, CALM), now)


def test_only_the_cell_that_changes_begins_anew() -> None:
    steady = Steady()
    for i in range(20):
        steady.step(shot(100, i), CALM)
    now = shot(100, 99)
    now[:8, :8] += 30
    shown = steady.step(now, CALM)
    assert np.array_equal(shown[:8, :8], now[:8, :8])
    assert float(shown[8:].std()) < 1.0


def test_a_restless_cell_begins_anew_though_its_mean_stays() -> None:
    steady = Steady()
    for i in range(20):
        steady.step(shot(100, i), CALM)
    now, restless = shot(100, 99), CALM.copy()
    restless[1, 2] = True
    assert np.array_equal(steady.step(now, restless)[8:, 16:], now[8:, 16:])
