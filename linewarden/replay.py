"""`linewarden replay`: the rules of a camera on a recording, with something to look at after.

Every picture is looked at, at the camera's `frames_per_second`, whether anything moves or not: a
replay asks what the rules say, not what the box saves. `time_s` counts from the first frame.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from cameras import DecodePolicy, Frame, play_file
from events.rules import Rule, Transition
from linewarden.analysis import pipeline_of
from linewarden.errors import DONE, FOUND_WRONG, CommandError
from linewarden.floor_files import FloorFolder
from linewarden.floor_keeper import floors_of, given
from linewarden.folders import made
from linewarden.pipeline import Pipeline, Step
from linewarden.replay_notes import Note, Notices
from linewarden.replay_pictures import AnnotatedVideo, LastSights, Timeline, annotated
from linewarden.replay_score import Opening, Score, Stay, read_truth, score
from linewarden.settings import CameraSettings, EdgeSettings
from linewarden.whereabouts import network_of
from models import load_manifest
from vision import load_detector

NEVER_SLEEP_S = 1e9


@dataclass(frozen=True, slots=True)
class Said:
    """One transition of a replay. `incident` is the same for all that belong together."""

    camera: str
    rule: Rule
    incident: str
    transition: Transition

    def as_json(self) -> str:
        """The line of `--json`: design's machine output."""
        record = {
            "camera": self.camera,
            "rule": self.rule.id,
            "zone": self.rule.zone_id,
            "incident": self.incident,
            "kind": self.transition.kind,
            "time_s": round(self.transition.at_s, 3),
            "level": self.transition.level,
            "why": self.transition.why_en,
            "numbers": {name: round(n, 3) for name, n in self.transition.numbers.items()},
        }
        return json.dumps(record, ensure_ascii=False)

    def as_text(self) -> str:
        """The line for a person."""
        said = self.transition
        return (
            f"{said.at_s:8.2f} s  {said.kind:<6} {said.level:<6} {self.rule.id}  "
            f"{said.why_en}  {said.why_zh}"
        )


@dataclass(frozen=True, slots=True)
class Looked:
    """One picture of a replay: the frame, its time, what came of it, and what was said."""

    frame: Frame
    at_s: float
    step: Step
    said: tuple[Said, ...]


def replay(
    video: Path,
    settings: EdgeSettings,
    *,
    camera_id: str | None = None,
    json_lines: bool = False,
    truth: Path | None = None,
    out: Path | None = None,
    floors: Path | None = None,
    start_s: float | None = None,
) -> int:
    """Run one camera's rules on a recording and print each transition; returns the exit code.

    `camera_id` may be left out where there is one camera. With `out`, `timeline.png`,
    `annotated.mp4`, `events.jsonl` and `notes.jsonl` are written there. With `truth`, the openings
    are scored, and anything missed or false makes the code 1. `floors`: a folder with references
    of floors, as a box keeps them, to begin with; nothing is written there. `start_s`: when the
    recording began, Unix seconds, so that schedules count; without it every rule speaks.
    """
    camera = camera_named(settings, camera_id)
    if out is not None:
        made(out, "give another folder with --out")
    stays = read_truth(truth, video.name) if truth is not None else ()
    manifest = load_manifest(settings.model)
    detector = load_detector(manifest.file, classes=manifest.classes, input_px=manifest.input_px)
    kept = None if floors is None else given(FloorFolder(floors), floors_of(camera))
    network, calendar = network_of(settings.network), settings.calendar
    pipeline = pipeline_of(camera, manifest, detector, calendar, network, floors=kept)
    looks = run(frames_of(video, camera), pipeline, camera.id, start_s)
    print_line = (lambda said: said.as_json()) if json_lines else (lambda said: said.as_text())
    said = _watch(looks, pipeline, out, stays, print_line)
    if truth is None:
        return DONE
    return _judge(scored(pipeline, said, stays))


