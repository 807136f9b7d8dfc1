"""A recording as a live camera would send it: RTP and RTCP packets, on time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction

import av
import av.error

from cameras.clip import TICKS_PER_S, decode_times
from cameras.clock import Clock
from cameras.rtsp_sdp import PAYLOAD_TYPE, Recording

_PACKET_BYTES = 1400


@dataclass(frozen=True, slots=True)
class Burst:
    """The packets of one frame, RTP and RTCP, in order."""

    is_key: bool
    packets: list[bytes] = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Beat:
    """When a frame is shown, decoded and sent, in ticks of 1/90000 s of one round of the file."""

    shown: int
    decoded: int
    sent: int


def is_rtcp(packet: bytes) -> bool:
    """Whether a packet is a report and not media (RFC 5761, section 4)."""
    return len(packet) > 1 and 72 <= packet[1] & 127 <= 77


def beats(shown: list[int]) -> list[_Beat]:
    """Times for frames in order of decoding, from when they are shown.

    A camera cannot send what it has not yet seen: frames go out in order of decoding, none before
    it is shown, evenly.
    """
    ordered = sorted(shown)
    wait = max((own - when for when, own in zip(ordered, shown, strict=True)), default=0)
    return [
        _Beat(own, decoded, when + wait)
        for own, decoded, when in zip(shown, decode_times(shown), ordered, strict=True)
    ]


class Player:
    """Plays a recording from its start, `once` or round and round, to whoever takes bursts.

    `take` is called from the player's thread; `None` says that the recording is over.
    """

    def __init__(
        self,
        recording: Recording,
        take: Callable[[Burst | None], None],
        clock: Clock,
        *,
        once: bool = False,
    ) -> None:
        self._recording, self._take, self._clock, self._once = recording, take, clock, once
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="rtsp player")

    def start(self) -> None:
        """Begin to play."""
        self._thread.start()

    def stop(self) -> None:
        """Stop playing."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        try:
            self._play()
        except (av.error.FFmpegError, OSError, ValueError):
            # the file was readable when the server began; now it is over early
            self._stop.set()
        self._take(None)

    def _play(self) -> None:
        sink = _Packets()
        shown = self._recording.shown
        rhythm = beats(shown)
        frame = max(1, (max(shown) - min(shown)) // max(1, len(shown) - 1))
        round_ticks = max(shown) + frame
        options = {
            "packetsize": str(_PACKET_BYTES),
            "payload_type": str(PAYLOAD_TYPE),
            "flush_packets": "1",
            "avoid_negative_ts": "disabled",
        }
        with self._recording.open() as source:
            template = source.streams.video[0]
            out = av.open(sink, "w", format="rtp", options=options)
            track = out.add_stream_from_template(template)
            out.start_encoding()
            start_s = self._clock.monotonic()
            for number, packet in self._frames():
                turn, at = divmod(number, len(rhythm))
                beat, offset = rhythm[at], turn * round_ticks
                due_s = start_s + (offset + beat.sent) / TICKS_PER_S
                if self._wait_until(due_s):
                    return
                raw = av.Packet(packet.data)
                raw.stream, raw.is_keyframe = track, packet.is_key
                raw.time_base = Fraction(1, TICKS_PER_S)
                raw.pts, raw.dts = offset + beat.shown, offset + beat.decoded
                out.mux(raw)
                self._take(Burst(packet.is_key, sink.take()))

    def _frames(self) -> Iterator[tuple[int, _Coded]]:
        number = 0
        while True:
            with self._recording.open() as source:
                for packet in source.demux(source.streams.video[0]):
                    if packet.size:
                        yield number, _Coded(packet.is_keyframe, bytes(packet))
                        number += 1
            if self._once:
                return

    def _wait_until(self, due_s: float) -> bool:
        """Whether one was told to stop."""
        return self._clock.wait(self._stop, max(0.0, due_s - self._clock.monotonic()))


@dataclass(frozen=True, slots=True)
class _Coded:
    is_key: bool
    data: bytes = field(repr=False)


class _Packets:
    """A file to the muxer, which writes one packet at a time."""

    def __init__(self) -> None:
        self._written: list[bytes] = []

    def write(self, data: bytes) -> int:
        """One RTP or RTCP packet."""
        self._written.append(bytes(data))
        return len(data)

    def take(self) -> list[bytes]:
        """What was written since the last time."""
        written, self._written = self._written, []
        return written
