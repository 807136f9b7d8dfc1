"""Repeated passes: heavy vehicles roll over the lane again and again.

Each pass alone is none of our business; the count within a time is. A pass is a stretch in which
somebody was in the zone. It lasts from where the way between two looks enters the zone to where it
leaves it: a lorry that crosses in a second is seen there once or twice at two looks a second. Two
that follow each other within `MERGE_S` under different track ids are one, for a tracker may lose
its object, and so are two of one track within `MOST_ABSENCE_S`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

from events.rules.family import ROUNDING_S, Level, RuleError, Transition, checked_times
from events.rules.holding import MOST_ABSENCE_S
from events.rules.state import Incident, Remembered, looked_s
from events.rules.words import chinese

MERGE_S = 1.5
MOST_KEPT = 200


@dataclass(frozen=True, slots=True)
class Limit:
    """So many passes within so many seconds are too many."""

    count: int
    within_s: float


@dataclass(frozen=True, slots=True)
class Passes:
    """One of `classes` passes zone `zone_id` more often than one of `limits` allows; over when
    nobody has passed for `clear_s`. A pass is counted once it has lasted for `after_s`.

    Raises `RuleError` for no class, no limit, or numbers that are not above 0.
    """

    id: str
    version: int
    zone_id: str
    classes: tuple[str, ...]
    after_s: float
    clear_s: float
    level: Level
    limits: tuple[Limit, ...]

    def __post_init__(self) -> None:
        if not self.classes:
            raise RuleError(f"rule {self.id}: no class", remedy="name at least one class")
        if not self.limits or any(one.count < 1 or one.within_s <= 0 for one in self.limits):
            raise RuleError(
                f"rule {self.id}: limits {self.limits}",
                remedy="name at least one, as {count: 3, within: 30m}",
            )
        checked_times(self)


@dataclass(frozen=True, slots=True)
class Stretch:
    """When a track was in the zone since it was looked at before: so many seconds ago.

    Found on the straight way between two looks; both are 0 where it is there and no earlier look
    is known.
    """

    track_id: int
    label: str
    first_ago_s: float = 0.0
    last_ago_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One stretch in which somebody was in the zone. Capture times in seconds."""

    track_id: int
    label: str
    first_s: float
    last_s: float
    counted: bool = False


@dataclass(frozen=True, slots=True)
class PassesState(Remembered):
    """The passes that are remembered. `counted_s`: capture time of each that counts.

    `quiet_s`: for how long one has looked and nobody was there, while an incident is open.
    """

    visits: tuple[Visit, ...] = ()
    counted_s: tuple[float, ...] = ()
    quiet_s: float = 0.0

    @property
    def is_timing(self) -> bool:
        """Whether a pass has begun that does not count yet."""
        return any(not visit.counted for visit in self.visits)

    def paused(self, now: float) -> Self:
        """Who was there when the pause began has not passed twice."""
        by_s = 0.0 if self.now_s is None else now - self.now_s
        visits = (replace(v, first_s=v.first_s + by_s, last_s=v.last_s + by_s) for v in self.visits)
        return replace(self, now_s=now, visits=tuple(visits))


def step(
    rule: Passes, state: PassesState, seen: Sequence[Stretch], now: float
) -> tuple[PassesState, tuple[Transition, ...]]:
    """Take one observation: who was in the zone since the look before, the newest being at `now`.

    Time that does not advance is refused and counted.
    """
    if state.is_late(now):
        return state.refusing(), ()
    inside = [one for one in seen if one.label in rule.classes]
    visits = _visits(state.visits, inside, now)
    fresh = [
        v for v in visits if not v.counted and v.last_s - v.first_s >= rule.after_s - ROUNDING_S
    ]
    quiet_s = 0.0 if inside else state.quiet_s + looked_s(state.now_s, now)
    longest_s = max(limit.within_s for limit in rule.limits)
    counted_s = [at for at in (*state.counted_s, *(now for _ in fresh)) if now - at <= longest_s]
    state = replace(
        state,
        now_s=now,
        visits=tuple(replace(v, counted=True) if v in fresh else v for v in visits),
        counted_s=tuple(counted_s[-MOST_KEPT:]),
        quiet_s=quiet_s if state.is_open else 0.0,
    )
    return _close(rule, state) if state.is_open else _open(rule, state, fresh)


def _visits(before: Sequence[Visit], inside: Sequence[Stretch], now: float) -> list[Visit]:
    """The visits that go on, with who came over a lost track, and those that begin."""
    going = [visit for visit in before if now - visit.last_s <= MOST_ABSENCE_S]
    there = {one.track_id for one in inside}
    after: dict[int, Visit] = {}
    for one in inside:
        own = next((v for v in going if v.track_id == one.track_id), None)
        lost = next((v for v in going if v.track_id not in there and _is_fresh(v, now)), None)
        taken = own or lost
        if taken is not None:
            going.remove(taken)
            after[one.track_id] = replace(
                taken, track_id=one.track_id, label=one.label, last_s=now - one.last_ago_s
            )
        else:
            after[one.track_id] = Visit(
                one.track_id, one.label, now - one.first_ago_s, now - one.last_ago_s
            )
    return [*going, *after.values()]


def _is_fresh(visit: Visit, now: float) -> bool:
    """Whether who comes now may be who was lost there."""
    return visit.last_s < now <= visit.last_s + MERGE_S


def _open(
    rule: Passes, state: PassesState, fresh: Sequence[Visit]
) -> tuple[PassesState, tuple[Transition, ...]]:
    now = state.now_s
    if not fresh or now is None:
        return state, ()
    for limit in rule.limits:
        count = sum(now - at <= limit.within_s for at in state.counted_s)
        if count < limit.count:
            continue
        last = fresh[-1]
        minutes = limit.within_s / 60
        zh = (
            f"{minutes:g} 分钟内已有 {count} 辆{chinese(last.label)}等重型车辆"
            f"经过区域 {rule.zone_id}(达到 {limit.count} 次即报警)"
        )
        en = (
            f"{count} heavy vehicles passed zone {rule.zone_id} within {minutes:g} min "
            f"(opens at {limit.count}), the last a {last.label}"
        )
        numbers = {
            "passes_count": count,
            "limit_count": limit.count,
            "within_s": limit.within_s,
        }
        incident = Incident(now, last.track_id, last.label)
        said = Transition("opened", now, rule.level, zh, en, last.track_id, last.label, numbers)
        return replace(state, incident=incident), (said,)
    return state, ()


def _close(rule: Passes, state: PassesState) -> tuple[PassesState, tuple[Transition, ...]]:
    if state.incident is None or state.now_s is None:
        return state, ()
    quiet_s = state.quiet_s
    if quiet_s < rule.clear_s - ROUNDING_S:
        return state, ()
    incident, lasted_s = state.incident, state.now_s - state.incident.opened_s
    zh = (
        f"区域 {rule.zone_id} 已连续 {quiet_s / 60:.0f} 分钟没有重型车辆经过,"
        f"事件共持续 {lasted_s / 60:.0f} 分钟"
    )
    en = (
        f"no heavy vehicle passed zone {rule.zone_id} for {quiet_s / 60:.0f} min; "
        f"open for {lasted_s / 60:.0f} min"
    )
    numbers = {"quiet_s": quiet_s, "clear_s": rule.clear_s, "lasted_s": lasted_s}
    said = Transition(
        "ended", state.now_s, rule.level, zh, en, incident.track_id, incident.label, numbers
    )
    return replace(state, incident=None, counted_s=(), quiet_s=0.0), (said,)
