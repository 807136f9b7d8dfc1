"""Machines that are carried: a machine on a lorry that drives is a load until they part."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass

from vision.pace import FAST, Pace
from vision.types import Track

MACHINES = frozenset({"excavator", "machine"})
CARRIERS = frozenset({"truck", "bus", "car"})
OVERLAP = 0.6
"""Share of the narrower box's width that both have in common."""
PARTED = 0.3
ALIKE = 0.35
"""Their velocities differ by at most so much of the lorry's."""
TOGETHER_S = 2.0
FORGET_S = 8.0


@dataclass(slots=True)
class _Pair:
    since_s: float
    seen_s: float
    is_load: bool = False


class Loads:
    """Which machines are loads. Times come in rising order."""

    def __init__(self) -> None:
        self._pairs: dict[tuple[int, int], _Pair] = {}

    def step(self, seen: Sequence[Track], paces: Mapping[int, Pace], now_s: float) -> Set[int]:
        """The ids of machines that are loads now. A lorry that waits keeps its load."""
        machines = [track for track in seen if track.label in MACHINES]
        carriers = [track for track in seen if track.label in CARRIERS]
        for machine in machines:
            for carrier in carriers:
                self._look(machine, carrier, paces, now_s)
        self._pairs = {
            key: pair for key, pair in self._pairs.items() if now_s - pair.seen_s <= FORGET_S
        }
        return {machine for (machine, _), pair in self._pairs.items() if pair.is_load}

    def _look(
        self, machine: Track, carrier: Track, paces: Mapping[int, Pace], now_s: float
    ) -> None:
        key, overlap = (machine.id, carrier.id), _overlap(machine, carrier)
        pair = self._pairs.get(key)
        if overlap < PARTED or (pair is None and overlap < OVERLAP):
            self._pairs.pop(key, None)
            return
        alike = _alike(paces[machine.id], paces[carrier.id])
        if pair is None or not (alike or pair.is_load):
            pair = self._pairs[key] = _Pair(now_s, now_s)
        pair.seen_s = now_s
        pair.is_load = pair.is_load or (alike and now_s - pair.since_s >= TOGETHER_S)


def _overlap(a: Track, b: Track) -> float:
    common = min(a.box_px[2], b.box_px[2]) - max(a.box_px[0], b.box_px[0])
    stacked = min(a.box_px[3], b.box_px[3]) - max(a.box_px[1], b.box_px[1])
    narrower = min(a.box_px[2] - a.box_px[0], b.box_px[2] - b.box_px[0])
    return common / narrower if narrower > 0 and stacked > 0 else 0.0


def _alike(machine: Pace, carrier: Pace) -> bool:
    """Whether both drive, and the same way."""
    if machine.velocity is None or carrier.velocity is None:
        return False
    (mx, my), (cx, cy) = machine.velocity, carrier.velocity
    speed = (cx * cx + cy * cy) ** 0.5
    apart = ((mx - cx) ** 2 + (my - cy) ** 2) ** 0.5
    return bool(speed > FAST and apart <= ALIKE * speed)
