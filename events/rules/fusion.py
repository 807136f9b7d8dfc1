"""Fusion: two independent sources of one place that alarm within a minute are red, at once.

A source is what alarms (a camera's rule, a sensor), its device what it hangs on: two rules of one
camera are not independent. A source is evidence from its opening until it was last known to alarm;
the gap between two sources is the time between these spans, whatever came first and whatever was
heard of first. What fuses is one incident: the second joins the one that is open, raises it, and
it ends with the last of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, Self

from events.rules.family import LEVELS, ROUNDING_S, Kind, Level

WITHIN_S = 60.0
FUSED: Level = "red"

AlarmKind = Literal["opened", "raised", "lowered", "ended", "quiet", "again"]
"""`quiet`: the source no longer alarms though its incident is open; `again`: it does once more."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What a source says. `at_s`: Unix seconds of the evidence; of `ended`, of the last of it.

    `incident_id`: the name under which the source would open an incident of its own.
    """

    source: str
    device: str
    label: str
    kind: AlarmKind
    at_s: float
    level: Level
    incident_id: str


@dataclass(frozen=True, slots=True)
class Member:
    """A source as it was last heard of; it alarmed from `since_s` to `last_s` (None: it does)."""

    source: str
    device: str
    label: str
    since_s: float
    last_s: float | None
    incident_id: str
    is_open: bool = True

    def gap_s(self, at_s: float) -> float:
        """Seconds between this source's alarm and a moment; 0 where it alarmed then."""
        after_s = 0.0 if self.last_s is None else at_s - self.last_s
        return max(0.0, after_s, self.since_s - at_s)


@dataclass(frozen=True, slots=True)
class FusionState:
    """What is known of one place. `levels` of open incidents; `fused`: those that were fused."""

    members: tuple[Member, ...] = ()
    levels: Mapping[str, Level] = field(default_factory=dict)
    fused: frozenset[str] = frozenset()

    def to_json(self) -> dict[str, Any]:
        """Plain numbers, strings, lists and dictionaries."""
        return {
            "members": [asdict(member) for member in self.members],
            "levels": dict(self.levels),
            "fused": sorted(self.fused),
        }

    def of(self, source: str) -> Member | None:
        """A source, if it was heard of."""
        return next((one for one in self.members if one.source == source), None)

    def holders(self, incident_id: str) -> tuple[Member, ...]:
        """The sources that hold an incident open."""
        return tuple(m for m in self.members if m.is_open and m.incident_id == incident_id)

    def only(self, sources: frozenset[str]) -> Self:
        """Without sources that the settings no longer name: nobody would ever end them."""
        return replace(self, members=tuple(m for m in self.members if m.source in sources))


@dataclass(frozen=True, slots=True)
class Told:
    """What becomes of it: a step of incident `incident_id`. `partners`: whom it fused with."""

    kind: Kind
    incident_id: str
    level: Level
    partners: tuple[Member, ...] = ()


def step(state: FusionState, alarm: Alarm) -> tuple[FusionState, Told | None]:
    """Take what a source says; None where there is nothing to be told."""
    if alarm.kind == "opened":
        return _open(state, alarm)
    member = state.of(alarm.source)
    if member is None or not member.is_open:
        return state, _alone(alarm)
    if alarm.kind == "ended":
        return _end(state, member, alarm)
    if alarm.kind == "quiet":
        return _put(state, replace(member, last_s=max(member.since_s, alarm.at_s))), None
    if alarm.kind == "again":
        return _again(state, member, alarm)
    return _grade(state, member, alarm)


def words(told: Told, at_s: float) -> tuple[str, str, dict[str, float]]:
    """With whom it fused and by how much apart: Chinese, English, numbers."""
    gap_s = min(one.gap_s(at_s) for one in told.partners)
    count = 1 + len({one.device for one in told.partners})
    zh = "、".join(f"{one.source} ({one.label})" for one in told.partners)
    en = ", ".join(f"{one.source} ({one.label})" for one in told.partners)
    return (
        f";与 {zh} 相隔 {gap_s:.1f} 秒,{count} 个独立来源在 {WITHIN_S:g} 秒内同时报警,升为红色",
        f"; {gap_s:.1f} s apart from {en}: {count} independent sources within {WITHIN_S:g} s "
        "are red",
        {"gap_s": gap_s, "sources_count": float(count)},
    )


