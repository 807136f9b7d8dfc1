"""When to run the detector: always while something happens, now and then while nothing does."""

from __future__ import annotations

IDLE_LOOK_S = 10.0


class Gaze:
    """Decides frame by frame. Times are monotone seconds of capture."""

    def __init__(self, idle_look_s: float = IDLE_LOOK_S) -> None:
        self._idle_look_s = idle_look_s
        self._looked_s = float("-inf")

    @property
    def looked_s(self) -> float:
        """When the detector was last wanted; -inf before the first time."""
        return self._looked_s

    def wants(self, now_s: float, *, moving: bool, busy: bool) -> bool:
        """Whether the detector should see this frame. `busy`: rules time something, or follow it.

        A camera is idle until something moves, so what stands still is looked at every ten
        seconds: a machine that was there when the box started must be found too.
        """
        if not (moving or busy or now_s - self._looked_s >= self._idle_look_s):
            return False
        self._looked_s = now_s
        return True
