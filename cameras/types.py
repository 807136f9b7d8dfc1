"""The nouns of this room: encoded packets, looked-at frames, and what happens to a camera."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import av
import av.container

from vision.types import Crop, Picture, Size


@dataclass(frozen=True, slots=True, eq=False)
class StreamInfo:
    """What is needed to decode or store packets after their connection is gone.

    `header` is a minimal file whose only stream is the template; one object per connection, so
    packets belong together exactly if their `stream` is the same object. `reorders` is True where
    frames are shown in another order than they are sent (B-frames).
    """

    codec: str
    extradata: bytes | None
    size_px: Size
    reorders: bool
    header: bytes = field(repr=False, default=b"")

    def template(self) -> av.container.InputContainer:
        """Open the header; its video stream describes this one. The caller closes it."""
        return av.open(io.BytesIO(self.header), "r")


@dataclass(frozen=True, slots=True, eq=False)
class Packet:
    """One encoded frame, with the instant at which the camera took it.

    `index` counts all packets of the camera without gap, over reconnections. `mono_s` is capture
    time on the box's monotone clock, `captured_s` the same instant in UTC (Unix seconds).
    `camera_clock_offset_ms` is camera clock minus box clock, None while the camera did not say.
    """

    index: int
    stream: StreamInfo
    is_key: bool
    data: bytes = field(repr=False)
    mono_s: float
    captured_s: float
    camera_clock_offset_ms: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame that is worth a look, at analysis size.

    `picture` is BGR uint8, `native_px` the size as sent; times and index as in `Packet`. `moving`
    is what the motion gate said. `crop` converts a region of the frame as sent when it is called
    (None: there is no more than `picture`); it holds the decoded frame.
    """

    index: int
    captured_s: float
    mono_s: float
    picture: Picture = field(repr=False)
    native_px: Size
    moving: bool
    camera_clock_offset_ms: int | None = None
    crop: Crop | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Lost:
    """The camera is gone: why, without secrets, and what to do. Said once per absence."""

    reason: str
    remedy: str
    mono_s: float


@dataclass(frozen=True, slots=True)
class Back:
    """The camera sends again after `away_s` seconds."""

    away_s: float
    mono_s: float


@dataclass(frozen=True, slots=True)
class ClockStep:
    """The box's wall clock was set by `by_s` seconds (positive: forward)."""

    by_s: float
    mono_s: float


@dataclass(frozen=True, slots=True)
class Tick:
    """Nothing to look at for a second: time to cut clips, report, or stop."""

    mono_s: float


Happening = Frame | Lost | Back | ClockStep | Tick


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The picture of one instant at native resolution, encoded once, nothing drawn on it."""

    jpeg: bytes = field(repr=False)
    size_px: Size
    captured_s: float
    index: int


@dataclass(frozen=True, slots=True)
class Clip:
    """The camera's own packets in an mp4. `index` and `captured_s` are of its first frame.

    `truncated_reason` says why it is shorter than asked for; empty when it is whole.
    """

    mp4: bytes = field(repr=False)
    codec: str
    captured_s: float
    index: int
    duration_s: float
    truncated_reason: str = ""
