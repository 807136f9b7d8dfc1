"""From transition to events in the outbox, with a camera that is told what to give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from cameras import Camera, Clip, ClipError, Frame, Snapshot, SnapshotError
from events.outbox import Device, Outbox
from events.record import Clock, Event, ModelRef, RuleRef, Software, ZoneRef
from events.seal import Envelope, Signer
from linewarden.clips import ClipDesk
from linewarden.drafts import Instants, Provenance
from linewarden.recorder import Fact, Recorder, level_of
from vision import Track

SOURCE = Provenance(
    ModelRef(id="nano", sha256="a" * 64),
    "b" * 64,
    Software(name="lw", version="1", build="x"),
    simulated=True,
)
RULE = RuleRef(id="r", version=1, after_ms=8000, clear_ms=20000)
ZONE = ZoneRef(id="z", polygon_px=[(0, 0), (99, 0), (99, 99)], frame_px=(100, 100))
TRACK = Track(7, "excavator", 0.914, (10.0, 10.0, 20.0, 30.0), 0.0, 8.0, seen_now=True)
FRAME = Frame(3, 1795478400.0, 50.0, np.zeros((360, 640, 3), np.uint8), (1280, 720), moving=True)


class FakeCamera:
    """Gives a snapshot and a clip, or refuses."""

    id = "north"

    def __init__(self) -> None:
        self.has_snapshot = self.has_clip = self.is_whole = True

    def snapshot(self, frame: Frame) -> Snapshot:
        if not self.has_snapshot:
            raise SnapshotError("gone")
        return Snapshot(b"\xff\xd8 native", (2560, 1440), frame.captured_s, frame.index)

    def clip_ready(self, around_mono_s: float, after_s: float) -> bool:
        return self.is_whole

    def clip(self, around_mono_s: float, before_s: float, after_s: float) -> Clip:
        if not self.has_clip:
            raise ClipError("the ring no longer holds it")
        return Clip(b"mp4", "h264", FRAME.captured_s - 5, 1, 15.0, "" if self.is_whole else "short")


class Box:
    """An outbox with its recorder and clip desk; time stands still."""

    def __init__(self, folder: Path, cap_bytes: int = 10**7) -> None:
        self.camera = FakeCamera()
        self.mono_s = 50.0
        device = Device("dev-1", "0" * 64, Signer.generate())
        self.outbox = Outbox(folder, device, cap_bytes, clock=lambda: 1795478400.0)
        camera = cast(Camera, self.camera)
        self.clips = ClipDesk(camera, self.outbox, self.now, before_s=5, after_s=10)
        self.recorder = Recorder(camera, self.outbox, self.clips, SOURCE, self.now)

    def now(self) -> Instants:
        return Instants(1795478401.0, self.mono_s, "boot", Clock(source="none", synced=False), UTC)

    def events(self) -> list[Event]:
        parcels = self.outbox.lease(100)
        return [Event.decode(Envelope.read(parcel.envelope).payload) for parcel in parcels]


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    made = Box(tmp_path)
    yield made
    made.outbox.close()


def fact(kind: str = "opened", level: str = "red") -> Fact:
    return Fact(
        cast(Any, kind),
        RULE,
        ZONE,
        cast(Any, level),
        "excavator",
        "因为",
        "because",
        (TRACK,),
        None,
        {"stayed_ms": 8000},
    )


def test_an_opening_has_its_snapshot_its_boxes_in_the_snapshots_pixels_and_its_reason(
    box: Box,
) -> None:
    event = box.recorder.record(fact(), FRAME)
    assert event is not None
    assert event.frame_px == (2560, 1440)
    assert event.seen[0].box_px == (20, 20, 40, 60)
    assert event.seen[0].score_permille == 914
    assert [m.role for m in event.media] == ["snapshot"]
    assert {s.lang: s.text for s in event.explain} == {"zh": "因为", "en": "because"}
    assert event.numbers == {"stayed_ms": 8000}
    assert event.time.captured.startswith("2026-11-24T00:00:00.000")


def test_without_a_native_picture_the_analysed_one_is_the_snapshot(box: Box) -> None:
    box.camera.has_snapshot = False
    event = box.recorder.record(fact(), FRAME)
    assert event is not None
    assert event.frame_px == (640, 360)
    assert event.seen[0].box_px == (5, 5, 10, 15)


def test_an_incident_ends_under_the_name_it_was_opened_with(box: Box) -> None:
    opened = box.recorder.record(fact(), FRAME)
    ended = box.recorder.record(fact("ended"), FRAME)
    assert opened is not None
    assert ended is not None
    assert (ended.kind, ended.incident_id) == ("ended", opened.incident_id)
    assert box.outbox.open_incidents() == ()


def test_an_incident_that_rose_is_left_to_the_next_process_at_its_level(box: Box) -> None:
    box.recorder.record(fact(level="yellow"), FRAME)
    assert [level_of(incident) for incident in box.outbox.open_incidents()] == ["yellow"]
    raised = box.recorder.record(fact("raised", "red"), FRAME)
    assert raised is not None
    assert (raised.level, raised.numbers) == ("red", {"stayed_ms": 8000})
    assert [level_of(incident) for incident in box.outbox.open_incidents()] == ["red"]


def test_an_end_without_an_opening_is_not_recorded(box: Box) -> None:
    assert box.recorder.record(fact("ended"), FRAME) is None


def test_a_recorder_goes_on_with_the_incidents_of_the_one_before(box: Box) -> None:
    opened = box.recorder.record(fact(), FRAME)
    next_one = Recorder(cast(Camera, box.camera), box.outbox, box.clips, SOURCE, box.now)
    ended = next_one.record(fact("ended"), FRAME)
    assert opened is not None
    assert ended is not None
    assert ended.incident_id == opened.incident_id


def test_the_clip_is_an_event_of_its_own_once_its_last_second_has_come(box: Box) -> None:
    box.recorder.record(fact(), FRAME)
    box.mono_s = 61.0
    box.clips.start()
    box.clips.stop(10)
    assert [(e.kind, [m.role for m in e.media]) for e in box.events()] == [
        ("opened", ["snapshot"]),
        ("clip", ["clip"]),
    ]


def test_a_box_that_stops_keeps_the_clip_as_long_as_it_is_and_says_so(box: Box) -> None:
    box.camera.is_whole = False
    box.clips.start()
    box.recorder.record(fact(), FRAME)
    box.clips.stop(10)
    clip = box.events()[-1]
    assert (clip.kind, len(clip.media)) == ("clip", 1)
    assert "short" in clip.explain[1].text


def test_a_clip_that_cannot_be_cut_is_an_event_that_says_why(box: Box) -> None:
    box.camera.has_clip = False
    box.clips.start()
    box.recorder.record(fact(), FRAME)
    box.clips.stop(10)
    clip = box.events()[-1]
    assert [(lost.role, lost.reason) for lost in clip.media_lost] == [("clip", "not_cut")]
    assert "no longer holds it" in clip.explain[1].text


def test_a_clip_that_an_earlier_process_owed_is_settled_as_lost(box: Box) -> None:
    box.recorder.record(fact(), FRAME)
    after = ClipDesk(cast(Camera, box.camera), box.outbox, box.now, before_s=5, after_s=10)
    after.start()
    after.stop(10)
    clip = box.events()[-1]
    assert [lost.reason for lost in clip.media_lost] == ["edge_restarted"]
    assert box.outbox.pending_clips() == ()


def test_an_opening_that_finds_no_room_is_tried_again_while_it_lasts(tmp_path: Path) -> None:
    full = Box(tmp_path, cap_bytes=100)
    assert full.recorder.record(fact(), FRAME) is None
    assert full.outbox.status().refused_total == 1
    full.mono_s += 5
    full.recorder.try_again()
    assert full.outbox.status().refused_total == 1
    full.outbox._cap_bytes = 10**7  # as if the disk had been cleared
    full.mono_s += 10
    full.recorder.try_again()
    assert [incident.source_id for incident in full.outbox.open_incidents()] == ["north"]
    full.outbox.close()
