"""A take: a staged clip with its rules and its truth, and what the pipeline says of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from benchmarks.staging.parts import Part
from benchmarks.staging.places import Place
from benchmarks.staging.plumes import Plume
from benchmarks.staging.sprites import DRY, Mirror, Painter, Stand
from benchmarks.staging.standin import Faults, Seen, StandIn
from benchmarks.staging.timetable import Timetable
from benchmarks.staging.weather import Effect, Grain, OnGround, Timed, Wet, mirrored
from datasets.labels import CLASSES
from linewarden.families import AnyRule, RuleSettings
from linewarden.pipeline import Pipeline, Step
from models import load_manifest
from vision import Box, Picture, Zone

RULES: TypeAdapter[RuleSettings] = TypeAdapter(AnyRule)


@dataclass(frozen=True, slots=True)
class Due:
    """What should fire: the rule's id, when, and until when it lasts. `ignore`: nobody can say."""

    rule: str
    start_s: float
    end_s: float
    ignore: bool = False


@dataclass(frozen=True, slots=True)
class Suspect:
    """Something that only a detector sees: a box of a label at a time, or None."""

    label: str
    box: Box
    since_s: float = 0.0
    until_s: float = 1e9
    surety: float = -0.35


@dataclass(frozen=True)
class Take:
    """A staged clip. `rules` as they would stand in `edge.yaml`; `lost`: share of lost frames.

    `story` says in words what is staged.
    """

    name: str
    story: str
    place: Place
    rules: tuple[Mapping[str, Any], ...]
    zones: tuple[Zone, ...]
    until_s: float
    parts: tuple[Part, ...] = ()
    plumes: tuple[Plume, ...] = ()
    suspects: tuple[Suspect, ...] = ()
    effects: tuple[Effect | OnGround | Wet, ...] = ()
    due: tuple[Due, ...] = ()
    fps: float = 4.0
    lost: float = 0.0
    noise: float = 2.0
    shade: float = 0.25
    is_calibrated: bool = True
    faults: Faults = field(default_factory=Faults)
    seed: int = 0

    def times(self) -> Iterator[float]:
        """The capture times of the frames that arrive."""
        chance = np.random.default_rng([self.seed, 31])
        for i in range(int(self.until_s * self.fps)):
            if chance.random() >= self.lost:
                yield max(0.0, i / self.fps + float(chance.uniform(-0.1, 0.1)) / self.fps)


class Stage:
    """Draws a take and knows the truth of what it drew."""

    def __init__(self, take: Take) -> None:
        self.take = take
        self._parts = Timetable([(p.since_s, p.until_s, (k, p)) for k, p in enumerate(take.parts)])
        effects = [one for one in take.effects if not isinstance(one, OnGround | Wet)]
        self._effects = Timetable([(*_span(effect), effect) for effect in effects])
        self._grounds = [one.effect for one in take.effects if isinstance(one, OnGround)]
        wets = [one for one in take.effects if isinstance(one, Wet)]
        self._wets = Timetable([(one.when.since_s, one.when.until_s, one) for one in wets])
        self._painter = Painter(take.place, take.shade)
        self._grain = Grain(take.place.size_px, take.noise, take.seed)

    def at(self, t: float) -> tuple[Picture, list[Seen]]:
        """The picture at a time, and what there is to detect in it."""
        take = self.take
        picture, mirror = take.place.picture.copy(), DRY
        for effect in self._grounds:
            picture = effect(picture, t)
        for wet in self._wets.at(t):
            mirror = Mirror(wet.share(t), 1.5 * float(np.sin(t * 3)))
            picture = mirrored(picture, take.place.ends_px, mirror.share, mirror.dx_px)
        shown = [(k, part, part.at(t)) for k, part in self._parts.at(t)]
        there = [(k, part, stand) for k, part, stand in shown if stand is not None]
        boxes = self._painter.lay(picture, [stand for _, _, stand in there], mirror)
        seen = _seen(there, boxes, take.place)
        for k, plume in enumerate(take.plumes):
            picture, box = plume.over(picture, t)
            if box is not None and plume.label is not None:
                seen.append(Seen(1000 + k, plume.label, box, 1.0, plume.surety))
        for k, one in enumerate(take.suspects):
            if one.since_s <= t < one.until_s:
                seen.append(Seen(2000 + k, one.label, one.box, 1.0, one.surety))
        for effect in self._effects.at(t):
            picture = effect(picture, t)
        return self._grain(picture, t), seen

    def still_until(self, t: float) -> float:
        """Until when nothing but grain and what is slow changes; `t` where something does now."""
        return min(one.still_until(t) for one in (self._parts, self._effects, self._wets))


