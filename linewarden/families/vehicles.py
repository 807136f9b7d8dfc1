"""Machines and vehicles in the pipeline: what they do, whom they near, how often they pass."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import hypot
from typing import Annotated, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from cameras.calibration import Homography, Unplaced
from events.rules import Approaching, Doing, Limit, Passes, PassesState, State
from events.rules import approach as approach_rule
from events.rules import passes as passes_rule
from events.rules import works as works_rule
from events.rules.holding import MOST_ABSENCE_S
from events.rules.passes import Stretch
from linewarden.families.base import Family, Look, Scene, Sight, in_zone
from linewarden.families.settings import RuleSettings
from linewarden.settings_parts import AtLeastOne, Duration, Part
from vision import Activity, ActivityMeter, Approach, ApproachMeter, Point, Size, Track, Zone
from vision.nms import areas, shared

MACHINES = ("excavator", "machine")
HEAVY = ("truck", "bus", *MACHINES)
APPROACH_EVERY_S = 0.2
"""Distances are measured no oftener than this: what nears moves little between two pictures."""
LEAST_WAY = 0.25
"""Who passes has come so far since it was seen first, in heights of its box: a false box stays."""
WITHIN = 0.8
"""Share of a box that lies within another one's, from which it is a part of that vehicle."""
FOOT_SIGMA = 0.05
"""A foot point is so exact, in heights of its box."""


class DoingSettings(RuleSettings):
    """A machine works in a zone, or a vehicle stands in it."""

    USES: ClassVar = {
        "works": MACHINES,
        "vehicle-stopped": ("car", *HEAVY),
        "heavy-vehicle-stopped": HEAVY,
        "forklift-stopped": ("forklift",),
    }
    use: Literal["works", "vehicle-stopped", "heavy-vehicle-stopped", "forklift-stopped"]

    def rule(self, known: Sequence[str]) -> Doing:
        """The rule, narrowed to the classes that the model knows."""
        if self.use == "works":
            return Doing(**self.common(known), kinds=("working",))
        return Doing(**self.common(known), kinds=("stopped", "working"))


class ApproachSettings(RuleSettings):
    """A machine in `zone` is likely to be in zone `towards` before long."""

    USES: ClassVar = {"approach": MACHINES}
    use: Literal["approach"]
    towards: str
    within_s: Duration = Field(default=60.0, alias="within")
    odds: Annotated[float, Field(gt=0, lt=1)] = 0.8
    least_speed_mps: Annotated[float, Field(ge=0)] = Field(default=0.0, alias="least_speed")
    near_m: Annotated[float, Field(gt=0)] | None = Field(default=None, alias="near")

    def rule(self, known: Sequence[str]) -> Approaching:
        """The rule, narrowed to the classes that the model knows."""
        return Approaching(
            **self.common(known),
            towards=self.towards,
            within_s=self.within_s,
            odds=self.odds,
            least_mps=self.least_speed_mps,
            near_m=self.near_m,
        )


class LimitPart(Part):
    """So many passes within so long are too many."""

    count: Annotated[int, Field(ge=1)]
    within_s: Duration = Field(alias="within")


class PassesSettings(RuleSettings):
    """Heavy vehicles pass a zone too often. `after`: how long a pass lasts at least."""

    USES: ClassVar = {"repeated-passes": HEAVY}
    use: Literal["repeated-passes"]
    after_s: Duration = Field(default=0.5, alias="after")
    limits: Annotated[tuple[LimitPart, ...], AtLeastOne]

    def rule(self, known: Sequence[str]) -> Passes:
        """The rule, narrowed to the classes that the model knows."""
        limits = tuple(Limit(one.count, one.within_s) for one in self.limits)
        return Passes(**self.common(known), limits=limits)


class DoingWatcher:
    """What the tracks in the zone do."""

    def __init__(self, rule: Doing, scene: Scene) -> None:
        self._rule, self._zone = rule, scene.zones[rule.zone_id]
        self._meter = scene.shared(ActivityMeter)

    def look(self, look: Look, *, is_open: bool) -> Sight:
        """The tracks with their activity; the curves are of the one that stirs most."""
        activities = self._meter.step(look.picture, look.frame_px, look.tracks, look.now_s)
        # A machine at work is where it stands, wherever its arm reaches.
        stands_px = {n: one.stands_px for n, one in activities.items() if one.stands_px is not None}
        inside = in_zone(self._rule, self._zone, look.tracks, look.frame_px, stands_px)
        deeds = tuple((track, activities[track.id]) for track in inside)
        return Sight(deeds, inside, numbers=_curves([activity for _, activity in deeds]))


class ApproachWatcher:
    """How fast the moving tracks of the zone come nearer, on the ground where it is known."""

    def __init__(self, rule: Approaching, scene: Scene) -> None:
        self._rule, self._zone = rule, scene.zones[rule.zone_id]
        self._towards = scene.zones[rule.towards]
        self._ground = scene.ground
        self._activity = scene.shared(ActivityMeter)
        self._meter: ApproachMeter | None = None
        self._frame_px: Size | None = None
        self._found: Mapping[int, Approach] = {}
        self._found_s = float("-inf")

    def look(self, look: Look, *, is_open: bool) -> Sight:
        """The tracks that are under way, each with its approach."""
        activities = self._activity.step(look.picture, look.frame_px, look.tracks, look.now_s)
        if self._meter is None or self._frame_px != look.frame_px:
            area = _area(self._towards, look.frame_px, self._ground)
            self._meter = ApproachMeter(
                area, self._rule.within_s, "px" if self._ground is None else "m"
            )
            self._frame_px, self._found_s = look.frame_px, float("-inf")
        inside = in_zone(self._rule, self._zone, look.tracks, look.frame_px)
        if not 0 <= look.now_s - self._found_s < APPROACH_EVERY_S - 1e-6:
            feet = {track.id: _feet(track, look.frame_px, self._ground) for track in inside}
            self._found = self._meter.step({n: f for n, f in feet.items() if f}, look.now_s)
            self._found_s = look.now_s
        nearing = tuple(
            (track, self._found[track.id])
            for track in inside
            if track.id in self._found and activities[track.id].kind == "passing"
        )
        odds = max((one.odds for _, one in nearing), default=0.0)
        return Sight(nearing, tuple(t for t, _ in nearing), numbers={"odds_share": odds})


