from __future__ import annotations

from collections.abc import Callable

import av
import numpy as np
import pytest

from models import load_manifest
from tests.cameras.data import video
from vision import Detections, Headcount, Headcounter, Track, Tracker, Zone, floor_m2, load_detector

SIZE = (640, 360)


def boxes(feet: list[tuple[float, float]], confidence: float = 0.9) -> Detections:
    """People 40 px high with their feet there."""
    rows = np.array([(x - 8, y - 40, x + 8, y) for x, y in feet], np.float32).reshape(-1, 4)
    n = len(rows)
    return Detections(rows, np.full(n, confidence, np.float32), np.zeros(n, int), ("person",), SIZE)


def counted(
    at: Callable[[float], list[tuple[float, float]]], *, fps: float = 4, until_s: float = 12
) -> Headcount:
    tracker, heads = Tracker({"person": 0.3}), Headcounter(lambda point, size: True, 0.3)
    for i in range(int(until_s * fps)):
        seen = boxes(at(i / fps))
        found = heads.step(seen, tracker.step(seen, i / fps), SIZE, i / fps)
    return found


@pytest.mark.parametrize("fps", [2, 4, 12.5])
def test_who_stands_and_who_streams_past_are_told_apart(fps: float) -> None:
    def people(t: float) -> list[tuple[float, float]]:
        still = [(100.0 + 30 * i, 200.0) for i in range(5)]
        going = [(40.0 + 60 * i + 20 * t % 60, 320.0) for i in range(6)]
        return still + going

    found = counted(people, fps=fps)
    assert found.standing == pytest.approx(5, abs=1)
    assert found.is_stream


def test_people_who_sway_on_the_spot_stand() -> None:
    found = counted(lambda t: [(100 + 2 * np.sin(3 * t + i) + 30 * i, 200.0) for i in range(4)])
    assert found.standing == 4


def test_a_box_that_several_people_share_widens_the_range_upwards_only() -> None:
    row = np.array([[100.0, 160.0, 220.0, 200.0]], np.float32)
    one = Detections(row, np.array([0.9], np.float32), np.zeros(1, int), ("person",), SIZE)
    found = Headcounter(lambda point, size: True, 0.3).step(one, (), SIZE, 0.0)
    assert found.low == 1
    assert found.high == 6


def test_unsure_boxes_widen_the_range_upwards_only() -> None:
    heads = Headcounter(lambda point, size: True, 0.3)
    sure, unsure = boxes([(100, 200), (200, 200)]), boxes([(300, 200)], 0.2)
    both = Detections(
        np.concatenate([sure.boxes_px, unsure.boxes_px]),
        np.concatenate([sure.confidences, unsure.confidences]),
        np.zeros(3, int),
        ("person",),
        SIZE,
    )
    found = heads.step(both, (), SIZE, 0.0)
    assert (found.low, found.count) == (2, 2.5)
    assert found.high > 3


def test_who_stands_outside_the_zone_is_not_counted() -> None:
    zone = Zone("z", ((0, 0), (150, 0), (150, 359), (0, 359)), SIZE)
    heads = Headcounter(zone.contains, 0.3)
    seen = boxes([(100, 200), (300, 200)])
    tracks = (Track(1, "person", 0.9, (292, 160, 308, 200), 0.0, 0.0, seen_now=True),)
    assert heads.step(seen, tracks, SIZE, 0.0).low == 1


def test_the_floor_of_a_rectangle_has_its_area() -> None:
    assert floor_m2([(0, 0), (4, 0), (4, 2.5), (0, 2.5)]) == pytest.approx(10)


def test_the_count_on_a_real_square_holds_the_number_counted_by_eye() -> None:
    """20 to 28 people, counted to four: the range must reach into that, and some stand."""
    zone = Zone("square", ((0, 60), (639, 60), (639, 359), (0, 359)), SIZE)
    nano = load_manifest("nano")
    detector = load_detector(nano.file, classes=nano.classes, input_px=640)
    tracker = Tracker(nano.thresholds)
    heads = Headcounter(zone.contains, nano.thresholds["person"])
    due_s, found = 0.0, []
    with av.open(str(video("crowd_plaza_360p.mp4"))) as clip:
        for frame in clip.decode(video=0):
            now_s = float(frame.time or 0.0)
            if now_s < due_s:
                continue
            due_s += 0.5
            lowest = [0.4 * nano.thresholds[name] for name in detector.classes]
            seen = detector.detect(frame.to_ndarray(format="bgr24"), lowest)
            found.append(heads.step(seen, tracker.step(seen, now_s), SIZE, now_s))
    assert all(one.low <= 28 and one.high >= 20 for one in found)
    assert 2 <= found[-1].standing <= 10
    assert not found[-1].is_stream
