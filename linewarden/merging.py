"""One activity, one incident: which rules of a camera share one, and where their objects are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from cameras.calibration import Homography, Unplaced
from events.rules import Level, Transition
from events.rules.merge import Shared, Spot, Told, merge
from events.rules.presets import PRESETS
from linewarden.families import Look, RuleSettings

SPREAD = 0.25
"""Sigma of where an object in the picture is, in heights of its box."""


class Merger:
    """Joins what the rules of one camera say. Only rules by a preset share incidents."""

    def __init__(
        self, settings: Mapping[str, RuleSettings | None], ground: Homography | None
    ) -> None:
        self._ground = ground
        self._shared: tuple[Shared, ...] = ()
        self._groups = {
            rule_id: PRESETS[stated.preset].activity
            for rule_id, stated in settings.items()
            if stated is not None and stated.preset is not None
        }

    def take(self, rule_id: str, said: Sequence[Transition], look: Look) -> Iterator[Told]:
        """What is to be told of a rule's transitions, and under which rule's name."""
        group = self._groups.get(rule_id)
        for one in said:
            if group is None:
                yield rule_id, one
                continue
            spot = self._spot(one.track_id, look)
            self._shared, told = merge(self._shared, rule_id, group, one, spot)
            yield from told

    def resume(self, rule_id: str, level: Level) -> None:
        """A rule's incident was left open by another process; nobody knows where."""
        group = self._groups.get(rule_id)
        if group is not None:
            begun = Shared(group, rule_id, frozenset({rule_id}), level, 0, None)
            self._shared = (*self._shared, begun)

    def _spot(self, track_id: int, look: Look) -> Spot | None:
        track = next((track for track in look.tracks if track.id == track_id), None)
        if track is None:
            return None
        height_px = track.box_px[3] - track.box_px[1]
        if self._ground is None:
            return Spot(*track.foot_px, SPREAD * height_px)
        point = self._ground.locate(
            track.foot_px, look.frame_px, foot_sigma_px=max(1.0, SPREAD * height_px)
        )
        if isinstance(point, Unplaced):
            return None
        return Spot(point.east_m, point.north_m, max(point.cov_m2[0], point.cov_m2[2]) ** 0.5)
