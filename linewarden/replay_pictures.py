"""What a replay leaves to look at: a timeline, and the recording with everything drawn on it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Self

import av
import cv2
import numpy as np

from linewarden.families.base import Sight
from linewarden.lettering import INK, letter
from linewarden.pipeline import Pipeline, Step
from linewarden.replay_score import Stay
from vision import Picture, Point, Size

Colour = tuple[int, int, int]
GROUND, GRID = (24, 22, 20), (70, 66, 62)
INSIDE, THINKING, FIRED, TRUTH = (200, 160, 90), (60, 190, 240), (70, 70, 235), (110, 190, 90)
LEFT_PX, ROW_PX, WIDTH_PX = 190, 18, 1400
STILL_S = 1.0
"""So long what a rule saw is shown, unless it has looked again: floors are seen twice a second."""


class LastSights:
    """What each rule saw last, for pictures that it passed over: drawn, it does not flicker."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[float, Sight]] = {}

    def into(self, step: Step, at_s: float) -> Step:
        """The step with what rules that passed its picture over saw within `STILL_S` before."""
        for rule_id, sight in step.sights.items():
            if sight.observation is not None:
                self._last[rule_id] = at_s, sight
        last = {i: sight for i, (seen_s, sight) in self._last.items() if at_s - seen_s < STILL_S}
        return replace(step, sights={**step.sights, **last})


@dataclass(frozen=True, slots=True)
class Moment:
    """One looked-at picture of a rule's timeline."""

    at_s: float
    inside: bool
    thinking: bool
    fired: bool
    numbers: Mapping[str, float]


class Timeline:
    """Collects what each rule knew at each moment, and draws it."""

    def __init__(self) -> None:
        self._moments: dict[str, list[Moment]] = {}

    @property
    def moments(self) -> Mapping[str, Sequence[Moment]]:
        """What was collected, by rule id."""
        return self._moments

    def add(self, at_s: float, step: Step, pipeline: Pipeline) -> None:
        """Take one step of the pipeline."""
        for rule_id, state in pipeline.states.items():
            sight = step.sights.get(rule_id)
            inside, numbers = (sight.is_something, sight.numbers) if sight else (False, {})
            moment = Moment(at_s, inside, state.is_timing, state.is_open, numbers)
            self._moments.setdefault(rule_id, []).append(moment)

    def draw(self, file: Path, stays: Sequence[Stay] = ()) -> None:
        """Write the timeline as PNG: per rule the rows inside, thinking, fired and a curve for
        each number that was measured; truth below.
        """
        end_s = max((m[-1].at_s for m in self._moments.values()), default=1.0) or 1.0
        curves = {rule_id: curves_of(moments) for rule_id, moments in self._moments.items()}
        rows = sum(4 + 2 * len(found) for found in curves.values()) + 1 + bool(stays)
        canvas = np.full((ROW_PX * (rows + 2), WIDTH_PX, 3), GROUND, np.uint8)
        _axis(canvas, end_s)
        y = ROW_PX
        for rule_id, moments in self._moments.items():
            letter(canvas, rule_id, (8, y + 13))
            for name, colour in (("inside", INSIDE), ("thinking", THINKING), ("fired", FIRED)):
                y += ROW_PX
                letter(canvas, name, (28, y + 13))
                for begin_s, until_s in spans_of(moments, name):
                    _bar(canvas, y, begin_s / end_s, until_s / end_s, colour)
            for name, points in curves[rule_id].items():
                _curve(canvas, y + ROW_PX, name, points, end_s)
                y += 2 * ROW_PX
            y += ROW_PX
        if stays:
            letter(canvas, "truth", (8, y + 13))
            for stay in stays:
                _bar(canvas, y, stay.start_s / end_s, stay.end_s / end_s, TRUTH)
        cv2.imwrite(str(file), canvas)


def curves_of(moments: Sequence[Moment]) -> dict[str, list[tuple[float, float]]]:
    """Each measured number as (time in seconds, value), in order of first appearance."""
    curves: dict[str, list[tuple[float, float]]] = {}
    for moment in moments:
        for name, value in moment.numbers.items():
            curves.setdefault(name, []).append((moment.at_s, value))
    return curves


class AnnotatedVideo:
    """The looked-at pictures with zones, tracks and times, as an mp4. Use as a context manager."""

    def __init__(self, file: Path, size_px: Size) -> None:
        self._size_px = size_px[0] // 2 * 2, size_px[1] // 2 * 2
        self._container = av.open(str(file), "w", options={"movflags": "faststart"})
        self._stream = self._container.add_stream("libx264", rate=25)
        self._stream.width, self._stream.height = self._size_px
        self._stream.pix_fmt = "yuv420p"
        self._stream.codec_context.time_base = Fraction(1, 1000)
        self._stream.options = {"crf": "26", "preset": "veryfast"}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._container.mux(self._stream.encode(None))
        self._container.close()

    def add(self, picture: Picture, at_s: float) -> None:
        """Append a picture that was taken at `at_s` of the recording."""
        width, height = self._size_px
        frame = av.VideoFrame.from_ndarray(
            np.ascontiguousarray(picture[:height, :width]), format="bgr24"
        )
        frame.pts, frame.time_base = round(at_s * 1000), Fraction(1, 1000)
        self._container.mux(self._stream.encode(frame))


