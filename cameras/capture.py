"""When was this packet's picture taken? Pure: arrival times come in, capture times go out.

A stream's timestamps say how far apart pictures are; when they arrive says when that was. The
network only ever delays, so the least delay of the last seconds is the truth about the offset
between the two, and it is followed by slewing: capture times never run backwards.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

_JUMP_S = 2.0
_WINDOW_S = 10.0
_BUCKET_S = 1.0
_MOST_SLEW = 0.1
_REMEMBERED = 64
_LEAST_ADVANCE_S = 0.001
_LEAST_STEP_S = 1e-6


@dataclass(frozen=True, slots=True)
class Stamp:
    """Capture time of one packet, monotone and UTC, and the camera's clock against the box's."""

    mono_s: float
    captured_s: float
    camera_clock_offset_ms: int | None


class CaptureClock:
    """Gives the packets of one connection their capture times.

    `reorders`: the stream has B-frames, so timestamps run back a little in the order of arrival.
    `not_before_s`: newest capture time that the camera's last connection gave. `held`: frames that
    the demuxer keeps back; over RTP it sees the end of one only when the next begins.
    """

    def __init__(
        self, *, reorders: bool, not_before_s: float = float("-inf"), held: int = 0
    ) -> None:
        self._reorders, self._held = reorders, held
        self._held_s = 0.0
        self._floor_s = not_before_s
        self._newest_s = not_before_s
        self._anchored, self._fresh = False, True
        self._offset_s = 0.0
        self._newest_pts_s = 0.0
        self._last_arrival_s = 0.0
        self._recent: deque[float] = deque(maxlen=_REMEMBERED)
        self._least = _LeastDelay()
        self._camera_offset_ms: int | None = None
        self.jumps = 0

    def begin(self, seen: Sequence[tuple[float | None, float]]) -> None:
        """Learn from the first packets, (timestamp, arrival), before any is stamped.

        A connection begins with a burst of what was waiting while it was opened; only the last
        of them arrives when it was taken.
        """
        known = [(pts_s, arrived_s) for pts_s, arrived_s in seen if pts_s is not None]
        if not known or self._anchored:
            return
        shown = sorted(pts_s for pts_s, _ in known)
        gaps = [b - a for a, b in pairwise(shown) if b > a]
        frame_s = median(gaps) if gaps else 0.0
        self._held_s = self._held * frame_s
        first_s = shown[0] - (frame_s if seen[0][0] is None else 0.0)
        least_s = min(arrived_s - pts_s for pts_s, arrived_s in known) - self._held_s
        floor_s = self._floor_s + _LEAST_ADVANCE_S - first_s
        self._anchor(first_s, max(least_s, floor_s) + first_s)
        self._least.take(seen[-1][1] - self._held_s, least_s)

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
        if not self._anchored:
            self.begin([(0.0 if pts_s is None else pts_s, arrived_s)])
        arrived_s -= self._held_s
        if self._fresh:
            pts_s = self._newest_pts_s if pts_s is None else pts_s
            self._fresh = False
        elif pts_s is None or self._is_jump(pts_s, arrived_s):
            pts_s = self._newest_pts_s if pts_s is None else pts_s
            self.jumps += 1
            self._anchor(pts_s, self._expected_s(arrived_s))
        else:
            self._follow(pts_s, arrived_s)
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
        if pts_s < self._newest_pts_s + _LEAST_STEP_S:
            return not self._reorders or self._newest_pts_s - pts_s > _JUMP_S
        ahead_s = (pts_s - self._newest_pts_s) - (arrived_s - self._last_arrival_s)
        return abs(ahead_s) > _JUMP_S and pts_s - self._newest_pts_s > _JUMP_S

    def _expected_s(self, arrived_s: float) -> float:
        """Where a packet belongs whose timestamp says nothing: as late as the one before it."""
        usual_delay_s = max(0.0, self._last_arrival_s - self._newest_s)
        return max(self._newest_s + _LEAST_ADVANCE_S, arrived_s - usual_delay_s)

    def _anchor(self, pts_s: float, mono_s: float) -> None:
        self._anchored = True
        self._offset_s = mono_s - pts_s
        self._recent.clear()
        self._least.clear()
        self._newest_pts_s = pts_s

    def _follow(self, pts_s: float, arrived_s: float) -> None:
        """Slew towards the least delay, by at most a tenth of the time that passes."""
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
