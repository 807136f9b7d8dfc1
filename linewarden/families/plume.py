"""Smoke and fire in the pipeline: where the detector suspects one, and how that place behaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

import numpy as np

from events.rules import Plume, PlumeState, Suspicion, step_plume
from linewarden.families.base import Family, Look, Scene, Sight
from linewarden.families.settings import RuleSettings
from vision import Box, PlumeCues, PlumeWatch, Size, Zone

JUDGED_EVERY_S = 1.0
FOLLOW = 0.3
"""How much of a new box goes into the place that is judged: a plume's box breathes."""
SAME_SHARE = 0.3
"""Boxes that share so much of the smaller one are of one place."""
FORGET_S = 4.0
"""A place at which nothing was suspected for so long is forgotten."""
MOST_PLACES = 4
LEAST_IN_ZONE = 0.1
"""The share of a box that must lie in the zone."""


class PlumeSettings(RuleSettings):
    """Smoke or fire in a zone, seen and moving like it."""

    USES: ClassVar = {"smoke": ("smoke",), "fire": ("fire",)}
    use: Literal["smoke", "fire"]

    def rule(self, known: Sequence[str]) -> Plume:
        """The rule, narrowed to the classes that the model knows."""
        return Plume(**self.common(known))


@dataclass(slots=True)
class _Place:
    """Somewhere a plume is suspected; its box follows what is seen there."""

    label: str
    box_px: Box
    seen_s: float
    is_plume: bool | None = None

    def takes(self, box: Box) -> bool:
        return _shared(self.box_px, box) > SAME_SHARE

    def see(self, label: str, box: Box, now_s: float) -> None:
        x1, y1, x2, y2 = (
            (1 - FOLLOW) * old + FOLLOW * new for old, new in zip(self.box_px, box, strict=True)
        )
        self.label, self.box_px, self.seen_s = label, (x1, y1, x2, y2), now_s


class PlumeWatcher:
    """Places in the zone where the detector suspects a plume, each judged once a second.

    Several, because something that only looks like smoke in one corner must not hide what moves
    like smoke in another.
    """

    def __init__(self, rule: Plume, scene: Scene) -> None:
        self._rule, self._zone = rule, scene.zones[rule.zone_id]
        self._past = scene.shared(PlumeWatch)
        self._places: list[_Place] = []
        self._judged_s = float("-inf")

    def look(self, look: Look, *, is_open: bool) -> Sight:
        """Unsure boxes count: here it is time that makes sure, not one picture."""
        self._past.step(look.picture, look.now_s)
        self._suspect(look)
        if self._places and look.now_s - self._judged_s >= JUDGED_EVERY_S:
            self._judged_s = look.now_s
            for suspected in self._places:
                cues = self._past.judge(suspected.box_px, look.frame_px)
                suspected.is_plume = None if cues is None else _behaves(suspected.label, cues)
        place = max(self._places, key=_ranked, default=None)
        if place is None or place.seen_s < look.now_s:
            return Sight(Suspicion(None, place.is_plume if place and is_open else None))
        inside = tuple(
            t
            for t in look.tracks
            if t.seen_now and t.label == place.label and place.takes(t.box_px)
        )
        x1, y1, x2, y2 = place.box_px
        outline = ((x1, y1), (x2, y1), (x2, y2), (x1, y2))
        track_id = inside[0].id if inside else 0
        return Sight(Suspicion(place.label, place.is_plume, track_id), inside, (outline,))

    def _suspect(self, look: Look) -> None:
        """Give each box of the rule's classes in the zone to its place; the best come first."""
        self._places = [p for p in self._places if look.now_s - p.seen_s < FORGET_S]
        for i in range(len(look.detections)):
            label = look.detections.label(i)
            x1, y1, x2, y2 = (float(v) for v in look.detections.boxes_px[i])
            box = x1, y1, x2, y2
            if label not in self._rule.classes or _inside(box, self._zone, look.frame_px) < (
                LEAST_IN_ZONE
            ):
                continue
            place = next((p for p in self._places if p.takes(box)), None)
            if place is None and len(self._places) < MOST_PLACES:
                self._places.append(_Place(label, box, look.now_s))
            elif place is not None and place.seen_s < look.now_s:
                place.see(label, box, look.now_s)


def _behaves(label: str, cues: PlumeCues) -> bool:
    return cues.is_flame if label == "fire" else cues.is_plume


def _ranked(place: _Place) -> tuple[bool, float]:
    """What behaves like a plume before what does not, then what was seen last."""
    return place.is_plume is True, place.seen_s


def _shared(a: Box, b: Box) -> float:
    """The share of the smaller box that lies in the other."""
    width = min(a[2], b[2]) - max(a[0], b[0])
    height = min(a[3], b[3]) - max(a[1], b[1])
    least = min((a[2] - a[0]) * (a[3] - a[1]), (b[2] - b[0]) * (b[3] - b[1]))
    return width * height / least if width > 0 and height > 0 and least > 0 else 0.0


def _inside(box: Box, zone: Zone, frame_px: Size) -> float:
    """The share of a box that lies in a zone, by 25 points."""
    x1, y1, x2, y2 = box
    points = [(x, y) for x in np.linspace(x1, x2, 5) for y in np.linspace(y1, y2, 5)]
    return sum(zone.contains((float(x), float(y)), frame_px) for x, y in points) / len(points)


FAMILY = Family(step_plume, PlumeState, PlumeState.resumed, PlumeWatcher)
