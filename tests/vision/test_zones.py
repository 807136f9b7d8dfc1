from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from vision import Size, Track, Zone, ZoneError
from vision.zones import OVERSHOOT

FRAME = (640, 360)
BAND = Zone("band", ((80, 100), (560, 100), (600, 300), (40, 300)), FRAME)
shares = st.floats(0, 1)


def standing(x: float, y: float, width: float = 20, height: float = 50) -> Track:
    return Track(
        1, "person", 0.9, (x - width / 2, y - height, x + width / 2, y), 0, 0, seen_now=True
    )


@pytest.mark.parametrize(
    ("point", "inside"),
    [
        ((320, 200), True),
        ((320, 99), False),
        ((320, 301), False),
        ((50, 110), False),
        ((590, 290), True),
    ],
)
def test_a_point_is_inside_or_not(point: tuple[float, float], inside: bool) -> None:
    assert BAND.contains(point, FRAME) is inside


def test_the_border_belongs_to_the_zone() -> None:
    assert all(BAND.contains(corner, FRAME) for corner in BAND.polygon)
    assert BAND.contains((320, 100), FRAME)


def test_what_counts_is_where_it_stands_not_where_it_reaches() -> None:
    lorry = standing(320, 330, width=400, height=250)
    assert not BAND.contains(lorry.foot_px, FRAME)


def test_a_hollow_of_the_polygon_is_outside() -> None:
    horseshoe = (
        (100, 100),
        (500, 100),
        (500, 300),
        (400, 300),
        (400, 200),
        (200, 200),
        (200, 300),
        (100, 300),
    )
    zone = Zone("u", horseshoe, FRAME)
    assert not zone.contains((300, 250), FRAME)
    assert zone.contains((150, 250), FRAME)
    assert zone.contains((450, 250), FRAME)


def test_feet_cut_off_by_the_lower_edge_stand_on_it() -> None:
    zone = Zone("near", ((0, 200), (639, 200), (639, 359), (0, 359)), FRAME)
    assert zone.contains((320, 361.5), FRAME)
    assert not zone.contains((320, 361.5 + OVERSHOOT * 360), FRAME)


@given(
    dx=st.floats(-3000, 3000), dy=st.floats(-3000, 3000), w=st.floats(1, 300), h=st.floats(1, 300)
)
def test_a_box_that_moves_wholly_outside_the_zone_is_never_inside(
    dx: float, dy: float, w: float, h: float
) -> None:
    box = (320 + dx - w / 2, 200 + dy - h, 320 + dx + w / 2, 200 + dy)
    apart = box[2] < 40 or box[0] > 600 or box[3] < 100 or box[1] > 300
    assume(apart)
    assert not BAND.contains(Track(1, "car", 0.9, box, 0, 0, seen_now=True).foot_px, FRAME)


@given(x=shares, y=shares, width=st.integers(64, 4096), height=st.integers(64, 4096))
def test_the_answer_does_not_depend_on_the_size_of_the_picture(
    x: float, y: float, width: int, height: int
) -> None:
    size: Size = (width, height)
    here = BAND.contains((x * 640, y * 360), FRAME)
    near = {
        BAND.contains((x * 640 + dx, y * 360 + dy), FRAME)
        for dx in (-0.01, 0.01)
        for dy in (-0.01, 0.01)
    }
    assume(near == {here})  # not on the border itself, where rounding decides
    assert BAND.contains((x * width, y * height), size) is here


@given(x=shares, y=shares, factor=st.sampled_from([0.5, 2.0, 3.0]))
def test_a_zone_drawn_on_a_larger_picture_is_the_same_zone(
    x: float, y: float, factor: float
) -> None:
    large = (int(640 * factor), int(360 * factor))
    drawn = Zone("band", tuple((px * factor, py * factor) for px, py in BAND.polygon), large)
    point = (20 + x * 600, 20 + y * 320)
    near = {
        BAND.contains((point[0] + dx, point[1] + dy), FRAME)
        for dx in (-0.01, 0.01)
        for dy in (-0.01, 0.01)
    }
    assume(len(near) == 1)
    assert drawn.contains(point, FRAME) is BAND.contains(point, FRAME)


@pytest.mark.parametrize("bad", [(float("nan"), 200.0), (float("inf"), 200.0)])
def test_a_foot_that_is_no_number_is_nowhere(bad: tuple[float, float]) -> None:
    assert not BAND.contains(bad, FRAME)


@pytest.mark.parametrize(
    ("polygon", "frame", "says"),
    [
        ([(80, 300), (620, 290)], FRAME, "2 different points, expected at least 3"),
        ([(80, 300), (620, 290), (80, 300)], FRAME, "2 different points"),
        ([(0, 0), (100, 100), (100, 0), (0, 100)], FRAME, "edges 1 and 3 of the polygon cross"),
        ([(0, 0), (100, 0), (50, 0)], FRAME, "cross|no area"),
        ([(0, 0), (100, 0), (641, 100)], FRAME, r"\[641, 100\] is outside its frame 640x360"),
        ([(0, 0), (100, 0), (50, -1)], FRAME, "outside its frame"),
        ([(0, 0), (100, 0), (float("nan"), 50)], FRAME, "outside its frame"),
        ([(0, 0), (1, 0), (1, 1)], (0, 360), "frame is 0x360"),
        ([(0, 0), (0.5, 0), (0.5, 0.5)], FRAME, "no area"),
        ([(10, 10), (200, 10), (100, 10), (100, 200)], FRAME, "cross"),
    ],
)
def test_a_polygon_that_is_no_zone_is_refused_with_its_fault(
    polygon: list[tuple[float, float]], frame: Size, says: str
) -> None:
    with pytest.raises(ZoneError, match=says) as caught:
        Zone("z", tuple(polygon), frame)
    assert "zone z" in str(caught.value)
    assert caught.value.remedy


def test_a_way_that_crosses_a_zone_between_two_looks_is_in_it_in_between() -> None:
    part = BAND.part_of_way((-240.0, 200.0), (860.0, 200.0), FRAME)
    assert part == pytest.approx((300 / 1100, 820 / 1100), abs=1 / 16)
    assert BAND.part_of_way((300.0, 200.0), (300.0, 200.0), FRAME) == (0.0, 1.0)
    assert BAND.part_of_way((300.0, 20.0), (400.0, 90.0), FRAME) is None
