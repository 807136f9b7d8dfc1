from __future__ import annotations

import random
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision import Box, Detections, Track, Tracker

CLASSES = ("person", "car", "truck", "bus")
Object = tuple[str, float, Box]


def seen(*objects: Object) -> Detections:
    rows = sorted(objects, key=lambda o: -o[1])
    return Detections(
        np.array([o[2] for o in rows], np.float32).reshape(-1, 4),
        np.array([o[1] for o in rows], np.float32),
        np.array([CLASSES.index(o[0]) for o in rows], np.int64),
        CLASSES,
        (1280, 720),
    )


def car(x: float, y: float = 400, label: str = "car", score: float = 0.8) -> Object:
    return label, score, (x - 80, y - 80, x + 80, y)


def person(x: float, y: float = 400, score: float = 0.8) -> Object:
    return "person", score, (x - 20, y - 100, x + 20, y)


def ids(tracks: Iterable[Track]) -> set[int]:
    return {track.id for track in tracks}


def test_one_sight_is_a_candidate_and_the_second_makes_a_track() -> None:
    tracker = Tracker()
    assert tracker.step(seen(car(300)), 0) == ()
    assert [c.label for c in tracker.candidates] == ["car"]
    (track,) = tracker.step(seen(car(302)), 0.5)
    assert (track.first_seen_s, track.last_seen_s, track.seen_now) == (0, 0.5, True)
    assert tracker.candidates == ()


def test_a_candidate_that_is_lost_for_a_while_is_born_at_the_second_of_two_close_sights() -> None:
    tracker = Tracker()
    tracker.step(seen(car(300)), 0)
    for now_s in (0.5, 1.0, 1.4):
        tracker.step(seen(), now_s)
    assert tracker.step(seen(car(500)), 1.9) == ()
    (track,) = tracker.step(seen(car(550)), 2.4)
    assert track.seen_now


def test_a_flash_that_is_not_confirmed_is_forgotten() -> None:
    tracker = Tracker()
    tracker.step(seen(car(300)), 0)
    for i in range(1, 9):
        assert tracker.step(seen(), i * 0.25) == ()
    assert tracker.candidates == ()


def test_the_box_is_the_one_that_was_seen_not_a_smoothed_one() -> None:
    tracker = Tracker()
    tracker.step(seen(car(300)), 0)
    (track,) = tracker.step(seen(car(330)), 0.2)
    assert track.box_px == (250, 320, 410, 400)
    assert track.foot_px == (330, 400)


@pytest.mark.parametrize("fps", [2, 4, 8, 25])
@pytest.mark.parametrize("heights_per_s", [0, 0.5, 1.5, 2.5])
def test_a_car_keeps_its_number_at_any_frame_rate(fps: float, heights_per_s: float) -> None:
    tracker = Tracker()
    found: set[int] = set()
    for i in range(int(4 * fps)):
        found |= ids(tracker.step(seen(car(100 + heights_per_s * 80 * i / fps)), i / fps))
    assert len(found) == 1


@given(fps=st.floats(4, 25), share=st.floats(0, 0.4), seed=st.integers(0, 2**20))
def test_lost_pictures_are_longer_steps_and_cost_no_number(
    fps: float, share: float, seed: int
) -> None:
    chance = random.Random(seed)
    tracker = Tracker()
    found: set[int] = set()
    for i in range(int(6 * fps)):
        if i > 2 and chance.random() < share:
            continue
        jitter = chance.gauss(0, 2)
        found |= ids(tracker.step(seen(person(200 + 60 * i / fps + jitter)), i / fps))
    assert len(found) == 1


def test_two_cars_that_pass_each_other_keep_their_numbers() -> None:
    tracker = Tracker()
    left_to_right: set[int] = set()
    for i in range(40):
        t = i / 8
        tracks = tracker.step(seen(car(100 + 200 * t, 380), car(1100 - 200 * t, 450)), t)
        left_to_right |= {k.id for k in tracks if k.box_px[3] == 380}
    assert len(left_to_right) == 1
    assert len(tracks) == 2


def test_a_detector_that_cannot_decide_between_car_and_truck_makes_one_track() -> None:
    tracker = Tracker()
    found: set[int] = set()
    for i in range(20):
        one = car(300 + 5 * i, label="truck", score=0.5) if i % 3 == 0 else car(300 + 5 * i)
        found |= ids(tracks := tracker.step(seen(one), i / 5))
    assert len(found) == 1
    assert tracks[0].label == "car"


def test_the_label_follows_the_weight_of_the_evidence() -> None:
    tracker = Tracker()
    for i in range(10):
        tracker.step(seen(car(300, label="car", score=0.45)), i / 5)
    for i in range(10, 40):
        tracks = tracker.step(seen(car(300, label="truck", score=0.9)), i / 5)
    assert tracks[0].label == "truck"


