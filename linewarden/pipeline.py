"""From a picture to what the rules say: detector → tracker → watchers → rules.

The only composition of these four, and of the closer looks between them; edge, replay and the
tests share it. It knows no camera, no clock and no file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from cameras.calibration import Homography
from events.rules import CameraFault, Level, Rule, RuleError, RuleState, Transition
from events.rules.gate import Held
from events.rules.presets import PRESETS, Preset
from events.rules.schedule import Calendar
from linewarden.believable import Believable
from linewarden.closer import Closer, Doubt
from linewarden.families import (
    FAMILIES,
    WHOLE_PICTURE,
    Look,
    RuleSettings,
    Running,
    Scene,
    Shared,
    Sight,
)
from linewarden.families.grade import Where
from linewarden.merging import Merger
from linewarden.resized import Scale, crop_at, detections_at, scale_of, track_at
from vision import Detections, Detector, FreeSpace, Kept, Picture, Size, Track, Tracker, Zone
from vision.tiles import Need
from vision.types import Crop

KEEP_SHARE = 0.4
"""Share of a class's threshold from which a box may still keep a track alive, not begin one."""
LEAST_SCORE = 0.05
WHOLE = Zone(WHOLE_PICTURE, ((0, 0), (1920, 0), (1920, 1080), (0, 1080)), (1920, 1080))


@dataclass(frozen=True, slots=True)
class Step:
    """What one picture led to; boxes in pixels of the `frame_px` that was given.

    `detections` is None where the detector was not asked, also for a picture at fault; it includes
    unsure boxes, which only keep tracks alive. `transitions` by rule id, only rules with any;
    `sights`, what each rule saw. `held` says which rules are held back now and why. `timing`: a
    rule's clock runs, so every frame is worth a look. `doubts`: candidates that a second look at
    this picture has refuted.
    """

    detections: Detections | None
    tracks: tuple[Track, ...]
    transitions: Mapping[str, tuple[Transition, ...]]
    sights: Mapping[str, Sight]
    timing: bool
    held: Mapping[str, Held] = field(default_factory=dict)
    doubts: tuple[Doubt, ...] = ()

    @property
    def suspended(self) -> Held | None:
        """Why this picture decided nothing; None where it did, or was not looked at."""
        return next(iter(self.held.values()), None) if self.detections is None else None

    @property
    def busy(self) -> bool:
        """Whether something concerns a rule, so that the camera should be looked at often."""
        return self.timing or any(sight.is_something for sight in self.sights.values())


