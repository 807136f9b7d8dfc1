"""Gatherings: many people who stand, for long enough. A stream that passes is none.

Levels by how many stand, or how densely on the ground (domain: ten for two minutes is blue, thirty
yellow, a hundred or two a square metre orange). While an incident is open its level only rises.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Self

from events.rules.family import (
    LEVELS,
    ROUNDING_S,
    Level,
    RuleError,
    Transition,
    checked_times,
)
from events.rules.state import Incident, Remembered, looked_s

LET_GO = 0.8
"""A number once reached counts as reached until fewer than this share of it stand there."""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who is in a zone: `standing` of about `count` people, truly `low` to `high`.

    `density_per_m2` is None where the floor is not calibrated; `is_stream`: most go one way.
    """

    standing: float
    count: float
    low: float
    high: float
    density_per_m2: float | None = None
    is_stream: bool = False


@dataclass(frozen=True, slots=True)
class CrowdStep:
    """A level, from so many people who stand or such a density (people a square metre)."""

    level: Level
    count: float
    density_per_m2: float | None = None

    def reached(self, crowd: Crowd, *, before: bool) -> bool:
        """Whether a crowd is of this step; what was reached before is let go later."""
        share = LET_GO if before else 1.0
        dense = (
            self.density_per_m2 is not None
            and crowd.density_per_m2 is not None
            and not crowd.is_stream
            and crowd.density_per_m2 >= share * self.density_per_m2
        )
        return dense or crowd.standing >= share * self.count


@dataclass(frozen=True, slots=True)
class Gathering:
    """People stand in zone `zone_id` for `after_s`; over when too few do for `clear_s`.

    `steps` by rising level; the first opens. Raises `RuleError` for steps that do not rise, fewer
    than one person, or times that are not above 0.
    """

    id: str
    version: int
    zone_id: str
    classes: tuple[str, ...]
    after_s: float
    clear_s: float
    steps: tuple[CrowdStep, ...]

    def __post_init__(self) -> None:
        counts = [step.count for step in self.steps]
        grades = [LEVELS.index(step.level) for step in self.steps]
        rising = all(a < b for n in (counts, grades) for a, b in pairwise(n))
        if not counts or counts[0] < 1 or not rising:
            found = ", ".join(f"{s.level} from {s.count:g}" for s in self.steps) or "none"
            raise RuleError(
                f"rule {self.id}: levels are {found}",
                remedy="give at least one person, and more people for each graver level",
            )
        checked_times(self)

    @property
    def level(self) -> Level:
        """The level at which an incident opens."""
        return self.steps[0].level


@dataclass(frozen=True, slots=True)
class GatheringState(Remembered):
    """What a gathering rule remembers: since how long each step is reached, in observed seconds.

    `held_s` by level. `quiet_s`: how long too few have stood there while an incident is open.
    """

    held_s: Mapping[str, float] | None = None
    quiet_s: float = 0.0
    level: Level | None = None

    @property
    def is_timing(self) -> bool:
        """Whether a clock runs, so that every frame is worth a look."""
        return bool(self.held_s) if self.incident is None else self.quiet_s > 0

    @classmethod
    def resumed(
        cls, opened_s: float, now: float, *, track_id: int = 0, label: str, level: Level = "red"
    ) -> Self:
        """The state of a process that starts anew while an incident is open at `level`."""
        return cls(now_s=now, level=level, incident=Incident(opened_s, track_id, label))


def step(
    rule: Gathering, state: GatheringState, crowd: Crowd, now: float
) -> tuple[GatheringState, tuple[Transition, ...]]:
    """Take one observation at capture time `now`. Time that does not advance is refused."""
    if state.is_late(now):
        return state.refusing(), ()
    gap_s = looked_s(state.now_s, now)
    before = state.held_s or {}
    held: dict[str, float] = {
        s.level: before[s.level] + gap_s if s.level in before else 0.0
        for s in rule.steps
        if s.reached(crowd, before=s.level in before or (state.is_open and s is rule.steps[0]))
    }
    quiet_s = 0.0 if held or not state.is_open else state.quiet_s + gap_s
    state = replace(state, now_s=now, held_s=held, quiet_s=quiet_s)
    if state.incident is not None and quiet_s >= rule.clear_s - ROUNDING_S:
        return _ended(rule, state, state.incident, crowd)
    ripe = [s for s in rule.steps if held.get(s.level, -1.0) >= rule.after_s - ROUNDING_S]
    graver = [s for s in ripe if state.level is None or _grade(s.level) > _grade(state.level)]
    return _risen(rule, state, graver[-1], crowd) if graver else (state, ())


def _grade(level: Level) -> int:
    return LEVELS.index(level)


def _risen(
    rule: Gathering, state: GatheringState, reached: CrowdStep, crowd: Crowd
) -> tuple[GatheringState, tuple[Transition, ...]]:
    now, held_s = state.now_s or 0.0, (state.held_s or {})[reached.level]
    kind, en_kind = ("raised", "risen to") if state.is_open else ("opened", "opened at")
    zh = (
        f"区域 {rule.zone_id} 内约 {crowd.standing:.0f} 人停留聚集已 {held_s:.0f} 秒"
        f"(满 {reached.count:g} 人、{rule.after_s:g} 秒为该级别),"
        f"区域内共约 {crowd.count:.0f} 人({crowd.low:.0f} 至 {crowd.high:.0f})"
    )
    en = (
        f"about {crowd.standing:.0f} people stand in zone {rule.zone_id} for {held_s:.0f} s "
        f"({en_kind} {reached.level} from {reached.count:g} for {rule.after_s:g} s); "
        f"{crowd.low:.0f} to {crowd.high:.0f} people there"
    )
    incident = state.incident or Incident(now, 0, "person")
    said = Transition(
        "raised" if kind == "raised" else "opened",
        now,
        reached.level,
        zh,
        en,
        incident.track_id,
        incident.label,
        {**_numbers(crowd), "held_s": held_s, "after_s": rule.after_s},
    )
    return replace(state, incident=incident, level=reached.level), (said,)


def _ended(
    rule: Gathering, state: GatheringState, incident: Incident, crowd: Crowd
) -> tuple[GatheringState, tuple[Transition, ...]]:
    now = state.now_s or 0.0
    lasted_s = now - incident.opened_s
    zh = (
        f"区域 {rule.zone_id} 内停留人数已连续 {state.quiet_s:.0f} 秒"
        f"低于 {rule.steps[0].count:g} 人(满 {rule.clear_s:g} 秒即结束),"
        f"事件共持续 {lasted_s:.0f} 秒"
    )
    en = (
        f"fewer than {rule.steps[0].count:g} people stand in zone {rule.zone_id} for "
        f"{state.quiet_s:.0f} s (ends at {rule.clear_s:g} s); open for {lasted_s:.0f} s"
    )
    numbers = {**_numbers(crowd), "quiet_s": state.quiet_s, "lasted_s": lasted_s}
    level = state.level or rule.level
    said = Transition("ended", now, level, zh, en, incident.track_id, incident.label, numbers)
    return GatheringState(now, refused=state.refused), (said,)


def _numbers(crowd: Crowd) -> dict[str, float]:
    found = {
        "standing_count": crowd.standing,
        "people_count": crowd.count,
        "least_count": crowd.low,
        "most_count": crowd.high,
    }
    if crowd.density_per_m2 is not None:
        found["density_per_m2"] = crowd.density_per_m2
    return found