def test_one_object_with_a_box_of_each_name_is_one_track() -> None:
    tracker = Tracker()
    for i in range(5):
        both = seen(car(300), car(303, label="truck", score=0.6))
        tracks = tracker.step(both, i / 5)
    assert len(tracks) == 1


def test_a_person_is_never_taken_for_the_car_they_stand_at() -> None:
    tracker = Tracker()
    for i in range(5):
        tracks = tracker.step(seen(car(300), person(300)), i / 5)
    assert sorted(t.label for t in tracks) == ["car", "person"]
    for i in range(5, 8):
        tracks = tracker.step(seen(car(300)), i / 5)
    assert [t.seen_now for t in tracks if t.label == "person"] == [False]


def test_an_unsure_box_keeps_a_track_but_begins_none() -> None:
    tracker = Tracker({"car": 0.5})
    for i in range(10):
        assert tracker.step(seen(car(300, score=0.3)), i / 5) == ()
    for i in range(10, 13):
        tracks = tracker.step(seen(car(300)), i / 5)
    for i in range(13, 60):
        tracks = tracker.step(seen(car(300, score=0.2)), i / 5)
    assert [t.seen_now for t in tracks] == [True]


def test_what_moved_is_remembered_for_three_seconds_and_what_stood_for_eight() -> None:
    for speed, lives_s in ((120, 3), (0, 8)):
        tracker = Tracker()
        for i in range(25):
            tracker.step(seen(car(200 + speed * i / 5)), i / 5)
        gone = [i / 5 for i in range(25, 80) if not tracker.step(seen(), i / 5)]
        assert gone[0] - 24 / 5 == pytest.approx(lives_s, abs=0.45)


@pytest.mark.parametrize("gap_s", [2.0, 5.0, 10.0])
def test_what_stands_still_keeps_its_number_when_looked_at_only_now_and_then(gap_s: float) -> None:
    tracker = Tracker()
    found: set[int] = set()
    for i in range(12):
        shaken = car(300 + (-1) ** i * 2)
        found |= ids(tracker.step(seen(shaken) if i != 6 else seen(), i * gap_s))
    assert len(found) == 1


def test_what_stood_still_and_is_found_elsewhere_after_a_long_gap_is_another() -> None:
    tracker = Tracker()
    for i in range(30):
        first = ids(tracker.step(seen(car(300)), i / 5))
    tracker.step(seen(car(900)), 16.0)
    tracks = tracker.step(seen(car(900)), 16.5)
    assert ids(t for t in tracks if t.seen_now).isdisjoint(first)


def test_a_car_that_passes_a_hidden_parked_one_does_not_take_its_number() -> None:
    tracker = Tracker()
    tracker.step(seen(car(300)), 0)
    for i in range(1, 20):
        (parked,) = tracker.step(seen(car(300)), i * 0.5)
    for i in range(20, 24):
        tracker.step(seen(), i * 0.5)
    for i in range(24, 28):
        tracks = tracker.step(seen(car(470 + 20 * (i - 24), 380)), i * 0.5)
    back = tracker.step(seen(car(300), car(550, 380)), 14)
    assert all(t.id != parked.id for t in tracks if t.seen_now)
    assert [t.box_px for t in back if t.id == parked.id and t.seen_now] == [car(300)[2]]


def test_after_more_than_a_minute_without_a_look_nothing_is_remembered() -> None:
    tracker = Tracker()
    for i in range(30):
        first = ids(tracker.step(seen(car(300)), i / 5))
    assert tracker.step(seen(car(300)), 70) == ()
    assert ids(tracker.step(seen(car(300)), 70.2)).isdisjoint(first)


def test_a_track_that_is_hidden_for_a_moment_is_found_again_where_it_was_heading() -> None:
    tracker = Tracker()
    for i in range(20):
        first = ids(tracker.step(seen(car(100 + 20 * i)), i / 8))
    for i in range(20, 28):
        tracker.step(seen(), i / 8)
    for i in range(28, 32):
        tracks = tracker.step(seen(car(100 + 20 * i)), i / 8)
    assert ids(t for t in tracks if t.seen_now) == first


@pytest.mark.parametrize("again_s", [1.0, 0.2])
def test_time_that_does_not_advance_changes_nothing(again_s: float) -> None:
    tracker = Tracker()
    tracker.step(seen(car(300)), 0.5)
    before = tracker.step(seen(car(300)), 1.0)
    assert tracker.step(seen(car(500)), again_s) == before


def test_a_box_that_was_doubled_leaves_one_track_which_is_the_elder() -> None:
    tracker = Tracker()
    for i in range(8):
        tracker.step(seen(person(300)), i * 0.5)
    tracker.step(seen(person(300), person(312)), 4.0)
    tracker.step(seen(person(300), person(312)), 4.5)
    tracks = tracker.step(seen(person(306)), 5.0)
    assert ids(tracks) == {1}
