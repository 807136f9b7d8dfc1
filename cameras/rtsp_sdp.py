"""A recording that can be served, and the SDP that announces it (RFC 6184, RFC 7798)."""

from __future__ import annotations

import base64
from pathlib import Path

import av
import av.container
import av.error
import av.video.stream

from cameras.clip import TICKS_PER_S
from cameras.errors import NotFound, NoVideo, Unreadable

PAYLOAD_TYPE = 96
_START_CODE = b"\x00\x00\x00\x01"


class Recording:
    """A file to be played, H.264 or HEVC. Raises `SourceError` if it cannot be."""

    def __init__(self, path: Path) -> None:
        self.path = path
        if not path.is_file():
            raise NotFound(f"{path}: there is no such file")
        try:
            with av.open(str(path)) as container:
                if not container.streams.video:
                    raise NoVideo(f"{path}: there is no video in it")
                stream = container.streams.video[0]
                self.codec = stream.codec_context.codec.canonical_name
                self.extradata = bytes(stream.codec_context.extradata or b"")
                self.shown = _shown(container, stream)
        except (av.error.FFmpegError, OSError):
            raise Unreadable(f"{path}: not a video file") from None
        if self.codec not in ("h264", "hevc"):
            raise Unreadable(f"{path}: {self.codec} cannot be served", "give H.264 or HEVC")

    def open(self) -> av.container.InputContainer:
        """Open the file; the caller closes it."""
        return av.open(str(self.path), "r")

    def sdp(self, name: str) -> str:
        """What DESCRIBE answers."""
        encoding = {"h264": "H264", "hevc": "H265"}[self.codec]
        lines = [
            "v=0",
            "o=- 0 0 IN IP4 0.0.0.0",
            f"s={name}",
            "c=IN IP4 0.0.0.0",
            "t=0 0",
            "a=control:*",
            "a=range:npt=now-",
            f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
            f"a=rtpmap:{PAYLOAD_TYPE} {encoding}/90000",
            f"a=fmtp:{PAYLOAD_TYPE} {self._parameters()}",
            "a=control:track0",
        ]
        return "\r\n".join(lines) + "\r\n"

    def _parameters(self) -> str:
        units = parameter_sets(self.extradata, self.codec)
        if self.codec == "h264":
            sets = ",".join(_b64(unit) for unit in units if unit[0] & 31 in (7, 8))
            profile = next((u[1:4].hex().upper() for u in units if u[0] & 31 == 7), "")
            level = f"profile-level-id={profile};" if profile else ""
            return f"packetization-mode=1;{level}sprop-parameter-sets={sets}"
        kinds = {32: "vps", 33: "sps", 34: "pps"}
        named = ((kinds.get(unit[0] >> 1 & 63), unit) for unit in units)
        return ";".join(f"sprop-{kind}={_b64(unit)}" for kind, unit in named if kind)


def _shown(
    container: av.container.InputContainer, stream: av.video.stream.VideoStream
) -> list[int]:
    """When each frame is shown, in order of decoding, in ticks from the first that is shown."""
    base = stream.time_base
    ticks = [p.pts if p.pts is not None else p.dts for p in container.demux(stream) if p.size]
    known = [t for t in ticks if t is not None]
    if base is None or not known or len(known) != len(ticks):
        raise Unreadable(f"{container.name}: its frames have no times")
    return [round((t - min(known)) * base * TICKS_PER_S) for t in known]


def parameter_sets(extradata: bytes, codec: str) -> list[bytes]:
    """The NAL units in avcC, hvcC or a byte stream; none from what is none of these."""
    if extradata[:1] != b"\x01":
        units = extradata.replace(b"\x00\x00\x01", _START_CODE[1:]).split(b"\x00\x00\x01")
        return [unit.rstrip(b"\x00") for unit in units if unit.rstrip(b"\x00")]
    return _avcc(extradata) if codec == "h264" else _hvcc(extradata)


def _avcc(data: bytes) -> list[bytes]:
    """ISO 14496-15, 5.2.4.1: counted SPS, then counted PPS."""
    units: list[bytes] = []
    at = 5
    for mask in (31, 255):
        count, at = (data[at] & mask, at + 1) if at < len(data) else (0, at)
        for _ in range(count):
            unit, at = _counted(data, at)
            units += [unit] if unit else []
    return units


def _hvcc(data: bytes) -> list[bytes]:
    """ISO 14496-15, 8.3.3.1: arrays of NAL units, each with its type."""
    units: list[bytes] = []
    at = 23
    for _ in range(data[22] if len(data) > 22 else 0):
        count, at = int.from_bytes(data[at + 1 : at + 3], "big"), at + 3
        for _ in range(count):
            unit, at = _counted(data, at)
            units += [unit] if unit else []
    return units


def _counted(data: bytes, at: int) -> tuple[bytes, int]:
    size = int.from_bytes(data[at : at + 2], "big")
    return data[at + 2 : at + 2 + size], at + 2 + size


def _b64(unit: bytes) -> str:
    return base64.b64encode(unit).decode()
