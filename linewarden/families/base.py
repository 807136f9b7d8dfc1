"""How a rule family joins the pipeline: what it gets to look at, and what it gives back.

`vision` computes, `events.rules` decides; a `Watcher` makes its rule's observation of a picture.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Protocol, TypeVar

from cameras.calibration import Homography
from events.rules import Rule, RuleState, Transition
from events.rules.gate import Gate, Held, pass_through
from events.rules.schedule import Calendar
from events.rules.state import paused
from linewarden.families.grade import Find, Grade, RecentWorks, Where
from linewarden.families.settings import RuleSettings
from linewarden.families.when import held_back
from vision import Box, Detections, Kept, Picture, Point, Size, Track, Zone

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Look:
    """One picture and what was found in it.

    `picture` is BGR at analysis size, boxes are in pixels of `frame_px`. `now_s` is capture time
    on the rules' clock, `utc_s` the same instant as Unix seconds (None where nobody knows).
    `candidates`: objects that were seen once and are no tracks yet.
    """

    picture: Picture
    frame_px: Size
    now_s: float
    utc_s: float | None
    detections: Detections
    tracks: tuple[Track, ...]
    candidates: tuple[Track, ...]

    def share_of(self, track: Track) -> Box:
        """Its box in shares of the picture's width and height."""
        (x1, y1, x2, y2), (width, height) = track.box_px, self.frame_px
        return x1 / width, y1 / height, x2 / width, y2 / height


@dataclass(frozen=True, slots=True)
class Sight:
    """What one look gave a rule: its observation, and what there is to draw of it.

    `inside`: tracks that concern the rule. `outlines`: polygons in pixels of `frame_px`.
    `numbers`: what was measured, named as in `Transition.numbers`, for timeline and video.
    `remark`: what a person should see to, (Chinese, English), though it is no incident.
    """

    observation: Any  # its family's own type; the family's step takes nothing else
    inside: tuple[Track, ...] = ()
    outlines: tuple[tuple[Point, ...], ...] = ()
    numbers: Mapping[str, float] = field(default_factory=dict)
    remark: tuple[str, str] | None = None

    @property
    def is_something(self) -> bool:
        """Whether anything there concerns the rule."""
        return bool(self.inside or self.outlines)


class Watcher(Protocol):
    """One rule's eyes."""

    def look(self, look: Look, *, is_open: bool) -> Sight:
        """The rule's observation; `is_open`: its incident is open. Times come in rising order."""


class Shared:
    """What several rules of one camera compute once: `shared(ActivityMeter)` is one for all."""

    def __init__(self) -> None:
        self._made: dict[Callable[[], Any], Any] = {}

    def __call__(self, make: Callable[[], T]) -> T:
        """What `make` made when it was first asked for."""
        if make not in self._made:
            self._made[make] = make()
        made: T = self._made[make]
        return made


@dataclass(frozen=True, slots=True)
class Scene:
    """What a watcher may know of its camera. `ground` is None where it is not calibrated.

    `settings`: the rule as it stands in the file, for what only the watcher needs; None in tests
    that give plain rules. `where` lays a track against the pipelines, for a band of so many metres.
    `floors`: what earlier processes kept of floors, by zone.
    """

    zones: Mapping[str, Zone]
    thresholds: Mapping[str, float]
    shared: Shared
    ground: Homography | None = None
    calendar: Calendar = field(default_factory=Calendar)
    settings: RuleSettings | None = None
    where: Callable[[Track, Size, float], Where | None] | None = None
    floors: Mapping[str, Kept] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Family:
    """A row of the table: how the rules of one type step, remember and look."""

    step: Callable[[Any, Any, Any, float], tuple[Any, tuple[Transition, ...]]]
    state: Callable[[], RuleState]
    resumed: Callable[..., RuleState]
    watcher: Callable[[Any, Scene], Watcher]


class Running:
    """One rule at work: its state, its eyes, its family's step; and what of it may be told."""

    def __init__(self, rule: Rule, family: Family, scene: Scene) -> None:
        self.rule, self._family, self._scene = rule, family, scene
        self.state = family.state()
        self.held: Held | None = None
        self._watcher = family.watcher(rule, scene)
        self._gate, self._grade = Gate(), Grade(scene.settings, scene.shared(RecentWorks))

    @property
    def settings(self) -> RuleSettings | None:
        """The rule as it stands in the file."""
        return self._scene.settings

    def resume(self, state: RuleState) -> None:
        """Go on from a state that another process kept; what is open there has been told."""
        self.state, self._gate = state, Gate(is_told=state.is_open)

    def pause(self, now_s: float) -> None:
        """Until `now_s` nobody could see: no clock has run."""
        self.state = paused(self.state, now_s)

    def look(
        self, look: Look, may_open: Callable[[Rule, Transition], bool]
    ) -> tuple[Sight, tuple[Transition, ...]]:
        """Take one picture: what the rule saw, and what it says.

        What may not be said yet has not happened: the rule is asked again at the next picture,
        from the state that it had before.
        """
        sight = self._watcher.look(look, is_open=self.state.is_open)
        state, said = self._family.step(self.rule, self.state, sight.observation, look.now_s)
        if not all(may_open(self.rule, one) for one in said):
            return sight, ()
        self.state, self.held = state, self._held_back(look.utc_s)
        self._grade.note(look.now_s, is_open=state.is_open)
        graded = [self._grade.of(one, look.utc_s, self._find(one, look)) for one in said]
        self._gate, told = pass_through(self._gate, graded, self.held, look.now_s)
        return sight, told

    def _find(self, said: Transition, look: Look) -> Find | None:
        """Where the object is that a transition is about; None where nobody knows."""
        track = next((one for one in look.tracks if one.id == said.track_id), None)
        where = self._scene.where
        if track is None or where is None:
            return None
        return lambda band_m: where(track, look.frame_px, band_m)

    def _held_back(self, utc_s: float | None) -> Held | None:
        settings = self._scene.settings
        if settings is None:
            return None
        return held_back(settings.when, settings.suppress, self._scene.calendar, utc_s)


def in_zone(
    rule: Rule,
    zone: Zone,
    tracks: Sequence[Track],
    frame_px: Size,
    stands_px: Mapping[int, Point] = MappingProxyType({}),
) -> tuple[Track, ...]:
    """The tracks of the rule's classes that were seen now with their foot in the zone.

    `stands_px`, by track id: where one stands whose box's lower edge is not its foot, in pixels of
    `frame_px`.
    """
    return tuple(
        track
        for track in tracks
        if track.seen_now
        and track.label in rule.classes
        and zone.contains(stands_px.get(track.id, track.foot_px), frame_px)
    )
