"""A frame gives any region of itself at the resolution in which it was sent."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras import DecodePolicy, play_file
from cameras.codec import crop_of, picture_of
from tests.cameras.data import write_clip

SIZE = (320, 180)


def frame_of(format_name: str) -> av.VideoFrame:
    """A smooth picture: neighbours differ little, so that chroma at a border does too."""
    across, down = np.meshgrid(np.arange(SIZE[0]), np.arange(SIZE[1]))
    picture = np.stack([across * 0.7, down * 1.2, 200 - across * 0.3], -1).astype(np.uint8)
    return av.VideoFrame.from_ndarray(picture, "bgr24").reformat(format=format_name)


FRAMES = {name: frame_of(name) for name in ("yuv420p", "yuvj420p", "yuv444p", "gray")}


@given(
    st.sampled_from(sorted(FRAMES)),
    st.integers(0, SIZE[0] - 2),
    st.integers(0, SIZE[1] - 2),
    st.integers(2, 99),
    st.integers(2, 99),
)
def test_a_crop_shows_the_same_pixels_as_the_whole_frame(
    name: str, x: int, y: int, width: int, height: int
) -> None:
    frame = FRAMES[name]
    region = (x, y, min(x + width, SIZE[0]), min(y + height, SIZE[1]))
    crop = crop_of(frame, region)
    same = picture_of(frame, SIZE)[y : region[3], x : region[2]]
    assert crop.shape == same.shape
    assert np.abs(crop.astype(int) - same).max() <= 4


def test_a_frame_scaled_for_analysis_still_gives_native_pixels(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.mp4", seconds=1, size_px=(640, 360))
    frame = next(iter(play_file(clip, DecodePolicy(longest_side_px=320))))
    assert frame.picture.shape == (180, 320, 3)
    assert frame.crop is not None
    assert frame.crop((101, 51, 301, 151)).shape == (100, 200, 3)


@pytest.mark.parametrize("size", [(321, 181), (322, 180)])
def test_a_frame_of_odd_size_gives_its_last_pixel(size: tuple[int, int]) -> None:
    picture = np.full((size[1], size[0], 3), 90, np.uint8)
    frame = av.VideoFrame.from_ndarray(picture, "bgr24").reformat(format="yuv420p")
    crop = crop_of(frame, (size[0] - 11, size[1] - 11, size[0], size[1]))
    assert crop.shape == (11, 11, 3)
    assert abs(int(crop.mean()) - 90) <= 3
