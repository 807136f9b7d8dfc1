"""Floor that must stay free: exits, fire lanes, hydrants, shutters, the strip over a pipeline.

The observation is a look at the floor (`vision.Floor`), or None for a picture in which nobody
looked. A zone has one clock, whatever stands there: goods that are moved, or replaced by others, go
on with it, as long as the floor was not seen free for `GAP_S`. While what was there is hidden, no
clock runs. What may be a shadow opens late and blue, and is raised when it proves to be a thing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Self

from events.rules import exit_words as words
from events.rules.exit_limits import SURE, Seen, meaning
from events.rules.exit_words import LABEL, Subject
from events.rules.family import ROUNDING_S, Kind, Level, RuleError, Transition, checked_times
from events.rules.state import BLIND_S
from vision.free_space_types import Floor

GAP_S = 5.0
"""Floor that is seen free for less does not stop the clock: goods are put back."""
SAME_SHARE = 0.75
"""The share of `after` for which a thing must have looked the same: people sway, goods do not."""
TOLD_S, TOLD_SHARE = 5.0, 0.5
"""What was told shadow-like must be told a thing for so long, or for that share of `after`: the
edge of a cloud that passes over a spot of light makes it uneven for seconds."""
DOUBT_TIMES, DOUBT_LEAST_S = 5.0, 120.0
"""What may be a shadow opens after so many times `after`, and not before so many seconds."""
DOUBT_LEVEL: Level = "blue"


@dataclass(frozen=True, slots=True)
class Obstruction:
    """Something stands on the floor of zone `zone_id` for `after_s`; over when free for `clear_s`.

    `subject` is what must stay free, for the words. With `width_m` it is an incident only where
    less than that is left to pass, with `area_m2` only where at least that is covered; where the
    camera is not calibrated, anything that stands there is one. `classes` is empty: no class is
    looked for. Raises `RuleError` for times and limits that are not above 0.
    """

    id: str
    version: int
    zone_id: str
    classes: tuple[str, ...]
    after_s: float
    clear_s: float
    level: Level
    subject: Subject = "exit"
    width_m: float | None = None
    area_m2: float | None = None

    def __post_init__(self) -> None:
        checked_times(self)
        for name, value in (("width", self.width_m), ("area", self.area_m2)):
            if value is not None and not value > 0:
                raise RuleError(
                    f"rule {self.id}: {name} is {value:g}, expected more than 0",
                    remedy=f"leave {name} out, or give metres, as 1.4",
                )

    @property
    def doubt_after_s(self) -> float:
        """How long something shadow-like must stand."""
        return max(DOUBT_TIMES * self.after_s, DOUBT_LEAST_S)


@dataclass(frozen=True, slots=True)
class ObstructionState:
    """Everything that one rule knows. `ObstructionState()` is the beginning.

    `now_s`: capture time of the newest observation, `looked_s` of the newest look. In seconds of
    looking: `blocked_s` since something stands there, `same_s` since it looks as it does (and
    `oldest_s`, the age it was last seen with), `told_s` since it was told shadow-like, at most
    `TOLD_S` where it never was, `doubted_s` since something shadow-like is there,
    `free_s` since the floor is seen free: a floor on which nothing was seen yet counts as free.
    """

    now_s: float | None = None
    looked_s: float | None = None
    blocked_s: float = 0.0
    same_s: float = 0.0
    oldest_s: float = 0.0
    told_s: float = TOLD_S
    doubted_s: float = 0.0
    free_s: float | None = 0.0
    opened_s: float | None = None
    level: Level | None = None
    refused: int = 0

    @property
    def is_open(self) -> bool:
        """Whether an incident is open."""
        return self.opened_s is not None

    @property
    def is_timing(self) -> bool:
        """Whether a clock runs."""
        running = self.blocked_s > 0 or self.doubted_s > 0
        return self.free_s is not None if self.is_open else running

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dictionaries."""
        return asdict(self)

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """The state that `to_json` gave. TypeError where it is something else."""
        return cls(**plain)

    @classmethod
    def resumed(
        cls, opened_s: float, now: float, *, track_id: int = 0, label: str, level: Level
    ) -> Self:
        """The state of a process that starts anew while an incident is open at `level`."""
        return cls(now_s=now, opened_s=opened_s, level=level, free_s=None)