def _alone(alarm: Alarm) -> Told | None:
    """A source that is not known here, as when fusion was just set up: told as it is."""
    if alarm.kind in ("quiet", "again"):
        return None
    return Told(alarm.kind, alarm.incident_id, alarm.level)  # type: ignore[arg-type] # a Kind then


def _open(state: FusionState, alarm: Alarm) -> tuple[FusionState, Told]:
    state = _without(state, alarm.source)
    partners = _partners(state, alarm.device, alarm.at_s)
    joined = _joined(state, partners)
    incident_id = joined or alarm.incident_id
    level = FUSED if partners else alarm.level
    begun = Member(alarm.source, alarm.device, alarm.label, alarm.at_s, None, incident_id)
    state = _put(state, begun, level=level, fused=bool(partners))
    kind: Kind = "opened" if joined is None else "raised"
    return state, Told(kind, incident_id, level, partners)


def _partners(state: FusionState, device: str, at_s: float) -> tuple[Member, ...]:
    near = [m for m in state.members if m.device != device]
    return tuple(m for m in near if m.gap_s(at_s) <= WITHIN_S + ROUNDING_S)


def _joined(state: FusionState, partners: tuple[Member, ...]) -> str | None:
    """The open incident of the partners; one that was fused goes before, then the youngest."""
    there = [one for one in partners if state.holders(one.incident_id)]
    best = max(there, key=lambda m: (m.incident_id in state.fused, m.since_s), default=None)
    return None if best is None else best.incident_id


def _again(state: FusionState, member: Member, alarm: Alarm) -> tuple[FusionState, Told | None]:
    """It alarms once more, its incident still open; others may have opened theirs meanwhile."""
    since_s = member.since_s if member.gap_s(alarm.at_s) <= WITHIN_S else alarm.at_s
    member = replace(member, since_s=since_s, last_s=None)
    state = _put(state, member)
    partners = _partners(state, member.device, alarm.at_s)
    if not partners or member.incident_id in state.fused:
        return state, None
    open_ids = [member.incident_id, *(p.incident_id for p in partners if p.is_open)]
    raised = next((i for i in open_ids if state.levels.get(i, FUSED) != FUSED), None)
    levels = state.levels if raised is None else {**state.levels, raised: FUSED}
    state = replace(state, levels=levels, fused=state.fused | frozenset(open_ids))
    return state, None if raised is None else Told("raised", raised, FUSED, partners)


def _grade(state: FusionState, member: Member, alarm: Alarm) -> tuple[FusionState, Told | None]:
    """Raised or lowered by its own rule: told where it changes the incident's level."""
    was = state.levels.get(member.incident_id, alarm.level)
    rises = LEVELS.index(alarm.level) > LEVELS.index(was)
    alone = len(state.holders(member.incident_id)) == 1 and member.incident_id not in state.fused
    if not rises and not (alarm.kind == "lowered" and alone):
        return state, None
    kind: Kind = "raised" if rises else "lowered"
    return _put(state, member, level=alarm.level), Told(kind, member.incident_id, alarm.level)


def _end(state: FusionState, member: Member, alarm: Alarm) -> tuple[FusionState, Told | None]:
    last_s = max(member.since_s, alarm.at_s) if member.last_s is None else member.last_s
    state = _put(state, replace(member, last_s=last_s, is_open=False))
    if state.holders(member.incident_id):
        return state, None
    level = state.levels.get(member.incident_id, alarm.level)
    levels = {k: v for k, v in state.levels.items() if k != member.incident_id}
    state = replace(state, levels=levels, fused=state.fused - {member.incident_id})
    return state, Told("ended", member.incident_id, level)


def _without(state: FusionState, source: str) -> FusionState:
    return replace(state, members=tuple(m for m in state.members if m.source != source))


def _put(
    state: FusionState, member: Member, *, level: Level | None = None, fused: bool = False
) -> FusionState:
    state = _without(state, member.source)
    levels = dict(state.levels)
    if level is not None:
        levels[member.incident_id] = level
    marked = state.fused | ({member.incident_id} if fused else frozenset())
    return FusionState((*state.members, member), levels, marked)
