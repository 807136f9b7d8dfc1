from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vision.decode import fitted
from vision.letterbox import GREY, Letterbox


@given(
    width=st.integers(32, 4000),
    height=st.integers(32, 4000),
    px=st.sampled_from([320, 416, 640]),
)
def test_a_box_comes_back_where_it_was_whatever_the_shape_of_the_picture(
    width: int, height: int, px: int
) -> None:
    box = Letterbox.fit((width, height), (px, px))
    own = np.array([[1, 2, width - 3, height + 5]], np.float32)
    offset = np.array([box.left_px, box.top_px] * 2, np.float32)
    inside = (own * np.float32(box.scale) + offset).astype(np.float32)
    np.testing.assert_allclose(box.to_frame(inside), own, atol=0.05 * max(width, height) / px)


def test_the_picture_is_centred_on_grey_and_its_colours_are_turned_to_rgb() -> None:
    picture = np.zeros((100, 200, 3), np.uint8)
    picture[:, :, 0] = 255  # blue, in BGR
    blob = Letterbox.fit((200, 100), (416, 416)).blob(picture)
    assert blob.shape == (1, 3, 416, 416)
    assert blob.dtype == np.float32
    assert blob[0, :, 208, 208].tolist() == [0, 0, 1]
    np.testing.assert_allclose(blob[0, :, 10, 208], GREY / 255, rtol=1e-5)
    rows = np.flatnonzero(blob[0, 2, :, 208] == 1)
    assert (rows.min(), rows.max()) == (104, 311)


def test_a_picture_of_the_input_size_is_not_resampled() -> None:
    chance = np.random.default_rng(1)
    picture = chance.integers(0, 256, (416, 416, 3), np.uint8)
    blob = Letterbox.fit((416, 416), (416, 416)).blob(picture)
    np.testing.assert_allclose(blob[0, 0], picture[:, :, 2] / 255, rtol=1e-5)


@given(
    width=st.integers(8, 4000),
    height=st.integers(8, 4000),
    px=st.sampled_from([320, 416, 640]),
)
def test_the_input_is_no_larger_than_the_picture_needs(width: int, height: int, px: int) -> None:
    picture = np.broadcast_to(np.uint8(0), (height, width, 3))
    box = fitted(picture, px)
    assert max(box.input_px) == px
    assert box.scale == pytest.approx(px / max(width, height))
    for side, whole in zip((width, height), box.input_px, strict=True):
        assert whole % 32 == 0
        assert whole - side * box.scale < 32


def test_a_network_of_fixed_size_gets_a_square() -> None:
    picture = np.zeros((540, 960, 3), np.uint8)
    assert fitted(picture, 416, square=True).input_px == (416, 416)
    assert fitted(picture, 416).input_px == (416, 256)
