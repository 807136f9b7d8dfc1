from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from cameras import Frame, SourceError
from events.rules import Doing, Dwell, RuleError, State, Transition
from events.rules.schedule import Calendar
from linewarden.errors import CommandError
from linewarden.families.base import Sight
from linewarden.families.dwell import DwellSettings
from linewarden.pipeline import Pipeline, Step
from linewarden.replay import Looked, replay, run
from linewarden.replay_notes import Notices
from linewarden.replay_pictures import AnnotatedVideo, LastSights, Timeline, annotated, spans_of
from linewarden.replay_score import Opening, Stay, read_truth, score
from linewarden.settings import EdgeSettings, load_edge
from linewarden.units import moment_s, timezone_of
from vision import Detections, Picture, Zone

NAMES = ("person", "car", "truck", "bus", "excavator")
THRESHOLDS = dict.fromkeys(NAMES, 0.4)
SIZE = (320, 180)
YARD = Zone("yard", ((40, 60), (280, 60), (280, 170), (40, 170)), SIZE)
STAY = Dwell("stay", 1, "yard", ("excavator",), after_s=2, clear_s=3, level="red")
STATED = {
    "use": "machine-in-zone",
    "zone": "yard",
    "id": "stay",
    "level": "red",
    "after": "2s",
    "clear": "3s",
}


class ColourDetector:
    """Finds what is painted yellow, and calls it an excavator."""

    classes = NAMES

    def __init__(self) -> None:
        self.asked = 0

    def detect(self, picture: Picture, thresholds: Sequence[float]) -> Detections:
        self.asked += 1
        rows, columns = np.nonzero((picture[..., 2] > 200) & (picture[..., 0] < 80))
        n = min(1, len(rows))
        box = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1] if n else []
        return Detections(
            np.array(box, np.float32).reshape(n, 4),
            np.full(n, 0.9, np.float32),
            np.full(n, 4, np.int64),
            NAMES,
            (picture.shape[1], picture.shape[0]),
        )


def scene(here: bool) -> Picture:
    picture = np.full((180, 320, 3), 90, np.uint8)
    if here:
        picture[80:140, 120:200] = (0, 220, 240)
    return picture


def frames(from_s: float, to_s: float, until_s: float, fps: float = 5) -> Iterator[Frame]:
    for i in range(int(until_s * fps)):
        t = i / fps
        grain = np.random.default_rng(i).integers(-3, 4, (180, 320, 3))
        picture = (scene(from_s <= t < to_s) + grain).clip(0, 255).astype(np.uint8)
        yield Frame(i, 1000 + t, 50 + t, picture, (1280, 720), moving=True)


def pipeline() -> Pipeline:
    return Pipeline(ColourDetector(), THRESHOLDS, [YARD], [STAY])


def test_a_replay_says_each_transition_once_in_seconds_from_the_first_frame() -> None:
    said = [s for look in run(frames(3, 9, 16), pipeline(), "k12") for s in look.said]
    assert [s.transition.kind for s in said] == ["opened", "ended"]
    assert said[0].transition.at_s == pytest.approx(5, abs=0.3)
    assert said[1].transition.at_s == pytest.approx(12, abs=0.5)


def scheduled(start: str, zone: str, window: dict[str, str]) -> list[Looked]:
    """A machine from 3 s to 9 s, in a recording that began at `start` on the clock of `zone`."""
    stated = DwellSettings.model_validate({**STATED, "when": [window]})
    watched = Pipeline(
        ColourDetector(),
        THRESHOLDS,
        [YARD],
        [STAY],
        settings={"stay": stated},
        calendar=Calendar(timezone_of(zone)),
    )
    return list(run(frames(3, 20, 24), watched, "k12", moment_s(start)))


def openings(looks: Iterable[Looked]) -> list[float]:
    return [s.transition.at_s for look in looks for s in look.said if s.transition.kind == "opened"]


