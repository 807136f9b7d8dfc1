"""Absence of free floor: what stands where the floor must be seen, whatever it is.

No class is named. A zone's texture is compared with one reference of its free floor; what is new,
is no light, keeps still and looks the same is a region. People, and what moves, hide the cells
behind them: time does not pass there. Published ingredients only: gradients, normalised
correlation, timers. There is no second learned background and no search for who left a thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log

from vision.free_space_align import Aligner
from vision.free_space_grid import work_size
from vision.free_space_mode import LightWatch
from vision.free_space_picture import shrunk
from vision.free_space_types import Floor
from vision.free_space_zone import WatchedZone
from vision.types import Box, Picture, Size
from vision.zones import Zone

LOOK_S = 0.5
"""The time between two looks, to the nearest picture; those in between are passed over."""
ASPECT_SLACK = 0.02
"""The most by which a picture's shape may differ from the first one's."""
MOST_EARLY_S = 0.2


class FreeSpace:
    """The floors of one camera: `watch` a zone, then `step` through the pictures.

    A camera that changes its resolution goes on if the shape of its picture stays; else `suspended`
    says why nothing is compared any more.
    """

    def __init__(self) -> None:
        self._zones: dict[str, Zone] = {}
        self._watched: dict[str, WatchedZone] = {}
        self._size_px: Size | None = None
        self._aligner, self._light = Aligner(), LightWatch()
        self._now_s: float | None = None
        self._looked_s: float | None = None
        self._early_s = 0.0
        self._floors: Mapping[str, Floor] = {}
        self.suspended: str | None = None

    def watch(self, zone: Zone) -> None:
        """From the next picture on, compare this floor too. A zone is watched once."""
        self._zones[zone.id] = zone

    def step(
        self, picture: Picture, now_s: float, people: Sequence[Box] = ()
    ) -> Mapping[str, Floor]:
        """Take one picture (BGR, any size) of `now_s` seconds; the floors by zone id.

        `people`: boxes of persons in shares of the picture's width and height. Empty where the
        picture is passed over: too soon after the last, earlier than it, or of another shape. The
        same time again gets the same answer.
        """
        if now_s != self._now_s:
            gap_s = 0.0 if self._now_s is None else max(0.0, now_s - self._now_s)
            self._now_s, self._early_s = now_s, min(gap_s / 2, MOST_EARLY_S)
            self._floors = self._look(picture, now_s, people)
        return self._floors

    def _look(self, picture: Picture, now_s: float, people: Sequence[Box]) -> Mapping[str, Floor]:
        dt_s = 0.0 if self._looked_s is None else now_s - self._looked_s
        if self._looked_s is not None and dt_s < LOOK_S - self._early_s - 1e-6:
            return {}
        size_px = self._size_of(picture)
        if size_px is None:
            return {}
        self._looked_s = now_s
        grey, small = shrunk(picture, size_px)
        light = self._light.step(small, now_s)
        shift = self._aligner.step(grey) or (0.0, 0.0)
        for name in self._zones.keys() - self._watched.keys():
            self._watched[name] = WatchedZone(self._zones[name], size_px)
        return {
            name: zone.look(small, shift, people, light, dt_s)
            for name, zone in self._watched.items()
        }

    def _size_of(self, picture: Picture) -> Size | None:
        """The working size, fixed by the first picture; None for a picture of another shape."""
        height, width = picture.shape[:2]
        if self._size_px is None:
            self._size_px = work_size((width, height))
        own_width, own_height = self._size_px
        self.suspended = None
        if abs(log(width / height * own_height / own_width)) > ASPECT_SLACK:
            self.suspended = (
                f"the picture is now {width}x{height}, of another shape than before; "
                f"the zones were watched at {own_width}x{own_height}"
            )
            return None
        return self._size_px
