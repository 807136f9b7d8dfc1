"""Smoke and fire: what a detector suspects and what behaves like a plume, for long enough.

Neither is enough alone: a detector takes fog, steam and lamps for smoke in single pictures, and
leaves in the wind move without order. The place must be suspected in most looks and behave like a
plume in most judgements, for `after_s`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from events.rules.family import ROUNDING_S, Level, RuleError, Transition, checked_times
from events.rules.state import Incident, Remembered, looked_s
from events.rules.words import chinese

LEAST_SEEN = 0.6
"""The share of its time in which a place must have been suspected."""
LEAST_PLUME = 0.5
"""The share of the judged time in which it must have behaved like a plume."""
MOST_BEFORE_S = 6.0
"""So much suspicion before the first judgement for a plume counts: that judgement speaks of the ten
seconds before it, and a place that was calm for more than four of them is none."""
LEAST_PLUME_S = 3.0
"""So long it must have behaved like a plume since, so that no single judgement opens."""
MOST_ABSENCE_S = 4.0
"""Suspected by nobody for so long, a place begins anew."""


@dataclass(frozen=True, slots=True)
class Suspicion:
    """One look at a zone. `label`: what the detector suspects there now, None for nothing.

    `is_plume`: whether the place behaved like a plume in the last seconds; None where nobody can
    say yet. `track_id` is 0 where the box belongs to no track.
    """

    label: str | None
    is_plume: bool | None
    track_id: int = 0


@dataclass(frozen=True, slots=True)
class Plume:
    """A plume of one of `classes` in zone `zone_id` for `after_s`; over when gone for `clear_s`.

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
            raise RuleError(f"rule {self.id}: no class", remedy="name smoke, fire or both")
        checked_times(self)


@dataclass(frozen=True, slots=True)
class PlumeState(Remembered):
    """What a plume rule remembers; all sums in seconds of observed time.

    `suspected_s` of `watched_s` since the first suspicion, `plume_s` of `judged_s`; `absent_s`
    since the last suspicion, `quiet_s` since the open incident last had its cause. `before_s`:
    suspected, but judged to be no plume; None: not suspected. Then `label` is None: no clock runs.
    """

    label: str | None = None
    before_s: float | None = None
    watched_s: float = 0.0
    suspected_s: float = 0.0
    judged_s: float = 0.0
    plume_s: float = 0.0
    absent_s: float = 0.0
    quiet_s: float = 0.0

    @property
    def is_timing(self) -> bool:
        """Whether a clock runs, so that every frame is worth a look."""
        return self.label is not None if self.incident is None else self.quiet_s > 0


def step(
    rule: Plume, state: PlumeState, seen: Suspicion, now: float
) -> tuple[PlumeState, tuple[Transition, ...]]:
    """Take one observation at capture time `now`. Time that does not advance is refused."""
    if state.is_late(now):
        return state.refusing(), ()
    gap_s = looked_s(state.now_s, now)
    state = _watched(rule, replace(state, now_s=now), seen, gap_s)
    if state.incident is not None:
        return _close(rule, state, state.incident, seen, gap_s)
    return _open(rule, state, seen)


def _watched(rule: Plume, state: PlumeState, seen: Suspicion, gap_s: float) -> PlumeState:
    """The sums after this look; the gap before the first suspicion counts for nothing."""
    if seen.label is None:
        return _unsuspected(state, gap_s)
    if state.label is None:
        return _suspected(state, seen, gap_s)
    judged_s = 0.0 if seen.is_plume is None else gap_s
    state = replace(
        state,
        label=seen.label,
        absent_s=0.0,
        watched_s=state.watched_s + gap_s,
        suspected_s=state.suspected_s + gap_s,
        judged_s=state.judged_s + judged_s,
        plume_s=state.plume_s + (judged_s if seen.is_plume else 0.0),
    )
    hopeless = state.judged_s >= rule.after_s and not _behaves(state)
    if seen.is_plume is False and hopeless and state.incident is None:
        before_s = min(state.suspected_s, MOST_BEFORE_S)
        return replace(PlumeState(state.now_s, refused=state.refused), before_s=before_s)
    return state


