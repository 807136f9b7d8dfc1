"""A camera whose picture changes in mid-stream: the clip ends there, and its header is true."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import replace

import av
import numpy as np
import pytest

from cameras.clip import cut
from cameras.headers import picture_header
from cameras.types import Packet, StreamInfo

FPS = 10
SMALL, LARGE = (320, 240), (640, 480)


def encoded(codec: str, size_px: tuple[int, int], seconds: float) -> list[tuple[bytes, bool]]:
    """Frames as a camera sends them: start codes, parameter sets with each key frame."""
    name = {"h264": "libx264", "hevc": "libx265"}[codec]
    context = av.CodecContext.create(name, "w")
    context.width, context.height = size_px
    context.pix_fmt, context.framerate = "yuv420p", FPS
    context.gop_size, context.max_b_frames = FPS, 0
    more = "log-level=none:repeat-headers=1:keyint=10:scenecut=0:bframes=0"
    context.options = {"preset": "ultrafast", "tune": "zerolatency"}
    context.options |= {"x265-params": more} if codec == "hevc" else {}
    packets = []
    for i in range(round(seconds * FPS)):
        picture = np.full((size_px[1], size_px[0], 3), 40 + 5 * (i % 30), np.uint8)
        packets += context.encode(av.VideoFrame.from_ndarray(picture, format="bgr24"))
    packets += context.encode()
    return [(bytes(packet), packet.is_keyframe) for packet in packets]


def stream_of(codec: str, first: bytes) -> StreamInfo:
    """What the connection announced when it began."""
    with av.open(io.BytesIO(first), "r", format=codec) as container:
        stream = container.streams.video[0]
        sink = io.BytesIO()
        with av.open(sink, "w", format="nut") as out:
            copy = av.Packet(first)
            copy.stream = out.add_stream_from_template(stream)
            copy.pts = copy.dts = 0
            out.mux(copy)
        context = stream.codec_context
        size_px = (context.width, context.height)
        return StreamInfo(codec, context.extradata, size_px, reorders=False, header=sink.getvalue())


def sent(codec: str, *sizes: tuple[int, int]) -> list[Packet]:
    """Two seconds of each size, one connection."""
    frames = [frame for size_px in sizes for frame in encoded(codec, size_px, 2.0)]
    info = stream_of(codec, frames[0][0])
    return [
        Packet(i, info, key, data, i / FPS, 1.7e9 + i / FPS) for i, (data, key) in enumerate(frames)
    ]


def sizes_in(mp4: bytes) -> tuple[tuple[int, int], Sequence[tuple[int, int]]]:
    """The size that the clip's header states, and those of its pictures."""
    with av.open(io.BytesIO(mp4), "r") as container:
        track = container.streams.video[0]
        stated = (track.codec_context.width, track.codec_context.height)
        return stated, [(f.width, f.height) for f in container.decode(video=0)]


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_clip_ends_where_the_picture_changes_and_says_so(codec: str) -> None:
    clip = cut(sent(codec, SMALL, LARGE), 1.0, 1.0, 2.0, why_short="unused")
    assert sizes_in(clip.mp4) == (SMALL, [SMALL] * 20)
    assert clip.truncated_reason == (
        "ends 0.9 s after instead of 2 s: the camera changed its picture"
    )


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_a_clip_after_the_change_begins_there_with_a_header_of_its_own(codec: str) -> None:
    clip = cut(sent(codec, SMALL, LARGE), 3.0, 2.0, 0.9, why_short="unused")
    assert sizes_in(clip.mp4) == (LARGE, [LARGE] * 20)
    assert clip.index == 20
    assert clip.truncated_reason == (
        "starts 1.0 s before instead of 2 s: the camera changed its picture"
    )


def test_a_camera_that_repeats_the_same_header_loses_nothing() -> None:
    clip = cut(sent("h264", SMALL, SMALL), 2.0, 2.0, 1.9, why_short="unused")
    assert len(sizes_in(clip.mp4)[1]) == 40
    assert clip.truncated_reason == ""


def test_only_a_key_frame_has_a_picture_header() -> None:
    packets = sent("h264", SMALL)
    assert [bool(picture_header(p)) for p in packets[:3]] == [True, False, False]


def test_lengths_are_not_taken_for_start_codes() -> None:
    unit = bytes([0x67]) + bytes(0x1A6)
    slice_ = bytes([0x65]) + bytes(10)
    data = b"".join(len(u).to_bytes(4, "big") + u for u in (slice_, unit))
    info = StreamInfo("h264", b"\x01avcC", SMALL, reorders=False)
    key = Packet(0, info, is_key=True, data=data, mono_s=0.0, captured_s=0.0)
    assert picture_header(key) == ()
    data = b"".join(len(u).to_bytes(4, "big") + u for u in (unit, slice_))
    assert picture_header(replace(key, data=data)) == (unit,)
