"""Single pictures of a recording by their time, for somebody who moves about in it."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from cameras.codec import MOST_DELAY, fit, frame_of, jpeg_of_picture, picture_of
from cameras.errors import NoVideo, SnapshotError, StreamEnded, Unreadable
from cameras.play import recorded
from cameras.rtsp import AvSource
from cameras.settings import StreamSettings
from cameras.snapshot import nearest
from cameras.types import Packet
from vision.types import Size

CAP_BYTES = 1_000_000_000
LONGEST_PX = 1280
_QUALITY = 88


@dataclass(frozen=True, slots=True)
class Still:
    """A JPEG, scaled to 1280 pixels at most, and the second of the recording that it shows."""

    jpeg: bytes = field(repr=False)
    at_s: float


class Stills:
    """A recording, held encoded: any picture can be had, in the time that its group takes.

    `native_px` is the size as recorded, `duration_s` the time of its last picture. Times count from
    the first key frame, as those of `play_file`. Raises `SourceError` where it cannot be read, has
    no video, or is larger than a gigabyte. Not safe for threads.
    """

    def __init__(self, path: Path) -> None:
        self._packets = _read(path)
        self._path = path
        self.native_px: Size = self._packets[0].stream.size_px
        self.duration_s = max(packet.mono_s for packet in self._packets)
        self.at(0.0)  # a file whose packets make no picture is refused at once

    def at(self, at_s: float) -> Still:
        """The picture taken nearest to `at_s`. Raises `SnapshotError` where none is whole there."""
        index = nearest(self._packets, at_s) or 0
        start = index
        while start > 0 and not self._packets[start].is_key:
            start -= 1
        frame = frame_of(self._packets[start : index + MOST_DELAY], index)
        if frame is None:
            raise SnapshotError(
                f"{self._path}: the picture at {at_s:.2f} s is damaged", "choose another time"
            )
        picture = picture_of(frame, fit((frame.width, frame.height), LONGEST_PX))
        return Still(jpeg_of_picture(picture, _QUALITY), self._packets[index].mono_s)


def _read(path: Path) -> list[Packet]:
    packets: list[Packet] = []
    size_bytes = 0
    source = AvSource(StreamSettings(str(path)))
    with source, suppress(StreamEnded):  # so every recording ends
        for packet in recorded(source):
            packets.append(packet)
            size_bytes += len(packet.data)
            if size_bytes > CAP_BYTES:
                raise Unreadable(
                    f"{path}: larger than {CAP_BYTES / 1e9:g} GB", "cut a shorter piece out"
                )
    if not packets:
        raise NoVideo(f"{path}: there is no key frame in it")
    return packets
