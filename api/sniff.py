"""What a file really is, by its bytes: a whole JPEG, or a whole MP4 with one kind of video.

Structure only, no decoding: what it refuses, no event may name.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

MAX_JPEG_PIXELS = 100_000_000
_STANDALONE = frozenset({0x01, *range(0xD0, 0xD8)})
_START_OF_FRAME = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
_CODECS = {b"avc1": "h264", b"avc3": "h264", b"hvc1": "hevc", b"hev1": "hevc"}
_TO_SAMPLES = (b"trak", b"mdia", b"minf", b"stbl", b"stsd")
_MAX_BOXES = 100_000


class NotMedium(ValueError):
    """The bytes are not a medium that we keep; the message says why."""


@dataclass(frozen=True, slots=True)
class Kind:
    """Media type; for a clip its video codec (`h264`, `hevc`, `other`)."""

    type: str
    codec: str | None = None


def sniff(file: Path) -> Kind:
    """The kind of a file. Raises NotMedium."""
    size = file.stat().st_size
    with file.open("rb") as data:
        head = data.read(12)
        data.seek(0)
        if head[:3] == b"\xff\xd8\xff":
            _check_jpeg(data, size)
            return Kind("image/jpeg")
        if head[4:8] == b"ftyp":
            return Kind("video/mp4", _codec_of_mp4(data, size))
    raise NotMedium("neither a JPEG nor an MP4")


def _check_jpeg(data: BinaryIO, size: int) -> None:
    data.seek(2)
    framed = False
    while (marker := _next_marker(data)) != 0xDA:
        if marker in _STANDALONE:
            continue
        (length,) = struct.unpack(">H", _exactly(data, 2))
        if length < 2:
            raise NotMedium("JPEG with a segment of no length")
        body = _exactly(data, length - 2)
        if marker in _START_OF_FRAME:
            height, width = struct.unpack(">HH", body[1:5].ljust(4, b"\0"))
            if not 0 < height * width <= MAX_JPEG_PIXELS:
                raise NotMedium(f"JPEG of {width} x {height} pixels")
            framed = True
    if not framed:
        raise NotMedium("JPEG without a frame header")
    data.seek(max(size - 2, 0))
    if data.read(2) != b"\xff\xd9":
        raise NotMedium("JPEG that does not end where its picture ends")


def _next_marker(data: BinaryIO) -> int:
    if _exactly(data, 1) != b"\xff":
        raise NotMedium("JPEG with bytes between its segments")
    marker = _exactly(data, 1)[0]
    while marker == 0xFF:
        marker = _exactly(data, 1)[0]
    if marker in (0x00, 0xD8, 0xD9):
        raise NotMedium("JPEG that ends before its picture")
    return marker


def _codec_of_mp4(data: BinaryIO, size: int) -> str:
    tops = {kind: (start, end) for kind, start, end in _boxes(data, 0, size)}
    if b"moov" not in tops or not tops.keys() & {b"mdat", b"moof"}:
        raise NotMedium("MP4 without a movie header or without data")
    found = [codec for codec in _sample_entries(data, *tops[b"moov"], _TO_SAMPLES) if codec]
    if not found:
        raise NotMedium("MP4 without video")
    return found[0]


def _sample_entries(
    data: BinaryIO, start: int, end: int, path: tuple[bytes, ...]
) -> Iterator[str | None]:
    for kind, inner, after in _boxes(data, start, end):
        if kind != path[0]:
            continue
        if len(path) > 1:
            yield from _sample_entries(data, inner, after, path[1:])
            continue
        for entry, body, last in _boxes(data, inner + 8, after):
            yield _CODECS.get(entry) or ("other" if _is_video(data, body, last) else None)


def _is_video(data: BinaryIO, start: int, end: int) -> bool:
    """A visual sample entry has 78 bytes before its boxes, with a size in pixels."""
    if end - start < 78:
        return False
    data.seek(start + 24)
    width, height = struct.unpack(">HH", _exactly(data, 4))
    return bool(width and height) and width < 16_384 and height < 16_384


def _boxes(data: BinaryIO, start: int, end: int) -> Iterator[tuple[bytes, int, int]]:
    """Kind, first byte of the body, first byte after, of each box between `start` and `end`."""
    for _ in range(_MAX_BOXES):
        if start >= end:
            return
        data.seek(start, os.SEEK_SET)
        length, kind = struct.unpack(">I4s", _exactly(data, 8))
        body = start + 8
        if length == 1:
            (length,) = struct.unpack(">Q", _exactly(data, 8))
            body += 8
        if length < body - start or start + length > end:
            raise NotMedium(f"MP4 with a box {kind!r} that does not fit")
        yield kind, body, start + length
        start += length
    raise NotMedium("MP4 with too many boxes")


def _exactly(data: BinaryIO, count: int) -> bytes:
    found = data.read(count)
    if len(found) != count:
        raise NotMedium("ends too early")
    return found
