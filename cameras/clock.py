"""The only place of this room where the time is asked, and how good the answer is."""

from __future__ import annotations

import ctypes
import ctypes.util
import threading
import time
from dataclasses import dataclass
from typing import Literal, Protocol

from cameras.types import ClockStep

STEP_S = 1.0


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
