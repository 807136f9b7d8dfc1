"""A recording takes as long as what it shows."""

from __future__ import annotations

import threading

from cameras.clock import Clock
from cameras.slices import Raw


class Pace:
    """Plays a recording at the speed at which it was taken."""

    def __init__(self, clock: Clock, stop: threading.Event) -> None:
        self._clock, self._stop = clock, stop
        self._ahead_s: float | None = None

    def wait_for(self, raw: Raw) -> None:
        """Wait until the packet is due."""
        if raw.pts_s is None:
            return
        now_s = self._clock.monotonic()
        if self._ahead_s is None:
            self._ahead_s = now_s - raw.pts_s
        due_s = raw.pts_s + self._ahead_s
        if due_s > now_s:
            self._clock.wait(self._stop, due_s - now_s)
