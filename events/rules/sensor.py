"""A sensor's readings: levels with hysteresis, and what of them is believed.

A reading that is nonsense (its unit, its range, its quality, its time) is refused with a reason,
counted, and changes nothing else. A value holds until the next reading; a sensor that says nothing
for too long is *silent*: unknown, not healthy, and what is open stays open. All times are seconds
of one clock that does not go back; `now` is the time of arrival.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from math import isfinite
from typing import Any, Literal, Self

from events.rules.family import LEVELS, ROUNDING_S, Level, RuleError, Transition
from events.rules.presets.sensors import SensorKind

AHEAD_S = 5.0
"""A reading may be dated so far ahead of its arrival: clocks differ."""
OLDEST_S = 600.0
"""A reading that took longer to arrive says nothing about now."""

Refused = Literal["unit", "range", "quality", "future", "old", "repeated"]
"""Why a reading was refused; `repeated`: its time is not after the last one's."""
Quality = Literal["good", "uncertain", "bad"]


@dataclass(frozen=True, slots=True)
class Reading:
    """One value that a sensor gave, and when it measured it."""

    value: float
    unit: str
    at_s: float
    quality: Quality = "good"


@dataclass(frozen=True, slots=True)
class Sensor:
    """The rule of one sensor. `levels` and `clear_below` stand for those of its kind.

    Raises `RuleError` for levels that do not rise, lie outside of the plausible range, or leave no
    room for hysteresis.
    """

    id: str
    kind: SensorKind
    levels: tuple[tuple[Level, float], ...]
    clear_below: float
    clear_s: float
    silent_s: float | None
    version: int = 1

    def __post_init__(self) -> None:
        values = [value for _, value in self.levels]
        most = max(map(abs, self.kind.plausible))
        if not values or values != sorted(set(values)) or not 0 < values[0] <= values[-1] <= most:
            raise RuleError(
                f"sensor {self.id}: levels at {values} {self.kind.unit}",
                remedy=f"let them rise with gravity, above 0 and up to {most:g}",
            )
        if not 0 < self.clear_below <= values[0]:
            raise RuleError(
                f"sensor {self.id}: clears below {self.clear_below:g} {self.kind.unit}",
                remedy=f"let it clear above 0 and not above its first level, {values[0]:g}",
            )


@dataclass(frozen=True, slots=True)
class SensorState:
    """What a sensor's rule remembers. `SensorState()` is the beginning.

    `started_s`: since when it is listened to. `reading_s`, `value`: of the last reading that was
    believed. `same_s`: since when the value is the same. `alarm_s`: the last reading at a level.
    `quiet_s`: since when it is below `clear_below`. `level`: of the open incident. `refused`
    counts by reason, `jumps` readings that leapt.
    """

    started_s: float | None = None
    reading_s: float | None = None
    value: float | None = None
    same_s: float | None = None
    alarm_s: float | None = None
    quiet_s: float | None = None
    opened_s: float | None = None
    level: Level | None = None
    is_stuck: bool = False
    is_silent: bool = False
    jumps: int = 0
    refused: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_open(self) -> bool:
        """Whether an incident is open."""
        return self.level is not None

    @property
    def refused_total(self) -> int:
        """How many readings were refused."""
        return sum(self.refused.values())

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, strings and dictionaries."""
        return {**asdict(self), "refused": dict(self.refused)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> Self:
        """The state that `to_json` gave. TypeError where it is something else."""
        return cls(**plain)

    def shifted(self, by_s: float) -> Self:
        """The same on a clock that shows `by_s` more, such as after a boot."""
        times = ("started_s", "reading_s", "same_s", "alarm_s", "quiet_s", "opened_s")
        known = {name: getattr(self, name) for name in times}
        moved = {name: None if at is None else at + by_s for name, at in known.items()}
        return self.from_json({**self.to_json(), **moved})


def alarms(rule: Sensor, state: SensorState) -> bool:
    """Whether the sensor is believed to be at a level now: what a second source may rest on."""
    known = state.value is not None and not (state.is_silent or state.is_stuck)
    return known and not rule.kind.momentary and _level(rule, state.value or 0.0) is not None


def step(
    rule: Sensor, state: SensorState, said: Reading | None, now: float
) -> tuple[SensorState, tuple[Transition, ...]]:
    """Take a reading that arrived at `now`, or with None only that time has passed."""
    if said is not None:
        why = _refused(rule, state, said, now)
        if why is not None:
            return replace(state, refused={**state.refused, why: state.refused.get(why, 0) + 1}), ()
        state, told = _take(rule, state, said)
        if told is not None:
            return state, (told,)
    return _pass(rule, state, now)


def _refused(rule: Sensor, state: SensorState, said: Reading, now: float) -> Refused | None:
    low, high = rule.kind.plausible
    if said.unit != rule.kind.unit:
        return "unit"
    if not (isfinite(said.value) and low <= said.value <= high):
        return "range"
    if said.quality != "good":
        return "quality"
    if not isfinite(said.at_s) or said.at_s > now + AHEAD_S:
        return "future"
    if said.at_s < now - OLDEST_S:
        return "old"
    if state.reading_s is not None and said.at_s <= state.reading_s:
        return "repeated"
    return None


def _take(rule: Sensor, state: SensorState, said: Reading) -> tuple[SensorState, Transition | None]:
    """A believed reading: the new state, and an opening or a raise."""
    leapt = _leap(rule, state, said)
    state = _heard(rule, state, said, is_jump=leapt is not None)
    level = None if state.is_stuck else _level(rule, said.value)
    if level is None or (state.level is not None and _rank(level) <= _rank(state.level)):
        return state, None
    opened_s = said.at_s if state.opened_s is None else state.opened_s
    kind: Literal["opened", "raised"] = "opened" if state.level is None else "raised"
    after = replace(state, level=level, opened_s=opened_s)
    return after, _alarm(rule, kind, level, said, leapt)


def _heard(rule: Sensor, state: SensorState, said: Reading, *, is_jump: bool) -> SensorState:
    """The state with the reading's value and what follows for stuck, quiet and alarm."""
    is_same = said.value == state.value and state.same_s is not None
    same_s = state.same_s if is_same else said.at_s
    stuck_s, rests = rule.kind.stuck_s, said.value == 0
    held_s = said.at_s - (said.at_s if same_s is None else same_s)
    alarming = _level(rule, said.value) is not None
    below = abs(said.value) < rule.clear_below
    quiet_s = None
    if rule.kind.momentary:
        quiet_s = said.at_s if alarming else state.quiet_s
    elif below:
        went_on = state.quiet_s is not None and not state.is_silent
        quiet_s = state.quiet_s if went_on else said.at_s
    return replace(
        state,
        started_s=said.at_s if state.started_s is None else state.started_s,
        reading_s=said.at_s,
        value=said.value,
        same_s=same_s,
        alarm_s=said.at_s if alarming else state.alarm_s,
        quiet_s=quiet_s,
        is_stuck=stuck_s is not None and not rests and held_s >= stuck_s,
        is_silent=False,
        jumps=state.jumps + is_jump,
    )


