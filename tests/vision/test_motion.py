from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from vision import MotionGate

Grey = NDArray[np.uint8]
FPS = 4


def street(seed: int = 7) -> Grey:
    """A still scene with texture, 640x360."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(60, 190, (18, 32), np.uint8)
    return np.asarray(cv2.resize(coarse, (640, 360), interpolation=cv2.INTER_CUBIC), np.uint8)


def noisy(picture: Grey, sigma: float, seed: int) -> Grey:
    noise = np.random.default_rng(seed).normal(0, sigma, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def with_object(picture: Grey, x: int, y: int, width: int, height: int, grey: int = 20) -> Grey:
    changed = picture.copy()
    changed[y : y + height, x : x + width] = grey
    return changed


def settled(gate: MotionGate, sigma: float = 2.0, until_s: float = 20.0) -> float:
    """Show the empty street for a while; the time after it."""
    for i in range(int(until_s * FPS)):
        gate.step(noisy(street(), sigma, i), i / FPS)
    return until_s


def test_the_first_picture_counts_as_moving_because_nothing_is_known() -> None:
    assert MotionGate().step(street(), 0).moving


@pytest.mark.parametrize("sigma", [0, 3, 10, 20])
def test_noise_alone_does_not_open_the_gate(sigma: float) -> None:
    gate = MotionGate()
    moving = [gate.step(noisy(street(), sigma, i), i / FPS).moving for i in range(120)]
    assert sum(moving[20:]) <= 1


@pytest.mark.parametrize("width, height", [(14, 32), (60, 40)])
def test_a_person_or_a_car_that_walks_in_opens_the_gate_at_once(width: int, height: int) -> None:
    gate = MotionGate()
    now = settled(gate)
    for i in range(5):
        picture = with_object(street(), 300 + 12 * i, 150, width, height)
        assert gate.step(noisy(picture, 2, 900 + i), now + i / FPS).moving


@pytest.mark.parametrize("gap_s", [2.0, 5.0, 10.0])
def test_what_came_between_two_key_frames_is_seen(gap_s: float) -> None:
    gate = MotionGate()
    for i in range(10):
        gate.step(noisy(street(), 2, i), i * gap_s)
    assert gate.step(noisy(with_object(street(), 300, 150, 30, 60), 2, 99), 10 * gap_s).moving


@pytest.mark.parametrize("factor", [0.35, 0.6, 1.3, 1.8])
def test_light_that_changes_everywhere_opens_nothing(factor: float) -> None:
    gate = MotionGate()
    now = settled(gate)
    dimmed = np.clip(street() * factor, 0, 235).astype(np.uint8)
    moving = [gate.step(noisy(dimmed, 2, 50 + i), now + i / FPS).moving for i in range(20)]
    assert sum(moving) <= 4


def test_after_a_jump_of_light_an_object_is_seen_again() -> None:
    gate = MotionGate()
    now = settled(gate)
    night = (street() * 0.3).astype(np.uint8)
    for i in range(20):
        gate.step(noisy(night, 2, i), now + i / FPS)
    lit = with_object(night, 300, 150, 30, 60, grey=120)
    assert gate.step(noisy(lit, 2, 99), now + 20 / FPS).moving


def test_what_stands_still_fades_and_is_no_motion_any_more() -> None:
    gate = MotionGate()
    now = settled(gate)
    parked = with_object(street(), 300, 150, 80, 60)
    moving = [gate.step(noisy(parked, 2, i), now + i / FPS).moving for i in range(25 * FPS)]
    assert moving[0]
    assert not any(moving[-4 * FPS :])


def test_it_fades_in_the_same_time_at_any_frame_rate() -> None:
    faded: list[float] = []
    for fps in (2, 5, 25):
        gate = MotionGate()
        for i in range(10 * fps):
            gate.step(noisy(street(), 2, i), i / fps)
        parked = with_object(street(), 300, 150, 80, 60)
        times = (10 + i / fps for i in range(30 * fps))
        faded.append(next(t for t in times if not gate.step(parked, t).moving))
    assert max(faded) - min(faded) < 3


def test_time_that_does_not_advance_teaches_nothing() -> None:
    gate = MotionGate()
    now = settled(gate)
    parked = with_object(street(), 300, 150, 80, 60)
    assert all(gate.step(parked, now - 1).moving for _ in range(100))


@pytest.mark.parametrize("shape", [(90, 160), (360, 640), (1080, 1920), (1088, 960), (48, 64)])
def test_a_picture_of_any_size_is_taken(shape: tuple[int, int]) -> None:
    gate = MotionGate()
    for i in range(3):
        gate.step(np.full(shape, 90, np.uint8), i)
    assert not gate.step(np.full(shape, 90, np.uint8), 4).moving
