"""A floor's reference over a restart: what is gone on with, what begins anew, what is doubted."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.vision.test_free_space import (
    SIZE,
    THING,
    ZONE,
    Scene,
    grained,
    infrared,
    objects,
    paving,
    with_box,
)
from vision import Bank, Floor, FreeSpace, Kept, Picture, Zone

OTHER = Zone("door", ((50, 90), (280, 90), (280, 230), (50, 230)), SIZE)


def free(t: float) -> Picture:
    return grained(paving(), t)


def blocked(t: float) -> Picture:
    return grained(with_box(paving()), t)


def coloured(picture: Picture) -> Picture:
    return np.clip(picture * np.array([0.6, 1.0, 1.2]), 0, 255).astype(np.uint8)


def looked(
    scene: Scene, until_s: float = 14.0, kept: Kept | None = None, zone: Zone = ZONE
) -> tuple[FreeSpace, list[Floor]]:
    """A process that looks at a scene, twice a second."""
    space, floors = FreeSpace(), []
    space.watch(zone, kept or Kept())
    for i in range(int(2 * until_s)):
        floors += space.step(scene(i / 2), i / 2).values()
    return space, floors


def bank_of(scene: Scene = free) -> Bank:
    return looked(scene)[0].banks()["door"]


def test_what_was_put_down_while_nobody_watched_is_a_thing() -> None:
    _, floors = looked(blocked, kept=Kept(bank_of()))
    (region,) = objects(floors[-1])
    xs = [x * SIZE[0] for x, _ in region.outline]
    assert (min(xs), max(xs)) == pytest.approx((THING[0], THING[2]), abs=8)


def test_a_process_that_begins_with_nothing_takes_it_as_floor() -> None:
    assert objects(looked(blocked)[1][-1]) == []


def test_a_floor_that_is_all_covered_at_the_restart_is_not_learned_as_free() -> None:
    def covered(t: float) -> Picture:
        shown = paving()
        other = np.random.default_rng(8).integers(40, 150, (20, 28, 3)).astype(np.uint8)
        shown[85:235, 35:285] = cv2.resize(other, (250, 150), interpolation=cv2.INTER_CUBIC)
        return grained(shown, t)

    _, floors = looked(covered, kept=Kept(bank_of()))
    assert sum(region.share for region in objects(floors[-1])) > 0.9


def test_a_free_floor_at_the_restart_is_free_and_known_at_once() -> None:
    _, floors = looked(free, kept=Kept(bank_of()))
    assert [f for f in floors if f.regions] == []
    assert floors[0].known == 1.0
    assert floors[-1].doubts == ()


def test_the_restart_holds_all_clocks_until_it_has_looked_for_four_seconds() -> None:
    _, floors = looked(free, kept=Kept(bank_of()))
    assert [f.hidden for f in floors[:8]] == [True] * 8
    assert not floors[-1].hidden


def test_a_bank_can_be_given_on_from_process_to_process() -> None:
    second = looked(free, kept=Kept(bank_of()))[0].banks()["door"]
    _, floors = looked(blocked, kept=Kept(second))
    assert len(objects(floors[-1])) == 1


def test_a_light_that_dims_while_nobody_watches_is_no_thing() -> None:
    _, floors = looked(lambda t: grained(paving() * 0.5, t), kept=Kept(bank_of()))
    assert [f for f in floors if f.regions] == []


def test_a_camera_that_has_shifted_some_pixels_sees_the_same_floor() -> None:
    way = np.array([[1, 0, 5], [0, 1, -4]], np.float32)

    def shifted(t: float) -> Picture:
        moved = cv2.warpAffine(free(t), way, SIZE, borderMode=cv2.BORDER_REFLECT)
        return np.asarray(moved, np.uint8)

    _, floors = looked(shifted, kept=Kept(bank_of()))
    assert [f for f in floors if objects(f)] == []


def test_a_light_that_nobody_knew_is_learned_and_doubted() -> None:
    kept = Kept(bank_of(lambda t: coloured(free(t))))
    space, floors = looked(lambda t: infrared(255 - coloured(free(t))), kept=kept)
    assert [f for f in floors if objects(f)] == []
    assert floors[-1].doubts == ("relit",)
    assert len(space.banks()["door"].lights) == 2


def test_a_camera_that_looks_elsewhere_begins_anew_and_says_so() -> None:
    other = cv2.rotate(paving(), cv2.ROTATE_180)
    elsewhere = np.asarray(np.roll(other[:, ::-1], 90, axis=1), np.uint8)
    _, floors = looked(lambda t: grained(elsewhere, t), kept=Kept(bank_of()))
    assert [f for f in floors if objects(f)] == []
    assert floors[-1].doubts == ("moved",)


def test_a_zone_that_is_drawn_anew_begins_anew_and_says_so() -> None:
    _, floors = looked(free, kept=Kept(bank_of()), zone=OTHER)
    assert (floors[-1].known, floors[-1].doubts) == (1.0, ("redrawn",))


def test_a_picture_of_another_shape_begins_anew_and_says_so() -> None:
    def wide(t: float) -> Picture:
        return np.asarray(cv2.resize(free(t), (400, 240)), np.uint8)

    _, floors = looked(wide, kept=Kept(bank_of()))
    assert (floors[-1].known, floors[-1].doubts) == (1.0, ("reshaped",))


def test_a_picture_of_another_size_goes_on() -> None:
    def larger(t: float) -> Picture:
        picture = cv2.resize(blocked(t), (640, 480), interpolation=cv2.INTER_CUBIC)
        return np.asarray(picture, np.uint8)

    _, floors = looked(larger, kept=Kept(bank_of()))
    assert len(objects(floors[-1])) == 1


def test_a_reference_is_unconfirmed_until_a_person_confirms_it() -> None:
    space, floors = looked(free)
    assert floors[-1].unconfirmed == 1.0
    space.confirm("door", space.banks()["door"])
    assert space.step(free(14.0), 14.0)["door"].unconfirmed == 0.0
    space.confirm("door", None)
    assert space.step(free(15.0), 15.0)["door"].unconfirmed == 1.0


def test_what_was_confirmed_stays_confirmed_over_a_restart() -> None:
    bank = bank_of()
    _, floors = looked(free, kept=Kept(bank, bank))
    assert floors[-1].unconfirmed == 0.0


def test_a_confirmation_of_another_reference_does_not_count() -> None:
    other = bank_of(lambda t: grained(paving(0.9), t + 3))
    _, floors = looked(free, kept=Kept(bank_of(), other))
    assert floors[-1].unconfirmed == 1.0


def test_a_thing_of_the_confirmed_reference_that_goes_has_to_be_confirmed_again() -> None:
    floor = paving(contrast=0.3)
    bank = bank_of(lambda t: grained(with_box(floor), t))

    def scene(t: float) -> Picture:
        return grained(with_box(floor), t) if t < 10 else grained(floor, t)

    _, floors = looked(scene, 100, Kept(bank, bank))
    assert "changed" not in floors[10].doubts
    assert "changed" in floors[-1].doubts
    assert 0.05 < floors[-1].unconfirmed < 0.6


def test_what_is_learned_where_a_vehicle_stands_is_doubted() -> None:
    x1, y1, x2, y2 = (value / side for value, side in zip(THING, SIZE * 2, strict=True))
    space = FreeSpace()
    space.watch(ZONE)
    for i in range(16):
        floor = space.step(blocked(i / 2), i / 2, things=[(x1, y1, x2, y2)])["door"]
    assert "stood" in floor.doubts


def test_a_thing_that_stands_out_of_the_floor_that_is_learned_is_doubted() -> None:
    def scene(t: float) -> Picture:
        picture = paving(0.2)
        cv2.rectangle(picture, THING[:2], THING[2:], (30, 40, 60), -1)
        return grained(picture, t)

    assert looked(scene)[1][-1].doubts == ("island",)


def test_a_floor_of_one_material_in_uneven_light_is_not_doubted() -> None:
    slope = np.linspace(0.5, 1.2, SIZE[0])[None, :, None]
    _, floors = looked(lambda t: grained(paving(0.4) * slope, t))
    assert floors[-1].doubts == ()


def test_a_reference_that_is_forgotten_is_learned_anew() -> None:
    space, _ = looked(free)
    space.forget("door")
    for i in range(30, 60):
        floor = space.step(blocked(i / 2), i / 2)["door"]
    assert (objects(floor), floor.known) == ([], 1.0)


def test_a_zone_that_knows_nothing_yet_is_not_kept() -> None:
    space, _ = looked(free, 1.0)
    assert space.banks() == {}


def test_learning_is_news_and_following_is_none() -> None:
    space, _ = looked(free)
    before = space.news
    for i in range(28, 60):
        space.step(free(i / 2), i / 2)
    assert before > 0
    assert space.news == before
