"""What a key frame says about its own picture: the sequence parameter sets that travel with it.

A camera that is switched to another resolution goes on with the same connection; only these units
tell. H.264: Rec. ITU-T H.264, 7.4.1; HEVC: Rec. ITU-T H.265, 7.4.2.2.
"""

from __future__ import annotations

from collections.abc import Iterator

from cameras.types import Packet

_START = b"\x00\x00\x01"
_LENGTH_BYTES = 4
_MOST_UNITS = 32


def picture_header(packet: Packet) -> tuple[bytes, ...]:
    """The sequence parameter sets before the first slice of a key frame; empty if it has none."""
    if not packet.is_key:
        return ()
    found: list[bytes] = []
    for unit in _units(packet):
        kind = _kind(unit, packet.stream.codec)
        if kind == "slice":
            break
        if kind == "sequence":
            found.append(unit)
    return tuple(found)


def is_in(header: tuple[bytes, ...], extradata: bytes | None) -> bool:
    """Whether what was agreed on at the start of the connection holds these sets."""
    return all(unit in (extradata or b"") for unit in header)


def _units(packet: Packet) -> Iterator[bytes]:
    """NAL units of a packet; its lengths or start codes are as the stream's header says."""
    if (packet.stream.extradata or b"")[:1] == b"\x01":
        return _by_length(packet.data)
    return _by_start_code(packet.data)


def _by_start_code(data: bytes) -> Iterator[bytes]:
    at = data.find(_START)
    for _ in range(_MOST_UNITS):
        if at < 0:
            return
        begin = at + len(_START)
        at = data.find(_START, begin)
        yield data[begin : at if at >= 0 else len(data)].rstrip(b"\x00")


def _by_length(data: bytes) -> Iterator[bytes]:
    at = 0
    for _ in range(_MOST_UNITS):
        size = int.from_bytes(data[at : at + _LENGTH_BYTES], "big")
        at += _LENGTH_BYTES
        if not 0 < size <= len(data) - at:
            return
        yield data[at : at + size]
        at += size


def _kind(unit: bytes, codec: str) -> str:
    if not unit:
        return "other"
    if codec == "h264":
        kind = unit[0] & 31
        return "slice" if 1 <= kind <= 5 else "sequence" if kind == 7 else "other"
    if codec == "hevc":
        kind = unit[0] >> 1 & 63
        return "slice" if kind < 32 else "sequence" if kind == 33 else "other"
    return "other"