NIGHT = {"from": "22:00", "until": "06:00"}


def test_a_replay_that_begins_before_midnight_goes_by_the_window_that_crosses_it() -> None:
    (at_s,) = openings(scheduled("2026-03-27T23:59:58+08:00", "+08:00", NIGHT))
    assert at_s == pytest.approx(5, abs=0.3)
    (waited_s,) = openings(scheduled("2026-03-27T21:59:50+08:00", "+08:00", NIGHT))
    assert waited_s == pytest.approx(10, abs=0.3)
    assert openings(scheduled("2026-03-27T12:00:00+08:00", "+08:00", NIGHT)) == []


def test_the_hour_that_summer_time_skips_is_in_no_window() -> None:
    skipped = {"from": "02:00", "until": "03:00"}
    assert openings(scheduled("2026-03-29T00:59:52+00:00", "Europe/Berlin", skipped)) == []
    (at_s,) = openings(scheduled("2026-03-28T00:59:52+00:00", "Europe/Berlin", skipped))
    assert at_s == pytest.approx(8, abs=0.3)


def test_what_holds_a_rule_back_is_noted_once_and_when_it_is_over() -> None:
    notices = Notices()
    looks = scheduled("2026-03-27T21:59:50+08:00", "+08:00", NIGHT)
    notes = [note for look in looks for note in notices.take(look.at_s, look.step)]
    assert [(n.what, n.rule_id, n.why is None) for n in notes] == [
        ("held", "stay", False),
        ("held", "stay", True),
    ]
    assert notes[1].at_s == pytest.approx(10, abs=0.3)
    assert json.loads(notes[0].as_json())["what"] == "held"


def test_a_remark_about_a_floor_is_noted_until_it_is_taken_back() -> None:
    said = ("待确认", "to be confirmed")
    sights = [Sight(0, remark=said), Sight(None), Sight(0, remark=said), Sight(0)]
    notices = Notices()
    notes = [
        notices.take(float(t), Step(Detections.none(NAMES, SIZE), (), {}, {"exit": sight}, False))  # noqa: FBT003
        for t, sight in enumerate(sights)
    ]
    assert [[(n.what, n.why) for n in found] for found in notes] == [
        [("floor", said)],
        [],
        [],
        [("floor", None)],
    ]


@pytest.mark.parametrize("text", ["2026-03-29T23:50", "23:50", "today", "2026-13-01T00:00Z"])
def test_a_moment_without_its_offset_is_none(text: str) -> None:
    with pytest.raises(ValueError, match="offset"):
        moment_s(text)


def test_the_line_of_json_has_the_fields_that_scorers_read() -> None:
    said = [s for look in run(frames(3, 9, 16), pipeline(), "k12") for s in look.said]
    lines = [json.loads(s.as_json()) for s in said]
    assert list(lines[0]) == [
        "camera", "rule", "zone", "incident", "kind", "time_s", "level", "why", "numbers",
    ]  # fmt: skip
    assert {(r["camera"], r["rule"], r["zone"], r["level"]) for r in lines} == {
        ("k12", "stay", "yard", "red")
    }
    assert len({r["incident"] for r in lines}) == 1


def test_boxes_come_in_pixels_of_the_cameras_own_picture() -> None:
    step = [look.step for look in run(frames(0, 9, 2), pipeline(), "k12")][-1]
    assert step.tracks[0].box_px == pytest.approx((480, 320, 800, 560))


def test_a_picture_that_is_not_looked_at_moves_no_clock() -> None:
    watched, detector = pipeline(), ColourDetector()
    watched = Pipeline(detector, THRESHOLDS, [YARD], [STAY])
    for i in range(3):
        step = watched.step(scene(here=True), SIZE, i / 5)
    assert step.timing
    before = watched.states
    idle = watched.step(scene(here=False), SIZE, 1.0, detect=False)
    assert (idle.detections, idle.transitions, idle.timing) == (None, {}, True)
    assert watched.states == before
    assert detector.asked == 3


