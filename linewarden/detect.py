"""`linewarden detect`: boxes on pictures and video, with timings."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from linewarden.errors import DONE, FOUND_WRONG
from models import Manifest
from vision import Detections, Detector, Picture, load_detector
from vision.tiled import TiledDetector

TWICE = ("excavator", "machine")
"""Classes that `twice` looks at again: those that clutter is taken for."""
PICTURE_SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"})
VIDEO_SUFFIXES = frozenset({".mp4", ".mkv", ".avi", ".mov", ".ts", ".m4v", ".webm", ".h264"})


class UnreadableError(Exception):
    """Raised for a file that is neither a picture nor a video that can be decoded."""


@dataclass(frozen=True, slots=True)
class Looked:
    """One picture that was looked at; `time_s` counts from the first frame of a video."""

    file: Path
    frame_index: int
    time_s: float
    found: Detections
    took_ms: float


def detect(
    files: Sequence[Path],
    manifest: Manifest,
    *,
    json_lines: bool = False,
    min_confidence: float | None = None,
    every_s: float = 0.0,
    input_px: int | None = None,
    object_px: float | None = None,
    twice: bool = False,
) -> int:
    """Print what the model sees in each file; returns the exit code.

    A folder stands for the pictures and videos in it. `min_confidence` replaces the manifest's
    thresholds for all classes, and a place then shows each class that reaches it, as who draws
    curves over all scores wants it; else a place has its likeliest class. Of a video, one frame
    every `every_s` seconds is looked at; 0 means each frame. With `object_px` the picture is also
    looked at in tiles, for objects of that height in it; with `twice` excavators and machines are
    looked at again, and their confidence is the geometric mean of both looks. A file that cannot
    be read is named on stderr, the others go on, and the code is 1.
    """
    manifest = manifest.at(input_px=input_px)
    detector: Detector = load_detector(
        manifest.file,
        classes=manifest.classes,
        input_px=manifest.input_px,
        every_class=min_confidence is not None,
    )
    if object_px is not None or twice:
        detector = TiledDetector(
            detector, input_px=manifest.input_px, object_px=object_px, twice=TWICE if twice else ()
        )
    thresholds = manifest.thresholds_by_id()
    if min_confidence is not None:
        thresholds = (min_confidence,) * len(manifest.classes)
    write = _write_json if json_lines else _write_text
    code = DONE
    for file in _files_in(files):
        try:
            _look(file, detector, thresholds, every_s, write)
        except UnreadableError as error:
            print(error, file=sys.stderr)
            code = FOUND_WRONG
    return code


def _files_in(given: Sequence[Path]) -> Iterator[Path]:
    """The files given; of a folder, the pictures and videos in it, by name."""
    for path in given:
        if path.is_dir():
            suffixes = PICTURE_SUFFIXES | VIDEO_SUFFIXES
            yield from sorted(f for f in path.iterdir() if f.suffix.lower() in suffixes)
        else:
            yield path


def _look(
    file: Path,
    detector: Detector,
    thresholds: Sequence[float],
    every_s: float,
    write: Callable[[Looked], None],
) -> None:
    for index, time_s, picture in frames(file, every_s):
        began = time.perf_counter()
        found = detector.detect(picture, thresholds)
        write(Looked(file, index, time_s, found, 1000 * (time.perf_counter() - began)))


def frames(file: Path, every_s: float = 0.0) -> Iterator[tuple[int, float, Picture]]:
    """Index, seconds from the first frame and picture; raises `UnreadableError`."""
    if file.is_dir():
        raise UnreadableError(f"{file}: is a folder; name the files in it")
    if not file.is_file():
        raise UnreadableError(f"{file}: no such file; check the path")
    if file.suffix.lower() in VIDEO_SUFFIXES:
        yield from _video(file, every_s)
        return
    try:
        data = np.frombuffer(file.read_bytes(), np.uint8)
    except OSError as error:
        raise UnreadableError(f"{file}: cannot be read ({error.strerror})") from None
    picture = _decoded(data)
    if picture is None:
        raise UnreadableError(f"{file}: is no picture that can be decoded; give JPEG, PNG or video")
    yield 0, 0.0, picture


def _decoded(data: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> Picture | None:
    if not len(data):
        return None
    try:
        picture = cv2.imdecode(data, cv2.IMREAD_COLOR)
    except cv2.error:
        return None
    return None if picture is None else picture.astype(np.uint8, copy=False)


def _video(file: Path, every_s: float) -> Iterator[tuple[int, float, Picture]]:
    import av

    seen = 0
    first_s, due_s = math.nan, -math.inf
    try:
        with av.open(str(file)) as container:
            for index, frame in enumerate(container.decode(video=0)):
                at_s = float(frame.time) if frame.time is not None else float(index)
                first_s = at_s if math.isnan(first_s) else first_s
                if at_s - first_s < due_s:
                    continue
                due_s = at_s - first_s + every_s if every_s else -math.inf
                yield index, at_s - first_s, frame.to_ndarray(format="bgr24").astype(np.uint8)
                seen += 1
    except (av.FFmpegError, IndexError) as error:
        raise UnreadableError(f"{file}: cannot be decoded after {seen} frames ({error})") from None
    if not seen:
        raise UnreadableError(f"{file}: holds no pictures; give another file")


def _write_json(looked: Looked) -> None:
    found = looked.found
    width, height = found.frame_px
    record = {
        "file": str(looked.file),
        "frame_index": looked.frame_index,
        "time_s": round(looked.time_s, 3),
        "width": width,
        "height": height,
        "ms": round(looked.took_ms, 2),
        "detections": [
            {
                "class": found.label(i),
                "confidence": round(float(found.confidences[i]), 4),
                "box": [round(float(v), 2) for v in found.boxes_px[i]],
            }
            for i in range(len(found))
        ],
    }
    print(json.dumps(record, ensure_ascii=False))


def _write_text(looked: Looked) -> None:
    found = looked.found
    where = f"{looked.file} {looked.time_s:.2f} s" if looked.frame_index else str(looked.file)
    print(f"{where}  {looked.took_ms:.0f} ms  {len(found)} found")
    for i in range(len(found)):
        box = ", ".join(f"{v:.0f}" for v in found.boxes_px[i])
        print(f"  {found.label(i):<10} {found.confidences[i]:.2f}  ({box})")