def _unsuspected(state: PlumeState, gap_s: float) -> PlumeState:
    absent_s = state.absent_s + gap_s
    nothing = state.label is None and state.before_s is None
    if nothing or absent_s >= MOST_ABSENCE_S - ROUNDING_S:
        return replace(PlumeState(state.now_s), incident=state.incident, quiet_s=state.quiet_s)
    watched_s = 0.0 if state.label is None else state.watched_s + gap_s
    return replace(state, absent_s=absent_s, watched_s=watched_s)


def _suspected(state: PlumeState, seen: Suspicion, gap_s: float) -> PlumeState:
    """A suspicion while no clock runs: one starts, unless a judgement refutes it at once."""
    before_s = 0.0 if state.before_s is None else min(state.before_s + gap_s, MOST_BEFORE_S)
    if seen.is_plume is False:
        return replace(state, before_s=before_s, absent_s=0.0)
    return replace(
        state,
        label=seen.label,
        before_s=None,
        absent_s=0.0,
        watched_s=before_s,
        suspected_s=before_s,
    )


def _behaves(state: PlumeState) -> bool:
    return state.judged_s > 0 and state.plume_s >= LEAST_PLUME * state.judged_s


def _open(
    rule: Plume, state: PlumeState, seen: Suspicion
) -> tuple[PlumeState, tuple[Transition, ...]]:
    long_enough = state.watched_s >= rule.after_s - ROUNDING_S
    often_enough = state.suspected_s >= LEAST_SEEN * state.watched_s
    long_a_plume = state.plume_s >= min(LEAST_PLUME_S, rule.after_s) - ROUNDING_S
    behaves = long_a_plume and _behaves(state)
    if not (long_enough and often_enough and behaves and seen.label and seen.is_plume):
        return state, ()
    now = state.now_s or 0.0
    suspected = state.suspected_s / state.watched_s
    plume = state.plume_s / state.judged_s
    numbers = {
        "watched_s": state.watched_s,
        "after_s": rule.after_s,
        "suspected_share": suspected,
        "plume_share": plume,
    }
    zh = (
        f"区域 {rule.zone_id} 内疑似{chinese(seen.label)}已持续 {state.watched_s:.1f} 秒"
        f"(满 {rule.after_s:g} 秒即报警):{suspected:.0%} 的画面检出,"
        f"{plume:.0%} 的判断符合烟羽运动特征"
    )
    en = (
        f"{seen.label} in zone {rule.zone_id} for {state.watched_s:.1f} s "
        f"(opens at {rule.after_s:g} s): seen in {suspected:.0%} of looks, moves like a plume in "
        f"{plume:.0%} of judgements"
    )
    opened = replace(state, incident=Incident(now, seen.track_id, seen.label), quiet_s=0.0)
    said = Transition("opened", now, rule.level, zh, en, seen.track_id, seen.label, numbers)
    return opened, (said,)


def _close(
    rule: Plume, state: PlumeState, incident: Incident, seen: Suspicion, gap_s: float
) -> tuple[PlumeState, tuple[Transition, ...]]:
    goes_on = seen.label is not None and seen.is_plume is not False
    quiet_s = 0.0 if goes_on else state.quiet_s + gap_s
    state = replace(state, quiet_s=quiet_s)
    if quiet_s < rule.clear_s - ROUNDING_S:
        return state, ()
    now = state.now_s or 0.0
    lasted_s = now - incident.opened_s
    name = chinese(incident.label)
    zh = (
        f"区域 {rule.zone_id} 内已连续 {quiet_s:.1f} 秒没有{name}(满 {rule.clear_s:g} 秒即结束),"
        f"事件共持续 {lasted_s:.1f} 秒"
    )
    en = (
        f"no {incident.label} in zone {rule.zone_id} for {quiet_s:.1f} s "
        f"(ends at {rule.clear_s:g} s); open for {lasted_s:.1f} s"
    )
    numbers = {"quiet_s": quiet_s, "clear_s": rule.clear_s, "lasted_s": lasted_s}
    said = Transition("ended", now, rule.level, zh, en, incident.track_id, incident.label, numbers)
    return PlumeState(now, refused=state.refused), (said,)
