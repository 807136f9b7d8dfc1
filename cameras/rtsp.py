"""Open one stream or file and hand out its packets; libav's moods become `SourceError`."""

from __future__ import annotations

import io
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, Self

import av
import av.container
import av.error
import av.video.stream

from cameras import errors
from cameras.clock import SystemClock
from cameras.faults import while_opening, while_reading
from cameras.settings import StreamSettings
from cameras.slices import Raw, joined
from cameras.types import StreamInfo

if TYPE_CHECKING:
    _Packet = av.Packet[av.video.stream.VideoStream]
_MAX_DEMUX_DELAY_US = 500_000
_clock = SystemClock()


class Source(Protocol):
    """An open stream."""

    @property
    def info(self) -> StreamInfo:
        """What the stream is."""

    def packets(self) -> Iterator[Raw]:
        """Packets as they arrive. Does not end, but raises `SourceError`."""

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...


class AvSource:
    """A stream or file opened by libav. Raises `SourceError` and nothing else."""

    def __init__(self, settings: StreamSettings) -> None:
        self._settings = settings
        self._container = _open(settings)
        try:
            self._stream = _video_of(self._container, settings)
            self._tick_s = float(self._stream.time_base or 0)
            self._demuxed = self._container.demux(self._stream)
            self._first = self._next()
            self._info = _describe(self._stream, self._first)
        except errors.SourceError:
            self._container.close()
            raise

    @property
    def info(self) -> StreamInfo:
        """What the stream is."""
        return self._info

    def packets(self) -> Iterator[Raw]:
        """Packets as they arrive, until `SourceError`: an end is one too."""
        parts = self._parts()
        return parts if self._settings.is_file else joined(parts, self._info.codec)

    def _parts(self) -> Iterator[Raw]:
        packet = self._first
        while True:
            yield self._raw(packet)
            packet = self._next()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._container.close()

    def _next(self) -> _Packet:
        fault: errors.SourceError
        try:
            packet = next(self._demuxed)
        except StopIteration:
            fault = errors.StreamEnded(f"{self._settings.safe_url}: the stream ended")
        except (av.error.FFmpegError, OSError) as trouble:
            fault = while_reading(trouble, self._settings)
        else:
            if packet.size:
                return packet
            fault = errors.StreamEnded(f"{self._settings.safe_url}: the stream ended")
        raise fault

    def _raw(self, packet: _Packet) -> Raw:
        ticks = packet.pts if packet.pts is not None else packet.dts
        pts_s = None if ticks is None else ticks * self._tick_s
        camera_s = _camera_time(packet) if packet.is_keyframe else None
        return Raw(bytes(packet), pts_s, packet.is_keyframe, camera_s)


def probe(settings: StreamSettings) -> StreamInfo:
    """Open a stream, see what it is, and close it. Raises `SourceError`."""
    with AvSource(settings) as source:
        return source.info


def _camera_time(packet: _Packet) -> float | None:
    """The camera's own UTC for this packet, from its RTCP sender reports."""
    if not packet.has_sidedata("prft"):
        return None
    reference = bytes(packet.get_sidedata("prft"))
    return int.from_bytes(reference[:8], "little", signed=True) / 1e6


def _open(settings: StreamSettings) -> av.container.InputContainer:
    url = settings.url_with_credentials()
    times = (settings.connect_timeout_s, settings.read_timeout_s)
    if settings.is_file and not Path(url).is_file():
        raise errors.NotFound(f"{settings.safe_url}: there is no such file")
    began_s = _clock.monotonic()
    try:
        return av.open(url, options=_options(settings), timeout=times)
    except (av.error.FFmpegError, OSError, ValueError) as trouble:
        fault = while_opening(trouble, settings, took_s=_clock.monotonic() - began_s)
    raise fault


def _options(settings: StreamSettings) -> dict[str, str]:
    if settings.is_file:
        return {}
    options = {
        "rtsp_transport": settings.transport,
        "allowed_media_types": "video",
        "max_delay": str(_MAX_DEMUX_DELAY_US),
        "fpsprobesize": "0",  # else opening waits for 20 frames to guess a rate nobody asks for
    }
    if settings.is_tls:
        options["tls_verify"] = "1" if settings.verify_tls else "0"
        options["verifyhost"] = settings.host
        authority = settings.ca_file or ssl.get_default_verify_paths().cafile
        if authority:
            options["ca_file"] = str(authority)
    return options


def _video_of(
    container: av.container.InputContainer, settings: StreamSettings
) -> av.video.stream.VideoStream:
    if not container.streams.video:
        raise errors.NoVideo(f"{settings.safe_url}: there is no video in it")
    stream = container.streams.video[0]
    if stream.codec_context is None or not stream.codec_context.width:
        raise errors.NoVideo(f"{settings.safe_url}: it announces video but sends no picture")
    return stream


def _describe(stream: av.video.stream.VideoStream, first: _Packet) -> StreamInfo:
    context = stream.codec_context
    return StreamInfo(
        codec=context.codec.canonical_name,
        extradata=context.extradata,
        size_px=(context.width, context.height),
        reorders=bool(context.has_b_frames),
        header=_header(stream, first),
    )


def _header(stream: av.video.stream.VideoStream, first: _Packet) -> bytes:
    """A template of the stream that outlives its connection: one packet in a container.

    NUT, since it keeps the codec's parameters as they are; mp4 rewrites those of a live stream, and
    its muxer would then take start codes for lengths.
    """
    sink = io.BytesIO()
    try:
        with av.open(sink, "w", format="nut") as out:
            copy = av.Packet(bytes(first))
            copy.stream = out.add_stream_from_template(stream)
            copy.pts = copy.dts = 0
            copy.is_keyframe = True
            out.mux(copy)
    except (av.error.FFmpegError, OSError, ValueError):
        return b""
    return sink.getvalue()
