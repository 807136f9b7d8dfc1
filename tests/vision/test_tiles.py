"""The tile plan: what is too small for the whole frame lies whole in a tile, and nothing is wasted.

Zones, heights and frames are drawn by chance; what must hold, holds for all of them.
"""

from __future__ import annotations

from math import ceil

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vision import Zone
from vision.tiles import (
    LEAST_SEEN_PX,
    Need,
    Tile,
    due,
    everywhere,
    heights_between,
    plan,
)

FRAMES = [(640, 360), (960, 540), (1280, 720), (704, 576), (360, 640)]
shares = st.floats(0, 1)


@st.composite
def needs(draw: st.DrawFn) -> tuple[Need, tuple[int, int]]:
    """A zone of three or four corners on a frame, and the heights expected along it."""
    width, height = frame = draw(st.sampled_from(FRAMES))
    left, right = sorted((draw(shares) * 0.8, draw(shares) * 0.8))
    top, low = sorted((draw(shares) * 0.8, draw(shares) * 0.8))
    right, low = right + 0.15, low + 0.15
    slant = draw(st.floats(0, 0.9)) * (right - left)
    corners = [(left + slant, top), (right, top), (right, low), (left, low)]
    zone = Zone("z", tuple((x * width, y * height) for x, y in corners), frame)
    far = draw(st.floats(6, 120))
    return Need(zone, heights_between(zone, far, far * draw(st.floats(1, 6)))), frame


def point_of(zone: Zone, across: float, down: float) -> tuple[float, float]:
    """A point of a zone made by `needs`."""
    (ax, top), (bx, _), (cx, low), (dx, _) = zone.polygon
    y = top + down * (low - top)
    left, right = ax + down * (dx - ax), bx + down * (cx - bx)
    return left + across * (right - left), y


def boxed(foot: tuple[float, float], height_px: float, frame: tuple[int, int]) -> list[float]:
    """The box of an object that stands there, 1.2 times as wide as high, inside the frame."""
    x, y = foot
    box = [x - 0.6 * height_px, y - height_px, x + 0.6 * height_px, y]
    return [min(max(v, 0), limit) for v, limit in zip(box, frame * 2, strict=True)]


def holds(tile: Tile, box: list[float]) -> bool:
    x1, y1, x2, y2 = tile.region
    return box[0] >= x1 and box[1] >= y1 and box[2] <= x2 and box[3] <= y2


@given(needs(), shares, shares, st.sampled_from([416, 640]))
def test_an_object_too_small_for_the_whole_frame_lies_whole_in_a_tile(
    drawn: tuple[Need, tuple[int, int]], across: float, down: float, input_px: int
) -> None:
    need, frame = drawn
    foot = point_of(need.zone, across, down)
    height_px = float(need.height_px(np.array([foot]))[0])
    assume(height_px * input_px / max(frame) < LEAST_SEEN_PX)
    tiles = plan([need], frame, input_px)
    assert any(holds(tile, boxed(foot, height_px, frame)) for tile in tiles)


@given(st.lists(needs(), max_size=4), st.sampled_from(FRAMES), st.integers(1, 8))
def test_a_plan_never_has_more_tiles_than_allowed(
    drawn: list[tuple[Need, tuple[int, int]]], frame: tuple[int, int], most: int
) -> None:
    assert len(plan([need for need, _ in drawn], frame, 416, most=most)) <= most


@given(needs())
def test_every_tile_touches_the_zone_or_what_stands_in_it(
    drawn: tuple[Need, tuple[int, int]],
) -> None:
    need, frame = drawn
    xs, ys = zip(*need.zone.polygon, strict=True)
    cell = max(frame) / 40  # cells and their borders are coarser than the zone
    for tile in plan([need], frame, 416):
        x1, y1, x2, y2 = tile.region
        assert x1 <= max(xs) + cell
        assert x2 >= min(xs) - cell
        assert y1 <= max(ys) + cell
        assert y2 >= min(ys) - cell


