from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from benchmarks.obstruction import planks
from vision import Floor, FreeSpace, Picture, Region, Zone

SIZE = (320, 240)
ZONE = Zone("door", ((40, 90), (280, 90), (280, 230), (40, 230)), SIZE)
THING = (120, 110, 184, 182)
Scene = Callable[[float], Picture]


def paving(contrast: float = 1.0) -> Picture:
    """A floor with texture, the same each time."""
    coarse = np.random.default_rng(3).normal(0, 28 * contrast, (60, 80))
    grey = cv2.resize(coarse, SIZE, interpolation=cv2.INTER_CUBIC) + 120
    return np.clip(np.dstack([grey * 0.9, grey, grey * 1.05]), 0, 255).astype(np.uint8)


def grained(picture: np.ndarray, t: float, sigma: float = 2.0) -> Picture:
    grain = np.random.default_rng(int(t * 100)).normal(0, sigma, picture.shape)
    return np.clip(picture + grain, 0, 255).astype(np.uint8)


def with_box(picture: Picture, seed: int = 7) -> Picture:
    """A carton with edges and print of its own."""
    x1, y1, x2, y2 = THING
    shown = picture.copy()
    print_ = np.random.default_rng(seed).integers(60, 130, (18, 16, 3)).astype(np.uint8)
    shown[y1:y2, x1:x2] = cv2.resize(print_, (x2 - x1, y2 - y1), interpolation=cv2.INTER_CUBIC)
    return shown


def with_shadow(picture: Picture, factor: float = 0.5, edge_px: float = 1.5) -> Picture:
    x1, y1, x2, y2 = THING
    light = np.ones(picture.shape[:2], np.float32)
    light[y1:y2, x1:x2] = factor
    soft = cv2.GaussianBlur(light, (0, 0), edge_px)
    return np.asarray(picture * soft[..., None], np.uint8)


def watch(
    scene: Scene, until_s: float, *, every_s: float = 0.5, zone: Zone = ZONE, **people: object
) -> list[Floor]:
    floors, space = [], FreeSpace()
    space.watch(zone)
    for i in range(int(until_s / every_s)):
        t = i * every_s
        floors += space.step(scene(t), t, **people).values()  # type: ignore[arg-type] # boxes
    return floors


def put(t: float, at_s: float = 4.0, contrast: float = 1.0) -> Picture:
    floor = paving(contrast)
    return grained(with_box(floor) if t >= at_s else floor, t)


def objects(floor: Floor) -> list[Region]:
    return [region for region in floor.regions if region.kind == "object"]


def test_a_thing_on_the_floor_is_found_with_outline_and_age() -> None:
    (region,) = objects(watch(put, 12)[-1])
    xs = [x * SIZE[0] for x, _ in region.outline]
    ys = [y * SIZE[1] for _, y in region.outline]
    assert (min(xs), min(ys), max(xs), max(ys)) == pytest.approx(THING, abs=10)
    assert region.age_s == pytest.approx(7.5, abs=1)


def test_a_floor_to_which_something_comes_back_is_not_seen_free_until_it_stands_there() -> None:
    def scene(t: float) -> Picture:
        return grained(paving(), t) if 12 <= t < 16 else put(t)

    floors = watch(scene, 24)
    free = [i / 2 for i, f in enumerate(floors) if i > 20 and not f.regions and not f.hidden]
    assert (free[0], free[-1]) == pytest.approx((12.5, 16.5), abs=0.6)


def test_a_free_floor_has_no_regions_and_is_known_after_some_seconds() -> None:
    last = watch(lambda t: grained(paving(), t), 10)[-1]
    assert (last.regions, last.hidden, last.known, last.late) == ((), False, 1.0, 0.0)


@pytest.mark.parametrize("factor", [0.7, 0.5, 0.35])
@pytest.mark.parametrize("contrast", [1.0, 0.25])
def test_a_standing_shadow_is_no_thing(factor: float, contrast: float) -> None:
    def scene(t: float) -> Picture:
        floor = paving(contrast)
        return grained(with_shadow(floor, factor) if t >= 4 else floor, t)

    assert objects(watch(scene, 14)[-1]) == []


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("contrast", [16, 30])
def test_a_dark_shadow_along_the_grain_of_a_floor_is_no_thing(contrast: float, seed: int) -> None:
    floor = planks(contrast, seed)

    def scene(t: float) -> Picture:
        return grained(with_shadow(floor, 0.35, 0.8) if t >= 4 else floor, t)

    assert [f for f in watch(scene, 12) if objects(f)] == []


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("contrast", [16, 30])
def test_a_bar_along_the_grain_with_its_shadow_beside_it_is_a_thing(
    contrast: float, seed: int
) -> None:
    def laid(floor: Picture, x: int = 110) -> Picture:
        light = np.ones((240, 320), np.float32)
        light[115:195, x + 20 : x + 34] = 0.5
        shown = np.asarray(floor * cv2.GaussianBlur(light, (0, 0), 2)[..., None], np.uint8)
        shown[110:190, x : x + 20] = (190, 185, 180)
        return shown

    floor = planks(contrast, seed)
    floors = watch(lambda t: grained(laid(floor) if t >= 4 else floor, t), 12)
    assert len(objects(floors[-1])) == 1


