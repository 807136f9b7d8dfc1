"""Absence of free floor: what stands where the floor must be seen, whatever it is.

No class is named. A zone's texture is compared with one reference of its free floor; what is new,
is no light, keeps still and looks the same is a region. People, and what moves, hide the cells
behind them: time does not pass there. Published ingredients only: gradients, normalised
correlation, timers. There is no second learned background and no search for who left a thing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import log

import numpy as np

from vision.free_space_align import Aligner
from vision.free_space_bank import Bank, Kept
from vision.free_space_grid import work_size
from vision.free_space_mode import LightWatch
from vision.free_space_picture import shrunk
from vision.free_space_stir import Stir
from vision.free_space_types import Floor
from vision.free_space_zone import WatchedZone
from vision.types import Box, Picture, Size
from vision.zones import Zone

LOOK_S = 0.5
"""The time between two looks, to the nearest picture; those in between are passed over."""
ASPECT_SLACK = 0.02
"""The most by which a picture's shape may differ from the first one's."""
MOST_EARLY_S = 0.2
NOTHING_KEPT = Kept()


class FreeSpace:
    """The floors of one camera: `watch` a zone, then `step` through the pictures.

    A camera that changes its resolution goes on if the shape of its picture stays; pictures of
    another shape are passed over.
    """

    def __init__(self) -> None:
        self._zones: dict[str, tuple[Zone, Kept]] = {}
        self._openings: set[str] = set()
        self._watched: dict[str, WatchedZone] = {}
        self._size_px: Size | None = None
        self._aligner, self._light, self._stir = Aligner(), LightWatch(), Stir()
        self._now_s: float | None = None
        self._looked_s: float | None = None
        self._floors: Mapping[str, Floor] = {}

    def watch(self, zone: Zone, kept: Kept = NOTHING_KEPT, *, is_opening: bool = False) -> None:
        """From the next picture on, compare this floor too. A zone is watched once.

        What is `kept` of it from an earlier process is gone on with, if it is this zone's. Of an
        opening nothing is ever taken away: what closes it looks like the wall around it.
        """
        if is_opening:
            self._openings.add(zone.id)
        misfit = None if kept.bank is None else kept.bank.misfit(zone)
        self._zones[zone.id] = zone, kept if misfit is None else Kept(begun=misfit)

    def banks(self) -> Mapping[str, Bank]:
        """What is known of each floor by zone id, copied; without those that know nothing yet."""
        edges = self._aligner.edges
        if edges is None:
            return {}
        anchor = edges.astype(np.float16)
        banks = ((name, zone.bank(anchor)) for name, zone in self._watched.items())
        return {name: bank for name, bank in banks if bank is not None}

    @property
    def news(self) -> int:
        """A number that grows when a reference has learned something new."""
        return sum(zone.news for zone in self._watched.values())

    def confirm(self, zone_id: str, confirmed: Bank | None) -> None:
        """A person has confirmed that bank of a zone, or withdrawn it."""
        if zone_id in self._watched:
            self._watched[zone_id].confirm(confirmed)

    def forget(self, zone_id: str) -> None:
        """Begin a zone's reference anew at the next picture."""
        self._zones[zone_id] = self._zones[zone_id][0], NOTHING_KEPT
        self._watched.pop(zone_id, None)

    def wants(self, now_s: float) -> bool:
        """Whether a picture of that time would be looked at: only then does it matter who is where.

        Not the same time again, nor too soon after the last look.
        """
        if now_s == self._now_s or self._looked_s is None:
            return now_s != self._now_s
        return now_s - self._looked_s >= LOOK_S - self._early(now_s) - 1e-6

    def _early(self, now_s: float) -> float:
        """By how much a look may be early: half of the time between two pictures."""
        gap_s = 0.0 if self._now_s is None else max(0.0, now_s - self._now_s)
        return min(gap_s / 2, MOST_EARLY_S)

    def step(
        self,
        picture: Picture,
        now_s: float,
        people: Sequence[Box] = (),
        things: Sequence[Box] = (),
    ) -> Mapping[str, Floor]:
        """Take one picture (BGR, any size) of `now_s` seconds; the floors by zone id.

        `people`: boxes of persons in shares of the picture's width and height; `things`: boxes of
        what is known to be no floor, to doubt what is learned there. Empty where the
        picture is passed over: too soon after the last, earlier than it, or of another shape. The
        same time again gets the same answer.
        """
        if now_s != self._now_s:
            is_wanted, self._now_s = self.wants(now_s), now_s
            self._floors = self._look(picture, now_s, people, things) if is_wanted else {}
        return self._floors

    def _look(
        self, picture: Picture, now_s: float, people: Sequence[Box], things: Sequence[Box]
    ) -> Mapping[str, Floor]:
        dt_s = 0.0 if self._looked_s is None else now_s - self._looked_s
        size_px = self._size_of(picture)
        if size_px is None:
            return {}
        self._looked_s = now_s
        grey, small = shrunk(picture, size_px)
        light = self._light.step(small, now_s)
        shift = self._aligner.step(grey)
        self._stir.step(grey, shift, now_s)
        for name in self._zones.keys() - self._watched.keys():
            self._watched[name] = WatchedZone(
                self._zones[name][0],
                size_px,
                self._fitting(name),
                is_opening=name in self._openings,
            )
        return {
            name: zone.look(small, shift, people, things, light, self._stir, dt_s)
            for name, zone in self._watched.items()
        }

    def _size_of(self, picture: Picture) -> Size | None:
        """The working size, fixed by the first picture; None for a picture of another shape."""
        height, width = picture.shape[:2]
        if self._size_px is None:
            self._size_px = self._first_size((width, height))
        return None if _apart((width, height), self._size_px) else self._size_px

    def _first_size(self, frame_px: Size) -> Size:
        """That of a kept reference where the shape is the same; its anchor goes with it."""
        for _, kept in self._zones.values():
            if kept.bank is not None and not _apart(frame_px, kept.bank.work_px):
                self._aligner = Aligner(kept.bank.anchor.astype(np.float32))
                return kept.bank.work_px
        return work_size(frame_px)

    def _fitting(self, zone_id: str) -> Kept:
        """What was kept of a zone, if it belongs to these pictures."""
        _, kept = self._zones[zone_id]
        edges = self._aligner.edges
        if kept.bank is None or edges is None:
            return kept
        if kept.bank.work_px != self._size_px:
            return Kept(begun="reshaped")
        same = np.array_equal(kept.bank.anchor, edges.astype(np.float16))
        return kept if same else Kept(begun="moved")


def _apart(a_px: Size, b_px: Size) -> bool:
    return abs(log(a_px[0] / a_px[1] * b_px[1] / b_px[0])) > ASPECT_SLACK
