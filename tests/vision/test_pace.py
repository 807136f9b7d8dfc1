"""How fast a track goes, from its boxes."""

from __future__ import annotations

from collections.abc import Callable

from vision import Box, Track
from vision.pace import FAST, Pace

FRAME = (640, 360)


def speed(box_at: Callable[[float], Box], until_s: float = 3.0) -> float:
    """The speed of an excavator with such boxes, heights a second."""
    pace = Pace()
    for k in range(round(until_s / 0.25)):
        now_s = k * 0.25
        track = Track(1, "excavator", 0.9, box_at(now_s), 0.0, now_s, seen_now=True)
        pace.see(track, FRAME, now_s)
    return pace.speed or 0.0


def test_an_arm_that_swings_round_towards_the_camera_moves_nothing() -> None:
    assert speed(lambda t: (230 + 20 * t, 200, 400 - 10 * t, 300 + 14 * t)) == 0.0


def test_who_drives_towards_the_camera_is_fast() -> None:
    assert speed(lambda t: (240 - 6 * t, 200 - 4 * t, 360 + 6 * t, 300 + 14 * t)) > FAST
