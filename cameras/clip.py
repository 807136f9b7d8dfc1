"""Clips by stream copy: the camera's own packets in an mp4, nothing decoded."""

from __future__ import annotations

import io
from dataclasses import dataclass
from fractions import Fraction

import av
import av.container
import av.error

from cameras.errors import ClipError
from cameras.headers import is_in, picture_header
from cameras.snapshot import nearest
from cameras.types import Clip, Packet

TICKS_PER_S = 90_000
_SHORT_S = 0.25
"""A clip that lacks less than this lacks nothing."""
_NEVER_S = 5.0
"""So late, the rest of a clip does not come any more."""
_CHANGED = "the camera changed its picture"


@dataclass(frozen=True, slots=True)
class _Span:
    """Positions of a clip's first and last packet, and which end a change of picture cut short."""

    first: int
    last: int
    cut_before: bool
    cut_after: bool


def is_complete(packets: list[Packet], until_s: float, *, lost: bool, now_s: float) -> bool:
    """Whether packets up to `until_s` are here, or will never be."""
    here = bool(packets) and packets[-1].mono_s >= until_s
    return here or lost or now_s > until_s + _NEVER_S


def cut(
    packets: list[Packet], around_s: float, before_s: float, after_s: float, *, why_short: str
) -> Clip:
    """Cut `before_s` before to `after_s` after `around_s` (monotone capture time) out of a ring.

    Begins at a key frame, stays within one connection and one picture format, holds the frame at
    `around_s`. `why_short` is told if the end is missing. Raises `ClipError`.
    """
    at = nearest(packets, around_s)
    if at is None or abs(packets[at].mono_s - around_s) > 2.0:
        raise ClipError(f"no packets of the instant {around_s:.3f} s are held any more")
    span = _span(packets, at, around_s - before_s, around_s + after_s)
    chosen = packets[span.first : span.last + 1]
    shown = [p.mono_s for p in chosen]
    reasons = []
    if min(shown) > around_s - before_s + _SHORT_S:
        why = f": {_CHANGED}" if span.cut_before else ""
        starts_s = around_s - min(shown)
        reasons.append(f"starts {starts_s:.1f} s before instead of {before_s:g} s{why}")
    if max(shown) < around_s + after_s - _SHORT_S:
        lasts_s = max(shown) - around_s
        why = _CHANGED if span.cut_after else why_short
        reasons.append(f"ends {lasts_s:.1f} s after instead of {after_s:g} s: {why}")
    frame_s = (max(shown) - min(shown)) / max(1, len(shown) - 1)
    return Clip(
        mp4=_mux(chosen, frame_s),
        codec=chosen[0].stream.codec,
        captured_s=chosen[0].captured_s,
        index=chosen[0].index,
        duration_s=max(shown) - min(shown) + frame_s,
        truncated_reason="; ".join(reasons),
    )


def _span(packets: list[Packet], at: int, from_s: float, to_s: float) -> _Span:
    """Same connection, same picture format as at `at`, key frame first."""
    stream = packets[at].stream
    first, cut_before = at, False
    header: tuple[bytes, ...] = ()
    for i in range(at, -1, -1):
        if packets[i].stream is not stream:
            break
        found = picture_header(packets[i])
        if header and found and found != header:
            cut_before = True
            break
        header = header or found
        if packets[i].is_key:
            first = i
            if packets[i].mono_s <= from_s:
                break
    last, cut_after = at, False
    for i in range(at + 1, len(packets)):
        if packets[i].stream is not stream or packets[i].mono_s > to_s:
            break
        found = picture_header(packets[i])
        if found and not (found == header if header else is_in(found, stream.extradata)):
            cut_after = True
            break
        last = i
    return _Span(first, last, cut_before, cut_after)


def decode_times(shown: list[int]) -> list[int]:
    """Times of decoding for frames in order of decoding, from their times of showing.

    The k-th frame is decoded at the k-th time of showing, all earlier by the most that any needs:
    rising, and never after its showing.
    """
    ordered = sorted(shown)
    delay = max((when - own for when, own in zip(ordered, shown, strict=True)), default=0)
    return [when - delay for when in ordered]


def _ticks(packets: list[Packet]) -> list[int]:
    """Times of showing in ticks from the first picture, all different."""
    start_s = min(p.mono_s for p in packets)
    ticks = [round((p.mono_s - start_s) * TICKS_PER_S) for p in packets]
    taken = -1
    for i in sorted(range(len(ticks)), key=lambda i: (ticks[i], i)):
        ticks[i] = taken = max(ticks[i], taken + 1)
    return ticks


class _Sink(io.BytesIO):
    """A file in memory that libav may read while it writes, to move the index to the front."""

    def again(self, url: str, flags: int, options: dict[str, str]) -> io.BytesIO:
        """Open what is written so far for reading."""
        return io.BytesIO(self.getvalue())


def _template(first: Packet) -> av.container.InputContainer:
    """Whose header the clip gets: the connection's, unless the picture was changed since then."""
    stream, header = first.stream, picture_header(first)
    has_start_codes = (stream.extradata or b"")[:1] != b"\x01"
    if not header or not has_start_codes or is_in(header, stream.extradata):
        return stream.template()
    return av.open(io.BytesIO(first.data), "r", format=stream.codec)


def _mux(packets: list[Packet], frame_s: float) -> bytes:
    shown = _ticks(packets)
    decoded = decode_times(shown)
    sink = _Sink()
    try:
        with (
            _template(packets[0]) as template,
            av.open(sink, "w", "mp4", options={"movflags": "faststart"}, io_open=sink.again) as out,
        ):
            track = out.add_stream_from_template(template.streams.video[0])
            if packets[0].stream.codec == "hevc":
                track.codec_context.codec_tag = "hvc1"
            for packet, pts, dts in zip(packets, shown, decoded, strict=True):
                raw = av.Packet(packet.data)
                raw.stream, raw.is_keyframe = track, packet.is_key
                raw.time_base = Fraction(1, TICKS_PER_S)
                raw.pts, raw.dts, raw.duration = pts, dts, round(frame_s * TICKS_PER_S)
                out.mux(raw)
    except (av.error.FFmpegError, OSError, ValueError) as trouble:
        fault = ClipError(f"the packets make no clip: {type(trouble).__name__}")
    else:
        return sink.getvalue()
    raise fault
