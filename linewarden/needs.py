"""What the zones of a camera wait for, and how high it looks there: what the tile plan asks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial

from cameras.calibration import Homography
from linewarden.settings import CameraSettings, ZonePart
from vision.tiles import Need, heights_between

HEIGHTS_M = {
    "person": 1.6,
    "car": 1.4,
    "truck": 2.8,
    "bus": 2.9,
    "excavator": 2.6,
    "machine": 2.4,
    "forklift": 2.1,
}
"""Low examples of what counts, in metres. Smoke and fire have no height of their own."""


def needs_of(
    settings: CameraSettings, known: Sequence[str], ground: Homography | None
) -> tuple[Need, ...]:
    """The zones of a camera's rules whose objects have a known height in the picture.

    `object_px` of the zone says it; else the calibration does, for the lowest class that a rule
    there looks for. A zone without either needs no tiles: nobody has said that it is far.
    """
    return tuple(
        need
        for zone in settings.zones
        for need in _need(zone, list(_classes(settings, zone.id, known)), ground)
    )


def _classes(settings: CameraSettings, zone_id: str, known: Sequence[str]) -> Iterator[str]:
    for rule in settings.rules:
        if rule.zone == zone_id:
            yield from rule.labels(known)


def _need(zone: ZonePart, classes: Iterable[str], ground: Homography | None) -> Iterator[Need]:
    heights_m = [HEIGHTS_M[name] for name in classes if name in HEIGHTS_M]
    own = zone.zone()
    if not heights_m:
        return
    if zone.object_px is not None:
        yield Need(own, heights_between(own, *zone.object_px))
    elif ground is not None:
        frame_px, height_m = own.frame_px, min(heights_m)
        yield Need(own, partial(ground.heights_px, frame_px=frame_px, height_m=height_m))
