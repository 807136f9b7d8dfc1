"""Which frames deserve a look: the decode policy.

Asleep, only key frames are decoded. Awake, everything is, and N frames a second are converted and
handed on. What wakes is motion between two key frames, a jump in packet size, or the rules. On
waking one goes *back* to the last key frame, so what passed between two key frames is seen all
the same, late by less than their distance.

Where key frames are so far apart that something could pass unseen between them, everything is
decoded all the time: dearer, and said so once. Packet sizes alone are no substitute: an encoder
that holds its bit rate makes large packets of a still scene.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from cameras.codec import Decoder, fit, picture_of
from cameras.hint import SizeHint
from cameras.lag import Lag
from cameras.types import Packet
from vision.motion import Motion
from vision.types import Picture

_SLACK_S = 0.002
"""Timestamps are rounded; a frame that is so little early is on the beat."""


@dataclass(frozen=True, slots=True)
class DecodePolicy:
    """How closely to look.

    `busy_fps` analysed frames a second while something moves, until `quiet_s` after it stopped. No
    stretch longer than `blind_s` goes undecoded, and none goes unanalysed. Pictures are scaled to
    `longest_side_px` at most. What is more than `behind_s` behind the newest packet when its turn
    comes is not looked at; looking back has credit for it.
    """

    busy_fps: float = 4.0
    quiet_s: float = 4.0
    blind_s: float = 2.5
    longest_side_px: int = 960
    behind_s: float = 0.7


class Gate(Protocol):
    """Something that tells motion from stillness: `vision.MotionGate`."""

    def step(self, grey: NDArray[np.uint8], now_s: float) -> Motion:
        """Take one picture; does anything move?"""


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One frame that was looked at. `grey` is the luma of `picture`."""

    packet: Packet
    native: av.VideoFrame = field(repr=False)
    picture: Picture = field(repr=False)
    grey: NDArray[np.uint8] = field(repr=False)
    moving: bool