def _span(effect: Effect) -> tuple[float, float]:
    return (effect.when.since_s, effect.when.until_s) if isinstance(effect, Timed) else (0.0, 1e9)


def _seen(
    there: Sequence[tuple[int, Part, Stand]], boxes: Sequence[Box], place: Place
) -> list[Seen]:
    """What a detector has names for, with the share that nothing nearer hides."""
    width, height = place.size_px
    found = []
    for i, (k, part, stand) in enumerate(there):
        if part.label is None:
            continue
        nearer = [
            b for b, (_, _, other) in zip(boxes, there, strict=True) if other.y_m < stand.y_m - 0.3
        ]
        hidden = max((_covered(boxes[i], box) for box in nearer), default=0.0)
        x1, y1, x2, y2 = boxes[i]
        clipped = (max(x1, 0.0), max(y1, 0.0), min(x2, width), min(y2, height))
        inside = _area(clipped) / max(_area(boxes[i]), 1.0)
        if inside < 0.15:
            continue
        found.append(Seen(k, part.label, clipped, inside * (1 - 0.8 * hidden), part.surety))
    return found


def _area(box: Box) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _covered(box: Box, by: Box) -> float:
    common = (max(box[0], by[0]), max(box[1], by[1]), min(box[2], by[2]), min(box[3], by[3]))
    return _area(common) / max(_area(box), 1.0)


def pipeline_of(take: Take, detector: StandIn) -> Pipeline:
    """The composition that edge and replay run, with the take's rules."""
    stated = [RULES.validate_python(dict(rule)) for rule in take.rules]
    return Pipeline(
        detector,
        load_manifest("nano").thresholds,
        take.zones,
        [rule.rule(CLASSES) for rule in stated],
        ground=take.place.ground if take.is_calibrated else None,
        settings={rule.name: rule for rule in stated},
    )


def steps(take: Take) -> Iterator[tuple[float, Picture, Step]]:
    """The take through the pipeline: time, picture, what came of it."""
    stage = Stage(take)
    detector = StandIn(take.seed, take.place.size_px, take.faults)
    pipeline = pipeline_of(take, detector)
    for t in take.times():
        picture, seen = stage.at(t)
        detector.show(seen, t)
        size = picture.shape[1], picture.shape[0]
        yield t, picture, pipeline.step(picture, size, t)


def said(take: Take) -> list[dict[str, Any]]:
    """Every transition of a take, as rows of an event list."""
    zones = {str(rule.get("id", "")): str(rule.get("zone", "picture")) for rule in take.rules}
    return [
        {
            "camera": take.name,
            "rule": rule,
            "zone": zones.get(rule, ""),
            "kind": one.kind,
            "time_s": round(one.at_s, 3),
            "level": one.level,
            "label": one.label,
            "why": one.why_en,
        }
        for _, _, step in steps(take)
        for rule, news in step.transitions.items()
        for one in news
    ]


def truth_rows(take: Take) -> list[dict[str, Any]]:
    """The take's truth, as rows for `benchmarks.events`."""
    zones = {str(rule["id"]): str(rule.get("zone", "picture")) for rule in take.rules}
    return [
        {
            "camera": take.name,
            "rule": due.rule,
            "zone": zones[due.rule],
            "start_s": round(due.start_s, 3),
            "end_s": round(due.end_s, 3),
            "ignore": "1" if due.ignore else "",
        }
        for due in take.due
    ]
