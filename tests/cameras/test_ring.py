"""The ring can always be decoded from its start, and keeps within its bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras.ring import PacketRing
from tests.cameras.fakes import packet


def filled(seconds: int, *, keep_s: float, cap_bytes: int = 10**6) -> PacketRing:
    ring = PacketRing(keep_s, cap_bytes)
    for i in range(seconds * 10):
        ring.append(packet(i, i / 10, key=i % 20 == 0))
    return ring


def test_it_holds_at_least_the_seconds_asked_for_and_begins_with_a_key_frame() -> None:
    held = filled(60, keep_s=15).packets()
    assert held[0].is_key
    assert 15 <= held[-1].mono_s - held[0].mono_s <= 17


def test_it_holds_no_more_bytes_than_its_cap() -> None:
    ring = filled(60, keep_s=1000, cap_bytes=5000)
    assert ring.size_bytes == sum(len(p.data) for p in ring.packets()) <= 5000
    assert ring.packets()[0].is_key


def test_packets_before_the_first_key_frame_are_not_kept() -> None:
    ring = PacketRing(10, 1000)
    ring.append(packet(0, 0.0))
    assert ring.newest() is None


def test_a_group_larger_than_the_cap_is_dropped_whole() -> None:
    ring = PacketRing(10, 1000)
    for i in range(30):
        ring.append(packet(i, i / 10, key=i == 0))
    assert len(ring) == 0
    ring.append(packet(30, 3.0, key=True))
    assert len(ring) == 1


def test_the_group_until_a_packet_begins_at_the_key_frame_before_it() -> None:
    ring = filled(10, keep_s=100)
    assert [p.index for p in ring.group_until(47)] == list(range(40, 48))
    assert [p.index for p in ring.group_until(40)] == [40]


def test_a_packet_out_of_sequence_is_a_bug_and_says_so() -> None:
    ring = filled(1, keep_s=10)
    with pytest.raises(ValueError, match="does not follow"):
        ring.append(packet(99, 2.0))


@given(
    st.lists(st.tuples(st.booleans(), st.integers(1, 400), st.floats(0, 3)), max_size=120),
    st.floats(0.5, 20),
    st.integers(500, 3000),
)
def test_it_always_begins_with_a_key_frame_and_keeps_its_cap(
    steps: list[tuple[bool, int, float]], keep_s: float, cap_bytes: int
) -> None:
    ring, at_s, index = PacketRing(keep_s, cap_bytes), 0.0, 0
    for key, size, wait_s in steps:
        at_s += wait_s
        ring.append(packet(index, at_s, key=key, size=size))
        index = index + 1 if ring.newest() is not None else index
        held = ring.packets()
        assert not held or held[0].is_key
        assert ring.size_bytes == sum(len(p.data) for p in held) <= cap_bytes
        assert [p.index for p in held] == sorted(p.index for p in held)
