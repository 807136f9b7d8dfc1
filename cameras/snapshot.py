"""The picture of one instant at native resolution, encoded once."""

from __future__ import annotations

import av

from cameras.codec import MOST_DELAY, frame_of, jpeg_of
from cameras.types import Packet, Snapshot

JPEG_QUALITY = 90
_SAME_INSTANT_S = 0.5


def encode(packet: Packet, native: av.VideoFrame) -> Snapshot:
    """Encode a decoded frame."""
    size_px = (native.width, native.height)
    return Snapshot(jpeg_of(native, JPEG_QUALITY), size_px, packet.captured_s, packet.index)


def shot_of_index(packets: list[Packet], index: int) -> Snapshot | None:
    """The frame of that index, None if it is not held or damaged."""
    return next((_decode(packets, i) for i, p in enumerate(packets) if p.index == index), None)


def shot_of_instant(packets: list[Packet], mono_s: float) -> Snapshot | None:
    """The frame nearest to that instant, None if none is within half a second of it."""
    at = nearest(packets, mono_s)
    if at is None or abs(packets[at].mono_s - mono_s) > _SAME_INSTANT_S:
        return None
    return _decode(packets, at)


def nearest(packets: list[Packet], mono_s: float) -> int | None:
    """Position of the packet whose picture was taken nearest to that instant."""
    if not packets:
        return None
    return min(range(len(packets)), key=lambda i: abs(packets[i].mono_s - mono_s))


def _decode(packets: list[Packet], at: int) -> Snapshot | None:
    start = at
    while start > 0 and not packets[start].is_key:
        start -= 1
    stream = packets[at].stream
    group = [p for p in packets[start : at + MOST_DELAY] if p.stream is stream]
    native = frame_of(group, packets[at].index)
    return None if native is None else encode(packets[at], native)
