"""Who passes a zone, from the boxes of tracks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from events.rules import Limit, Passes
from linewarden.families.base import Look, Scene, Shared
from linewarden.families.vehicles import PassesWatcher
from vision import Box, Detections, Track, Zone

FRAME = (640, 360)
LORRY = (0.0, 200.0, 160.0, 280.0)


def passing(at: Sequence[dict[int, Box]]) -> set[int]:
    """The tracks that passed the middle of the picture at some look, four a second."""
    zone = Zone("band", ((200, 100), (440, 100), (440, 350), (200, 350)), FRAME)
    rule = Passes("passes", 1, "band", ("truck",), 0.5, 60, "yellow", (Limit(3, 600),))
    watcher = PassesWatcher(rule, Scene({"band": zone}, {}, Shared()))
    none = np.zeros((0, 4), np.float32)
    nothing = Detections(none, none[:, 0], np.zeros(0, int), ("truck",), FRAME)
    found: set[int] = set()
    for i, boxes in enumerate(at):
        tracks = tuple(
            Track(n, "truck", 0.8, box, 0.0, i / 4, seen_now=True) for n, box in boxes.items()
        )
        picture = np.zeros((360, 640, 3), np.uint8)
        look = Look(picture, FRAME, i / 4, None, nothing, tracks, ())
        found |= {one.track_id for one in watcher.look(look, is_open=False).observation}
    return found


def moved(box: Box, by_px: float) -> Box:
    return box[0] + by_px, box[1], box[2] + by_px, box[3]


def test_who_drives_through_passes() -> None:
    assert passing([{1: moved(LORRY, 40.0 * i)} for i in range(12)]) == {1}


def test_a_box_that_trembles_on_the_spot_does_not_pass() -> None:
    assert passing([{1: moved(LORRY, 240.0 + 3 * (i % 2))} for i in range(12)]) == set()


def test_a_part_of_a_vehicle_that_gets_a_box_of_its_own_does_not_pass() -> None:
    lorry = [moved(LORRY, 40.0 * i) for i in range(12)]
    assert passing([{1: b, 2: (b[0] + 5, b[1], b[2], b[1] + 50)} for b in lorry]) == {1}
