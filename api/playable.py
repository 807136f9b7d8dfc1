"""Copies of clips that every browser plays: H.264 made from HEVC, on demand, never evidence."""

from __future__ import annotations

import secrets
from fractions import Fraction
from pathlib import Path
from threading import Lock

import av

from api.blobs import shrink
from api.errors import Refusal, StoreError

MAX_PIXELS = 8192 * 8192
MAX_DURATION_S = 300.0
MAX_WIDTH_PX = 1920
_TIME_BASE = Fraction(1, 90_000)
_ONE_AT_A_TIME = Lock()


class CopyFailed(StoreError):
    """The clip cannot be decoded."""

    remedy = "download the original and play it elsewhere"


def playable_copy(original: Path, digest: str, folder: Path, max_bytes: int) -> Path:
    """An H.264 copy of a clip, made once and kept while `folder` stays below `max_bytes`.

    Refusal 422 if it cannot be made.
    """
    target = _copy_of(folder, digest)
    if target.exists():
        return target
    with _ONE_AT_A_TIME:
        if target.exists():
            return target
        folder.mkdir(parents=True, exist_ok=True)
        part = folder / f".{digest}.{secrets.token_hex(8)}.mp4"
        try:
            transcode(original, part)
            part.replace(target)
            shrink(folder, max_bytes)
        except CopyFailed as error:
            raise Refusal(422, "not_playable", str(error)) from None
        finally:
            part.unlink(missing_ok=True)
    return target


def forget_copy(folder: Path, digest: str) -> None:
    """Remove the copy of a clip whose original is gone."""
    _copy_of(folder, digest).unlink(missing_ok=True)


def _copy_of(folder: Path, digest: str) -> Path:
    return folder / f"{digest}.h264.mp4"


def transcode(original: Path, copy: Path) -> None:
    """Write an H.264 copy, at most 1920 wide, at the frames' own times. Raises CopyFailed."""
    try:
        with (
            av.open(str(original), timeout=(5.0, 5.0)) as source,
            av.open(str(copy), "w", options={"movflags": "faststart"}) as sink,
        ):
            _copy(source, sink)
    except (av.FFmpegError, IndexError, ValueError) as error:
        raise CopyFailed(f"the clip cannot be decoded ({type(error).__name__})") from None


def _copy(source: av.container.InputContainer, sink: av.container.OutputContainer) -> None:
    stream = source.streams.video[0]
    width, height = _size(stream.codec_context.width, stream.codec_context.height)
    out = sink.add_stream("libx264", options={"preset": "veryfast", "crf": "26"})
    out.width, out.height, out.pix_fmt = width, height, "yuv420p"
    out.codec_context.time_base = _TIME_BASE
    out.codec_context.max_b_frames = 0
    start_s: float | None = None
    last = -1
    for frame in source.decode(stream):
        if frame.time is None:
            continue
        start_s = frame.time if start_s is None else start_s
        if frame.time - start_s > MAX_DURATION_S:
            break
        picture = frame.reformat(width=width, height=height, format="yuv420p")
        last = max(last + 1, round((frame.time - start_s) / _TIME_BASE))
        picture.pts, picture.time_base = last, _TIME_BASE
        picture.pict_type = av.video.frame.PictureType.NONE
        sink.mux(out.encode(picture))
    if start_s is None:
        raise CopyFailed("the clip has no pictures")
    sink.mux(out.encode())


def _size(width: int, height: int) -> tuple[int, int]:
    if not 0 < width * height <= MAX_PIXELS:
        raise CopyFailed(f"the clip's pictures have {width} x {height} pixels")
    scale = min(1.0, MAX_WIDTH_PX / width)
    return max(2, int(width * scale) // 2 * 2), max(2, int(height * scale) // 2 * 2)
