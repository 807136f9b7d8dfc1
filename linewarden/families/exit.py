"""Floor that must stay free in the pipeline: one comparison a camera, its zones by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
import structlog
from pydantic import Field, model_validator

from events.rules import Level, Obstruction, ObstructionState, Subject, step_obstruction
from events.rules.floor_words import DOUBTS, remark
from linewarden.families.base import Family, Look, Scene, Sight
from linewarden.families.exit_ground import FloorOnGround
from linewarden.families.settings import RuleSettings
from linewarden.settings_parts import Duration
from vision import Box, Floor, FreeSpace, Kept, Point, Track

REMEMBERED_S = 1.0
"""A person who is not found for so long is still where he was: a detector blinks."""
NO_THINGS = frozenset({"person", "smoke", "fire"})
"""Of these classes nothing stands on a floor; of the others something does."""
_log = structlog.get_logger()

_SUBJECTS: Mapping[str, Subject] = MappingProxyType(
    {
        "blocked-exit": "exit",
        "fire-lane": "lane",
        "hidden-hydrant": "hydrant",
        "shutter-down": "shutter",
        "piling": "strip",
    }
)
_PRESETS: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "blocked-exit": {"after": "60s", "level": "orange"},
        "fire-lane": {"after": "300s", "level": "orange", "width": 4.0},
        "hidden-hydrant": {"after": "300s", "level": "yellow"},
        "shutter-down": {"after": "60s", "level": "orange"},
        "piling": {"after": "300s", "level": "orange", "area": 2.0},
    }
)
"""Proposals: FIF-01, 02, 05, 04 and PIPE-09 with their times, levels and limits."""


class ObstructionSettings(RuleSettings):
    """Something stands where the floor must stay free, whatever it is."""

    USES: ClassVar = dict.fromkeys(_SUBJECTS, ())
    use: Literal["blocked-exit", "fire-lane", "hidden-hydrant", "shutter-down", "piling"]
    classes: None = None
    after_s: Duration = Field(alias="after")
    clear_s: Duration = Field(default=6.0, alias="clear")
    level: Level
    width_m: Annotated[float, Field(gt=0)] | None = Field(default=None, alias="width")
    area_m2: Annotated[float, Field(gt=0)] | None = Field(default=None, alias="area")
    along_px: tuple[Point, Point] | None = Field(default=None, alias="along")

    @model_validator(mode="before")
    @classmethod
    def _preset(cls, value: Any) -> Any:  # whatever stands in the file
        if not isinstance(value, dict):
            return value
        return {**_PRESETS.get(str(value.get("use")), {}), **value}

    def rule(self, known: Sequence[str]) -> Obstruction:
        """The rule; it asks for no class."""
        return Obstruction(
            **self.common(known),
            subject=_SUBJECTS[self.use],
            width_m=self.width_m,
            area_m2=self.area_m2,
        )


class ObstructionWatcher:
    """Looks at one floor, with the persons in front of it."""

    def __init__(self, rule: Obstruction, scene: Scene) -> None:
        self._rule, self._zone = rule, scene.zones[rule.zone_id]
        self._floors = scene.shared(FreeSpace)
        kept, is_opening = scene.floors.get(rule.zone_id, Kept()), rule.subject == "shutter"
        self._floors.watch(self._zone, kept, is_opening=is_opening)
        settings = scene.settings
        along_px = settings.along_px if isinstance(settings, ObstructionSettings) else None
        self._ground = (
            None if scene.ground is None else FloorOnGround(scene.ground, self._zone, along_px)
        )
        self._said: set[str] = set()

    def look(self, look: Look, *, is_open: bool) -> Sight:
        """The floor as it is now; no observation where the picture was passed over."""
        people: list[Box] = []
        things: list[Box] = []
        if self._floors.wants(look.now_s):
            tracks = (*look.tracks, *look.candidates)
            people = [look.share_of(t) for t in tracks if _is_there(t, look)]
            things = [look.share_of(t) for t in look.tracks if _is_thing(t)]
        floor = self._floors.step(look.picture, look.now_s, people, things).get(self._zone.id)
        if floor is None:
            return Sight(None)
        if self._ground is not None:
            floor = self._ground.measured(floor, look.frame_px)
        said = remark(floor.unconfirmed, floor.doubts)
        self._doubt(floor)
        return Sight(floor, (), _outlines(floor, look), _numbers(floor), self._named(said))

    def _named(self, said: tuple[str, str] | None) -> tuple[str, str] | None:
        zone = self._zone.id
        return None if said is None else (f"{zone}:{said[0]}", f"{zone}: {said[1]}")

    def _doubt(self, floor: Floor) -> None:
        """Log each doubt once."""
        for doubt in floor.doubts:
            self._warn(DOUBTS[doubt][1])
        if any(region.kind == "removed" for region in floor.regions):
            self._warn("a thing that it shows has gone; confirm the floor")

    def _warn(self, why: str) -> None:
        if why not in self._said:
            self._said.add(why)
            _log.warning("reference in doubt", rule=self._rule.id, zone=self._zone.id, why=why)


def _is_there(track: Track, look: Look) -> bool:
    return track.label == "person" and look.now_s - track.last_seen_s <= REMEMBERED_S


def _is_thing(track: Track) -> bool:
    return track.label not in NO_THINGS and track.seen_now


def _outlines(floor: Floor, look: Look) -> tuple[tuple[Point, ...], ...]:
    size = np.array(look.frame_px)
    return tuple(
        tuple((float(x), float(y)) for x, y in np.array(region.outline) * size)
        for region in floor.regions
    )


def _numbers(floor: Floor) -> dict[str, float]:
    numbers = {"covered_share": sum(region.share for region in floor.regions)}
    if floor.width is not None:
        numbers["width_m"] = floor.width.left_m
    return numbers


FAMILY = Family(step_obstruction, ObstructionState, ObstructionState.resumed, ObstructionWatcher)
