"""What a rule remembers between two observations, as a value that survives as JSON.

Two times run here. `now` is capture time. *Observed* time advances with it, but by at most
`BLIND_S` between two observations: while nobody looks, no clock runs. Every `*_at` below is
observed time in seconds; it has no meaning outside one state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Self, TypeVar

from pydantic import TypeAdapter

from events.rules.family import Level

Timed = TypeVar("Timed", bound=Any)
BLIND_S = 5.0
"""The longest gap between two observations that counts as time in which one has looked."""


@dataclass(frozen=True, slots=True)
class Clock:
    """How long one track has been in the zone.

    `missing_at`: since when it was looked for in vain; None while it is there. `inside_s`: the
    time at whose end it was found inside.
    """

    track_id: int
    label: str
    since_at: float
    inside_s: float = 0.0
    missing_at: float | None = None


@dataclass(frozen=True, slots=True)
class Incident:
    """The open incident: capture time at which it opened, and who opened it."""

    opened_s: float
    track_id: int
    label: str


def looked_s(before_s: float | None, now: float) -> float:
    """The seconds between two observations in which one has looked: a gap counts in part."""
    return 0.0 if before_s is None else min(now - before_s, BLIND_S)


@dataclass(frozen=True, slots=True)
class Remembered:
    """What the states of all families share; one of its own adds what that family times.

    `now_s`: capture time of the newest observation. `refused`: observations that came with a time
    not after the one before, and were ignored.
    """

    now_s: float | None = None
    incident: Incident | None = field(default=None, kw_only=True)
    refused: int = field(default=0, kw_only=True)

    @property
    def is_open(self) -> bool:
        """Whether an incident is open."""
        return self.incident is not None

    @classmethod
    def resumed(
        cls, opened_s: float, now: float, *, track_id: int = 0, label: str, level: Level = "red"
    ) -> Self:
        """The state of a process that starts anew while an incident is open.

        `opened_s` in seconds on the *new* process's clock, where it may be negative. The time to
        clear begins with the first observation after `now`. `level` is for families with several.
        """
        del level
        return cls(now_s=now, incident=Incident(opened_s, track_id, label))

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dictionaries."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """The state that `to_json` gave, now or in an earlier version. ValueError for another."""
        return TypeAdapter(cls).validate_python(plain)

    def paused(self, now: float) -> Self:
        """The state after a time until `now` in which nobody could see: no clock has run."""
        return replace(self, now_s=now)

    def is_late(self, now: float) -> bool:
        """Whether an observation of that time is refused: time did not advance."""
        return self.now_s is not None and now <= self.now_s

    def refusing(self) -> Self:
        """The state after an observation that was refused."""
        return replace(self, refused=self.refused + 1)


def paused(state: Timed, now: float) -> Timed:
    """A state of any family after a time until `now` in which nobody could see."""
    if isinstance(state, Remembered):
        return state.paused(now)
    return replace(state, now_s=now)


@dataclass(frozen=True, slots=True)
class State(Remembered):
    """Everything that one rule of tracks knows. `State()` is the beginning.

    `empty_at`: since when the zone was found empty; None while somebody is in it.
    """

    observed_s: float = 0.0
    clocks: tuple[Clock, ...] = ()
    empty_at: float | None = None

    @property
    def is_timing(self) -> bool:
        """Whether a clock runs, so that every frame is worth a look."""
        if self.incident is None:
            return bool(self.clocks)
        return self.empty_at is not None

    def at(self, now: float) -> tuple[Self, float]:
        """The state with its time moved to `now`, and the seconds that were observed."""
        gap_s = looked_s(self.now_s, now)
        return replace(self, now_s=now, observed_s=self.observed_s + gap_s), gap_s
