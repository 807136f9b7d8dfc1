"""A picture that never changes is no picture."""

from __future__ import annotations

import numpy as np
import pytest

from cameras.health import FrozenWatch

CHANCE = np.random.default_rng(1)
SCENE = CHANCE.integers(0, 255, (180, 320), np.uint8)


def test_the_same_picture_for_more_than_ten_seconds_is_frozen() -> None:
    watch = FrozenWatch()
    frozen = [watch.step(SCENE, float(at), is_key=True) for at in range(0, 20, 2)]
    assert frozen == [False] * 6 + [True] * 4


def test_noise_of_one_grey_level_is_alive() -> None:
    watch = FrozenWatch()
    for at in range(100):
        noisy = SCENE // 2 + CHANCE.integers(0, 2, SCENE.shape, np.uint8)
        assert not watch.step(noisy, float(at), is_key=True)


@pytest.mark.parametrize("keys", [1, 2])
def test_a_still_scene_between_key_frames_far_apart_is_not_yet_frozen(keys: int) -> None:
    watch = FrozenWatch()
    assert not any(watch.step(SCENE, at * 1.0, is_key=at < keys) for at in range(30))


def test_a_picture_that_changes_again_is_alive_again() -> None:
    watch = FrozenWatch()
    for at in range(20):
        watch.step(SCENE, float(at), is_key=True)
    assert not watch.step(SCENE[::-1].copy(), 21.0, is_key=True)
    assert watch.same_for_s == 0
