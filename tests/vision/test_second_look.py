"""Second looks: two of three confirm, at any frame rate; nothing is dropped without a word."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision import Detections
from vision.second_look import AGAIN_S, MOST_AGAIN_S, Trial, Verdict, region_of, score_of

CLASSES = ("excavator", "machine", "truck")


def frames(fps: float, seconds: float, drops: float, seed: int) -> Iterator[float]:
    """Capture times of a camera that loses some of its frames."""
    chance = random.Random(seed)  # a test's chance
    for k in range(int(fps * seconds)):
        if chance.random() >= drops:
            yield k / fps


def play(
    times: Iterator[float], passes: Callable[[int], bool]
) -> tuple[list[float], list[tuple[float, Verdict]]]:
    """Look whenever a look is due; when looks were made, and each change of the verdict."""
    trial, looks, said = Trial(), [], [(0.0, Trial().verdict(0.0))]
    for now_s in times:
        if trial.is_due(now_s):
            passed = passes(len(looks))
            trial = trial.looked(0.7 if passed else 0.1, passed=passed, now_s=now_s)
            looks.append(now_s)
        if trial.verdict(now_s) != said[-1][1]:
            said.append((now_s, trial.verdict(now_s)))
    return looks, said


fps_and_drops = st.tuples(st.floats(2, 25), st.sampled_from([0.0, 0.4]), st.integers(0, 99))


@given(fps_and_drops)
def test_a_true_candidate_is_confirmed_by_two_looks_and_never_looked_at_again(
    camera: tuple[float, float, int],
) -> None:
    fps, drops, seed = camera
    looks, said = play(frames(fps, 30, drops, seed), lambda _: True)
    assert len(looks) == 2
    assert [verdict for _, verdict in said] == ["waiting", "confirmed"]


@given(fps_and_drops)
def test_one_bad_look_of_three_does_not_lose_a_true_candidate(
    camera: tuple[float, float, int],
) -> None:
    for bad in range(3):
        looks, said = play(frames(camera[0], 30, *camera[1:]), lambda k, bad=bad: k != bad)
        assert len(looks) == (2 if bad == 2 else 3)
        assert said[-1][1] == "confirmed"


@given(fps_and_drops, st.lists(st.booleans(), min_size=200, max_size=200))
def test_looks_of_a_round_are_half_a_second_apart_at_any_frame_rate(
    camera: tuple[float, float, int], answers: list[bool]
) -> None:
    looks, _ = play(frames(camera[0], 60, *camera[1:]), lambda k: answers[k])
    assert all(b - a >= 0.49 for a, b in pairwise(looks))


@pytest.mark.parametrize("fps", [2, 4, 12.5, 25])
def test_a_verdict_comes_within_two_seconds_at_full_rate(fps: float) -> None:
    _, said = play(frames(fps, 5, 0, 0), lambda k: k != 0)
    assert said[-1][0] <= 2.0


@given(fps_and_drops)
def test_clutter_is_refuted_by_two_looks_and_looked_at_ever_more_seldom(
    camera: tuple[float, float, int],
) -> None:
    looks, said = play(frames(camera[0], 300, *camera[1:]), lambda _: False)
    assert said[1][1] == "refuted"
    rounds = looks[::2]
    gaps = [b - a for a, b in pairwise(rounds)]
    assert gaps == sorted(gaps, key=lambda gap: round(gap / 10))
    assert gaps[0] >= AGAIN_S
    assert len(looks) <= 2 * 6


def test_a_digger_that_was_missed_once_is_confirmed_ten_seconds_later() -> None:
    _, said = play(frames(4, 60, 0, 0), lambda k: k >= 2)
    assert [verdict for _, verdict in said] == ["waiting", "refuted", "waiting", "confirmed"]
    assert said[-1][0] == pytest.approx(0.5 + AGAIN_S + 0.5, abs=0.5)


def test_a_refusal_never_holds_longer_than_its_bound() -> None:
    assert Trial(refusals=40).again_s == MOST_AGAIN_S


def test_a_look_that_is_not_due_changes_nothing() -> None:
    once = Trial().looked(0.8, passed=True, now_s=10.0)
    assert once.looked(0.9, passed=True, now_s=10.2) is once


def test_what_is_too_far_is_said_and_looked_at_once_it_has_come_nearer() -> None:
    far = Trial().too_far(13.0)
    assert far.verdict(5.0) == "too far"
    near = far.looked(0.7, passed=True, now_s=5.0)
    assert near.verdict(5.0) == "waiting"
    assert near.looked(0.7, passed=True, now_s=5.5).verdict(5.5) == "confirmed"


def test_what_was_refuted_is_not_believed_for_being_too_far_later() -> None:
    refuted = Trial().looked(0.0, passed=False, now_s=0).looked(0.0, passed=False, now_s=0.5)
    assert refuted.too_far(13.0).verdict(1.0) == "refuted"


@given(
    st.tuples(st.floats(0, 1900), st.floats(0, 1060)),
    st.tuples(st.floats(4, 700), st.floats(4, 700)),
    st.sampled_from([416, 640]),
)
def test_the_crop_holds_the_box_and_lies_in_the_frame(
    at: tuple[float, float], size: tuple[float, float], input_px: int
) -> None:
    frame = (1920, 1080)
    box = (at[0], at[1], min(at[0] + size[0], 1920), min(at[1] + size[1], 1080))
    x1, y1, x2, y2 = region_of(box, frame, input_px)
    assert 0 <= x1 < x2 <= 1920
    assert 0 <= y1 < y2 <= 1080
    assert x1 <= box[0] + 1
    assert y1 <= box[1] + 1
    assert x2 >= box[2] - 1
    assert y2 >= box[3] - 1


@pytest.mark.parametrize(("height", "shown"), [(20, 80), (60, 80), (120, 120), (400, 200)])
def test_the_object_is_eighty_to_two_hundred_pixels_high_in_the_input(
    height: float, shown: float
) -> None:
    x1, _, x2, _ = region_of((1800, 1000, 1800 + height, 1000 + height), (4000, 4000), 416)
    assert 416 * height / (x2 - x1) == pytest.approx(shown, rel=0.03)


def look(*rows: tuple[str, float, tuple[float, float, float, float]]) -> Detections:
    """What a detector saw in a crop of 200 by 200."""
    boxes = np.array([box for _, _, box in rows], np.float32).reshape(-1, 4)
    scores = np.array([score for _, score, _ in rows], np.float32)
    ids = np.array([CLASSES.index(label) for label, _, _ in rows], np.int64)
    return Detections(boxes, scores, ids, CLASSES, (200, 200))


REGION = (500, 300, 700, 500)
BOX = (570.0, 370.0, 630.0, 420.0)
SAME = (71.0, 69.0, 131.0, 121.0)
WANTED = {"excavator": 0.3, "machine": 0.4}


@pytest.mark.parametrize(
    ("rows", "score", "passed"),
    [
        ([("excavator", 0.35, SAME)], 0.35, True),
        ([("machine", 0.35, SAME)], 0.35, False),
        ([("machine", 0.45, SAME), ("excavator", 0.2, SAME)], 0.45, True),
        ([("truck", 0.9, SAME)], 0.0, False),
        ([("excavator", 0.9, (0, 0, 60, 50))], 0.0, False),
        ([], 0.0, False),
    ],
)
def test_a_look_confirms_only_a_wanted_class_with_its_own_score_at_the_same_place(
    rows: list[tuple[str, float, tuple[float, float, float, float]]], score: float, passed: bool
) -> None:
    best, good = score_of(look(*rows), REGION, BOX, WANTED)
    assert (best, good) == (pytest.approx(score), passed)