@given(needs())
def test_tiles_lie_inside_the_frame(drawn: tuple[Need, tuple[int, int]]) -> None:
    need, (width, height) = drawn
    for tile in plan([need], (width, height), 416):
        x1, y1, x2, y2 = tile.region
        assert 0 <= x1 < x2 <= width
        assert 0 <= y1 < y2 <= height


def test_a_zone_whose_objects_the_whole_frame_shows_large_enough_needs_no_tile() -> None:
    zone = Zone("near", ((0, 0), (959, 0), (959, 539), (0, 539)), (960, 540))
    assert plan([Need(zone, heights_between(zone, 56, 200))], (960, 540), 416) == ()


def test_a_camera_without_zones_needs_no_tile() -> None:
    assert plan([], (1920, 1080), 416) == ()


def test_what_nobody_can_stand_on_needs_no_tile() -> None:
    zone = Zone("sky", ((0, 0), (959, 0), (959, 200), (0, 200)), (960, 540))
    assert plan([Need(zone, lambda feet: np.full(len(feet), np.inf))], (960, 540), 416) == ()


def test_a_zone_scales_with_the_stream() -> None:
    zone = Zone("far", ((100, 50), (220, 50), (220, 90), (100, 90)), (320, 180))
    need = Need(zone, lambda feet: np.full(len(feet), 10.0))
    tiles = plan([need], (960, 540), 416)
    assert tiles[0].object_px == pytest.approx(30)
    assert any(holds(tile, boxed((300, 200), 30, (960, 540))) for tile in tiles)


def test_an_object_in_a_tile_is_seen_at_forty_pixels() -> None:
    zone = Zone("far", ((300, 200), (420, 200), (420, 240), (300, 240)), (960, 540))
    (tile,) = plan([Need(zone, heights_between(zone, 36, 36))], (960, 540), 416)
    assert 416 * tile.object_px / tile.side_px == pytest.approx(40, abs=0.5)


@given(st.floats(10, 60), st.tuples(shares, shares))
def test_tiles_everywhere_hold_every_object_of_that_height(
    height_px: float, at: tuple[float, float]
) -> None:
    frame = (960, 540)
    box = boxed((at[0] * 960, at[1] * 540), height_px, frame)
    assert any(holds(tile, box) for tile in everywhere(frame, 416, height_px))


def tiles_of(*every_s: float) -> tuple[Tile, ...]:
    return tuple(Tile((k, 0, k + 416, 416), 20.0, s) for k, s in enumerate(every_s))


@given(
    st.lists(st.sampled_from([0.0, 0.5]), min_size=1, max_size=8),
    st.lists(st.floats(0.04, 0.6), min_size=10, max_size=30),
)
def test_every_tile_has_its_turn_and_no_look_takes_more_than_four(
    every_s: list[float], gaps_s: list[float]
) -> None:
    tiles, now_s = tiles_of(*every_s), 0.0
    looked: dict[Tile, float] = {}
    missed = dict.fromkeys(tiles, 0)
    for gap_s in gaps_s:
        now_s += gap_s
        turn = due(tiles, looked, now_s)
        looked.update(dict.fromkeys(turn, now_s))
        missed = {tile: 0 if tile in turn else n + 1 for tile, n in missed.items()}
        assert len(turn) <= 4
        assert all(n < ceil(len(tiles) / 4) for t, n in missed.items() if not t.every_s)


def test_a_far_tile_is_looked_at_twice_a_second_at_any_frame_rate() -> None:
    (tile,) = tiles_of(0.5)
    for fps in (4, 10, 25):
        looked: dict[Tile, float] = {}
        turns = 0
        for k in range(10 * fps):
            for one in due([tile], looked, k / fps):
                looked[one], turns = k / fps, turns + 1
        assert turns == pytest.approx(20, abs=4), fps
