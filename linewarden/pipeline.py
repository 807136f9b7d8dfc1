"""From a picture to what the rules say: detector → tracker → zones → rules.

The only composition of these four; edge, replay and the tests share it. It knows no camera, no
clock and no file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from events.rules import Dwell, RuleError, State, Transition, step
from vision import Detections, Detector, Picture, Size, Track, Tracker, Zone

KEEP_SHARE = 0.4
"""Share of a class's threshold from which a box may still keep a track alive, not begin one."""
LEAST_SCORE = 0.05


@dataclass(frozen=True, slots=True)
class Step:
    """What one picture led to; boxes in pixels of the `frame_px` that was given.

    `detections` is None where the detector was not asked; it includes unsure boxes, which only
    keep tracks alive. `transitions` by rule id, only rules with any. `inside` by rule id: the
    tracks of its classes that were seen in its zone. `timing`: a rule's clock runs, so every
    frame is worth a look.
    """

    detections: Detections | None
    tracks: tuple[Track, ...]
    transitions: Mapping[str, tuple[Transition, ...]]
    inside: Mapping[str, tuple[Track, ...]]
    timing: bool


class Pipeline:
    """One camera's way from pictures to transitions.

    `thresholds` gives the confidence by class from which a box is believed. Raises `RuleError`
    for a class that the detector does not know, a zone that is not there, or an id given twice.
    """

    def __init__(
        self,
        detector: Detector,
        thresholds: Mapping[str, float],
        zones: Sequence[Zone],
        rules: Sequence[Dwell],
    ) -> None:
        self._detector, self._rules = detector, tuple(rules)
        self._zones = {zone.id: zone for zone in zones}
        _check(self._rules, self._zones, detector.classes)
        self._lowest = [
            max(LEAST_SCORE, KEEP_SHARE * thresholds[name]) for name in detector.classes
        ]
        self._tracker = Tracker(thresholds)
        self._states = {rule.id: State() for rule in rules}
        self._last_s: float | None = None

    @property
    def rules(self) -> tuple[Dwell, ...]:
        """The rules, as given."""
        return self._rules

    @property
    def zones(self) -> Mapping[str, Zone]:
        """The zones by id."""
        return self._zones

    @property
    def states(self) -> Mapping[str, State]:
        """The state of each rule, by its id."""
        return dict(self._states)

    def restore(self, rule_id: str, state: State) -> None:
        """Go on from a state that another process kept, such as an open incident."""
        if rule_id not in self._states:
            raise RuleError(
                f"no rule {rule_id!r} to restore", remedy="its incident has to be ended by hand"
            )
        self._states[rule_id] = state

    def step(self, picture: Picture, frame_px: Size, now_s: float, *, detect: bool = True) -> Step:
        """Take one picture, captured at `now_s` seconds.

        `frame_px` is the size in whose pixels boxes are wanted: the camera's native size, while
        `picture` may be smaller. With `detect` off the picture counts as not looked at: nothing
        is said and no clock is moved. A time that does not advance is ignored.
        """
        if not detect or (self._last_s is not None and now_s <= self._last_s):
            return Step(None, (), {}, {}, self._timing)
        self._last_s = now_s
        detections = _scaled(self._detector.detect(picture, self._lowest), frame_px)
        tracks = self._tracker.step(detections, now_s)
        transitions: dict[str, tuple[Transition, ...]] = {}
        inside: dict[str, tuple[Track, ...]] = {}
        for rule in self._rules:
            state = self._states[rule.id]
            inside[rule.id] = self._in_zone(rule, tracks, frame_px)
            # What was seen once starts a clock, so that the second look finds it running; but it
            # takes a track to hold an incident open.
            unsure = () if state.is_open else self._tracker.candidates
            seen = (*inside[rule.id], *self._in_zone(rule, unsure, frame_px))
            self._states[rule.id], said = step(rule, state, seen, now_s)
            if said:
                transitions[rule.id] = said
        return Step(detections, tracks, transitions, inside, self._timing)

    @property
    def _timing(self) -> bool:
        return any(state.is_timing for state in self._states.values())

    def _in_zone(self, rule: Dwell, tracks: Sequence[Track], frame_px: Size) -> tuple[Track, ...]:
        zone = self._zones[rule.zone_id]
        return tuple(
            track
            for track in tracks
            if track.seen_now
            and track.label in rule.classes
            and zone.contains(track.foot_px, frame_px)
        )


def _scaled(detections: Detections, frame_px: Size) -> Detections:
    if detections.frame_px == frame_px:
        return detections
    factors = [own / theirs for own, theirs in zip(frame_px, detections.frame_px, strict=True)]
    return Detections(
        (detections.boxes_px * np.array(factors * 2, np.float32)).astype(np.float32),
        detections.confidences,
        detections.class_ids,
        detections.classes,
        frame_px,
    )


def _check(rules: Sequence[Dwell], zones: Mapping[str, Zone], classes: Sequence[str]) -> None:
    ids = [rule.id for rule in rules]
    for i, rule in enumerate(rules):
        unknown = [name for name in rule.classes if name not in classes]
        if unknown:
            raise RuleError(
                f"rule {rule.id}: the model has no class {', '.join(unknown)}",
                remedy=f"use some of: {', '.join(classes)}",
            )
        if rule.zone_id not in zones:
            raise RuleError(
                f"rule {rule.id}: there is no zone {rule.zone_id!r}",
                remedy=f"use one of: {', '.join(zones) or 'none is defined'}",
            )
        if rule.id in ids[:i]:
            raise RuleError(f"two rules have the id {rule.id!r}", remedy="give each its own id")
