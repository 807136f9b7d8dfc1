"""A camera at fault in the whole pipeline: what its other rules do meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from events.rules import CameraFault, Dwell, Rule
from linewarden.errors import CommandError
from linewarden.pipeline import Pipeline, Step
from linewarden.view import accept, is_accepted
from vision import Detections, Picture, Size, Zone

SIZE = (320, 180)
YARD = Zone("yard", ((40, 60), (280, 60), (280, 170), (40, 170)), SIZE)
STAY = Dwell("stay", 1, "yard", ("excavator",), after_s=8, clear_s=6, level="red")
WATCH = CameraFault("eye", 1, "picture", (), after_s=5, clear_s=6, level="blue")
VIEW = np.random.default_rng(1).integers(40, 200, (18, 32, 3), np.uint8).repeat(10, 0).repeat(10, 1)


class Sees:
    """Finds one excavator wherever the picture is bright enough to find anything."""

    classes = ("excavator",)

    def __init__(self) -> None:
        self.here = True

    def detect(self, picture: Picture, thresholds: Sequence[float]) -> Detections:
        size = picture.shape[1], picture.shape[0]
        if not self.here or picture.mean() < 30:
            return Detections.none(self.classes, size)
        box = np.array([[120, 80, 200, 140]], np.float32) * (size[0] / SIZE[0])
        ones = np.full(1, 0.9, np.float32)
        return Detections(box, ones, np.zeros(1, np.int64), self.classes, size)


def well(i: int) -> Picture:
    grain = np.random.default_rng(i).integers(-4, 5, VIEW.shape)
    return (VIEW + grain).clip(0, 255).astype(np.uint8)


def black(i: int) -> Picture:
    return (well(i) // 40).astype(np.uint8)


def turned(i: int) -> Picture:
    return np.roll(well(i), (35, 95), axis=(0, 1))


def played(
    pipeline: Pipeline, shows: Callable[[float], Picture], from_s: float, until_s: float
) -> list[Step]:
    """Four pictures a second; what `shows` gives for a second."""
    moments = np.arange(from_s, until_s, 0.25)
    return [pipeline.step(shows(4 * t), SIZE, float(t)) for t in moments]


def told(steps: Sequence[Step], rule: Rule) -> list[str]:
    return [one.kind for step in steps for one in step.transitions.get(rule.id, ())]


def at(i: float) -> Picture:
    return well(int(i))


@pytest.mark.parametrize("fault", [black, turned])
def test_an_incident_neither_ends_nor_opens_while_the_camera_is_at_fault(
    fault: Callable[[int], Picture],
) -> None:
    detector = Sees()
    pipeline = Pipeline(detector, {"excavator": 0.4}, [YARD], [STAY])
    assert told(played(pipeline, at, 0, 20), STAY) == ["opened"]
    detector.here = False
    blind = played(pipeline, lambda i: fault(int(i)), 20, 60)
    assert told(blind, STAY) == []
    suspended = blind[-1].suspended
    assert suspended is not None
    assert suspended.why_en.startswith("suspended: ")
    after = played(pipeline, at, 60, 80)
    assert told(after, STAY) == ["ended"]
    ended = next(one for step in after for one in step.transitions.get("stay", ()))
    assert ended.at_s >= 60 + STAY.clear_s - 4  # at most what it had been gone before it was held


def test_a_view_that_somebody_accepts_is_watched_again() -> None:
    detector = Sees()
    detector.here = False
    pipeline = Pipeline(detector, {"excavator": 0.4}, [YARD], [STAY])
    played(pipeline, at, 0, 6)
    played(pipeline, lambda i: turned(int(i)), 6, 20)
    detector.here = True
    blind = played(pipeline, lambda i: turned(int(i)), 20, 40)
    assert blind[-1].suspended is not None
    assert told(blind, STAY) == []
    pipeline.accept_view()
    after = played(pipeline, lambda i: turned(int(i)), 40, 60)
    assert after[-1].suspended is None
    assert told(after, STAY) == ["opened"]
    back = played(pipeline, at, 60, 80)
    assert back[-1].suspended is not None


def test_an_accepted_view_is_taken_once(tmp_path: Path) -> None:
    assert not is_accepted(tmp_path, "k12")
    accept(tmp_path, "k12")
    assert [is_accepted(tmp_path, camera) for camera in ("k13", "k12", "k12")] == [
        False,
        True,
        False,
    ]
    with pytest.raises(CommandError, match="none"):
        accept(tmp_path / "none", "k12")


def test_time_in_the_dark_does_not_count_towards_an_opening() -> None:
    pipeline = Pipeline(Sees(), {"excavator": 0.4}, [YARD], [STAY])
    steps = played(pipeline, at, 0, 7) + played(pipeline, lambda i: black(int(i)), 7, 30)
    assert told(steps, STAY) == []
    assert told(played(pipeline, at, 30, 36), STAY) == ["opened"]


def test_the_watch_over_the_camera_goes_on_and_tells() -> None:
    pipeline = Pipeline(Sees(), {"excavator": 0.4}, [YARD], [STAY, WATCH])
    played(pipeline, at, 0, 10)
    dark = played(pipeline, lambda i: black(int(i)), 10, 20)
    assert told(dark, WATCH) == ["opened"]
    assert list(dark[-1].held) == ["stay"]
    assert told(played(pipeline, at, 20, 40), WATCH) == ["ended"]


def test_a_stream_of_another_size_keeps_its_tracks_and_gives_boxes_in_its_own_pixels() -> None:
    pipeline = Pipeline(Sees(), {"excavator": 0.4}, [YARD], [STAY])
    before = played(pipeline, at, 0, 5)[-1]
    larger: Size = (640, 360)
    steps = [pipeline.step(well(i).repeat(2, 0).repeat(2, 1), larger, 5 + i / 4) for i in range(20)]
    assert [t.id for t in steps[-1].tracks] == [t.id for t in before.tracks]
    assert steps[-1].tracks[0].box_px == pytest.approx((240, 160, 400, 280), abs=2)
    (opened,) = [one for step in steps for one in step.transitions.get("stay", ())]
    assert opened.at_s == pytest.approx(8, abs=0.5)


def test_time_that_jumps_back_is_dropped_and_an_hour_ahead_is_no_departure() -> None:
    detector = Sees()
    pipeline = Pipeline(detector, {"excavator": 0.4}, [YARD], [STAY])
    played(pipeline, at, 0, 12)
    back = pipeline.step(well(1), SIZE, 9.9)
    assert (back.detections, back.transitions) == (None, {})
    detector.here = False
    assert told(played(pipeline, at, 3600, 3605), STAY) == []
