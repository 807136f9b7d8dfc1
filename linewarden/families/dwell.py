"""Dwell in the pipeline: who stands in the zone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from events.rules import Dwell, State, step
from linewarden.families.base import Family, Look, Scene, Sight, in_zone
from linewarden.families.settings import RuleSettings


class DwellSettings(RuleSettings):
    """One of the classes behind `use` stays in a zone."""

    USES: ClassVar = {
        "machine-in-zone": ("excavator", "machine"),
        "vehicle-in-zone": ("car", "truck", "bus"),
        "person-in-zone": ("person",),
        "forklift-in-zone": ("forklift",),
    }
    use: Literal["machine-in-zone", "vehicle-in-zone", "person-in-zone", "forklift-in-zone"]

    def rule(self, known: Sequence[str]) -> Dwell:
        """The rule, narrowed to the classes that the model knows."""
        return Dwell(**self.common(known))


class ClassSettings(RuleSettings):
    """One of the `classes` that stand in the file stays in a zone."""

    USES: ClassVar = {"class-in-zone": ()}
    use: Literal["class-in-zone"]
    classes: tuple[str, ...]

    def rule(self, known: Sequence[str]) -> Dwell:
        """The rule, narrowed to the classes that the model knows."""
        return Dwell(**self.common(known))


class DwellWatcher:
    """Tracks by their foot."""

    def __init__(self, rule: Dwell, scene: Scene) -> None:
        self._rule, self._zone = rule, scene.zones[rule.zone_id]

    def look(self, look: Look, *, is_open: bool) -> Sight:
        """What was seen once starts a clock, so that the second look finds it running; but it
        takes a track to hold an incident open.
        """
        inside = in_zone(self._rule, self._zone, look.tracks, look.frame_px)
        unsure = () if is_open else look.candidates
        seen = (*inside, *in_zone(self._rule, self._zone, unsure, look.frame_px))
        return Sight(seen, inside)


FAMILY = Family(step, State, State.resumed, DwellWatcher)