def test_a_rule_that_is_held_back_tells_what_is_still_there_when_that_ends() -> None:
    begins = datetime.fromtimestamp(1000, UTC)
    stated = DwellSettings.model_validate(
        {
            "use": "machine-in-zone",
            "zone": "yard",
            "id": "stay",
            "level": "red",
            "after": "2s",
            "clear": "3s",
            "suppress": [
                {"from": begins, "until": begins + timedelta(seconds=8), "reason": "drill"}
            ],
        }
    )
    watched = Pipeline(ColourDetector(), THRESHOLDS, [YARD], [STAY], settings={"stay": stated})
    said: list[Transition] = []
    for frame in frames(3, 12, 18):
        step = watched.step(frame.picture, frame.native_px, frame.mono_s, utc_s=frame.captured_s)
        assert (step.held["stay"].why_en == "drill") if frame.captured_s < 1008 else not step.held
        said += step.transitions.get("stay", ())
    assert [one.kind for one in said] == ["opened", "ended"]
    assert said[0].at_s == pytest.approx(58, abs=0.3)
    assert "held back for 3 s: drill" in said[0].why_en


def test_a_picture_of_another_size_goes_on_and_one_of_another_shape_holds_all_rules() -> None:
    watched = pipeline()
    for i in range(3):
        watched.step(scene(here=True), SIZE, i / 5)
    before = watched.states
    turned = watched.step(scene(here=True), (180, 320), 0.8)
    assert turned.detections is None
    assert turned.held["stay"].why_en == "the picture's shape changed from 320x180 to 180x320"
    assert watched.states["stay"] == replace(before["stay"], now_s=0.8)  # no clock has run
    larger = watched.step(scene(here=True), (1280, 720), 1.0)
    assert larger.held == {}
    assert larger.sights["stay"].observation


def test_a_rule_over_the_whole_picture_needs_no_zone_of_its_own() -> None:
    rule = Dwell("all", 1, "picture", ("excavator",), after_s=2, clear_s=3, level="red")
    watched = Pipeline(ColourDetector(), THRESHOLDS, [], [rule])
    said = [s.transition.kind for look in run(frames(3, 9, 16), watched, "k") for s in look.said]
    assert said == ["opened", "ended"]


def test_the_first_sight_of_something_in_a_zone_asks_for_every_frame() -> None:
    assert pipeline().step(scene(here=True), SIZE, 0.0).timing
    assert not pipeline().step(scene(here=False), SIZE, 0.0).timing


def test_a_time_that_does_not_advance_is_ignored() -> None:
    watched = pipeline()
    watched.step(scene(here=True), SIZE, 5.0)
    assert watched.step(scene(here=False), SIZE, 4.0).detections is None


def test_a_pipeline_goes_on_with_an_incident_of_the_process_before() -> None:
    watched = pipeline()
    watched.restore("stay", State.resumed(-60, 0, label="excavator"))
    said = [
        look
        for i in range(1, 40)
        for look in watched.step(scene(here=False), SIZE, i / 5).transitions.get("stay", ())
    ]
    assert [s.kind for s in said] == ["ended"]
    with pytest.raises(RuleError, match="no rule 'gone'"):
        watched.restore("gone", State())


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        ([Dwell("a", 1, "yard", ("tank",), 2, 3, "red")], "rule a: the model has no class tank"),
        ([Dwell("a", 1, "moon", ("car",), 2, 3, "red")], "rule a: there is no zone 'moon'"),
        ([STAY, STAY], "two rules have the id 'stay'"),
    ],
)
def test_rules_that_cannot_work_are_refused_with_what_would_do(
    rules: list[Dwell], says: str
) -> None:
    with pytest.raises(RuleError, match=says) as caught:
        Pipeline(ColourDetector(), THRESHOLDS, [YARD], rules)
    assert caught.value.remedy