def frames_of(video: Path, camera: CameraSettings) -> Iterator[Frame]:
    """Every picture that a replay looks at. Raises `SourceError`."""
    policy = DecodePolicy(busy_fps=camera.frames_per_second, quiet_s=NEVER_SLEEP_S)
    return play_file(video, policy)


def run(
    frames: Iterable[Frame], pipeline: Pipeline, camera_id: str, start_s: float | None = None
) -> Iterator[Looked]:
    """Step the pipeline over frames; the generator behind `replay`. `start_s` as there."""
    rules = {rule.id: rule for rule in pipeline.rules}
    numbers: Counter[str] = Counter()
    first_s: float | None = None
    for frame in frames:
        first_s = frame.mono_s if first_s is None else first_s
        at_s = frame.mono_s - first_s
        utc_s = None if start_s is None else start_s + at_s
        step = pipeline.step(frame.picture, frame.native_px, at_s, utc_s=utc_s, crop=frame.crop)
        said = []
        for rule_id, transitions in step.transitions.items():
            for transition in transitions:
                numbers[rule_id] += transition.kind == "opened"
                incident = f"{camera_id}/{rule_id}/{numbers[rule_id]}"
                said.append(Said(camera_id, rules[rule_id], incident, transition))
        yield Looked(frame, at_s, step, tuple(said))


def scored(pipeline: Pipeline, said: Iterable[Said], stays: tuple[Stay, ...]) -> Score:
    """The score of what was said against truth."""
    opened = [Opening(s.rule, s.transition.at_s) for s in said if s.transition.kind == "opened"]
    return score(pipeline.rules, opened, stays)


def _watch(
    looks: Iterable[Looked],
    pipeline: Pipeline,
    out: Path | None,
    stays: tuple[Stay, ...],
    line_of: Callable[[Said], str],
) -> list[Said]:
    """Print as it goes, write what is to be kept, and give everything that was said."""
    everything: list[Said] = []
    noted: list[Note] = []
    pictures, began = 0, perf_counter()
    timeline, notices, last = Timeline(), Notices(), LastSights()
    with ExitStack() as files:
        video: AnnotatedVideo | None = None
        for look in looks:
            pictures += 1
            step = last.into(look.step, look.at_s)
            timeline.add(look.at_s, step, pipeline)
            for said in look.said:
                print(line_of(said), flush=True)
            new = notices.take(look.at_s, look.step)
            for note in new:
                print(note.as_text(), file=sys.stderr)
            everything += look.said
            noted += new
            if out is not None:
                video = video or files.enter_context(_video(out, look.frame))
                frame = look.frame
                drawn = annotated(frame.picture, frame.native_px, look.at_s, step, pipeline)
                video.add(drawn, look.at_s)
    took_ms = 1000 * (perf_counter() - began) / max(pictures, 1)
    if out is not None and pictures:
        timeline.draw(out / "timeline.png", stays)
        for name, things in (("events", everything), ("notes", noted)):
            lines = "".join(f"{thing.as_json()}\n" for thing in things)
            (out / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    print(f"{pictures} pictures, {took_ms:.1f} ms each with decoding", file=sys.stderr)
    return everything


def _video(out: Path, frame: Frame) -> AnnotatedVideo:
    return AnnotatedVideo(out / "annotated.mp4", (frame.picture.shape[1], frame.picture.shape[0]))


def _judge(result: Score) -> int:
    print(result.line(), file=sys.stderr)
    return FOUND_WRONG if result.missed or result.false else DONE


def camera_named(settings: EdgeSettings, camera_id: str | None) -> CameraSettings:
    """The camera of that id, or the only one. `CommandError` where that names none."""
    known = {camera.id: camera for camera in settings.cameras}
    if camera_id is None and len(known) == 1:
        return settings.cameras[0]
    if camera_id in known:
        return known[camera_id]
    raise CommandError(
        f"which camera's rules? {camera_id or 'none'} was named",
        f"give --camera with one of: {', '.join(known)}",
    )
