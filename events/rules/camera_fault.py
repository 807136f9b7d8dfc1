"""A camera that cannot see what it was put there to see: moved, covered, blinded, out of focus.

Each fault has a time of its own in which it may pass (a lorry before the lens, a hunting focus);
`after_s` of the rule comes on top where it is longer.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from events.rules.family import ROUNDING_S, Level, Transition, checked_times
from events.rules.state import Incident, Remembered, looked_s
from vision.camera_watch import FAULT_AFTER_S, Condition, Fault

MOST_ABSENCE_S = 3.0
"""A fault that was not found for so long begins anew."""
FAULTS: Mapping[str, tuple[str, str]] = {
    "black": ("画面全黑", "the picture is black"),
    "blinded": ("镜头被强光致盲", "the camera is blinded by light"),
    "covered": ("镜头被遮挡", "the lens is covered"),
    "defocused": ("画面失焦", "the picture is out of focus"),
    "moved": ("摄像机被移动或转向", "the camera was moved or turned"),
    "frozen": ("画面冻结", "the picture is frozen"),
}


@dataclass(frozen=True, slots=True)
class CameraFault:
    """A camera's picture is at fault; over when it has been well for `clear_s`.

    Raises `RuleError` for times that are not above 0.
    """

    id: str
    version: int
    zone_id: str
    classes: tuple[str, ...]
    after_s: float
    clear_s: float
    level: Level

    def __post_init__(self) -> None:
        checked_times(self)

    def due_s(self, fault: Fault) -> float:
        """How long this fault must last."""
        return max(self.after_s, FAULT_AFTER_S[fault])


@dataclass(frozen=True, slots=True)
class CameraFaultState(Remembered):
    """What the rule remembers; sums in seconds of observed time."""

    fault: Fault | None = None
    lasted_s: float = 0.0
    absent_s: float = 0.0
    quiet_s: float = 0.0

    @property
    def is_timing(self) -> bool:
        """Whether a clock runs, so that every frame is worth a look."""
        return self.fault is not None if self.incident is None else self.quiet_s > 0


def step(
    rule: CameraFault, state: CameraFaultState, seen: Condition, now: float
) -> tuple[CameraFaultState, tuple[Transition, ...]]:
    """Take one observation at capture time `now`. Time that does not advance is refused."""
    if state.is_late(now):
        return state.refusing(), ()
    gap_s = looked_s(state.now_s, now)
    state = _watched(replace(state, now_s=now), seen.fault, gap_s)
    if state.incident is not None:
        return _close(rule, state, state.incident, seen.fault, gap_s)
    return _open(rule, state, seen)


def _watched(state: CameraFaultState, fault: Fault | None, gap_s: float) -> CameraFaultState:
    """The clock of the fault that is there; another fault at once takes its clock over.

    A picture that changes is not frozen and never was: a dark still scene rests for seconds, too.
    """
    if fault is None:
        absent_s = state.absent_s + gap_s
        forgiven_s = 0.0 if state.fault == "frozen" else MOST_ABSENCE_S - ROUNDING_S
        if state.fault is None or absent_s >= forgiven_s:
            return replace(state, fault=None, lasted_s=0.0, absent_s=0.0)
        return replace(state, absent_s=absent_s, lasted_s=state.lasted_s + gap_s)
    lasted_s = 0.0 if state.fault is None else state.lasted_s + gap_s
    return replace(state, fault=fault, lasted_s=lasted_s, absent_s=0.0)


def _open(
    rule: CameraFault, state: CameraFaultState, seen: Condition
) -> tuple[CameraFaultState, tuple[Transition, ...]]:
    if seen.fault is None or state.lasted_s < rule.due_s(seen.fault) - ROUNDING_S:
        return state, ()
    now = state.now_s or 0.0
    zh_name, en_name = FAULTS[seen.fault]
    due_s = rule.due_s(seen.fault)
    zh = (
        f"{zh_name},已持续 {state.lasted_s:.0f} 秒(满 {due_s:g} 秒即报警);"
        "在恢复之前不能认为现场无事"
    )
    en = (
        f"{en_name} for {state.lasted_s:.0f} s (told after {due_s:g} s); "
        "until it is well again, silence means nothing"
    )
    numbers = {"lasted_s": state.lasted_s, "due_s": due_s}
    said = Transition("opened", now, rule.level, zh, en, 0, seen.fault, numbers)
    return replace(state, incident=Incident(now, 0, seen.fault), quiet_s=0.0), (said,)


def _close(
    rule: CameraFault,
    state: CameraFaultState,
    incident: Incident,
    fault: Fault | None,
    gap_s: float,
) -> tuple[CameraFaultState, tuple[Transition, ...]]:
    quiet_s = state.quiet_s + gap_s if fault is None else 0.0
    state = replace(state, quiet_s=quiet_s)
    if quiet_s < rule.clear_s - ROUNDING_S:
        return state, ()
    now = state.now_s or 0.0
    lasted_s = now - incident.opened_s
    zh = (
        f"画面恢复正常已 {quiet_s:.0f} 秒(满 {rule.clear_s:g} 秒即结束),"
        f"故障共持续 {lasted_s:.0f} 秒"
    )
    en = (
        f"the picture is well for {quiet_s:.0f} s (ends at {rule.clear_s:g} s); "
        f"open for {lasted_s:.0f} s"
    )
    numbers = {"quiet_s": quiet_s, "clear_s": rule.clear_s, "lasted_s": lasted_s}
    said = Transition("ended", now, rule.level, zh, en, 0, incident.label, numbers)
    return CameraFaultState(now, refused=state.refused), (said,)