def test_the_pictures_of_a_replay_can_be_opened(tmp_path: Path) -> None:
    watched, timeline = pipeline(), Timeline()
    with AnnotatedVideo(tmp_path / "a.mp4", (320, 180)) as video:
        for look in run(frames(3, 9, 16), watched, "k12"):
            timeline.add(look.at_s, look.step, watched)
            frame = look.frame
            video.add(
                annotated(frame.picture, frame.native_px, look.at_s, look.step, watched), look.at_s
            )
    timeline.draw(tmp_path / "t.png", [Stay("machine_in_zone", 3, 9)])
    drawn = cv2.imread(str(tmp_path / "t.png"))
    assert drawn is not None
    assert drawn.shape[1] == 1400
    with av.open(str(tmp_path / "a.mp4")) as container:
        times = [frame.time for frame in container.decode(video=0)]
    assert len(times) == 80
    assert times[-1] == pytest.approx(15.8, abs=0.01)


def drawn_inside(sights: Sequence[Sight]) -> list[tuple[float, float]]:
    """When something is drawn inside, of a rule that saw so every quarter of a second."""
    watched, timeline, last = pipeline(), Timeline(), LastSights()
    for i, sight in enumerate(sights):
        step = Step(None, (), {}, {"stay": sight}, timing=False)
        timeline.add(i / 4, last.into(step, i / 4), watched)
    return spans_of(timeline.moments["stay"], "inside")


THERE, GONE, PASSED_OVER = Sight(1, outlines=(YARD.polygon,)), Sight(0), Sight(None)


def test_what_a_rule_sees_in_every_other_picture_is_drawn_without_gaps_until_it_has_gone() -> None:
    assert drawn_inside([THERE, PASSED_OVER] * 6 + [GONE, PASSED_OVER] * 3) == [(0.0, 3.0)]


def test_what_a_rule_saw_a_second_ago_is_drawn_no_longer() -> None:
    assert drawn_inside([THERE] + [PASSED_OVER] * 11) == [(0.0, 1.0)]


def opening(at_s: float, rule: Dwell = STAY) -> Opening:
    return Opening(rule, at_s)


def stay(start_s: float, end_s: float, kind: str = "machine_in_zone") -> Stay:
    return Stay(kind, start_s, end_s)


def test_an_opening_counts_when_the_rules_time_is_over_and_not_after_the_end() -> None:
    for at_s, matched in ((10.5, 0), (11.5, 1), (20.5, 1), (21.5, 0)):
        result = score([STAY], [opening(at_s)], [stay(10, 20)])
        assert (result.matched, len(result.false)) == (matched, 1 - matched)


def test_a_second_opening_in_one_stay_is_false_and_a_stay_without_one_is_missed() -> None:
    result = score([STAY], [opening(13), opening(16)], [stay(10, 20), stay(40, 50)])
    assert (result.recall, result.precision) == (0.5, 0.5)
    assert (result.missed, result.false) == ((40,), (16,))


def test_a_stay_shorter_than_the_rules_time_may_stay_silent() -> None:
    assert score([STAY], [], [stay(10, 11)]).recall == 1


def test_truth_about_other_classes_is_left_out() -> None:
    result = score([STAY], [], [stay(10, 20, "person_in_zone")])
    assert (result.expected, result.recall, result.precision) == (0, 1, 1)


def test_truth_that_does_not_speak_of_the_recording_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "truth.csv"
    file.write_text("clip,event_kind,zone_polygon,start_s,end_s,note\na.mp4,none,,0,9,\n")
    assert read_truth(file, "a.mp4") == ()
    with pytest.raises(CommandError, match=r"says nothing about b\.mp4"):
        read_truth(file, "b.mp4")
    file.write_text("clip,event_kind,start_s,end_s\na.mp4,person_in_zone,soon,9\n")
    with pytest.raises(CommandError, match="cannot be read as truth"):
        read_truth(file, "a.mp4")


