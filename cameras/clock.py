"""The only clock of this room: when was this packet's picture taken?

A stream's timestamps say how far apart pictures are; when they arrive says when that was. The
network only ever delays, so the least delay of the last seconds is the truth about the offset
between the two, and it is followed by slewing: capture times never run backwards.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import threading
import time
from collections import deque
from dataclasses import dataclass
from typing import Literal, Protocol

from cameras.types import ClockStep

STEP_S = 1.0
_JUMP_S = 2.0
_WINDOW_S = 10.0
_BUCKET_S = 1.0
_MOST_SLEW = 0.1
_REMEMBERED = 64
_LEAST_ADVANCE_S = 0.001


class Clock(Protocol):
    """What the room asks the time; tests bring their own."""

    def monotonic(self) -> float:
        """Seconds on the box's monotone clock."""

    def utc(self) -> float:
        """Unix seconds."""

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        """Wait, at most until `stop` is set; whether it is."""


class SystemClock:
    """The box's own clocks."""

    def monotonic(self) -> float:
        """Seconds on the box's monotone clock."""
        return time.monotonic()

    def utc(self) -> float:
        """Unix seconds."""
        return time.time()  # noqa: TID251 - this is the clock

    def wait(self, stop: threading.Event, seconds: float) -> bool:
        """Wait, at most until `stop` is set; whether it is."""
        return stop.wait(seconds)


@dataclass(frozen=True, slots=True)
class Stamp:
    """Capture time of one packet, monotone and UTC, and the camera's clock against the box's."""

    mono_s: float
    captured_s: float
    camera_clock_offset_ms: int | None


class CaptureClock:
    """Gives the packets of one connection their capture times.

    `reorders`: the stream has B-frames, so timestamps run back a little in the order of arrival.
    `not_before_s`: newest capture time that the camera's last connection gave.
    """

    def __init__(self, *, reorders: bool, not_before_s: float = float("-inf")) -> None:
        self._reorders = reorders
        self._floor_s = not_before_s
        self._newest_s = not_before_s
        self._offset_s: float | None = None
        self._newest_pts_s = 0.0
        self._last_arrival_s = 0.0
        self._recent: deque[float] = deque(maxlen=_REMEMBERED)
        self._least = _LeastDelay()
        self._camera_offset_ms: int | None = None
        self.jumps = 0

    def stamp(
        self,
        pts_s: float | None,
        arrived_s: float,
        utc_offset_s: float,
        camera_s: float | None = None,
    ) -> Stamp:
        """Take the next packet in order of arrival.

        `pts_s` is its timestamp, `arrived_s` the monotone time of its arrival, `utc_offset_s` UTC
        minus monotone time, `camera_s` the camera's own UTC for this picture where it says so.
        """
        if self._offset_s is None:
            pts_s = 0.0 if pts_s is None else pts_s
            self._anchor(pts_s, max(arrived_s, self._floor_s + _LEAST_ADVANCE_S))
        elif pts_s is None or self._is_jump(pts_s, arrived_s):
            pts_s = self._newest_pts_s if pts_s is None else pts_s
            self.jumps += 1
            self._anchor(pts_s, self._expected_s(arrived_s))
        else:
            self._follow(pts_s, arrived_s)
        assert self._offset_s is not None  # noqa: S101 - anchored above; for the type checker
        mono_s = pts_s + self._offset_s
        self._remember(pts_s, arrived_s, mono_s)
        captured_s = mono_s + utc_offset_s
        if camera_s is not None:
            self._camera_offset_ms = round((camera_s - captured_s) * 1000)
        return Stamp(mono_s, captured_s, self._camera_offset_ms)

    @property
    def newest_s(self) -> float:
        """The newest capture time given, monotone seconds."""
        return self._newest_s

    def _is_jump(self, pts_s: float, arrived_s: float) -> bool:
        if pts_s in self._recent:
            return True
        if pts_s <= self._newest_pts_s:
            return not self._reorders or self._newest_pts_s - pts_s > _JUMP_S
        ahead_s = (pts_s - self._newest_pts_s) - (arrived_s - self._last_arrival_s)
        return abs(ahead_s) > _JUMP_S and pts_s - self._newest_pts_s > _JUMP_S

    def _expected_s(self, arrived_s: float) -> float:
        """Where a packet belongs whose timestamp says nothing: as late as the one before it."""
        usual_delay_s = max(0.0, self._last_arrival_s - self._newest_s)
        return max(self._newest_s + _LEAST_ADVANCE_S, arrived_s - usual_delay_s)

    def _anchor(self, pts_s: float, mono_s: float) -> None:
        self._offset_s = mono_s - pts_s
        self._recent.clear()
        self._least.clear()
        self._newest_pts_s = pts_s

    def _follow(self, pts_s: float, arrived_s: float) -> None:
        """Slew towards the least delay, by at most a tenth of the time that passes."""
        assert self._offset_s is not None  # noqa: S101 - only called when anchored
        target_s = self._least.take(arrived_s, arrived_s - pts_s)
        advance_s = max(0.0, pts_s - self._newest_pts_s)
        error_s = target_s - self._offset_s
        most_s = _MOST_SLEW * advance_s
        self._offset_s += max(-most_s, min(most_s, error_s))

    def _remember(self, pts_s: float, arrived_s: float, mono_s: float) -> None:
        self._recent.append(pts_s)
        self._newest_pts_s = max(self._newest_pts_s, pts_s)
        self._newest_s = max(self._newest_s, mono_s)
        self._last_arrival_s = arrived_s


