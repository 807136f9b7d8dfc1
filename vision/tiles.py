"""Where a zone needs a closer look than the whole picture gives: the tile plan.

A detector sees the picture scaled to its input; what is far becomes too small. Where the object
that a zone waits for would be, a *tile* is cut from the picture at its native resolution and looked
at by itself. Pure: the plan is made once for a frame size, and `due` says whose turn it is.
Published: SAHI (arXiv 2202.06934), which tiles the whole picture; here only what zones ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from vision.types import Region, Size
from vision.zones import Zone

Floats = NDArray[np.float64]
HeightOf = Callable[[Floats], Floats]
"""Height in pixels of the object that stands at each foot point (n, 2); infinite: nobody stands
there, or nobody knows."""

LEAST_SEEN_PX = 24.0
"""An object lower than this in the detector's input is too small for it."""
WISHED_SEEN_PX = 40.0
"""How high the smallest object of a tile should be in the detector's input."""
SIDES = (0.5, 2.0)
"""Least and greatest side of a tile in sides of the input: 208 to 832 px for 416."""
OVERLAP_HEIGHTS, OVERLAP_SHARE = 1.2, 0.2
"""A box of 1.2 heights, or of a fifth of the tile, is whole in some tile."""
MOST_TILES = 8
MOST_A_LOOK = 4
FAR_PX, FAR_EVERY_S = 32.0, 0.5
"""What is lower in the picture than this is far and so moves slowly there: it waits so long."""
_BELOW_FOOT = 0.1
_GROWTH = 1.15
_CELLS = 64
_SLACK_S = 0.002


@dataclass(frozen=True, slots=True)
class Need:
    """A zone and the objects it waits for; points and heights in pixels of `zone.frame_px`."""

    zone: Zone
    height_px: HeightOf


@dataclass(frozen=True, slots=True)
class Tile:
    """A part of the frame that is looked at by itself, every `every_s` seconds (0: always).

    `object_px`: height in the frame of the smallest object that it is there for.
    """

    region: Region
    object_px: float
    every_s: float

    @property
    def side_px(self) -> int:
        """Its longer side in pixels of the frame."""
        x1, y1, x2, y2 = self.region
        return max(x2 - x1, y2 - y1)


def heights_between(zone: Zone, far_px: float, near_px: float) -> HeightOf:
    """Heights stated for a zone's uppermost and lowest point, and linear in between.

    That is exact for objects of one height on flat ground before a level camera.
    """
    ys = [y for _, y in zone.polygon]
    top, span = min(ys), max(ys) - min(ys)

    def height_px(feet: Floats) -> Floats:
        share = np.clip((feet[:, 1] - top) / span, 0, 1)
        return np.asarray(far_px + (near_px - far_px) * share, np.float64)

    return height_px


def plan(
    needs: Sequence[Need], frame_px: Size, input_px: int, *, most: int = MOST_TILES
) -> tuple[Tile, ...]:
    """The tiles of a frame for a detector with that input; none where the whole frame will do.

    Each point of a zone at which the object would be lower than 24 px in the input lies in a tile
    together with that object's box. Where more than `most` would be needed they are made larger.
    """
    limit_px = LEAST_SEEN_PX * max(frame_px) / input_px
    cells = _Cells.of(needs, frame_px, limit_px)
    grow = 1.0
    while (tiles := _cover(cells, frame_px, input_px * grow, most)) is None:
        grow *= _GROWTH
    return tiles


def everywhere(frame_px: Size, input_px: int, object_px: float) -> tuple[Tile, ...]:
    """Tiles over a whole picture, where objects of `object_px` may be anywhere. No limit."""
    width, height = frame_px
    zone = Zone("everywhere", ((0, 0), (width, 0), (width, height), (0, height)), frame_px)
    need = Need(zone, lambda feet: np.full(len(feet), object_px))
    cells = _Cells.of([need], frame_px, float("inf"))
    return _cover(cells, frame_px, float(input_px), len(cells.boxes)) or ()


def due(
    tiles: Sequence[Tile], looked_s: Mapping[Tile, float], now_s: float, most: int = MOST_A_LOOK
) -> tuple[Tile, ...]:
    """Whose turn it is at `now_s`, the longest unseen first, at most `most`.

    `looked_s`: capture time at which each was last looked at; one that is not there never was.
    """
    last = {tile: looked_s.get(tile, float("-inf")) for tile in tiles}
    waiting = [tile for tile in tiles if now_s - last[tile] >= tile.every_s - _SLACK_S]
    return tuple(sorted(waiting, key=lambda tile: last[tile])[: max(most, 0)])


