"""Approach: a machine is on its way to the area and will soon be there.

It opens while the odds of being there within `within_s` are high, and ends when nobody comes nearer
or somebody has arrived: what happens inside is for other rules.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from events.rules.family import Level, RuleError, Transition, checked_times
from events.rules.holding import Held, Why, hold
from events.rules.state import State
from events.rules.words import chinese
from vision.approach import Approach
from vision.types import Track

Nearing = tuple[Track, Approach]
SURELY = 2.0
"""So many sigmas above 0 is a closing speed that is no chance."""
UNITS_ZH = {"m": "米", "px": "像素"}


@dataclass(frozen=True, slots=True)
class Approaching:
    """One of `classes`, seen in zone `zone_id`, is in zone `towards` within `within_s` with odds
    above `odds`, for `after_s`; over when nobody has been for `clear_s`.

    Slower than `least_mps` is no approach, where the camera is calibrated; there, whoever is nearer
    than `near_m` and surely comes nearer is one at any speed. Raises `RuleError` for no class, odds
    that are no share, or times that are not above 0.
    """

    id: str
    version: int
    zone_id: str
    classes: tuple[str, ...]
    after_s: float
    clear_s: float
    level: Level
    towards: str
    within_s: float = 60.0
    odds: float = 0.8
    least_mps: float = 0.0
    near_m: float | None = None

    def __post_init__(self) -> None:
        if not self.classes:
            raise RuleError(f"rule {self.id}: no class", remedy="name at least one class")
        if not (0 < self.odds < 1 and self.within_s > 0):
            raise RuleError(
                f"rule {self.id}: odds {self.odds:g} within {self.within_s:g} s",
                remedy="odds lie between 0 and 1, and within is above 0",
            )
        checked_times(self)

    def is_near(self, found: Approach) -> bool:
        """Whether it is nearer than `near_m` and comes nearer, more surely than by chance."""
        near = self.near_m is not None and found.unit == "m" and found.distance < self.near_m
        return near and found.closing > SURELY * found.closing_sigma

    def is_soon(self, found: Approach) -> bool:
        """Whether it is likely to be there within the time, and fast enough to count."""
        fast = found.closing >= self.least_mps or found.unit != "m"
        return fast and found.odds > self.odds

    def opened(self, first: Held, stayed_s: float) -> Why:
        """Why an incident opened, without the measures."""
        zh = f"{chinese(first.label)}正在接近区域 {self.towards}"
        en = f"{first.label} is nearing zone {self.towards}"
        return zh, en, {"stayed_s": stayed_s, "after_s": self.after_s, "within_s": self.within_s}

    def ended(self, label: str, quiet_s: float, lasted_s: float) -> Why:
        """Why an incident ended."""
        zh = (
            f"已连续 {quiet_s:.1f} 秒没有{chinese(label)}接近区域 {self.towards}"
            f"(满 {self.clear_s:g} 秒即结束),事件共持续 {lasted_s:.1f} 秒"
        )
        en = (
            f"no {label} nearing zone {self.towards} for {quiet_s:.1f} s "
            f"(ends at {self.clear_s:g} s); open for {lasted_s:.1f} s"
        )
        return zh, en, {"quiet_s": quiet_s, "clear_s": self.clear_s, "lasted_s": lasted_s}


def step(
    rule: Approaching, state: State, seen: Sequence[Nearing], now: float
) -> tuple[State, tuple[Transition, ...]]:
    """Take one observation: the tracks that were seen at `now` outside of the area."""
    nearing = {
        track.id: (track, approach)
        for track, approach in seen
        if track.label in rule.classes and (rule.is_soon(approach) or rule.is_near(approach))
    }
    held = [Held(track.id, track.label, now) for track, _ in nearing.values()]
    state, said = hold(rule, state, held, now, rule)
    return state, tuple(
        _with_measures(rule, one, nearing[one.track_id][1]) if one.kind == "opened" else one
        for one in said
    )


def _with_measures(rule: Approaching, said: Transition, found: Approach) -> Transition:
    unit, unit_zh = found.unit, UNITS_ZH[found.unit]
    zh = (
        f"{said.why_zh}:距离 {found.distance:.1f} ± {found.sigma:.1f} {unit_zh},接近速度 "
        f"{found.closing:.2f} ± {found.closing_sigma:.2f} {unit_zh}/秒,"
        f"预计 {found.arrives_in_s:.0f} 秒到达;{rule.within_s:g} 秒内到达的"
        f"概率为 {found.odds:.0%}(超过 {rule.odds:.0%} 即报警)"
    )
    en = (
        f"{said.why_en}: {found.distance:.1f} +- {found.sigma:.1f} {unit} away, closing at "
        f"{found.closing:.2f} +- {found.closing_sigma:.2f} {unit}/s, there in about "
        f"{found.arrives_in_s:.0f} s; odds of {found.odds:.0%} within {rule.within_s:g} s "
        f"(opens above {rule.odds:.0%})"
    )
    if rule.near_m is not None and rule.is_near(found):
        zh += f";距离不足 {rule.near_m:g} 米且仍在接近"
        en += f"; nearer than {rule.near_m:g} m and closing"
    numbers = dict(said.numbers) | {
        f"distance_{unit}": found.distance,
        f"distance_sigma_{unit}": found.sigma,
        "arrives_in_s": found.arrives_in_s,
        "odds_share": found.odds,
    }
    if unit == "m":
        numbers |= {"closing_mps": found.closing, "closing_sigma_mps": found.closing_sigma}
    return Transition(said.kind, said.at_s, said.level, zh, en, said.track_id, said.label, numbers)