class PassesWatcher:
    """Who was in the zone since the look before, on the straight way from where it was then.

    Who has not moved yet, or is but a part of another vehicle, may be a false box and passes not.
    """

    def __init__(self, rule: Passes, scene: Scene) -> None:
        self._rule, self._zone = rule, scene.zones[rule.zone_id]
        self._feet: dict[int, tuple[float, Point]] = {}
        self._begun: dict[int, tuple[float, Point]] = {}
        """Since when each track is in the zone, and where it was seen first."""

    def look(self, look: Look, *, is_open: bool) -> Sight:
        """The stretches of the tracks that are seen now; drawn are those that are inside."""
        now_s, inside = look.now_s, in_zone(self._rule, self._zone, look.tracks, look.frame_px)
        vehicles = [t for t in look.tracks if t.seen_now and t.label in self._rule.classes]
        found = (self._stretch(one, look.frame_px, now_s) for one in _whole(vehicles))
        stretches = tuple(one for one in found if one is not None)
        fresh = {n: f for n, f in self._feet.items() if now_s - f[0] <= MOST_ABSENCE_S}
        # Where something was seen first counts too, once a second look believes it.
        seen = (t for t in (*look.tracks, *look.candidates) if t.seen_now)
        self._feet = fresh | {track.id: (now_s, track.foot_px) for track in seen}
        self._begun = {n: one for n, one in self._begun.items() if n in self._feet}
        return Sight(stretches, inside)

    def _stretch(self, track: Track, frame_px: Size, now_s: float) -> Stretch | None:
        before_s, before_px = self._feet.get(track.id, (now_s, track.foot_px))
        if now_s - before_s > MOST_ABSENCE_S:
            before_s, before_px = now_s, track.foot_px
            self._begun.pop(track.id, None)
        part = self._zone.part_of_way(before_px, track.foot_px, frame_px)
        if part is None:
            return None
        first_ago_s, last_ago_s = ((1 - share) * (now_s - before_s) for share in part)
        since_s, from_px = self._begun.setdefault(track.id, (now_s - first_ago_s, before_px))
        way_px = hypot(track.foot_px[0] - from_px[0], track.foot_px[1] - from_px[1])
        if way_px < LEAST_WAY * (track.box_px[3] - track.box_px[1]):
            return None
        return Stretch(track.id, track.label, now_s - since_s, last_ago_s)


def _whole(vehicles: Sequence[Track]) -> list[Track]:
    """Those that do not lie within another, larger one."""
    boxes = np.array([track.box_px for track in vehicles], np.float32).reshape(-1, 4)
    own = areas(boxes)
    within = shared(boxes, boxes) > WITHIN * own[:, None]
    is_part: NDArray[np.bool_] = np.any(within & (own[:, None] < own[None]), axis=1)
    return [track for track, part in zip(vehicles, is_part, strict=True) if not part]


def _curves(activities: Sequence[Activity]) -> dict[str, float]:
    if not activities:
        return {}
    most = max(activities, key=lambda activity: activity.stir_share)
    return {"stir_share": most.stir_share, "active_share": most.active_share}


def _area(zone: Zone, frame_px: Size, ground: Homography | None) -> list[Point]:
    """The zone's corners in metres on the ground, else in pixels of `frame_px`."""
    if ground is None:
        scale = frame_px[0] / zone.frame_px[0], frame_px[1] / zone.frame_px[1]
        return [(x * scale[0], y * scale[1]) for x, y in zone.polygon]
    placed = ground.locate_all(zone.polygon, zone.frame_px)
    return [(p.east_m, p.north_m) for p in placed if not isinstance(p, Unplaced)]


def _feet(track: Track, frame_px: Size, ground: Homography | None) -> list[tuple[Point, float]]:
    """Both ends and the middle of the box's lower edge, each with its sigma."""
    x1, y1, x2, y2 = track.box_px
    sigma_px = max(1.0, FOOT_SIGMA * (y2 - y1))
    feet = [(x1, y2), ((x1 + x2) / 2, y2), (x2, y2)]
    if ground is None:
        return [(foot, sigma_px) for foot in feet]
    placed = ground.locate_all(feet, frame_px, foot_sigma_px=sigma_px)
    return [
        ((p.east_m, p.north_m), max(p.cov_m2[0], p.cov_m2[2]) ** 0.5)
        for p in placed
        if not isinstance(p, Unplaced)
    ]


DOING = Family(works_rule.step, State, State.resumed, DoingWatcher)
APPROACH = Family(approach_rule.step, State, State.resumed, ApproachWatcher)
PASSES = Family(passes_rule.step, PassesState, PassesState.resumed, PassesWatcher)
