"""Frames that come in parts.

Some senders repeat the parameter sets before every slice of a key frame; libav's parser takes each
for the start of another frame. Such halves are put together again, or they would decode as damage.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from cameras.errors import SourceError

_START = b"\x00\x00\x01"
_MOST_UNITS = 16


@dataclass(frozen=True, slots=True)
class Raw:
    """One packet as it came.

    `pts_s` is its timestamp in seconds of the stream (None: it has none), `camera_s` the camera's
    UTC for it where the stream says so.
    """

    data: bytes = field(repr=False)
    pts_s: float | None
    is_key: bool
    camera_s: float | None = None


def continues(data: bytes, codec: str) -> bool:
    """Whether the first slice in this packet (start codes) is not the first slice of a picture.

    H.264: `first_mb_in_slice` is not 0; HEVC: `first_slice_segment_in_pic_flag` is not set.
    """
    at = 0
    for _ in range(_MOST_UNITS):
        at = data.find(_START, at) + len(_START)
        if at < len(_START) or at + 2 >= len(data):
            return False
        if codec == "h264" and 1 <= data[at] & 31 <= 5:
            return not data[at + 1] & 0x80
        if codec == "hevc" and data[at] >> 1 & 63 < 32:
            return not data[at + 2] & 0x80
    return False


def joined(parts: Iterator[Raw], codec: str) -> Iterator[Raw]:
    """Packets of whole frames. A key frame waits for what follows, which may be its other half."""
    held: Raw | None = None
    try:
        for part in parts:
            if held is not None and part.is_key and continues(part.data, codec):
                held = replace(held, data=held.data + part.data)
                continue
            if held is not None:
                yield held
            held = part if part.is_key else None
            if held is None:
                yield part
    except SourceError:
        if held is not None:
            yield held
        raise
