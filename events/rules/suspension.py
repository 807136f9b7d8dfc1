"""Pictures that decide nothing: while a camera's picture is at fault, its other rules wait.

Their clocks stand, nothing opens and nothing ends. What shows nothing at all is believed at once;
what one look may mistake (a lorry close to the lens looks like a turned camera) must last.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from events.rules.camera_fault import FAULTS
from events.rules.gate import Held
from events.rules.state import looked_s
from vision.camera_watch import FAULT_AFTER_S, Condition, Fault

SUSPENDS_AFTER_S: Mapping[Fault, float] = {
    "black": 0.0,
    "blinded": 0.0,
    "covered": 0.0,
    "moved": 3.0,
    "frozen": FAULT_AFTER_S["frozen"],
    "defocused": FAULT_AFTER_S["defocused"],
}
"""How long each fault must have lasted before pictures are not believed. Cars that fill the view
from above look moved for up to 2 s (measured); the rules' own times are longer than 3 s."""
WELL_S = 2.0
"""A picture counts again when it has been well for so long."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """What is known of a camera's pictures; `Suspension()` is the beginning.

    `fault` is the one that lasts, or lasted until `well_s` seconds ago; `holds`: the rules wait.
    """

    now_s: float | None = None
    fault: Fault | None = None
    lasted_s: float = 0.0
    well_s: float = 0.0
    holds: bool = False

    @property
    def held(self) -> Held | None:
        """Why the rules wait; None where they do not."""
        if not self.holds or self.fault is None:
            return None
        zh, en = FAULTS[self.fault]
        return Held(f"{zh},暂停判断", f"suspended: {en}")


def step(state: Suspension, seen: Condition, now: float) -> Suspension:
    """Take the camera's condition at capture time `now`, seconds in rising order."""
    gap_s = looked_s(state.now_s, now)
    state = replace(state, now_s=now)
    if seen.fault is None:
        well_s = state.well_s + gap_s
        only_rested = state.fault == "frozen" and not state.holds  # dark scenes do for seconds
        if state.fault is None or well_s >= WELL_S or only_rested:
            return Suspension(now)
        return replace(state, well_s=well_s)
    lasted_s = 0.0 if state.fault is None else state.lasted_s + gap_s
    holds = state.holds or lasted_s >= SUSPENDS_AFTER_S[seen.fault]
    return Suspension(now, seen.fault, lasted_s, 0.0, holds)
