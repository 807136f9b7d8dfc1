"""What is on at a time, found without asking everything that is on at any time of a day."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
SLOT_S = 60.0
LONG_S = 6 * 3600.0


class Timetable(Generic[Item]):
    """Items with the times `since_s <= t <= until_s` at which each is on, in the order given.

    What is on for longer than six hours is scenery: it counts as nothing that happens.
    """

    def __init__(self, spans: Sequence[tuple[float, float, Item]]) -> None:
        self._spans = spans
        self._always: list[int] = []
        self._slots: dict[int, list[int]] = defaultdict(list)
        begins = []
        for k, (since, until, _) in enumerate(spans):
            if until - since > LONG_S:
                self._always.append(k)
                continue
            begins.append(since)
            for slot in range(int(since // SLOT_S), int(until // SLOT_S) + 1):
                self._slots[slot].append(k)
        self._begins = sorted(begins)

    def at(self, t: float) -> list[Item]:
        """What is on."""
        found = sorted((*self._always, *self._passing(t)))
        return [self._spans[k][2] for k in found if self._is_on(k, t)]

    def still_until(self, t: float) -> float:
        """Until when nothing happens; `t` where something does now, inf where nothing ever will."""
        if any(self._is_on(k, t) for k in self._passing(t)):
            return t
        later = bisect_right(self._begins, t)
        return self._begins[later] if later < len(self._begins) else float("inf")

    def _passing(self, t: float) -> list[int]:
        return self._slots.get(int(t // SLOT_S), [])

    def _is_on(self, k: int, t: float) -> bool:
        since, until, _ = self._spans[k]
        return since <= t <= until
