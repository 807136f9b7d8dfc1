"""A camera: what it sees, when it is gone, and the media of an event."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from functools import partial
from typing import Self

import structlog

from cameras.clip import cut, is_complete
from cameras.clock import Clock, StepWatch, SystemClock
from cameras.codec import crop_of
from cameras.decode import DecodePolicy, Gate, Look, Looker
from cameras.errors import Frozen, SnapshotError
from cameras.feed import Feed, Opener
from cameras.health import FrozenWatch
from cameras.lag import Lag
from cameras.rtsp import AvSource
from cameras.settings import StreamSettings
from cameras.snapshot import encode, shot_of_index, shot_of_instant
from cameras.types import Back, Clip, Frame, Happening, Lost, Packet, Snapshot, Tick
from vision.motion import MotionGate

_log = structlog.get_logger()

_TICK_S = 1.0
_PATIENCE = 5
"""Packets that may gather between key frames while nothing moves."""


class Camera:
    """One camera over one or two streams; see `watch`.

    `analyse` is looked at; `record` (default: the same stream) is only kept, for snapshots and
    clips at its resolution. The last `keep_s` seconds are kept in at most `cap_bytes` a stream. Use
    as a context manager, or `close` it. `watch`, `attend` and `snapshot` belong to one thread; any
    may ask for clips.
    """

    def __init__(
        self,
        id: str,
        analyse: StreamSettings,
        record: StreamSettings | None = None,
        *,
        policy: DecodePolicy | None = None,
        clock: Clock | None = None,
        gate: Gate | None = None,
        keep_s: float = 40.0,
        cap_bytes: int = 48_000_000,
        opener: Opener = AvSource,
        chance: random.Random | None = None,
    ) -> None:
        self.id = id
        self._clock = clock or SystemClock()
        self._policy = policy or DecodePolicy()

        def feed(name: str, settings: StreamSettings) -> Feed:
            return Feed(
                name,
                settings,
                self._clock,
                keep_s=keep_s,
                cap_bytes=cap_bytes,
                opener=opener,
                chance=chance,
            )

        self._analysed = feed(id, analyse)
        self._recorded = feed(f"{id} record", record) if record else self._analysed
        self._lag = Lag(self._policy.behind_s, self._analysed.newest_s)
        self._looker = Looker(
            self._policy, gate or MotionGate(), self._analysed.group_until, self._lag
        )
        self._frozen = FrozenWatch()
        self._steps = StepWatch(self._clock)
        self._latest: Look | None = None
        self._closed = threading.Event()
        self._said_sparse = False
        self._frame_age_s = 0.0

    def watch(self) -> Iterator[Happening]:
        """What happens, for ever: until `close`. Frames come in order of capture.

        `Tick` comes about once a second while there is nothing to look at.
        """
        self._start()
        cursor = 0
        ticked_s = self._clock.monotonic()
        while not self._closed.is_set():
            if step := self._steps.look():
                _log.warning("clock stepped", camera=self.id, by_s=round(step.by_s, 3))
                yield step
            patience = 0 if self._looker.awake else _PATIENCE
            item = self._analysed.next(cursor, _TICK_S, patience=patience)
            if isinstance(item, Packet):
                packet = self._catch_up(cursor, item)
                cursor = packet.index + 1
                yield from self._frames(packet)
                self._say_if_sparse()
            elif item is not None:
                yield item
            if (now_s := self._clock.monotonic()) - ticked_s >= _TICK_S:
                ticked_s = now_s
                yield Tick(now_s)

    def attend(self, until_mono_s: float) -> None:
        """The rules want every beat until then, motion or not."""
        self._looker.attend(until_mono_s)

    def snapshot(self, frame: Frame) -> Snapshot:
        """The frame's instant at native resolution, from the record stream where there is one.

        Falls back to the analysed frame itself. Raises `SnapshotError` when neither is left.
        """
        look = self._latest
        own = look if look is not None and look.packet.index == frame.index else None
        if self._recorded is self._analysed:
            shot = encode(own.packet, own.native) if own else None
            shot = shot or shot_of_index(self._analysed.read(), frame.index)
        else:
            shot = shot_of_instant(self._recorded.read(), frame.mono_s)
            if shot is None and own is not None:
                shot = encode(own.packet, own.native)
        if shot is None:
            raise SnapshotError(f"camera {self.id}: the picture of frame {frame.index} is gone")
        return shot

    def clip_ready(self, around_mono_s: float, after_s: float = 10.0) -> bool:
        """Whether `clip` would give all it ever can: the time is over, or the stream is."""
        return is_complete(
            self._recorded.read(),
            around_mono_s + after_s,
            lost=self._recorded.lost is not None,
            now_s=self._clock.monotonic(),
        )

    def clip(self, around_mono_s: float, before_s: float = 5.0, after_s: float = 10.0) -> Clip:
        """Cut the packets around an instant into an mp4, unchanged.

        It starts at the key frame at or before `before_s` earlier and holds the frame at
        `around_mono_s`. Cuts what there is by now. Raises `ClipError` when that frame is gone.
        """
        lost = self._recorded.lost
        return cut(
            self._recorded.read(),
            around_mono_s,
            before_s,
            after_s,
            why_short=lost.reason if lost else "the clip was cut before its end",
        )

    @property
    def lost(self) -> Lost | None:
        """Why the analysed stream is gone at present (the newest reason); None if it is here."""
        return self._analysed.lost

    @property
    def record_lost(self) -> Lost | None:
        """Why the recorded stream is gone at present; None if it is here."""
        return self._recorded.lost

    @property
    def frame_age_s(self) -> float:
        """Age of the newest analysed frame when it was handed out, in seconds."""
        return self._frame_age_s

    @property
    def skipped(self) -> int:
        """Frames that came too late to be looked at."""
        return self._looker.skipped

    @property
    def damaged(self) -> int:
        """Frames that could not be decoded whole."""
        return self._looker.damaged

    def close(self) -> None:
        """Stop watching and pulling."""
        self._closed.set()
        self._analysed.close()
        if self._recorded is not self._analysed:
            self._recorded.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _start(self) -> None:
        self._analysed.start()
        if self._recorded is not self._analysed:
            self._recorded.start()

    def _catch_up(self, cursor: int, packet: Packet) -> Packet:
        """Jump to the newest key frame when even decoding cannot keep up."""
        if packet.index > cursor:
            self._looker.restart()
        if self._lag.is_hopeless(packet.mono_s):
            key = self._analysed.newest_key()
            newer = self._analysed.next(key, 0) if key is not None and key > packet.index else None
            if isinstance(newer, Packet):
                self._looker.restart()
                return newer
        return packet

    def _say_if_sparse(self) -> None:
        distance_s = self._looker.key_distance_s
        if distance_s > self._policy.blind_s and not self._said_sparse:
            self._said_sparse = True
            _log.info(
                "key frames far apart, so everything is decoded",
                camera=self.id,
                distance_s=round(distance_s, 1),
                remedy="set the camera's key frame interval to 2 s: it costs less here",
            )

    def _frames(self, packet: Packet) -> Iterator[Frame | Back]:
        for look in self._looker.take(packet):
            if self._frozen.step(look.grey, look.packet.mono_s, is_key=look.packet.is_key):
                seconds = self._frozen.same_for_s
                self._analysed.dismiss(Frozen(f"frozen: the same picture for {seconds:.0f} s"))
                continue
            if self._frozen.same_for_s == 0 and (back := self._analysed.approve()):
                yield back
            self._latest = look
            self._frame_age_s = self._clock.monotonic() - look.packet.mono_s
            yield frame_from(look)


def frame_from(look: Look) -> Frame:
    """What leaves this room of a look. The picture is read-only."""
    look.picture.setflags(write=False)
    return Frame(
        index=look.packet.index,
        captured_s=look.packet.captured_s,
        mono_s=look.packet.mono_s,
        picture=look.picture,
        native_px=(look.native.width, look.native.height),
        moving=look.moving,
        camera_clock_offset_ms=look.packet.camera_clock_offset_ms,
        crop=partial(crop_of, look.native),
    )
