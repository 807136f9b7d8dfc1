"""Where the recordings and tools are that are not in the repository, and small ones of our own."""

from __future__ import annotations

import os
from pathlib import Path

import av
import numpy as np
import pytest

_ROOT = Path(__file__).resolve().parents[2]


def data_folder() -> Path:
    """The data folder; skips the test where there is none."""
    folder = Path(os.environ.get("LINEWARDEN_DATA", _ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        pytest.skip(f"no data at LINEWARDEN_DATA ({folder})")
    return folder


def video(name: str) -> Path:
    """One of the recordings."""
    return data_folder() / "videos" / name


def tools_folder() -> Path:
    """The reference programs beside the data."""
    folder = data_folder().parent / "tools"
    if not folder.is_dir():
        pytest.skip(f"no tools beside the data ({folder})")
    return folder


def write_clip(
    path: Path,
    *,
    seconds: float = 4.0,
    fps: int = 10,
    key_every_s: float = 1.0,
    size_px: tuple[int, int] = (320, 240),
    codec: str = "libx264",
    b_frames: int = 0,
    still: bool = False,
    square_from_s: float | None = None,
    square_to_s: float = 1e9,
) -> Path:
    """A grey scene with noise, a number coded in brightness stripes, and perhaps a moving square.

    `still`: every frame is the same. The square crosses from left to right between its times.
    """
    width, height = size_px
    chance = np.random.default_rng(7)
    base = chance.integers(80, 120, (height, width), np.uint8)
    with av.open(str(path), "w") as out:
        key = round(key_every_s * fps)
        options = {"g": str(key), "keyint_min": str(key), "sc_threshold": "0", "preset": "fast"}
        if still:  # the same bits for the same picture
            options |= {"g": "1", "keyint_min": "1", "qp": "20"}
        options["x265-params"] = f"log-level=none:keyint={key}:min-keyint={key}:scenecut=0"
        stream = out.add_stream(codec, rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.codec_context.max_b_frames = b_frames
        for i in range(round(seconds * fps)):
            picture = base.copy()
            if not still:
                picture = picture + chance.integers(0, 4, picture.shape, np.uint8)
                write_number(picture, i)
            at_s = i / fps
            if square_from_s is not None and square_from_s <= at_s <= square_to_s:
                share = (at_s - square_from_s) / (square_to_s - square_from_s)
                left = round(share * (width - 60))
                picture[100:160, left : left + 60] = 250
            frame = av.VideoFrame.from_ndarray(np.dstack([picture] * 3), format="bgr24")
            frame.pts = i
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def write_number(picture: np.ndarray, number: int) -> None:
    """Ten bits as bright and dark blocks in the upper left corner."""
    for bit in range(10):
        picture[0:16, bit * 16 : bit * 16 + 16] = 220 if number >> bit & 1 else 20


def read_number(picture: np.ndarray) -> int:
    """The number that `write_number` wrote, after compression and scaling to the same size."""
    grey = picture if picture.ndim == 2 else picture.mean(axis=2)
    return sum(
        1 << bit for bit in range(10) if grey[3:13, bit * 16 + 3 : bit * 16 + 13].mean() > 120
    )
