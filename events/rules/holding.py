"""What most families share: something holds for a time, and then it is gone for a time.

Each track has its own clock, so that a stream of passing lorries never adds up to one that stays.
Entry and exit are apart: `after_s` opens, `clear_s` without anybody ends. One incident at most is
open per rule and so per zone; whoever fulfils the condition holds it open.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from events.rules.family import ROUNDING_S, Rule, Transition
from events.rules.state import Clock, Incident, State

MOST_ABSENCE_S, ABSENCE_SHARE = 4.0, 1 / 8
"""A track may be missing for so long, or for this share of its time inside if that is longer, but
not for `clear_s`, without losing its clock: a detector that blinks is no departure, nor is a spell
that the tracker itself bridges, and over a minute it blinks for longer."""
LEAST_INSIDE = 1 / 3
"""The share of its time that a track must have been found inside: one whose foot only brushes the
zone does not stay in it, while a detector may miss two looks in five."""

Why = tuple[str, str, Mapping[str, float]]
"""A reason in Chinese, in English and in numbers."""


@dataclass(frozen=True, slots=True)
class Held:
    """A track that fulfils the condition now, and since when it does (capture time)."""

    track_id: int
    label: str
    since_s: float


class Words(Protocol):
    """How a family says why."""

    def opened(self, first: Held, stayed_s: float) -> Why:
        """Why an incident opened: `first` fulfilled the condition for `stayed_s`."""

    def ended(self, label: str, quiet_s: float, lasted_s: float) -> Why:
        """Why an incident ended: nobody did for `quiet_s`; it was open for `lasted_s`."""


def hold(
    rule: Rule, state: State, held: Iterable[Held], now: float, words: Words
) -> tuple[State, tuple[Transition, ...]]:
    """Take one observation: who fulfils the condition at `now`, capture time in seconds.

    Time that does not advance is refused and counted.
    """
    if state.is_late(now):
        return state.refusing(), ()
    state, looked_s = state.at(now)
    inside = {one.track_id: one for one in held}
    state = replace(
        state,
        clocks=_clocks(rule, state, inside, looked_s),
        empty_at=None if inside else _since(state.empty_at, state),
    )
    return _close(rule, state, words) if state.is_open else _open(rule, state, inside, words)


def _clocks(
    rule: Rule, state: State, inside: dict[int, Held], looked_s: float
) -> tuple[Clock, ...]:
    """The clocks that still run after this observation, and those that begin with it."""
    at = state.observed_s
    kept: list[Clock] = []
    for clock in state.clocks:
        one = inside.get(clock.track_id)
        if one is not None:
            inside_s = clock.inside_s + looked_s
            kept.append(Clock(clock.track_id, one.label, clock.since_at, inside_s))
        elif at - (missing := _since(clock.missing_at, state)) < _forgiven_s(rule, clock):
            kept.append(replace(clock, missing_at=missing))
    known = {clock.track_id for clock in kept}
    return (*kept, *(_begin(one, state) for one in inside.values() if one.track_id not in known))


def _forgiven_s(rule: Rule, clock: Clock) -> float:
    longest_s = max(MOST_ABSENCE_S, ABSENCE_SHARE * clock.inside_s)
    return min(rule.clear_s, longest_s) - ROUNDING_S


def _begin(one: Held, state: State) -> Clock:
    """A new clock; what was found by looking back is credited."""
    credit_s = max(0.0, (state.now_s or 0.0) - one.since_s)
    return Clock(one.track_id, one.label, state.observed_s - credit_s, credit_s)


def _since(before: float | None, state: State) -> float:
    return state.observed_s if before is None else before


def _open(
    rule: Rule, state: State, inside: dict[int, Held], words: Words
) -> tuple[State, tuple[Transition, ...]]:
    ripe = [c for c in state.clocks if c.track_id in inside and _is_ripe(rule, state, c)]
    if not ripe or state.now_s is None:
        return state, ()
    first = min(ripe, key=lambda clock: (clock.since_at, clock.track_id))
    zh, en, numbers = words.opened(inside[first.track_id], state.observed_s - first.since_at)
    incident = Incident(state.now_s, first.track_id, first.label)
    said = Transition(
        "opened", state.now_s, rule.level, zh, en, first.track_id, first.label, numbers
    )
    return replace(state, incident=incident), (said,)


def _is_ripe(rule: Rule, state: State, clock: Clock) -> bool:
    stayed_s = state.observed_s - clock.since_at
    enough = stayed_s >= rule.after_s - ROUNDING_S
    return enough and clock.inside_s >= LEAST_INSIDE * stayed_s - ROUNDING_S


def _close(rule: Rule, state: State, words: Words) -> tuple[State, tuple[Transition, ...]]:
    if state.empty_at is None or state.incident is None or state.now_s is None:
        return state, ()
    quiet_s = state.observed_s - state.empty_at
    if quiet_s < rule.clear_s - ROUNDING_S:
        return state, ()
    incident, lasted_s = state.incident, state.now_s - state.incident.opened_s
    zh, en, numbers = words.ended(incident.label, quiet_s, lasted_s)
    said = Transition(
        "ended", state.now_s, rule.level, zh, en, incident.track_id, incident.label, numbers
    )
    return replace(state, incident=None, clocks=(), empty_at=None), (said,)
