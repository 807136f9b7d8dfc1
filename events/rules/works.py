"""Works and standing vehicles: what a track in the zone does, held for a time.

The clock starts when the activity began, which `vision.activity` finds by looking back; so it does
not matter how long it took to be sure.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from events.rules.family import Level, RuleError, Transition, checked_times
from events.rules.holding import Held, Why, hold
from events.rules.state import State
from events.rules.words import chinese
from vision.activity import Activity, Kind
from vision.types import Track

Deed = tuple[Track, Activity]
"""A track in the zone, and what it does."""

ZH = {"working": "正在作业", "stopped": "停留", "passing": "经过"}
EN = {"working": "working", "stopped": "standing", "passing": "passing"}


@dataclass(frozen=True, slots=True)
class Doing:
    """One of `classes` does one of `kinds` in zone `zone_id` for `after_s` seconds; over when
    nobody has for `clear_s`.

    Works are `("working",)`; a vehicle that stands is `("stopped", "working")`, for a machine that
    digs stands too. Raises `RuleError` for no class, or times that are not above 0.
    """

    id: str
    version: int
    zone_id: str
    classes: tuple[str, ...]
    after_s: float
    clear_s: float
    level: Level
    kinds: tuple[Kind, ...] = ("working",)

    def __post_init__(self) -> None:
        if not self.classes:
            raise RuleError(f"rule {self.id}: no class", remedy="name at least one class")
        checked_times(self)

    def opened(self, first: Held, stayed_s: float) -> Why:
        """Why an incident opened."""
        kind = self.kinds[0]
        zh = (
            f"{chinese(first.label)}在区域 {self.zone_id} 内{ZH[kind]}已 {stayed_s:.1f} 秒"
            f"(达到 {self.after_s:g} 秒即报警)"
        )
        en = (
            f"{first.label} {EN[kind]} in zone {self.zone_id} for {stayed_s:.1f} s "
            f"(opens at {self.after_s:g} s)"
        )
        return zh, en, {"stayed_s": stayed_s, "after_s": self.after_s}

    def ended(self, label: str, quiet_s: float, lasted_s: float) -> Why:
        """Why an incident ended."""
        kind = self.kinds[0]
        zh = (
            f"区域 {self.zone_id} 内已连续 {quiet_s:.1f} 秒没有{chinese(label)}{ZH[kind]}"
            f"(满 {self.clear_s:g} 秒即结束),事件共持续 {lasted_s:.1f} 秒"
        )
        en = (
            f"no {label} {EN[kind]} in zone {self.zone_id} for {quiet_s:.1f} s "
            f"(ends at {self.clear_s:g} s); open for {lasted_s:.1f} s"
        )
        return zh, en, {"quiet_s": quiet_s, "clear_s": self.clear_s, "lasted_s": lasted_s}


def step(
    rule: Doing, state: State, seen: Sequence[Deed], now: float
) -> tuple[State, tuple[Transition, ...]]:
    """Take one observation: the tracks in the zone at `now`, of any class, and what they do."""
    held = [
        Held(track.id, track.label, activity.since_s)
        for track, activity in seen
        if track.label in rule.classes and activity.kind in rule.kinds
    ]
    state, said = hold(rule, state, held, now, rule)
    return state, tuple(_with_measures(one, seen) for one in said)


def _with_measures(said: Transition, seen: Sequence[Deed]) -> Transition:
    """What the activity was judged by, added to the numbers of an opening."""
    if said.kind != "opened":
        return said
    did = next(activity for track, activity in seen if track.id == said.track_id)
    zh, en = said.why_zh, said.why_en
    numbers = dict(said.numbers)
    if did.kind == "working":
        zh += (
            f";近 15 秒内 {did.active_share:.0%} 的时间有动作,"
            f"动作范围为机身高的 {did.wander_h:.2f} 倍"
        )
        en += f"; moved in {did.active_share:.0%} of the last 15 s, over {did.wander_h:.2f} heights"
        numbers |= {
            "active_share": did.active_share,
            "stir_share": did.stir_share,
            "wander_heights_share": did.wander_h,
        }
    return Transition(said.kind, said.at_s, said.level, zh, en, said.track_id, said.label, numbers)