def step(
    rule: Obstruction, state: ObstructionState, floor: Floor | None, now: float
) -> tuple[ObstructionState, tuple[Transition, ...]]:
    """Take one look at the floor, or None where nobody looked at this picture.

    `now`: capture time in seconds. Time that does not advance is refused and counted.
    """
    if state.now_s is not None and now <= state.now_s:
        return replace(state, refused=state.refused + 1), ()
    if floor is None:
        return replace(state, now_s=now), ()
    dt_s = 0.0 if state.looked_s is None else min(now - state.looked_s, BLIND_S)
    seen = meaning(floor, rule.width_m, rule.area_m2, is_open=state.is_open)
    state = _timed(replace(state, now_s=now, looked_s=now), seen, dt_s)
    if seen.is_something:
        return _open(rule, state, seen, now)
    return _close(rule, state, now)


def _timed(state: ObstructionState, seen: Seen, dt_s: float) -> ObstructionState:
    """The clocks after `dt_s` seconds of looking."""
    if seen.hidden:
        return state
    if not seen.is_something:
        free_s = 0.0 if state.free_s is None else state.free_s + dt_s
        state = replace(state, free_s=free_s)
        gone = free_s >= GAP_S - ROUNDING_S
        if not gone:
            return state
        return replace(state, blocked_s=0.0, same_s=0.0, oldest_s=0.0, told_s=TOLD_S, doubted_s=0.0)
    # What appeared since the last look was not there all that time.
    dt_s = dt_s if state.free_s is None else 0.0
    state = replace(state, free_s=None)
    if not seen.things:
        return replace(state, told_s=0.0, doubted_s=state.doubted_s + dt_s)
    oldest_s = seen.oldest_s
    same_s = 0.0 if oldest_s < state.oldest_s - ROUNDING_S else state.same_s + dt_s
    return replace(
        state,
        # A thing is older than the look that first proves it: it was watched before.
        blocked_s=max(state.blocked_s + dt_s, oldest_s),
        same_s=max(same_s, oldest_s),
        oldest_s=oldest_s,
        told_s=state.told_s + dt_s,
        doubted_s=state.doubted_s + dt_s,
    )


def _open(
    rule: Obstruction, state: ObstructionState, seen: Seen, now: float
) -> tuple[ObstructionState, tuple[Transition, ...]]:
    if seen.hidden or state.level not in (None, DOUBT_LEVEL):
        return state, ()
    ripe = state.blocked_s >= rule.after_s - ROUNDING_S
    same = state.same_s >= SAME_SHARE * rule.after_s - ROUNDING_S
    told = state.told_s >= min(TOLD_S, TOLD_SHARE * rule.after_s) - ROUNDING_S
    if seen.things and ripe and same and told and state.level != rule.level:
        why = words.opened(
            rule.subject, rule.zone_id, seen, state.blocked_s, rule.after_s, rule.width_m
        )
        return _said(rule, state, seen, now, rule.level, why)
    if not state.is_open and state.doubted_s >= rule.doubt_after_s - ROUNDING_S:
        why = words.doubted(rule.subject, rule.zone_id, state.doubted_s, rule.doubt_after_s)
        return _said(rule, state, seen, now, DOUBT_LEVEL, why)
    return state, ()


def _said(
    rule: Obstruction,
    state: ObstructionState,
    seen: Seen,
    now: float,
    level: Level,
    why: tuple[str, str],
) -> tuple[ObstructionState, tuple[Transition, ...]]:
    kind: Kind = "raised" if state.is_open else "opened"
    if seen.remark is not None:
        (zh, en), (more_zh, more_en) = why, seen.remark
        why = f"{zh};{more_zh}", f"{en}; {more_en}"
    blocked_s = max(state.blocked_s, state.doubted_s)
    numbers = {**seen.numbers, "blocked_s": blocked_s, "after_s": rule.after_s}
    opened_s = now if state.opened_s is None else state.opened_s
    said = Transition(kind, now, level, *why, 0, LABEL, numbers)
    return replace(state, opened_s=opened_s, level=level), (said,)


def _close(
    rule: Obstruction, state: ObstructionState, now: float
) -> tuple[ObstructionState, tuple[Transition, ...]]:
    if state.opened_s is None or state.level is None or state.free_s is None:
        return state, ()
    if state.free_s < rule.clear_s - ROUNDING_S:
        return state, ()
    lasted_s = now - state.opened_s
    zh, en = words.ended(rule.subject, rule.zone_id, state.free_s, rule.clear_s, lasted_s)
    numbers = {"free_s": state.free_s, "clear_s": rule.clear_s, "lasted_s": lasted_s}
    said = Transition("ended", now, state.level, zh, en, 0, LABEL, numbers)
    return ObstructionState(now_s=now, looked_s=now, refused=state.refused), (said,)


__all__ = ["GAP_S", "SURE", "Obstruction", "ObstructionState", "Subject", "step"]