EDGE = """
device: {{name: test-01, store: "http://127.0.0.1:9", key: {folder}/device.key}}
model: nano
cameras:
  - id: road
    analyse: {{url: "rtsp://127.0.0.1/road"}}
    frames_per_second: 8
    zones:
      - {{id: road, polygon: [[0, 108], [767, 108], [767, 324], [0, 324]], frame: [768, 432]}}
    rules:
      - {{use: vehicle-in-zone, zone: road, after: 0.3s, clear: 0.4s, level: red}}
  - id: table
    analyse: {{url: "rtsp://127.0.0.1/table"}}
    frames_per_second: 2
    zones:
      - {{id: table, polygon: [[330, 300], [620, 300], [640, 425], [300, 425]], frame: [768, 432]}}
    rules:
      - {{use: person-in-zone, zone: table, after: 5s, clear: 3s, level: orange}}
"""


@pytest.fixture
def settings(tmp_path: Path) -> EdgeSettings:
    file = tmp_path / "edge.yaml"
    file.write_text(EDGE.format(folder=tmp_path))
    return load_edge(file)


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("clip", "camera", "expected"),
    [("vehicles_intel_car_432p.mp4", "road", 4), ("people_onebyone_indoor_432p.mp4", "table", 6)],
)
def test_the_shipped_model_gives_one_event_for_each_that_came(
    data: Path,
    settings: EdgeSettings,
    capsys: pytest.CaptureFixture[str],
    clip: str,
    camera: str,
    expected: int,
) -> None:
    video, truth = data / "videos" / clip, data / "videos" / "truth.csv"
    code = replay(video, settings, camera_id=camera, json_lines=True, truth=truth)
    said = capsys.readouterr()
    assert code == 0, said.err
    assert "recall 1.00, precision 1.00" in said.err
    kinds = [json.loads(line)["kind"] for line in said.out.splitlines()]
    assert kinds == ["opened", "ended"] * expected


def test_a_replay_leaves_its_pictures_and_the_lines_that_it_printed(
    settings: EdgeSettings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    video, out = tmp_path / "still.mp4", tmp_path / "out"
    with AnnotatedVideo(video, SIZE) as recording:
        for i in range(10):
            recording.add(scene(here=True), i / 5)
    assert replay(video, settings, camera_id="road", json_lines=True, out=out) == 0
    assert (out / "events.jsonl").read_text() == capsys.readouterr().out
    names = {file.name for file in out.iterdir()}
    assert names == {"annotated.mp4", "events.jsonl", "notes.jsonl", "timeline.png"}


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_looked_at(
    settings: EdgeSettings, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(CommandError, match="cannot be made") as caught:
        replay(tmp_path / "none.mp4", settings, camera_id="road", out=tmp_path / "file" / "out")
    assert "--out" in caught.value.remedy


def test_a_replay_asks_which_camera_is_meant(settings: EdgeSettings, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="which camera's rules") as caught:
        replay(tmp_path / "any.mp4", settings)
    assert "road, table" in caught.value.remedy


def test_a_recording_that_is_not_there_is_one_clear_error(
    settings: EdgeSettings, tmp_path: Path
) -> None:
    with pytest.raises(SourceError) as caught:
        replay(tmp_path / "none.mp4", settings, camera_id="road")
    assert "\n" not in str(caught.value)


def test_what_works_is_scored_against_rules_about_works_alone() -> None:
    works = Doing("works", 1, "yard", ("excavator",), after_s=3, clear_s=3, level="red")
    truth = [stay(10, 30, "machine_working")]
    found = score([works, STAY], [Opening(works, 13.5)], truth)
    assert (found.matched, found.missed, found.false) == (1, (), ())
    there = score([works, STAY], [Opening(STAY, 13.5)], truth)
    assert (there.missed, there.false) == ((10,), (13.5,))