class _LeastDelay:
    """The least of arrival minus timestamp over the last ten seconds, in buckets of one."""

    def __init__(self) -> None:
        self._buckets: deque[tuple[float, float]] = deque()

    def clear(self) -> None:
        self._buckets.clear()

    def take(self, arrived_s: float, delay_s: float) -> float:
        if self._buckets and arrived_s - self._buckets[-1][0] < _BUCKET_S:
            start_s, least_s = self._buckets[-1]
            self._buckets[-1] = (start_s, min(least_s, delay_s))
        else:
            self._buckets.append((arrived_s, delay_s))
        while arrived_s - self._buckets[0][0] > _WINDOW_S:
            self._buckets.popleft()
        return min(least for _, least in self._buckets)


class StepWatch:
    """Notices when the wall clock is set: it moved more than 1 s against the monotone one."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_s = clock.utc() - clock.monotonic()

    def look(self) -> ClockStep | None:
        """A step since the last look. Slow corrections are followed silently."""
        mono_s = self._clock.monotonic()
        offset_s = self._clock.utc() - mono_s
        by_s, self._offset_s = offset_s - self._offset_s, offset_s
        return ClockStep(by_s, mono_s) if abs(by_s) > STEP_S else None


@dataclass(frozen=True, slots=True)
class ClockQuality:
    """How far the box's clock can be trusted. `error_ms` is None where nobody knows."""

    source: Literal["ntp", "none"]
    synced: bool
    error_ms: int | None


class _Timex(ctypes.Structure):
    """`struct timex` of adjtimex(2), as far as it is read; the rest is room for the kernel."""

    _fields_ = (
        ("modes", ctypes.c_uint),
        ("offset", ctypes.c_long),
        ("freq", ctypes.c_long),
        ("maxerror", ctypes.c_long),
        ("esterror", ctypes.c_long),
        ("status", ctypes.c_int),
        ("rest", ctypes.c_long * 40),
    )


_STA_UNSYNC = 0x0040
_TIME_ERROR = 5


def clock_quality() -> ClockQuality:
    """Ask the kernel whether the clock is disciplined, and its own bound of the error."""
    try:
        timex = _Timex()
        libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
        state = int(libc.adjtimex(ctypes.byref(timex)))
    except (OSError, AttributeError):
        return ClockQuality("none", synced=False, error_ms=None)
    if state < 0 or state == _TIME_ERROR or timex.status & _STA_UNSYNC:
        return ClockQuality("none", synced=False, error_ms=None)
    return ClockQuality("ntp", synced=True, error_ms=-(-int(timex.maxerror) // 1000))
