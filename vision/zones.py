"""Polygon zones: is the point where something stands inside?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from vision.errors import ZoneError
from vision.types import Box, Point, Size

OVERSHOOT = 0.02
"""Boxes may leave the frame a little: a foot up to this share of the frame beyond its border
counts as standing on the border. Farther out it is where it is, and in no zone."""

WAY_STEPS = 16
"""A way is tried at so many places: between two looks half a second apart, 0.03 s."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A polygon in pixels of `frame_px`, the width and height of the picture it was drawn on.

    Its border belongs to it. Raises `ZoneError` for fewer than 3 different points, points outside
    the frame, no area, or edges that cross.
    """

    id: str
    polygon: tuple[Point, ...]
    frame_px: Size
    _bounds: Box = field(init=False, repr=False, compare=False)
    _edges: tuple[tuple[Point, Point], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        points = tuple((float(x), float(y)) for x, y in self.polygon)
        object.__setattr__(self, "polygon", points)
        object.__setattr__(self, "frame_px", _checked_frame(self.id, self.frame_px))
        _check_points(self.id, points, self.frame_px)
        _check_shape(self.id, points)
        xs, ys = zip(*points, strict=True)
        object.__setattr__(self, "_bounds", (min(xs), min(ys), max(xs), max(ys)))
        object.__setattr__(self, "_edges", tuple(_edges(points)))

    def contains(self, point_px: Point, frame_px: Size) -> bool:
        """Whether a point of a picture of `frame_px` lies inside, after scaling to the zone's."""
        (x, y), (width, height), (their_width, their_height) = point_px, self.frame_px, frame_px
        x, y = x * width / their_width, y * height / their_height
        if not (0 <= x <= width - 1 and 0 <= y <= height - 1):
            x, y = _onto(x, width), _onto(y, height)
        left, top, right, bottom = self._bounds
        # Most points are far from most zones; nan and infinity are in none of them.
        return left <= x <= right and top <= y <= bottom and _inside(self._edges, x, y)

    def part_of_way(
        self, from_px: Point, to_px: Point, frame_px: Size
    ) -> tuple[float, float] | None:
        """The shares (0..1) of a straight way at which it enters and leaves; None: never inside."""
        shares = [k / WAY_STEPS for k in range(WAY_STEPS + 1)]
        (ax, ay), (bx, by) = from_px, to_px
        within = [
            share
            for share in shares
            if self.contains((ax + share * (bx - ax), ay + share * (by - ay)), frame_px)
        ]
        return (within[0], within[-1]) if within else None


def _onto(value: float, side: int) -> float:
    slack = OVERSHOOT * side
    return min(max(value, 0.0), side - 1.0) if -slack <= value <= side - 1 + slack else value


def _inside(edges: Iterable[tuple[Point, Point]], x: float, y: float) -> bool:
    """Even-odd rule; on the border counts as inside."""
    odd = False
    for (ax, ay), (bx, by) in edges:
        if (ay > y and by > y) or (ay < y and by < y):
            continue
        turn = (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        if turn == 0 and _within((ax, ay), (bx, by), (x, y)):
            return True
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            odd = not odd
    return odd


def _edges(polygon: Sequence[Point]) -> list[tuple[Point, Point]]:
    return list(zip(polygon, [*polygon[1:], polygon[0]], strict=True))


def _turn(a: Point, b: Point, c: Point) -> float:
    """Positive where a → b → c turns one way, negative the other, 0 on one line."""
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _within(a: Point, b: Point, c: Point) -> bool:
    return min(a[0], b[0]) <= c[0] <= max(a[0], b[0]) and min(a[1], b[1]) <= c[1] <= max(a[1], b[1])


def _touch(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether the closed segments a-b and c-d have a point in common."""
    abc, abd, cda, cdb = _turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b)
    if ((abc > 0) != (abd > 0) and abc and abd) and ((cda > 0) != (cdb > 0) and cda and cdb):
        return True
    ends = ((abc, a, b, c), (abd, a, b, d), (cda, c, d, a), (cdb, c, d, b))
    return any(turn == 0 and _within(p, q, r) for turn, p, q, r in ends)


def _checked_frame(zone: str, frame_px: Size) -> Size:
    width, height = frame_px
    if width < 2 or height < 2:
        raise ZoneError(
            f"zone {zone}: frame is {width}x{height}, expected a width and a height in pixels",
            remedy="give the size of the picture that the polygon was drawn on, as [640, 360]",
        )
    return int(width), int(height)


def _check_points(zone: str, points: Sequence[Point], frame_px: Size) -> None:
    if len(set(points)) < 3:
        raise ZoneError(
            f"zone {zone}: polygon has {len(set(points))} different points, expected at least 3",
            remedy="list the corners one after the other, as [[80, 300], [620, 290], [0, 359]]",
        )
    width, height = frame_px
    for x, y in points:
        if not (0 <= x <= width and 0 <= y <= height):
            raise ZoneError(
                f"zone {zone}: point [{x:g}, {y:g}] is outside its frame {width}x{height}",
                remedy="draw inside the frame, or correct the frame's size",
            )


def _check_shape(zone: str, points: Sequence[Point]) -> None:
    edges = _edges(points)
    for (i, (a, b)), (j, (c, d)) in combinations(enumerate(edges), 2):
        neighbours = j - i == 1 or (i == 0 and j == len(edges) - 1)
        crossing = _fold_back(a, b, c, d) if neighbours else _touch(a, b, c, d)
        if crossing:
            raise ZoneError(
                f"zone {zone}: edges {i + 1} and {j + 1} of the polygon cross",
                remedy="list the corners in the order in which one would walk around the zone",
            )
    if abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in edges)) < 2:
        raise ZoneError(
            f"zone {zone}: polygon has no area", remedy="draw a zone at least some pixels wide"
        )


def _fold_back(a: Point, b: Point, c: Point, d: Point) -> bool:
    """Whether two edges that share a corner lie on each other."""
    shared, p, q = (b, a, d) if b == c else (a, b, c)
    if _turn(shared, p, q) != 0:
        return False
    along = (p[0] - shared[0]) * (q[0] - shared[0]) + (p[1] - shared[1]) * (q[1] - shared[1])
    return along > 0 or shared in (p, q)
