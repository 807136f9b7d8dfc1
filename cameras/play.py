"""A recording, looked at like a camera but as fast as it goes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from cameras.camera import frame_from
from cameras.decode import DecodePolicy, Gate, Looker
from cameras.errors import StreamEnded
from cameras.ring import PacketRing
from cameras.rtsp import AvSource
from cameras.settings import StreamSettings
from cameras.types import Frame, Packet
from vision.motion import MotionGate

_KEEP_S = 60.0
_CAP_BYTES = 256_000_000


def play_file(
    path: Path | str, policy: DecodePolicy | None = None, *, gate: Gate | None = None
) -> Iterator[Frame]:
    """The frames of a recording that deserve a look; both times are seconds from its first frame.

    Raises `SourceError` if it cannot be opened or has no video; its end is just the end.
    """
    ring = PacketRing(_KEEP_S, _CAP_BYTES)
    looker = Looker(policy or DecodePolicy(), gate or MotionGate(), ring.group_until)
    with AvSource(StreamSettings(str(path))) as source:
        try:
            for packet in recorded(source):
                ring.append(packet)
                yield from map(frame_from, looker.take(packet))
        except StreamEnded:
            yield from map(frame_from, looker.finish())


def recorded(source: AvSource) -> Iterator[Packet]:
    """The packets from the first key frame on, times in seconds from it. Ends in `StreamEnded`."""
    start_s: float | None = None
    index = 0
    latest_s = 0.0
    for raw in source.packets():
        if start_s is None:
            if not raw.is_key:
                continue
            start_s = raw.pts_s or 0.0
        at_s = latest_s if raw.pts_s is None else raw.pts_s - start_s
        latest_s = max(latest_s, at_s)
        yield Packet(index, source.info, raw.is_key, raw.data, at_s, at_s)
        index += 1
