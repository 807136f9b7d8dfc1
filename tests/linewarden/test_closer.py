"""Tiles and second looks in the pipeline: what they find, hold back, say and cost.

The detector of these tests has the eyesight of a real one: what is small in its input it does not
see, and an orange board it takes for an excavator until it sees it large.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import pytest

from events.rules import Dwell, Transition
from linewarden.closer import Doubt
from linewarden.pipeline import Pipeline
from vision import Detections, Picture, Zone
from vision.tiles import Need, heights_between
from vision.types import Region

NAMES = ("person", "excavator", "machine")
THRESHOLDS = dict.fromkeys(NAMES, 0.4)
ENOUGH = {"excavator": 0.3, "machine": 0.3}
NATIVE, SMALL = (640, 360), (320, 180)
ZONE = Zone("yard", ((100, 100), (550, 100), (550, 350), (100, 350)), NATIVE)
STAY = Dwell("stay", 1, "yard", ("excavator", "machine"), after_s=4, clear_s=3, level="red")
INPUT_PX = 416
DIGGER, BOARD = (0, 220, 240), (0, 120, 250)


class Eyes:
    """Finds what is yellow or orange and at least 20 px high in an input of 416 px."""

    classes = NAMES

    def __init__(self) -> None:
        self.asked = 0

    def detect(self, picture: Picture, thresholds: Sequence[float]) -> Detections:
        self.asked += 1
        height, width = picture.shape[:2]
        scale = INPUT_PX / max(width, height)
        rows = []
        bright = (picture[..., 2] > 200) & (picture[..., 0] < 60)
        for colour in (DIGGER, BOARD):
            ys, xs = np.nonzero(bright & ((picture[..., 1] > 170) == (colour == DIGGER)))
            if not len(ys):
                continue
            box = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
            seen_px = (box[3] - box[1]) * scale
            if seen_px >= 20 and (colour == DIGGER or seen_px < 60):
                rows.append(box)
        return Detections(
            np.array(rows, np.float32).reshape(-1, 4),
            np.full(len(rows), 0.6, np.float32),
            np.ones(len(rows), np.int64),
            NAMES,
            (width, height),
        )


def native(colour: tuple[int, int, int], height_px: int) -> Picture:
    picture = np.full((NATIVE[1], NATIVE[0], 3), 90, np.uint8)
    picture[200 - height_px : 200, 300 : 300 + height_px] = colour
    return picture


def watch(
    pipeline: Pipeline, picture: Picture, times: Iterable[float], *, crops: bool = True
) -> tuple[list[Transition], list[Doubt]]:
    """Show one picture, at half its size, at each of these capture times."""

    def crop(region: Region) -> Picture:
        x1, y1, x2, y2 = region
        return picture[y1:y2, x1:x2]

    small = cv2.resize(picture, SMALL, interpolation=cv2.INTER_AREA).astype(np.uint8)
    said, doubts = [], []
    for now_s in times:
        step = pipeline.step(small, NATIVE, now_s, crop=crop if crops else None)
        said += [one for each in step.transitions.values() for one in each]
        doubts += step.doubts
    return said, doubts


def every(fps: float, seconds: float, drops: float = 0.0, seed: int = 0) -> list[float]:
    chance = random.Random(seed)
    return [k / fps for k in range(int(seconds * fps)) if chance.random() >= drops]


def pipeline(
    eyes: Eyes, *, object_px: float | None = None, twice: bool = False, rule: Dwell = STAY
) -> Pipeline:
    needs = [] if object_px is None else [Need(ZONE, heights_between(ZONE, object_px, object_px))]
    return Pipeline(
        eyes, THRESHOLDS, [ZONE], [rule], needs=needs, second_look=ENOUGH if twice else None
    )


def test_a_digger_too_small_for_the_whole_picture_is_found_in_a_tile() -> None:
    far = native(DIGGER, 20)
    assert watch(pipeline(Eyes()), far, every(4, 10)) == ([], [])
    said, _ = watch(pipeline(Eyes(), object_px=18), far, every(4, 10))
    assert [one.kind for one in said] == ["opened"]


@pytest.mark.parametrize("fps", [2, 4, 12.5, 25])
def test_a_far_digger_opens_at_its_time_at_any_frame_rate(fps: float) -> None:
    said, _ = watch(pipeline(Eyes(), object_px=18), native(DIGGER, 20), every(fps, 6))
    assert said[0].at_s == pytest.approx(4, abs=1.1)


def test_the_box_of_a_far_digger_is_in_pixels_of_the_frame() -> None:
    watched, far = pipeline(Eyes(), object_px=18), native(DIGGER, 20)
    step = watched.step(far, NATIVE, 0.0, crop=lambda r: far[r[1] : r[3], r[0] : r[2]])
    assert step.detections is not None
    assert step.detections.boxes_px[0] == pytest.approx((300, 180, 320, 200))


def test_no_picture_costs_more_than_four_calls_beside_the_whole_one() -> None:
    for object_px in (8, 12, 18):
        eyes = Eyes()
        watched = pipeline(eyes, object_px=object_px, twice=True)
        for now_s in every(4, 6):
            before = eyes.asked
            watch(watched, native(DIGGER, 40), [now_s])
            assert eyes.asked - before <= 5


def test_an_idle_camera_pays_for_the_whole_picture_alone() -> None:
    eyes = Eyes()
    watch(
        pipeline(eyes, object_px=15, twice=True), native((90, 90, 90), 40), every(4, 5), crops=False
    )
    assert eyes.asked == 20


def test_a_zone_that_does_not_say_it_is_far_costs_nothing() -> None:
    eyes = Eyes()
    watch(pipeline(eyes, object_px=90), native((90, 90, 90), 40), every(4, 5))
    assert eyes.asked == 20


def test_a_board_that_looks_like_a_digger_from_afar_opens_nothing_after_a_second_look() -> None:
    board = native(BOARD, 70)
    assert [one.kind for one in watch(pipeline(Eyes()), board, every(4, 9))[0]] == ["opened"]
    said, doubts = watch(pipeline(Eyes(), twice=True), board, every(4, 9))
    assert said == []
    assert doubts[0].why_en == (
        "second look does not confirm excavator: 0 of 2 (best score 0.00, 0.30 is needed); "
        "again in 10 s"
    )


def test_a_refuted_board_leaves_the_camera_idle() -> None:
    watched, board = pipeline(Eyes(), twice=True), native(BOARD, 70)
    watch(watched, board, every(4, 3))
    small = cv2.resize(board, SMALL).astype(np.uint8)
    step = None
    for now_s in (3.0, 4.0, 5.0, 6.0):
        step = watched.step(small, NATIVE, now_s)
    assert step is not None
    assert not step.busy


def test_a_digger_is_confirmed_while_its_time_runs_and_the_event_says_so() -> None:
    digger = native(DIGGER, 70)
    (plain,), _ = watch(pipeline(Eyes()), digger, every(4, 9))
    (twice,), doubts = watch(pipeline(Eyes(), twice=True), digger, every(4, 9))
    assert twice.at_s == plain.at_s
    assert doubts == []
    assert twice.why_en == plain.why_en + "; second look: 2 of 2 confirmed (best score 0.60)"
    assert twice.why_zh.endswith("复看 2 次中 2 次确认(最高置信度 0.60)")


@pytest.mark.parametrize("fps", [2, 5, 12.5, 25])
def test_a_digger_opens_once_and_in_time_when_two_frames_in_five_are_lost(fps: float) -> None:
    times = every(fps, 8, drops=0.4, seed=5)
    plain, _ = watch(pipeline(Eyes()), native(DIGGER, 70), times)
    twice, _ = watch(pipeline(Eyes(), twice=True), native(DIGGER, 70), times)
    assert [one.at_s for one in twice] == [one.at_s for one in plain]
    assert len(plain) == 1


def test_a_rule_with_hardly_any_time_waits_for_its_second_look() -> None:
    rule = Dwell("quick", 1, "yard", ("excavator",), after_s=0.2, clear_s=3, level="red")
    (said,), _ = watch(pipeline(Eyes(), twice=True, rule=rule), native(DIGGER, 70), every(4, 5))
    assert 0.5 <= said.at_s <= 1.5


def test_what_is_too_far_for_a_second_look_opens_and_says_so() -> None:
    (said,), doubts = watch(
        pipeline(Eyes(), object_px=10, twice=True), native(DIGGER, 14), every(4, 10)
    )
    assert doubts == []
    assert said.why_en.endswith("too far for a second look (14 px high, 16 are needed)")


def test_a_class_without_a_score_for_second_looks_needs_none() -> None:
    rule = Dwell("stay", 1, "yard", ("excavator",), after_s=4, clear_s=3, level="red")
    watched = Pipeline(Eyes(), THRESHOLDS, [ZONE], [rule], second_look={"machine": 0.3})
    (said,), _ = watch(watched, native(BOARD, 70), every(4, 9))
    assert "second look" not in said.why_en


def test_a_second_look_that_says_machine_confirms_for_a_rule_that_takes_both() -> None:
    class Unsure(Eyes):
        """Calls a digger a machine as soon as it sees it large."""

        def detect(self, picture: Picture, thresholds: Sequence[float]) -> Detections:
            found = super().detect(picture, thresholds)
            ids = np.full(len(found), 2 if picture.shape[1] != SMALL[0] else 1, np.int64)
            return Detections(found.boxes_px, found.confidences, ids, NAMES, found.frame_px)

    only = Dwell("only", 1, "yard", ("excavator",), after_s=4, clear_s=3, level="red")
    digger = native(DIGGER, 70)
    assert len(watch(pipeline(Unsure(), twice=True), digger, every(4, 9))[0]) == 1
    assert watch(pipeline(Unsure(), twice=True, rule=only), digger, every(4, 9))[0] == []