def annotated(
    picture: Picture, frame_px: Size, at_s: float, step: Step, pipeline: Pipeline
) -> Picture:
    """A copy of the picture with zones, tracks and time drawn on it."""
    canvas = picture.copy()
    size_px = (picture.shape[1], picture.shape[0])
    lines: dict[str, int] = {}
    for rule in pipeline.rules:
        zone, state = pipeline.zones[rule.zone_id], pipeline.states[rule.id]
        colour = FIRED if state.is_open else THINKING if state.is_timing else INSIDE
        corners = [_rescaled(point, zone.frame_px, size_px) for point in zone.polygon]
        _polygon(canvas, corners, colour)
        sight = step.sights.get(rule.id)
        if sight is None:
            continue
        for outline in sight.outlines:
            _polygon(canvas, [_rescaled(point, frame_px, size_px) for point in outline], THINKING)
        said = "  ".join(f"{name} {value:.2f}" for name, value in sight.numbers.items())
        if said:
            line = lines[zone.id] = lines.get(zone.id, 1 if corners[0][1] < 14 else 0) + 1
            x, y = corners[0]
            letter(canvas, f"{rule.id}  {said}", (x + 4, min(y + 14 * line, size_px[1] - 4)))
    for track in step.tracks:
        x1, y1 = _rescaled(track.box_px[:2], frame_px, size_px)
        x2, y2 = _rescaled(track.box_px[2:], frame_px, size_px)
        cv2.rectangle(canvas, (x1, y1), (x2, y2), INK if track.seen_now else GRID, 1)
        said = f"{track.label} {track.confidence:.2f} #{track.id}"
        letter(canvas, said, (max(x1, 0), max(y1 - 4, 12)))
    letter(canvas, f"{at_s:.2f} s", (8, 16))
    return canvas


def _polygon(canvas: Picture, corners: Sequence[tuple[int, int]], colour: Colour) -> None:
    cv2.polylines(canvas, [np.array(corners, np.int32)], True, colour, 2)  # noqa: FBT003


def _rescaled(point_px: Point, from_px: Size, to_px: Size) -> tuple[int, int]:
    (x, y), (fw, fh), (tw, th) = point_px, from_px, to_px
    return round(x * tw / fw), round(y * th / fh)


def spans_of(moments: Sequence[Moment], name: str) -> list[tuple[float, float]]:
    """The times during which a flag of `Moment` was set, each up to the next moment."""
    ends = [m.at_s for m in moments[1:]] + [moments[-1].at_s]
    spans: list[tuple[float, float]] = []
    for moment, end_s in zip(moments, ends, strict=True):
        if not getattr(moment, name):
            continue
        if spans and spans[-1][1] == moment.at_s:
            spans[-1] = (spans[-1][0], end_s)
        else:
            spans.append((moment.at_s, end_s))
    return spans


def _axis(canvas: Picture, end_s: float) -> None:
    every_s = next((s for s in (1, 2, 5, 10, 30, 60, 300, 600) if end_s / s <= 30), 3600)
    for at_s in range(0, int(end_s) + 1, every_s):
        x = _x(at_s / end_s)
        cv2.line(canvas, (x, ROW_PX), (x, canvas.shape[0] - ROW_PX), GRID, 1)
        letter(canvas, f"{at_s}", (x - 6, canvas.shape[0] - 5))


def _bar(canvas: Picture, y: int, begin: float, end: float, colour: Colour) -> None:
    x1, x2 = _x(begin), max(_x(end), _x(begin) + 2)
    cv2.rectangle(canvas, (x1, y + 3), (x2, y + ROW_PX - 3), colour, -1)


def _curve(
    canvas: Picture, y: int, name: str, points: Sequence[tuple[float, float]], end_s: float
) -> None:
    """One number over time, two rows high, from 0 (or its least) to its greatest."""
    least, most = min(0.0, *(v for _, v in points)), max(v for _, v in points)
    letter(canvas, f"{name} {least:.2g}..{most:.2g}", (28, y + 20))
    height_px, span = 2 * ROW_PX - 8, (most - least) or 1.0
    line = [
        (_x(at_s / end_s), y + 4 + round(height_px * (most - value) / span))
        for at_s, value in points
    ]
    cv2.polylines(canvas, [np.array(line, np.int32)], False, INK, 1)  # noqa: FBT003


def _x(share: float) -> int:
    return LEFT_PX + round(min(max(share, 0.0), 1.0) * (WIDTH_PX - LEFT_PX - 20))