def test_a_shadow_that_somebody_passes_without_a_box_does_not_become_a_thing() -> None:
    flat = np.full((240, 320, 3), (60, 90, 126), np.uint8)

    def scene(t: float) -> Picture:
        shown = with_shadow(flat) if t >= 4 else flat.copy()
        x = int(40 * (t - 16))
        if 0 <= x <= 280:
            coat = np.random.default_rng(int(4 * t)).integers(0, 90, (20, 6, 3)).astype(np.uint8)
            shown[60:220, x : x + 40] = cv2.resize(coat, (40, 160))[:, : 320 - x]
        return grained(shown, t)

    floors = watch(scene, 26)
    assert {region.kind for f in floors for region in f.regions} == {"shadow-like"}


def test_on_floor_without_texture_a_shadow_is_a_doubt() -> None:
    flat = np.full((240, 320, 3), (110, 120, 126), np.uint8)
    last = watch(lambda t: grained(with_shadow(flat) if t >= 4 else flat, t), 14)[-1]
    assert [region.kind for region in last.regions] == ["shadow-like"]


@pytest.mark.parametrize("factor", [0.3, 0.6, 1.6])
def test_a_jump_of_the_light_is_no_thing(factor: float) -> None:
    def scene(t: float) -> Picture:
        return grained(np.clip(paving() * (factor if t >= 6 else 1.0), 0, 255), t)

    assert [f for f in watch(scene, 20) if f.regions] == []


def test_a_thing_is_found_in_a_light_that_has_changed() -> None:
    def scene(t: float) -> Picture:
        return grained(put(t, at_s=14) * (0.4 if t >= 6 else 1.0), t)

    assert len(objects(watch(scene, 22)[-1])) == 1