@dataclass(frozen=True, slots=True)
class _Cells:
    """The cells (n, 4) of a frame in which an object of `low_px` to `high_px` would be too small,
    the smallest object first.
    """

    boxes: Floats
    low_px: Floats
    high_px: Floats

    @classmethod
    def of(cls, needs: Sequence[Need], frame_px: Size, limit_px: float) -> _Cells:
        side = max(4, ceil(max(frame_px) / _CELLS))
        parts = [_small(need, frame_px, side, limit_px) for need in needs]
        rows = np.concatenate([np.zeros((0, 6)), *parts])
        order = np.lexsort((rows[:, 0], rows[:, 1], rows[:, 4]))
        return cls(rows[order, :4], rows[order, 4], rows[order, 5])


def _small(need: Need, frame_px: Size, side: int, limit_px: float) -> Floats:
    """Rows x1, y1, x2, y2, least and greatest height of the cells that touch a zone."""
    own = np.array(frame_px, np.float64) / need.zone.frame_px
    at = np.argwhere(_touched(need.zone, frame_px, side))[:, ::-1].astype(np.float64)
    boxes = np.concatenate([at * side, np.minimum((at + 1) * side, frame_px)], 1)
    corners = [boxes[:, [a, b]] for a in (0, 2) for b in (1, 3)]
    heights = np.stack([need.height_px(corner / own) * own[1] for corner in corners], 1)
    low = heights.min(1, initial=np.inf)
    high = np.where(heights < limit_px, heights, 0).max(1, initial=0)
    rows = np.concatenate([boxes, low[:, None], high[:, None]], 1)
    return np.asarray(rows[low < limit_px])


def _touched(zone: Zone, frame_px: Size, side: int) -> NDArray[np.bool_]:
    """Which cells of `side` px a zone touches, and a pixel around it: (rows, columns)."""
    width, height = frame_px
    rows, columns = ceil(height / side), ceil(width / side)
    mask = np.zeros((rows * side, columns * side), np.uint8)
    scale = np.array(frame_px, np.float64) / zone.frame_px
    corners = np.rint(np.array(zone.polygon) * scale).astype(np.int32)
    cv2.fillPoly(mask, [corners], 1)
    mask = cv2.dilate(mask, np.ones((3, 3), np.uint8)).astype(np.uint8)
    return np.asarray(mask.reshape(rows, side, columns, side).any((1, 3)))


def _cover(cells: _Cells, frame_px: Size, wished_px: float, most: int) -> tuple[Tile, ...] | None:
    """Tiles so that each cell is in one with what stands there: from far to near, greedily.

    None where it takes more than `most`. `wished_px`: side of a tile for objects of 40 px.
    """
    left = np.ones(len(cells.low_px), bool)
    tiles: list[Tile] = []
    while left.any():
        if len(tiles) == most:
            return None
        seed = int(np.argmax(left))
        low_px = float(cells.low_px[seed])
        side = round(wished_px * np.clip(low_px / WISHED_SEEN_PX, *SIDES))
        spaces = _spaces(cells, side, frame_px)
        region, inside = max(
            ((r, _within(spaces, r) & left) for r in _places(spaces[seed], side, frame_px)),
            key=lambda found: int(found[1].sum()),
        )
        left &= ~inside
        left[seed] = False
        tiles.append(Tile(region, low_px, FAR_EVERY_S if low_px < FAR_PX else 0.0))
    return tuple(tiles)


def _spaces(cells: _Cells, side: int, frame_px: Size) -> Floats:
    """What must be whole in a tile (n, 4): the cell, and a box of an object that stands in it."""
    span = np.maximum(OVERLAP_HEIGHTS * cells.high_px, OVERLAP_SHARE * side)
    below = _BELOW_FOOT * cells.high_px
    spaces = cells.boxes + np.stack([-span / 2, below - span, span / 2, below], 1)
    return np.asarray(np.clip(spaces, 0, [*frame_px, *frame_px]))


def _within(spaces: Floats, region: Region) -> NDArray[np.bool_]:
    low, high = np.array(region[:2]), np.array(region[2:])
    return np.asarray((spaces[:, :2] >= low).all(1) & (spaces[:, 2:] <= high).all(1))


def _places(space: Floats, side: int, frame_px: Size) -> list[Region]:
    """Where a tile that holds `space` may lie: as far to either side as can be, or centred."""
    (xs, width), (ys, height) = (
        _starts(float(space[axis]), float(space[axis + 2]), side, frame_px[axis]) for axis in (0, 1)
    )
    return [(x, y, x + width, y + height) for y in ys for x in xs]


def _starts(low: float, high: float, side: int, limit: int) -> tuple[list[int], int]:
    """First pixels of a tile of `side` over low..high inside 0..limit, and its length there."""
    length = min(max(side, ceil(high) - int(low)), limit)
    first, last = max(0, ceil(high) - length), min(int(low), limit - length)
    return list(dict.fromkeys((last, (first + last) // 2, first))), length