class Looker:
    """Takes all packets of a camera in order and gives the frames that deserve a look.

    `group_until(index)` gives the packets from the last key frame up to that index; `lag` says
    which frames come too late to be converted (None: none does, as in a recording).
    """

    def __init__(
        self,
        policy: DecodePolicy,
        gate: Gate,
        group_until: Callable[[int], list[Packet]],
        lag: Lag | None = None,
    ) -> None:
        self._policy, self._gate = policy, gate
        self._group_until, self._lag = group_until, lag
        self._hint = SizeHint()
        self._decoder: Decoder | None = None
        self._awake_until_s: float | None = None
        self._alarm_open = False
        self._attend_until_s = float("-inf")
        self._last_look_s = float("-inf")
        self._due_s = float("-inf")
        self._last_given_s = float("-inf")
        self._moved = True
        self._gate_s = float("-inf")
        self._last_key: Packet | None = None
        self.skipped = 0
        self.key_distance_s = 0.0
        self._damaged_before = 0

    @property
    def awake(self) -> bool:
        """Whether every packet is being decoded."""
        return self._awake_until_s is not None

    @property
    def damaged(self) -> int:
        """Frames left out because they were damaged."""
        return self._damaged_before + (self._decoder.damaged if self._decoder else 0)

    def attend(self, until_mono_s: float) -> None:
        """Look at full rate until then, motion or not."""
        self._attend_until_s = max(self._attend_until_s, until_mono_s)

    def restart(self) -> None:
        """Packets were left out: the next one is a key frame."""
        self._sleep()
        self._last_key = None

    def take(self, packet: Packet) -> Iterator[Look]:
        """Take the next packet; the frames that it makes worth a look, in order of capture."""
        decoder = self._decoder_for(packet)
        jumps = not packet.is_key and self._hint.step(
            len(packet.data), packet.stream.size_px, still=not self._moved
        )
        if self.awake:
            yield from self._watch(decoder, packet)
        elif packet.is_key:
            yield from self._glance(decoder, packet)
        elif jumps:
            self._alarm_open = True
            yield from self._wake(decoder, packet, packet.index, self._policy.quiet_s / 4)
        elif self._is_attended(packet) or self._is_sparse(packet):
            yield from self._wake(decoder, packet, packet.index, 0.0)

    def finish(self) -> Iterator[Look]:
        """The recording is over: frames that the decoder still holds."""
        if self.awake and self._decoder is not None:
            for shown, frame in self._decoder.drain():
                yield from self._consider(shown, frame)

    def _decoder_for(self, packet: Packet) -> Decoder:
        if self._decoder is None or self._decoder.stream is not packet.stream:
            self._damaged_before = self.damaged
            self._decoder = Decoder(packet.stream)
            self._awake_until_s = None
            self._last_key = None
        return self._decoder

    def _glance(self, decoder: Decoder, packet: Packet) -> Iterator[Look]:
        """Asleep: look at a key frame alone."""
        before = self._last_key
        self._note_key(packet)
        if not self._is_due(packet):
            return
        frame = decoder.one(packet)
        if frame is None:
            return
        look = self._see(packet, frame)
        if look.moving or self._is_attended(packet):
            since = packet.index if before is None else before.index
            yield from self._wake(decoder, packet, since, self._policy.quiet_s)
        else:
            self._looked(packet, moving=look.moving)
            self._last_given_s = packet.mono_s
            yield look

    def _wake(self, decoder: Decoder, packet: Packet, since: int, for_s: float) -> Iterator[Look]:
        """Go back to the key frame before `since` and decode from there up to `packet`."""
        backlog = self._backlog(since, packet)
        if backlog and self._lag is not None:
            self._lag.looks_back(backlog[0].mono_s)
        decoder.reset()
        self._awake_until_s = packet.mono_s + for_s
        for earlier in backlog:
            yield from self._watch(decoder, earlier)

    def _backlog(self, since: int, packet: Packet) -> list[Packet]:
        group = self._group_until(packet.index)
        if since < packet.index and group and group[0].index > since:
            group = self._group_until(group[0].index - 1) + group
        together = [p for p in group if p.stream is packet.stream]
        return together or ([packet] if packet.is_key else [])

    def _watch(self, decoder: Decoder, packet: Packet) -> Iterator[Look]:
        """Awake: decode a packet and look at what is due."""
        if packet.is_key:
            self._note_key(packet)
        for shown, frame in decoder.feed(packet):
            yield from self._consider(shown, frame)
        if self._is_quiet(packet) and not self._hint.is_learning and not self._is_sparse(packet):
            self._sleep()

    def _consider(self, packet: Packet, frame: av.VideoFrame) -> Iterator[Look]:
        if not self._is_due(packet):
            return
        if self._lag is not None and self._lag.too_late(packet.mono_s):
            self.skipped += 1
            return
        look = self._see(packet, frame)
        self._looked(packet, moving=look.moving)
        if not look.moving and self._is_quiet(packet) and not self._is_overdue(packet):
            return
        self._last_given_s = packet.mono_s
        if look.moving and self._awake_until_s is not None:
            quiet_s = packet.mono_s + self._policy.quiet_s
            self._awake_until_s = max(self._awake_until_s, quiet_s)
        yield look

    def _see(self, packet: Packet, frame: av.VideoFrame) -> Look:
        """Convert and ask the gate. What was before its newest picture counts as moving."""
        size_px = fit((frame.width, frame.height), self._policy.longest_side_px)
        picture = picture_of(frame, size_px)
        grey = np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), dtype=np.uint8)
        moving = True
        if packet.mono_s > self._gate_s:
            moving = self._gate.step(grey, packet.mono_s).moving
            self._gate_s = packet.mono_s
            if moving and self._alarm_open:
                self._hint.learn(was_true=True)
                self._alarm_open = False
        return Look(packet, frame, picture, grey, moving)

    def _sleep(self) -> None:
        self._awake_until_s = None
        if self._alarm_open:
            self._hint.learn(was_true=False)
            self._alarm_open = False

    def _is_attended(self, packet: Packet) -> bool:
        return packet.mono_s <= self._attend_until_s

    def _note_key(self, packet: Packet) -> None:
        if self._last_key is not None and packet.index > self._last_key.index:
            self.key_distance_s = packet.mono_s - self._last_key.mono_s
        self._last_key = packet

    def _is_quiet(self, packet: Packet) -> bool:
        over = self._awake_until_s is not None and packet.mono_s > self._awake_until_s
        return over and not self._is_attended(packet)

    def _is_overdue(self, packet: Packet) -> bool:
        return packet.mono_s - self._last_given_s >= self._policy.blind_s - _SLACK_S

    def _is_sparse(self, packet: Packet) -> bool:
        """Whether key frames alone would leave too long a stretch unseen."""
        if self._last_key is None:
            return False
        since_s = packet.mono_s - self._last_key.mono_s
        return max(since_s, self.key_distance_s) > self._policy.blind_s

    def _is_due(self, packet: Packet) -> bool:
        return packet.mono_s > self._last_look_s and packet.mono_s >= self._due_s - _SLACK_S

    def _looked(self, packet: Packet, *, moving: bool) -> None:
        """Keep the beat: a frame that came late does not delay the next one."""
        period_s = 1 / self._policy.busy_fps
        late = packet.mono_s - self._due_s > period_s
        self._due_s = (packet.mono_s if late else self._due_s) + period_s
        self._last_look_s = packet.mono_s
        self._moved = moving