@pytest.mark.parametrize("reach_px", [3, 6])
def test_a_camera_that_shakes_sees_what_a_still_one_sees(reach_px: int) -> None:
    def scene(t: float) -> Picture:
        dx, dy = np.random.default_rng(int(t * 10)).uniform(-reach_px, reach_px, 2) * (t > 0)
        way = np.array([[1, 0, dx], [0, 1, dy]], np.float32)
        moved = cv2.warpAffine(put(t), way, SIZE, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(moved, np.uint8)

    floors = watch(scene, 14)
    assert [f for f in floors[:8] if f.regions] == []
    (region,) = objects(floors[-1])
    assert region.age_s == pytest.approx(9.5, abs=1.5)


def test_a_thing_is_not_absorbed_in_twenty_minutes() -> None:
    last = watch(lambda t: put(t, at_s=6), 1200, every_s=5)[-1]
    (region,) = objects(last)
    assert region.age_s > 1100


def test_light_that_changes_slowly_is_followed() -> None:
    drift = cv2.resize(np.random.default_rng(9).normal(0, 25, (60, 80)), SIZE)[..., None]

    def scene(t: float) -> Picture:
        return grained(np.clip(paving() + drift * t / 1500, 0, 255), t)

    assert [f for f in watch(scene, 1500, every_s=5) if objects(f)] == []


def test_a_person_in_front_hides_what_is_behind_and_no_time_passes_there() -> None:
    x1, y1, x2, y2 = (value / side for value, side in zip(THING, SIZE * 2, strict=True))
    floors = watch(put, 15, people=[(x1 - 0.05, y1 - 0.1, x2 + 0.05, y2 + 0.05)])
    assert [f for f in floors if f.regions] == []


def test_a_thing_that_is_taken_away_is_gone_within_two_seconds() -> None:
    def scene(t: float) -> Picture:
        return put(t) if t < 15 else grained(paving(), t)

    floors = watch(scene, 20)
    assert objects(floors[28])
    assert [f for f in floors[34:] if f.regions] == []


def test_a_thing_of_the_reference_that_is_taken_away_is_no_obstruction() -> None:
    floor = paving(contrast=0.3)
    floors = watch(lambda t: grained(with_box(floor) if t < 6 else floor, t), 80, every_s=1)
    assert [f for f in floors if objects(f)] == []
    assert {region.kind for f in floors for region in f.regions} == {"removed"}
    assert floors[-1].regions == ()  # taken as floor after a minute


def infrared(picture: Picture) -> Picture:
    """The same scene by night: no colour, darker, and other things bright."""
    other = cv2.resize(np.random.default_rng(5).normal(0, 14, (60, 80)), SIZE)
    grey = np.clip(picture[..., 2] * 0.45 + other, 0, 255)
    return np.dstack([grey] * 3).astype(np.uint8)


def test_a_thing_stays_through_the_switch_to_infrared_and_back() -> None:
    def coloured(t: float) -> Picture:
        floor = put(t).astype(np.float32) * np.array([0.6, 1.0, 1.2])
        return np.clip(floor, 0, 255).astype(np.uint8)

    def scene(t: float) -> Picture:
        return infrared(coloured(t)) if 15 <= t < 40 else coloured(t)

    floors = watch(scene, 60)
    shown = [f for f in floors[20:] if not f.hidden]
    assert len(shown) > 40
    assert [f for f in shown if not objects(f)] == []


def test_the_switch_to_infrared_over_free_floor_is_no_thing() -> None:
    def scene(t: float) -> Picture:
        floor = grained(paving() * np.array([0.6, 1.0, 1.2]), t)
        return infrared(floor) if 8 <= t < 30 else floor

    assert [f for f in watch(scene, 45) if objects(f)] == []


def test_a_camera_that_changes_its_resolution_goes_on() -> None:
    def scene(t: float) -> Picture:
        picture = put(t)
        larger = cv2.resize(picture, (640, 480), interpolation=cv2.INTER_CUBIC)
        return picture if t < 8 else np.asarray(larger, np.uint8)

    assert len(objects(watch(scene, 16)[-1])) == 1


def test_a_picture_of_another_shape_is_not_compared() -> None:
    space = FreeSpace()
    space.watch(ZONE)
    space.step(paving(), 0.0)
    assert space.step(np.zeros((240, 240, 3), np.uint8), 1.0) == {}
    assert space.step(paving(), 2.0)


def test_a_time_that_comes_again_or_too_soon_is_not_looked_at_twice() -> None:
    space = FreeSpace()
    space.watch(ZONE)
    first = space.step(paving(), 0.0)
    assert space.step(paving(), 0.0) is first
    assert space.step(paving(), 0.1) == {}
    assert space.step(paving(), -5.0) == {}
    assert space.step(paving(), 0.6)


def test_what_closes_an_opening_is_a_thing_though_it_looks_like_the_wall_around_it() -> None:
    wall = np.full((SIZE[1], SIZE[0], 3), 150, np.uint8)
    beyond = np.random.default_rng(4).integers(10, 70, (18, 30, 3)).astype(np.uint8)

    def scene(t: float) -> Picture:
        shown = wall.copy()
        if t < 8:
            shown[110:210, 60:260] = cv2.resize(beyond, (200, 100), interpolation=cv2.INTER_CUBIC)
        return grained(shown, t)

    def kinds(*, is_opening: bool) -> set[str]:
        space, found = FreeSpace(), set()
        space.watch(
            Zone("door", ((60, 110), (260, 110), (260, 210), (60, 210)), SIZE),
            is_opening=is_opening,
        )
        for i in range(200):
            for floor in space.step(scene(i / 2), i / 2).values():
                found |= {region.kind for region in floor.regions if i > 160}
        return found

    assert kinds(is_opening=True) == {"object"}
    assert kinds(is_opening=False) == set()


@pytest.mark.parametrize("contrast", [6, 9])
def test_what_is_so_faint_that_looks_must_be_averaged_is_no_older_than_since_it_came(
    contrast: float,
) -> None:
    """Nothing is seen to move where it is faint, so nobody may date it by the last movement."""
    slats = np.sin(np.arange(240) * 2 * np.pi / 9)[:, None, None] * contrast

    def scene(t: float) -> Picture:
        shown = np.full((240, 320, 3), 120.0)
        shown[:, :110] = paving()[:, :110]
        if t >= 20:
            shown[100:220, 60:260] = 120 + slats[100:220]
        return grained(shown, t, sigma=7.0)

    floors = watch(scene, 36)
    aged = [(i / 2, region.age_s) for i, f in enumerate(floors) for region in f.regions]
    assert aged
    assert all(age_s <= t - 20 + 0.5 for t, age_s in aged)


def test_a_grey_carton_on_grey_even_floor_is_a_thing_by_its_sides() -> None:
    flat = np.full((240, 320, 3), (104, 104, 106), np.uint8)

    def scene(t: float) -> Picture:
        shown = flat.copy()
        if t >= 4:
            for x1, x2, y1, y2, tone in (
                (120, 184, 110, 130, 88),
                (120, 160, 130, 182, 78),
                (160, 184, 130, 182, 68),
            ):
                shown[y1:y2, x1:x2] = tone
        return grained(cv2.GaussianBlur(shown, (0, 0), 0.8), t)

    (region,) = objects(watch(scene, 14)[-1])
    assert region.age_s == pytest.approx(9.5, abs=1)


@pytest.mark.parametrize("edge_px", [1.0, 3.5])
@pytest.mark.parametrize("factor", [0.4, 0.7, 1.5])
def test_a_light_or_shadow_on_even_floor_stays_a_doubt(factor: float, edge_px: float) -> None:
    flat = np.full((240, 320, 3), (84, 84, 86), np.uint8)
    floors = watch(lambda t: grained(with_shadow(flat, factor, edge_px) if t >= 4 else flat, t), 20)
    assert [f for f in floors if objects(f)] == []


def test_floor_so_bright_that_the_camera_shows_only_white_stays_a_doubt() -> None:
    x1, y1, x2, y2 = THING
    dazzling = paving(0.5)
    dazzling[y1:y2, x1:x2] = 254
    floors = watch(lambda t: grained(dazzling if t >= 4 else paving(0.5), t, 1.0), 14)
    (region,) = floors[-1].regions
    assert region.kind == "shadow-like"


def test_a_side_a_little_brighter_at_one_end_is_no_shadow_on_even_floor() -> None:
    flat = np.full((240, 320, 3), (84, 84, 86), np.uint8)
    side = np.linspace(52, 57, 72, dtype=np.float32)[:, None, None]

    def scene(t: float) -> Picture:
        shown = flat.astype(np.float32)
        shown[110:182, 120:184] = side if t >= 4 else 84
        return grained(cv2.GaussianBlur(shown, (0, 0), 0.8), t)

    assert len(objects(watch(scene, 14)[-1])) == 1


DARK_CRATE = ((120, 110, 184, 170, (38, 38, 39)), (120, 170, 184, 182, (40, 66, 92)))
PALE_DRUM = ((120, 110, 174, 182, (98, 98, 100)), (174, 126, 196, 182, (70, 70, 72)))
Sides = tuple[tuple[int, int, int, int, tuple[int, int, int]], ...]


@pytest.mark.parametrize("sides", [DARK_CRATE, PALE_DRUM])
def test_a_thing_with_an_even_side_is_told_by_its_other_colour_or_its_own_shadow(
    sides: Sides,
) -> None:
    flat = np.full((240, 320, 3), (84, 84, 86), np.uint8)

    def scene(t: float) -> Picture:
        shown = flat.copy()
        for x1, y1, x2, y2, colour in sides if t >= 4 else ():
            shown[y1:y2, x1:x2] = colour
        return grained(cv2.GaussianBlur(shown, (0, 0), 0.8), t)

    assert len(objects(watch(scene, 14)[-1])) == 1


@pytest.mark.parametrize("factor", [0.4, 1.5])
def test_a_light_stays_a_doubt_under_a_cloud_and_where_the_camera_sharpens(factor: float) -> None:
    flat = np.full((240, 320, 3), (84, 84, 86), np.uint8)

    def scene(t: float) -> Picture:
        shown = with_shadow(flat, factor) if t >= 4 else flat
        shown = cv2.addWeighted(shown, 1.4, cv2.GaussianBlur(shown, (0, 0), 2), -0.4, 0)
        cloud = 1 - 0.35 * min(1.0, max(0.0, t - 9) / 20)
        return grained(np.asarray(shown * cloud), t)

    floors = watch(scene, 34)
    assert [f for f in floors if objects(f)] == []


def rained(picture: Picture, t: float, drops: int = 90) -> Picture:
    shown = picture.copy()
    places = np.random.default_rng(int(100 * t)).integers(0, (320, 240), (drops, 2))
    for x, y in places.tolist():
        cv2.line(shown, (x, y), (x + 2, y + 9), (205, 205, 205), 1)
    return shown


def test_in_rain_a_floor_is_known_at_once_and_a_thing_is_found_on_it() -> None:
    floors = watch(lambda t: rained(put(t, at_s=8), t), 24)
    assert floors[12].known > 0.95
    assert [f for f in floors[:16] if f.regions] == []
    assert objects(floors[-1])[0].age_s == pytest.approx(15, abs=1.5)
    assert sum(f.hidden for f in floors[-20:]) <= 2
