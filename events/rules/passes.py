"""Repeated passes: heavy vehicles roll over the lane again and again.

Each pass alone is none of our business; the count within a time is. A pass is a stretch in which
somebody was in the zone; two that follow each other within `MERGE_S` under different track ids are
one, for a tracker may lose its object.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from events.rules.family import ROUNDING_S, Level, RuleError, Transition, checked_times
from events.rules.state import Incident
from events.rules.words import chinese
from vision.types import Track

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
class Visit:
    """One stretch in which somebody was in the zone. Capture times in seconds."""

    track_id: int
    label: str
    first_s: float
    last_s: float
    counted: bool = False


@dataclass(frozen=True, slots=True)
class PassesState:
    """The passes that are remembered. `counted_s`: capture time of each that counts."""

    now_s: float | None = None
    visits: tuple[Visit, ...] = ()
    counted_s: tuple[float, ...] = ()
    last_pass_s: float | None = None
    incident: Incident | None = None
    refused: int = 0

    @property
    def is_open(self) -> bool:
        """Whether an incident is open."""
        return self.incident is not None

    @property
    def is_timing(self) -> bool:
        """Whether a pass has begun that does not count yet."""
        return any(not visit.counted for visit in self.visits)

    @classmethod
    def resumed(
        cls, opened_s: float, now: float, *, track_id: int = 0, label: str, level: Level = "yellow"
    ) -> Self:
        """The state of a process that starts anew; earlier passes are no longer known."""
        return cls(now_s=now, last_pass_s=now, incident=Incident(opened_s, track_id, label))

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dictionaries."""
        plain = asdict(self)
        return {**plain, "visits": list(plain["visits"]), "counted_s": list(self.counted_s)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """The state that `to_json` gave. KeyError or TypeError where it is something else."""
        return cls(
            now_s=plain["now_s"],
            visits=tuple(Visit(**visit) for visit in plain["visits"]),
            counted_s=tuple(plain["counted_s"]),
            last_pass_s=plain["last_pass_s"],
            incident=Incident.from_json(plain["incident"]),
            refused=plain["refused"],
        )


def step(
    rule: Passes, state: PassesState, seen: Sequence[Track], now: float
) -> tuple[PassesState, tuple[Transition, ...]]:
    """Take one observation: the tracks that were seen at `now` with their foot in the zone.

    Time that does not advance is refused and counted.
    """
    if state.now_s is not None and now <= state.now_s:
        return replace(state, refused=state.refused + 1), ()
    inside = [t for t in seen if t.seen_now and t.label in rule.classes]
    visits = _visits(state.visits, inside, now)
    fresh = [
        v for v in visits if not v.counted and v.last_s - v.first_s >= rule.after_s - ROUNDING_S
    ]
    longest_s = max(limit.within_s for limit in rule.limits)
    counted_s = [at for at in (*state.counted_s, *(now for _ in fresh)) if now - at <= longest_s]
    state = replace(
        state,
        now_s=now,
        visits=tuple(replace(v, counted=True) if v in fresh else v for v in visits),
        counted_s=tuple(counted_s[-MOST_KEPT:]),
        last_pass_s=now if inside else state.last_pass_s,
    )
    return _close(rule, state) if state.is_open else _open(rule, state, fresh)


def _visits(before: Sequence[Visit], inside: Sequence[Track], now: float) -> list[Visit]:
    """The visits that go on, with who came over a lost track, and those that begin."""
    going = [visit for visit in before if now - visit.last_s <= MERGE_S]
    there = {track.id for track in inside}
    after: dict[int, Visit] = {}
    for track in inside:
        own = next((v for v in going if v.track_id == track.id), None)
        lost = next((v for v in going if v.track_id not in there and v.last_s < now), None)
        taken = own or lost
        if taken is not None:
            going.remove(taken)
            after[track.id] = replace(taken, track_id=track.id, label=track.label, last_s=now)
        else:
            after[track.id] = Visit(track.id, track.label, now, now)
    return [*going, *after.values()]


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
    last_s = state.incident.opened_s if state.last_pass_s is None else state.last_pass_s
    quiet_s = state.now_s - last_s
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
    return replace(state, incident=None, counted_s=()), (said,)