class Pipeline:
    """One camera's way from pictures to transitions.

    `thresholds` gives the confidence by class from which a box is believed; `ground` places pixels
    where the camera is calibrated, `where` lays them against pipelines;
    `settings` by rule id is what the watchers may read more.
    `needs`: zones that may need tiles, for a detector whose input is `input_px` wide; `second_look`
    gives the score by class from which a second look confirms, and asks for it. `floors`: what was
    kept of floors by zone; the property of that name is what is known of them now. Raises
    `RuleError` for a class that the detector does not know, a zone that is not there, or an id
    given twice.
    """

    def __init__(
        self,
        detector: Detector,
        thresholds: Mapping[str, float],
        zones: Sequence[Zone],
        rules: Sequence[Rule],
        *,
        ground: Homography | None = None,
        where: Callable[[Track, Size, float], Where | None] | None = None,
        settings: Mapping[str, RuleSettings] | None = None,
        calendar: Calendar | None = None,
        needs: Sequence[Need] = (),
        second_look: Mapping[str, float] | None = None,
        input_px: int = 416,
        floors: Mapping[str, Kept] | None = None,
    ) -> None:
        self._zones = {WHOLE.id: WHOLE, **{zone.id: zone for zone in zones}}
        _check(rules, self._zones, detector.classes)
        lowest = [max(LEAST_SCORE, KEEP_SHARE * thresholds[name]) for name in detector.classes]
        self._closer = Closer(detector, lowest, needs, second_look, input_px=input_px)
        self._tracker, self._classes = Tracker(thresholds), detector.classes
        shared, stated = Shared(), settings or {}
        scene = Scene(
            self._zones,
            thresholds,
            shared,
            ground,
            calendar or Calendar(),
            where=where,
            floors=floors or {},
        )
        self.floors = shared(FreeSpace)
        self._running = {
            rule.id: Running(
                rule, FAMILIES[type(rule)], replace(scene, settings=stated.get(rule.id))
            )
            for rule in rules
        }
        self._merger = Merger({rule_id: stated.get(rule_id) for rule_id in self._running}, ground)
        self._believable = Believable(shared)
        self._last_s: float | None = None
        self._seen: Sequence[Track] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules, as given."""
        return tuple(running.rule for running in self._running.values())

    @property
    def zones(self) -> Mapping[str, Zone]:
        """The zones by id, with the one that is all of the picture."""
        return self._zones

    def preset(self, rule_id: str) -> Preset | None:
        """The preset that a rule uses; None for one of its own."""
        settings = self._running[rule_id].settings
        return None if settings is None else PRESETS.get(settings.preset or "")

    @property
    def states(self) -> Mapping[str, RuleState]:
        """The state of each rule, by its id."""
        return {rule_id: running.state for rule_id, running in self._running.items()}

    def restore(self, rule_id: str, state: RuleState) -> None:
        """Go on from a state that another process kept, such as an open incident."""
        if rule_id not in self._running:
            raise RuleError(
                f"no rule {rule_id!r} to restore", remedy="its incident has to be ended by hand"
            )
        self._running[rule_id].resume(state)

    def resume(self, rule_id: str, opened_s: float, now_s: float, label: str, level: Level) -> None:
        """Go on with an incident that another process left open at `level`.

        `opened_s` in seconds of this process's clock, where it may be negative.
        """
        family = FAMILIES[type(self._running[rule_id].rule)]
        self.restore(rule_id, family.resumed(opened_s, now_s, label=label, level=level))
        self._merger.resume(rule_id, level)

    def step(
        self,
        picture: Picture,
        frame_px: Size,
        now_s: float,
        *,
        utc_s: float | None = None,
        detect: bool = True,
        crop: Crop | None = None,
    ) -> Step:
        """Take one picture, captured at `now_s` seconds; `utc_s` is the same as Unix seconds.

        `frame_px` is the size in whose pixels boxes are wanted: the camera's native size, while
        `picture` may be smaller. With `detect` off the picture counts as not looked at: nothing
        is said and no clock is moved. A time that does not advance is ignored. `crop` gives the
        frame's native pixels for closer looks; without it they wait.

        A picture of another size than the first goes on with all tracks; one of another shape, or
        one at fault (black, covered, moved ...), decides nothing: all rules but the watch over the
        camera are held, with the reason, until the picture is as before.
        """
        if not detect or (self._last_s is not None and now_s <= self._last_s):
            return Step(None, (), {}, {}, self._timing)
        self._last_s = now_s
        base_px = self._believable.base_px(frame_px)
        held = self._believable.reshaped(frame_px)
        if held is not None:
            return self._suspended(None, held, now_s)
        scale = scale_of(base_px, frame_px)
        nothing = Detections.none(self._classes, base_px)
        look = Look(picture, base_px, now_s, utc_s, nothing, (), ())
        held = self._believable.at_fault(look, self._seen)
        if held is not None:
            return self._suspended(look, held, now_s)
        return _at(self._looked(look, crop_at(crop, scale)), scale, frame_px)

    def accept_view(self) -> None:
        """Somebody has looked: the zones fit the view that the camera shows from now on."""
        self._believable.accept_view()

    def _suspended(self, look: Look | None, held: Held, now_s: float) -> Step:
        """The step of a picture that is not believed; only a watch over the camera takes it."""
        transitions: dict[str, tuple[Transition, ...]] = {}
        sights: dict[str, Sight] = {}
        waiting: dict[str, Held] = {}
        for rule_id, running in self._running.items():
            if look is not None and isinstance(running.rule, CameraFault):
                self._ask(running, look, (), transitions, sights)
            else:
                running.pause(now_s)
                waiting[rule_id] = held
        return Step(None, (), transitions, sights, self._timing, waiting)

    def _looked(self, look: Look, crop: Crop | None) -> Step:
        """The step of a picture that is believed; all in pixels of the look."""
        frame_px, now_s = look.frame_px, look.now_s
        detections = self._closer.see(look.picture, crop, frame_px, now_s)
        self._seen = tracks = self._tracker.step(detections, now_s)
        there, seen_once = self._closer.there(tracks, now_s), self._tracker.candidates
        look = replace(look, detections=detections, tracks=there, candidates=seen_once)
        self._closer.forget((*tracks, *seen_once))
        transitions: dict[str, tuple[Transition, ...]] = {}
        held: dict[str, Held] = {}
        sights: dict[str, Sight] = {}
        asked: list[tuple[Rule, Track]] = []
        for rule_id, running in self._running.items():
            believed = self._closer.believed(running.rule, there, now_s)
            self._ask(running, look, believed, transitions, sights)
            if running.held is not None:
                held[rule_id] = running.held
            if not running.state.is_open:
                asked += [(running.rule, track) for track in sights[rule_id].inside]
        doubts = self._closer.look_again(asked, crop, frame_px, now_s)
        return Step(detections, tracks, transitions, sights, self._timing, held, doubts)

    def _ask(
        self,
        running: Running,
        look: Look,
        believed: tuple[Track, ...],
        transitions: dict[str, tuple[Transition, ...]],
        sights: dict[str, Sight],
    ) -> None:
        """Let one rule look, and add what it saw and what is told of it."""
        rule = running.rule
        sight, said = running.look(replace(look, tracks=believed), self._closer.may_open)
        sights[rule.id] = sight
        explained = [self._closer.explained(rule, one) for one in said]
        for told_by, told in self._merger.take(rule.id, explained, look):
            transitions[told_by] = (*transitions.get(told_by, ()), told)

    @property
    def _timing(self) -> bool:
        return any(running.state.is_timing for running in self._running.values())


def _at(step: Step, scale: Scale, frame_px: Size) -> Step:
    """A step in pixels of the frame that was given."""
    if scale == (1.0, 1.0):
        return step

    def sight_at(sight: Sight) -> Sight:
        inside = tuple(track_at(track, scale) for track in sight.inside)
        outlines = tuple(
            tuple((x * scale[0], y * scale[1]) for x, y in outline) for outline in sight.outlines
        )
        return replace(sight, inside=inside, outlines=outlines)

    found = step.detections
    return replace(
        step,
        detections=None if found is None else detections_at(found, scale, frame_px),
        tracks=tuple(track_at(track, scale) for track in step.tracks),
        sights={rule_id: sight_at(sight) for rule_id, sight in step.sights.items()},
        doubts=tuple(replace(doubt, track=track_at(doubt.track, scale)) for doubt in step.doubts),
    )


def _check(rules: Sequence[Rule], zones: Mapping[str, Zone], classes: Sequence[str]) -> None:
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
