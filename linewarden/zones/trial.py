"""Rules tried on a recording: the same pipeline as `linewarden replay`, one try at a time.

What the detector sees does not depend on the rules, so it is remembered by picture; and the
pictures are kept while they fit. A second try runs the rules alone.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from cameras import Frame
from linewarden.analysis import pipeline_of
from linewarden.errors import line_of
from linewarden.pipeline import Pipeline, Step
from linewarden.replay import Looked, frames_of, run
from linewarden.replay_pictures import LastSights, Timeline, curves_of, spans_of
from linewarden.settings import CameraSettings
from linewarden.whereabouts import network_of
from models import load_manifest
from vision import Detections, Detector, Picture, Track, load_detector

KEEP_BYTES = 500_000_000
"""Decoded pictures that are kept for the next try: a minute of 1080p at four a second."""
State = Literal["idle", "running", "done", "failed", "cancelled"]


class Remembered:
    """A detector that looks at each picture once."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._seen: dict[tuple[bytes, tuple[float, ...]], Detections] = {}
        self.looked = 0

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names, by id."""
        return self._detector.classes

    def detect(self, picture: Picture, thresholds: Sequence[float]) -> Detections:
        """As the detector, or as it answered before for the same pixels and thresholds."""
        digest = hashlib.blake2b(picture.tobytes(), digest_size=16, person=_shape(picture)).digest()
        key = digest, tuple(thresholds)
        if key not in self._seen:
            self.looked += 1
            self._seen[key] = self._detector.detect(picture, thresholds)
        return self._seen[key]


class Film:
    """The looked-at pictures of a recording; kept from the first run on where they fit."""

    def __init__(self, video: Path) -> None:
        self._video = video
        self._kept: list[Frame] | None = None
        self._rate = 0.0

    def frames(self, camera: CameraSettings) -> Iterator[Frame]:
        """The frames at the camera's rate. Raises `SourceError`."""
        if self._kept is not None and self._rate == camera.frames_per_second:
            yield from self._kept
            return
        kept: list[Frame] | None = []
        size_bytes = 0
        for frame in frames_of(self._video, camera):
            width, height = frame.native_px
            size_bytes += frame.picture.nbytes + width * height * 3 // 2
            kept = None if kept is None or size_bytes > KEEP_BYTES else [*kept, frame]
            yield frame
        self._kept, self._rate = kept, camera.frames_per_second


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a try is: its number, its state, the second of the recording, and why it failed."""

    number: int = 0
    state: State = "idle"
    at_s: float = 0.0
    why: str = ""


class Trials:
    """Tries in a thread of their own; a new one ends the one before."""

    def __init__(self, video: Path, model: str) -> None:
        self._film, self._model = Film(video), model
        self._detector: Remembered | None = None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self.progress = Progress()
        self.result: bytes | None = None

    def start(self, camera: CameraSettings, network: Path | None) -> int:
        """Begin a try with a camera's zones and rules, and the box's network; its number."""
        with self._lock:
            self._end()
            self._stop = threading.Event()
            self.progress = Progress(self.progress.number + 1, "running")
            self._thread = threading.Thread(
                target=self._run, args=(camera, network, self._stop), name="try", daemon=True
            )
            self._thread.start()
            return self.progress.number

    def cancel(self) -> None:
        """End the try that runs, if one does."""
        with self._lock:
            self._end()

    def _end(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        self._thread = None

    def _run(self, camera: CameraSettings, network: Path | None, stop: threading.Event) -> None:
        number = self.progress.number
        try:
            result = self._tried(camera, network, stop, number)
        except Exception as error:  # of a room: told; any other: a bug
            why = line_of(error)
            self.progress = Progress(number, "failed", why=why or f"{type(error).__name__}")
            if why is None:
                raise
            return
        if result is None:
            self.progress = Progress(number, "cancelled")
            return
        self.result = json.dumps(result, ensure_ascii=False, separators=(",", ":")).encode()
        self.progress = Progress(number, "done", self.progress.at_s)

    def _tried(
        self, camera: CameraSettings, network: Path | None, stop: threading.Event, number: int
    ) -> dict[str, Any] | None:
        """What the rules said; None where it was cancelled."""
        manifest = load_manifest(self._model)
        self._detector = self._detector or Remembered(
            load_detector(manifest.file, classes=manifest.classes, input_px=manifest.input_px)
        )
        pipeline = pipeline_of(camera, manifest, self._detector, network=network_of(network))
        notes = Notes(pipeline)
        for look in run(self._film.frames(camera), pipeline, camera.id):
            if stop.is_set():
                return None
            notes.add(look)
            self.progress = Progress(number, "running", look.at_s)
        return {"number": number, **notes.as_json()}


class Notes:
    """What the page shows of a run: moments by rule, what was said, boxes of each look."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline
        self._timeline = Timeline()
        self._last = LastSights()
        self._looks: list[dict[str, Any]] = []
        self._said: list[dict[str, Any]] = []
        self._first_s: float | None = None

    def add(self, look: Looked) -> None:
        """Take one look of the run."""
        self._first_s = look.frame.mono_s if self._first_s is None else self._first_s
        step = self._last.into(look.step, look.at_s)
        self._timeline.add(look.at_s, step, self._pipeline)
        self._looks.append(_look(look.at_s, step))
        for doubt in look.step.doubts:
            self._said.append(
                {
                    "rule": doubt.rule_id,
                    "kind": "doubt",
                    "t": round(look.at_s, 3),
                    "zh": doubt.why_zh,
                    "en": doubt.why_en,
                }
            )
        for said in look.said:
            one = said.transition
            self._said.append(
                {
                    "rule": said.rule.id,
                    "kind": one.kind,
                    "t": round(one.at_s, 3),
                    "level": one.level,
                    "zh": one.why_zh,
                    "en": one.why_en,
                    "incident": said.incident,
                    "track": one.track_id,
                    "numbers": {name: round(value, 3) for name, value in one.numbers.items()},
                }
            )

    def as_json(self) -> dict[str, Any]:
        """Times in seconds of the run; `first_s` is the recording's time at its first look."""
        rules = []
        for rule in self._pipeline.rules:
            moments = self._timeline.moments.get(rule.id, ())
            spans = {
                name: [[round(a, 3), round(b, 3)] for a, b in spans_of(moments, name)]
                for name in ("inside", "thinking", "fired")
                if moments
            }
            curves = {
                name: [[round(t, 3), round(value, 4)] for t, value in points]
                for name, points in curves_of(moments).items()
            }
            rules.append(
                {
                    "id": rule.id,
                    "zone": rule.zone_id,
                    "level": rule.level,
                    "after_s": rule.after_s,
                    "clear_s": rule.clear_s,
                    "spans": spans,
                    "curves": curves,
                }
            )
        first_s = round(self._first_s or 0.0, 3)
        return {"first_s": first_s, "rules": rules, "said": self._said, "looks": self._looks}


def _look(at_s: float, step: Step) -> dict[str, Any]:
    """Boxes and outlines in whole pixels of the recording's own frame."""
    sights = {
        rule_id: {
            "inside": [track.id for track in sight.inside],
            "outlines": [[[round(x), round(y)] for x, y in o] for o in sight.outlines],
        }
        for rule_id, sight in step.sights.items()
        if sight.is_something
    }
    tracks = [_track(track) for track in step.tracks]
    return {"t": round(at_s, 3), "tracks": tracks, "sights": sights}


def _track(track: Track) -> dict[str, Any]:
    return {
        "id": track.id,
        "class": track.label,
        "score": round(track.confidence, 2),
        "box": [round(v) for v in track.box_px],
        "now": track.seen_now,
    }


def _shape(picture: Picture) -> bytes:
    """Two pictures of equal bytes and different shape are two."""
    return f"{picture.shape[1]}x{picture.shape[0]}".encode()
