"""The first rule family: an object of some class stays in a zone for some time.

Each track has its own clock, so that a stream of passing lorries never adds up to one that stays.
Entry and exit are apart: `after_s` opens, `clear_s` of an empty zone ends. One incident at most is
open per rule and so per zone; whoever is in the zone holds it open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from events.rules import words
from events.rules.family import ROUNDING_S, Level, RuleError, Transition, checked_times
from events.rules.state import Clock, Incident, State
from vision.types import Track

MOST_ABSENCE_S = 2.0
"""A track may be missing for so long, or for `clear_s` if that is shorter, without losing its
clock: a detector that blinks is no departure."""
LEAST_INSIDE = 1 / 3
"""The share of its time that a track must have been found inside: one whose foot only brushes the
zone does not stay in it, while a detector may miss two looks in five."""


@dataclass(frozen=True, slots=True)
class Dwell:
    """One of `classes` in zone `zone_id` for `after_s` seconds; over when empty for `clear_s`.

    Raises `RuleError` for no class, or times that are not above 0.
    """

    id: str
    version: int
    zone_id: str
    classes: tuple[str, ...]
    after_s: float
    clear_s: float
    level: Level

    def __post_init__(self) -> None:
        if not self.classes:
            raise RuleError(f"rule {self.id}: no class", remedy="name at least one class")
        checked_times(self)

    @property
    def absence_s(self) -> float:
        """How long a track may be missing without losing its clock."""
        return min(self.clear_s, MOST_ABSENCE_S)


def step(
    rule: Dwell, state: State, seen: Sequence[Track], now: float
) -> tuple[State, tuple[Transition, ...]]:
    """Take one observation.

    `seen`: the tracks that were seen at `now` with their foot in the rule's zone, of any class.
    `now`: capture time in seconds. Time that does not advance is refused and counted.
    """
    if state.now_s is not None and now <= state.now_s:
        return replace(state, refused=state.refused + 1), ()
    state, looked_s = state.at(now)
    inside = {t.id: t for t in seen if t.seen_now and t.label in rule.classes}
    state = replace(
        state,
        clocks=_clocks(rule, state, inside, looked_s),
        empty_at=None if inside else _since(state.empty_at, state),
    )
    return _close(rule, state) if state.is_open else _open(rule, state, inside)


def _clocks(
    rule: Dwell, state: State, inside: dict[int, Track], looked_s: float
) -> tuple[Clock, ...]:
    """The clocks that still run after this observation, and those that begin with it."""
    at = state.observed_s
    kept: list[Clock] = []
    for clock in state.clocks:
        track = inside.get(clock.track_id)
        if track is not None:
            inside_s = clock.inside_s + looked_s
            kept.append(replace(clock, label=track.label, inside_s=inside_s, missing_at=None))
        elif at - (missing := _since(clock.missing_at, state)) < rule.absence_s - ROUNDING_S:
            kept.append(replace(clock, missing_at=missing))
    known = {clock.track_id for clock in kept}
    return (*kept, *(Clock(t.id, t.label, at) for t in inside.values() if t.id not in known))


def _since(before: float | None, state: State) -> float:
    return state.observed_s if before is None else before


def _open(
    rule: Dwell, state: State, inside: dict[int, Track]
) -> tuple[State, tuple[Transition, ...]]:
    ripe = [c for c in state.clocks if c.track_id in inside and _is_ripe(rule, state, c)]
    if not ripe or state.now_s is None:
        return state, ()
    first = min(ripe, key=lambda clock: (clock.since_at, clock.track_id))
    stayed_s = state.observed_s - first.since_at
    zh, en = words.opened(first.label, rule.zone_id, stayed_s, rule.after_s)
    incident = Incident(state.now_s, first.track_id, first.label)
    numbers = {"stayed_s": stayed_s, "after_s": rule.after_s}
    said = Transition(
        "opened", state.now_s, rule.level, zh, en, first.track_id, first.label, numbers
    )
    return replace(state, incident=incident), (said,)


def _is_ripe(rule: Dwell, state: State, clock: Clock) -> bool:
    stayed_s = state.observed_s - clock.since_at
    enough = stayed_s >= rule.after_s - ROUNDING_S
    return enough and clock.inside_s >= LEAST_INSIDE * stayed_s - ROUNDING_S


def _close(rule: Dwell, state: State) -> tuple[State, tuple[Transition, ...]]:
    if state.empty_at is None or state.incident is None or state.now_s is None:
        return state, ()
    quiet_s = state.observed_s - state.empty_at
    if quiet_s < rule.clear_s - ROUNDING_S:
        return state, ()
    incident, lasted_s = state.incident, state.now_s - state.incident.opened_s
    zh, en = words.ended(rule.zone_id, quiet_s, rule.clear_s, lasted_s, rule.classes)
    numbers = {"quiet_s": quiet_s, "clear_s": rule.clear_s, "lasted_s": lasted_s}
    said = Transition(
        "ended", state.now_s, rule.level, zh, en, incident.track_id, incident.label, numbers
    )
    return replace(state, incident=None, clocks=(), empty_at=None), (said,)
