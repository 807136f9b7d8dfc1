"""From packets to frames, one decoder per stream, one thread."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

import av
import av.error
import av.stream
import cv2
import numpy as np

from cameras.types import Packet, StreamInfo
from vision.types import Picture, Region, Size

_PLANAR = ("yuv420p", "yuvj420p")

MOST_DELAY = 16
"""Packets that a decoder may want beyond a frame before it shows it; H.264 allows no more."""


class Decoder:
    """Decodes the packets of one stream. Damaged frames are left out and counted.

    `threads` is 1 for the steady work of a camera's own process; a single picture that somebody
    waits for may take more.
    """

    def __init__(self, stream: StreamInfo, *, threads: int = 1) -> None:
        self.stream = stream
        self.damaged = 0
        context = av.CodecContext.create(stream.codec, "r")
        context.extradata = stream.extradata
        context.thread_count = threads
        self._context = cast(av.VideoCodecContext, context)
        self._inside: dict[int, Packet] = {}

    def feed(self, packet: Packet) -> Iterator[tuple[Packet, av.VideoFrame]]:
        """Give the next packet; frames come out in the order in which they are shown."""
        self._inside[packet.index] = packet
        raw = av.Packet(packet.data)
        raw.is_keyframe = packet.is_key
        raw.pts = raw.dts = packet.index
        yield from self._decode(raw)

    def drain(self) -> Iterator[tuple[Packet, av.VideoFrame]]:
        """The frames that the decoder still holds; then it waits for a key frame."""
        if self._inside:
            yield from self._decode(None)
        self.reset()

    def reset(self) -> None:
        """Forget everything; the next packet is a key frame."""
        if self._inside:
            self._context.flush_buffers()
        self._inside.clear()

    def one(self, packet: Packet) -> av.VideoFrame | None:
        """The picture of a key frame by itself; None if it is damaged."""
        self.reset()
        frames = [frame for _, frame in self.feed(packet)]
        frames += [frame for _, frame in self.drain()]
        return frames[0] if frames else None

    def _decode(
        self, raw: av.Packet[av.stream.Stream] | None
    ) -> Iterator[tuple[Packet, av.VideoFrame]]:
        try:
            frames = self._context.decode(raw)
        except av.error.FFmpegError:
            self.damaged += 1
            return
        for frame in frames:
            packet = self._inside.get(-1 if frame.pts is None else frame.pts)
            if packet is None or frame.is_corrupt:
                self.damaged += 1
                continue
            self._forget_before(packet.index)
            yield packet, frame

    def _forget_before(self, index: int) -> None:
        """What is still inside so long after was swallowed; dictionaries keep their order."""
        for old in list(self._inside):
            if old >= index - MOST_DELAY:
                return
            del self._inside[old]


def frame_of(packets: list[Packet], index: int) -> av.VideoFrame | None:
    """Decode the packet of that index; `packets` begin at a key frame and go a little beyond it."""
    decoder = Decoder(packets[0].stream, threads=2)
    for packet in packets:
        for shown, frame in decoder.feed(packet):
            if shown.index == index:
                return frame
    for shown, frame in decoder.drain():
        if shown.index == index:
            return frame
    return None


def fit(size_px: Size, longest_px: int) -> Size:
    """The size whose longer side is at most `longest_px`, same shape, even, never larger."""
    scale = min(1.0, longest_px / max(size_px))
    width, height = (max(2, round(side * scale / 2) * 2) for side in size_px)
    return (width, height) if scale < 1 else size_px


def picture_of(frame: av.VideoFrame, size_px: Size) -> Picture:
    """BGR at that size, converted and scaled in one go."""
    converted = frame.reformat(
        width=size_px[0], height=size_px[1], format="bgr24", interpolation="AREA"
    )
    return cast(Picture, converted.to_ndarray())


def crop_of(frame: av.VideoFrame, region: Region) -> Picture:
    """BGR of x1, y1, x2, y2 in whole pixels of the frame, at its own resolution.

    Of the usual planar formats only what is asked for is converted; else all of the frame is.
    """
    x1, y1, x2, y2 = region
    left, top, right, bottom = x1 & ~1, y1 & ~1, x2 + (x2 & 1), y2 + (y2 & 1)
    within = right <= frame.width and bottom <= frame.height
    if frame.format.name not in _PLANAR or not within:
        return np.ascontiguousarray(picture_of(frame, (frame.width, frame.height))[y1:y2, x1:x2])
    planes = [
        np.frombuffer(memoryview(plane), np.uint8).reshape(-1, plane.line_size)[
            top // share : bottom // share, left // share : right // share
        ]
        for plane, share in zip(frame.planes, (1, 2, 2), strict=True)
    ]
    flat = np.concatenate([plane.reshape(-1) for plane in planes])
    part = av.VideoFrame.from_ndarray(flat.reshape(-1, right - left), format=frame.format.name)
    part.colorspace, part.color_range = frame.colorspace, frame.color_range
    whole = picture_of(part, (right - left, bottom - top))
    return np.ascontiguousarray(whole[y1 - top : y2 - top, x1 - left : x2 - left])


def jpeg_of(frame: av.VideoFrame, quality: int) -> bytes:
    """The frame at its own size as JPEG. Raises `ValueError` if it cannot be encoded."""
    return jpeg_of_picture(picture_of(frame, (frame.width, frame.height)), quality)


def jpeg_of_picture(picture: Picture, quality: int) -> bytes:
    """A BGR picture as JPEG. Raises `ValueError` if it cannot be encoded."""
    done, coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        height, width = picture.shape[:2]
        raise ValueError(f"a frame of {width}x{height} does not become a JPEG")
    return bytes(np.asarray(coded))
