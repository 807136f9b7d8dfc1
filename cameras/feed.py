"""One stream of a camera, kept alive for ever: a thread that only demuxes into a ring."""

from __future__ import annotations

import random
import threading
from collections import deque
from collections.abc import Callable

import structlog

from cameras.capture import CaptureClock
from cameras.clock import Clock
from cameras.errors import SourceError, StreamEnded
from cameras.pace import Pace
from cameras.retry import Backoff
from cameras.ring import PacketRing
from cameras.rtsp import AvSource, Source
from cameras.settings import StreamSettings
from cameras.slices import Raw
from cameras.types import Back, Lost, Packet, StreamInfo

_log = structlog.get_logger()

_SETTLE_S = 0.3
"""So long a new connection is only listened to: its first packets were waiting, late."""

Opener = Callable[[StreamSettings], Source]


class Feed:
    """Pulls a stream, again and again, and keeps its last packets.

    `name` is what the log calls it. Any thread may read; `start` starts the one that writes.
    """

    def __init__(
        self,
        name: str,
        settings: StreamSettings,
        clock: Clock,
        *,
        keep_s: float,
        cap_bytes: int,
        opener: Opener = AvSource,
        chance: random.Random | None = None,
    ) -> None:
        self.name, self.settings = name, settings
        self.lost: Lost | None = None
        self._clock, self._opener = clock, opener
        self._backoff = Backoff(chance or random.Random())  # noqa: S311 - jitter, no secret
        self._ring = PacketRing(keep_s, cap_bytes)
        self._changed = threading.Condition()
        self._notices: deque[tuple[int, Lost | Back]] = deque()
        self._stop = threading.Event()
        self._dismissed: SourceError | None = None
        self._on_probation = False
        self._next_index = 0
        self._wanted = 0
        self._bug: Exception | None = None
        self._newest_s = float("-inf")
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to pull."""
        self._thread = threading.Thread(
            target=self._run_thread, name=f"feed {self.name}", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop pulling. Returns at once where the stream flows, else within its time-outs."""
        self._stop.set()
        with self._changed:
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(
                1 + max(self.settings.read_timeout_s, self.settings.connect_timeout_s)
            )

    def dismiss(self, fault: SourceError) -> None:
        """End the present connection because of `fault`; it is tried again like any loss.

        It counts as back only by `approve`: that packets come proves nothing about a picture.
        """
        self._on_probation = True
        self._dismissed = fault

    def approve(self) -> Back | None:
        """The pictures of a dismissed source are alive again; its return, once."""
        if not self._on_probation:
            return None
        self._on_probation = False
        return self._end_loss(self._clock.monotonic())

    def _run_thread(self) -> None:
        try:
            self.run()
        except Exception as bug:  # noqa: BLE001 - it belongs to the thread that watches
            with self._changed:
                self._bug = bug
                self._changed.notify_all()

    def run(self) -> None:
        """Pull until closed; what `start` runs in a thread."""
        while not self._stop.is_set():
            started_s = self._clock.monotonic()
            fault = self._one_connection()
            if self._stop.is_set():
                return
            now_s = self._clock.monotonic()
            self._say_lost(fault, now_s)
            self._clock.wait(self._stop, self._backoff.wait_s(fault, lasted_s=now_s - started_s))

    def next(self, cursor: int, wait_s: float, *, patience: int = 0) -> Packet | Lost | Back | None:
        """The next thing at or after packet `cursor`, None if nothing came for `wait_s`.

        Where the ring has already forgotten `cursor`, its oldest packet comes instead. One who
        waits is woken by a key frame or a notice, else only when `patience` more packets are there:
        being woken for each costs more than the packet.
        """
        with self._changed:
            self._wanted = cursor + patience
            self._changed.wait_for(lambda: self._has(cursor), wait_s)
            if self._bug is not None:
                raise RuntimeError(f"the feed of {self.name} broke") from self._bug
            if self._notices and self._notices[0][0] <= cursor:
                return self._notices.popleft()[1]
            first = self._ring.first_index()
            return None if first is None else self._ring.get(max(cursor, first))

    def read(self) -> list[Packet]:
        """All packets that are held, oldest first; the first is a key frame."""
        with self._changed:
            return self._ring.packets()

    def group_until(self, index: int) -> list[Packet]:
        """Packets from the last key frame at or before `index` up to it."""
        with self._changed:
            return self._ring.group_until(index)

    def newest_s(self) -> float:
        """Capture time of the newest picture, monotone seconds; minus infinity before the first."""
        return self._newest_s

    def newest_key(self) -> int | None:
        """Index of the newest key frame."""
        with self._changed:
            return self._ring.newest_key()

    def _has(self, cursor: int) -> bool:
        newest = self._ring.newest()
        return (
            self._stop.is_set()
            or self._bug is not None
            or bool(self._notices and self._notices[0][0] <= cursor)
            or (newest is not None and newest.index >= cursor)
        )

    def _one_connection(self) -> SourceError:
        """Pull from opening to loss; why it was lost."""
        self._dismissed = None
        try:
            with self._opener(self.settings) as source:
                self._pull(source)
        except SourceError as fault:
            return fault
        return self._dismissed or StreamEnded(f"{self.settings.safe_url}: closed")

    def _pull(self, source: Source) -> None:
        stamps = CaptureClock(
            reorders=source.info.reorders,
            not_before_s=self._newest_s,
            held=0 if self.settings.is_file else 1,
        )
        pace = Pace(self._clock, self._stop) if self.settings.is_file else None
        first: list[tuple[Raw, float]] = []
        settled = began = False
        for raw in source.packets():
            if pace:
                pace.wait_for(raw)
            if self._stop.is_set() or self._dismissed:
                return
            began = began or raw.is_key
            if not began:
                continue
            now_s = self._clock.monotonic()
            if settled:
                self._take(raw, now_s, source.info, stamps)
                continue
            first.append((raw, now_s))
            settled = now_s - first[0][1] >= _SETTLE_S
            if settled:
                stamps.begin([(early.pts_s, at_s) for early, at_s in first])
                for early, at_s in first:
                    self._take(early, at_s, source.info, stamps)

    def _take(self, raw: Raw, now_s: float, info: StreamInfo, stamps: CaptureClock) -> None:
        offset_s = self._clock.utc() - self._clock.monotonic()
        stamp = stamps.stamp(raw.pts_s, now_s, offset_s, raw.camera_s)
        self._newest_s = stamps.newest_s
        packet = Packet(
            index=self._next_index,
            stream=info,
            is_key=raw.is_key,
            data=raw.data,
            mono_s=stamp.mono_s,
            captured_s=stamp.captured_s,
            camera_clock_offset_ms=stamp.camera_clock_offset_ms,
        )
        if not self._on_probation and (back := self._end_loss(now_s)):
            self._notice(back)
        with self._changed:
            self._ring.append(packet)
            self._next_index += 1
            if packet.is_key or packet.index >= self._wanted:
                self._changed.notify_all()

    def _say_lost(self, fault: SourceError, now_s: float) -> None:
        lost = Lost(self.settings.scrub(str(fault)), fault.remedy, now_s)
        if self.lost is not None:
            self.lost = Lost(lost.reason, lost.remedy, self.lost.mono_s)
            return
        self.lost = lost
        _log.warning("camera lost", camera=self.name, reason=lost.reason, remedy=lost.remedy)
        self._notice(lost)

    def _end_loss(self, now_s: float) -> Back | None:
        if self.lost is None:
            return None
        away_s = now_s - self.lost.mono_s
        self.lost = None
        _log.info("camera back", camera=self.name, away_s=round(away_s, 1))
        return Back(away_s, now_s)

    def _notice(self, notice: Lost | Back) -> None:
        with self._changed:
            self._notices.append((self._next_index, notice))
            self._changed.notify_all()
