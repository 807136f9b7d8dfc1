"""Gatherings in the pipeline: who stands in the zone, of how many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cameras.calibration import Homography
from events.record import Level
from events.rules import Crowd, CrowdStep, Gathering, GatheringState, step_gathering
from linewarden.families.base import Family, Look, Scene, Sight, in_zone
from linewarden.families.settings import RuleSettings
from vision import GroundPoint, Headcounter, Zone, floor_m2

Count = Annotated[int, Field(ge=1)]
Density = Annotated[float, Field(gt=0)]


class GatheringSettings(RuleSettings):
    """At least so many people stand in a zone; `raise_at`, `raise_density` give graver levels."""

    USES: ClassVar = {"gathering": ("person",)}
    use: Literal["gathering"]
    at_least: Count = 10
    raise_at: dict[Level, Count] = Field(default_factory=dict)
    raise_density: dict[Level, Density] = Field(default_factory=dict)

    def rule(self, known: Sequence[str]) -> Gathering:
        """The rule. Raises `RuleError` where the levels do not rise with the number of people."""
        common = self.common(known)
        first = CrowdStep(common.pop("level"), self.at_least)
        graver = [
            CrowdStep(level, count, self.raise_density.get(level))
            for level, count in sorted(self.raise_at.items(), key=lambda pair: pair[1])
        ]
        return Gathering(**common, steps=(first, *graver))


class GatheringWatcher:
    """A headcount of the zone, and its floor's area where the camera is calibrated."""

    def __init__(self, rule: Gathering, scene: Scene) -> None:
        self._rule, self._zone = rule, scene.zones[rule.zone_id]
        self._heads = Headcounter(self._zone.contains, scene.thresholds["person"])
        self._floor_m2 = None if scene.ground is None else _floor_m2(self._zone, scene.ground)

    def look(self, look: Look, *, is_open: bool) -> Sight:
        """What stands there now, smoothed over seconds."""
        del is_open
        seen = self._heads.step(look.detections, look.tracks, look.frame_px, look.now_s)
        density = None if self._floor_m2 is None else seen.count / self._floor_m2
        crowd = Crowd(seen.standing, seen.count, seen.low, seen.high, density, seen.is_stream)
        numbers = {"standing_count": seen.standing, "people_count": seen.count}
        inside = in_zone(self._rule, self._zone, look.tracks, look.frame_px)
        return Sight(crowd, inside, (), numbers)


def _floor_m2(zone: Zone, ground: Homography) -> float | None:
    """Area of the zone on the ground; None where a corner has no place there."""
    corners = [ground.locate(corner, zone.frame_px) for corner in zone.polygon]
    placed = [(c.east_m, c.north_m) for c in corners if isinstance(c, GroundPoint)]
    return floor_m2(placed) if len(placed) == len(corners) else None


FAMILY = Family(step_gathering, GatheringState, GatheringState.resumed, GatheringWatcher)