def _pass(
    rule: Sensor, state: SensorState, now: float
) -> tuple[SensorState, tuple[Transition, ...]]:
    """Time has passed: silence, and the end of an incident that has been quiet long enough."""
    started_s = now if state.started_s is None else state.started_s
    heard_s = started_s if state.reading_s is None else state.reading_s
    is_silent = rule.silent_s is not None and now - heard_s > rule.silent_s
    state = replace(state, started_s=started_s, is_silent=is_silent)
    if state.level is None or state.quiet_s is None or is_silent:
        return state, ()
    quiet_s = now - state.quiet_s
    if quiet_s < rule.clear_s - ROUNDING_S:
        return state, ()
    told = _ended(rule, state.level, now, quiet_s, now - (state.opened_s or now))
    return replace(state, level=None, opened_s=None, quiet_s=None), (told,)


def _level(rule: Sensor, value: float) -> Level | None:
    reached = [level for level, least in rule.levels if abs(value) >= least]
    return reached[-1] if reached else None


def _rank(level: Level) -> int:
    return LEVELS.index(level)


def _leap(rule: Sensor, state: SensorState, said: Reading) -> float | None:
    """By how much the value jumped since the last reading, if that is too much to be plain."""
    if rule.kind.jump is None or state.value is None or state.is_silent:
        return None
    by = said.value - state.value
    return by if abs(by) > rule.kind.jump else None


_ZH = {"blue": "蓝色", "yellow": "黄色", "orange": "橙色", "red": "红色"}


def _alarm(
    rule: Sensor,
    kind: Literal["opened", "raised"],
    level: Level,
    said: Reading,
    leapt: float | None,
) -> Transition:
    least = dict(rule.levels)[level]
    name, factor = rule.kind.number
    numbers = {name: said.value * factor, f"limit_{name}": least * factor}
    if rule.kind.unit == "on/off":
        zh = f"{rule.kind.zh} {rule.id} 报警({_ZH[level]})"
        en = f"{rule.kind.en} {rule.id} says on ({level})"
    else:
        zh = (
            f"{rule.kind.zh} {rule.id} 读数 {said.value:g} {rule.kind.unit},"
            f"达到{_ZH[level]}阈值 {least:g} {rule.kind.unit}"
        )
        en = (
            f"{rule.kind.en} {rule.id} reads {said.value:g} {rule.kind.unit} "
            f"({level} from {least:g} {rule.kind.unit})"
        )
    if leapt is not None:
        numbers[f"jump_{name}"] = leapt * factor
        zh += f";较上一读数跳变 {leapt:+g} {rule.kind.unit},请核对传感器"
        en += f"; a jump of {leapt:+g} {rule.kind.unit} since the reading before, check the sensor"
    return Transition(kind, said.at_s, level, zh, en, 0, rule.kind.kind, numbers)


def _ended(rule: Sensor, level: Level, now: float, quiet_s: float, lasted_s: float) -> Transition:
    below = f"{rule.clear_below:g} {rule.kind.unit}"
    if rule.kind.momentary:
        zh, en = f"{rule.id} 已 {quiet_s:.0f} 秒没有再次触发", f"{rule.id} not pressed for"
    elif rule.kind.unit == "on/off":
        zh, en = f"{rule.id} 已解除 {quiet_s:.0f} 秒", f"{rule.id} off for"
    else:
        zh, en = f"{rule.id} 低于 {below} 已 {quiet_s:.0f} 秒", f"{rule.id} below {below} for"
    numbers = {"quiet_s": quiet_s, "clear_s": rule.clear_s, "lasted_s": lasted_s}
    return Transition(
        "ended",
        now,
        level,
        f"{zh}(满 {rule.clear_s:g} 秒即结束),事件共持续 {lasted_s:.0f} 秒",
        f"{en} {quiet_s:.0f} s (ends at {rule.clear_s:g} s); open for {lasted_s:.0f} s",
        0,
        rule.kind.kind,
        numbers,
    )
