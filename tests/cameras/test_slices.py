"""Key frames that come in parts are put together."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras.errors import StreamEnded
from cameras.slices import Raw, continues, joined

SETS = bytes.fromhex("00000001 6742 00000001 68ce")
FIRST, SECOND = (SETS + bytes.fromhex("00000001 65") + x for x in (b"\x88abc", b"\x11def"))
OTHER = bytes.fromhex("00000001 41 9a 00")


def stream(*parts: Raw) -> Iterator[Raw]:
    yield from parts
    raise StreamEnded("over")


def all_of(packets: Iterator[Raw]) -> list[bytes]:
    found = []
    try:
        for packet in packets:
            found.append(packet.data)
    except StreamEnded:
        return found
    raise AssertionError("it should end by a loss")


def test_halves_of_a_key_frame_become_one() -> None:
    parts = stream(
        Raw(FIRST, None, is_key=True), Raw(SECOND, 0.0, is_key=True), Raw(OTHER, 0.1, is_key=False)
    )
    assert all_of(joined(parts, "h264")) == [FIRST + SECOND, OTHER]


def test_whole_frames_stay_as_they_are_and_the_last_one_is_not_lost() -> None:
    parts = [Raw(FIRST, i / 10, is_key=True) for i in range(3)]
    assert all_of(joined(stream(*parts), "h264")) == [FIRST] * 3


def test_the_first_slice_of_hevc_is_known_by_its_flag() -> None:
    sets = bytes.fromhex("00000001 4001 0c 00000001 4201 01")
    assert not continues(sets + bytes.fromhex("000001 2601 af"), "hevc")
    assert continues(sets + bytes.fromhex("000001 2601 2f"), "hevc")


@pytest.mark.parametrize("codec", ["h264", "hevc", "mjpeg"])
@given(st.binary(max_size=80))
def test_any_bytes_are_judged_without_an_error(codec: str, data: bytes) -> None:
    assert continues(data, codec) in (True, False)
