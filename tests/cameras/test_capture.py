"""Capture times from timestamps and arrivals, whatever cameras and networks do to them."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cameras.capture import CaptureClock

UTC = 1.7e9


def stamps(
    clock: CaptureClock, packets: list[tuple[float | None, float]], *, listen: int = 4
) -> list[float]:
    clock.begin(packets[:listen])
    return [clock.stamp(pts_s, at_s, UTC).mono_s for pts_s, at_s in packets]


def test_what_waited_while_the_stream_was_opened_is_dated_when_it_was_taken() -> None:
    """Two seconds of frames arrive at once at 102 s; then they come live."""
    taken = [100 + i / 10 for i in range(60)]
    packets = [(at_s - 95, max(at_s, 102.0)) for at_s in taken]
    found = stamps(CaptureClock(reorders=False), packets, listen=25)
    assert found == pytest.approx(taken, abs=1e-6)


def test_the_frame_that_the_demuxer_holds_back_is_not_dated_a_frame_late() -> None:
    taken = [100 + i / 25 for i in range(100)]
    packets = [(at_s, at_s + 0.04) for at_s in taken]
    found = stamps(CaptureClock(reorders=False, held=1), packets)
    assert found == pytest.approx(taken, abs=1e-6)


def test_a_jittering_network_moves_capture_times_by_milliseconds_only() -> None:
    chance = random.Random(3)
    taken = [100 + i / 25 for i in range(2500)]
    packets = [(at_s - 50, at_s + abs(chance.gauss(0, 0.03))) for at_s in taken]
    found = stamps(CaptureClock(reorders=False), packets, listen=10)
    assert max(abs(a - b) for a, b in zip(found[250:], taken[250:], strict=True)) < 0.01


def test_a_camera_clock_that_runs_fast_does_not_drift_away_in_a_day() -> None:
    """200 ppm: 17 s a day if durations were summed."""
    taken = [float(i) for i in range(86_400)]
    packets = [(at_s * 1.0002, at_s) for at_s in taken]
    found = stamps(CaptureClock(reorders=False), packets)
    assert max(abs(a - b) for a, b in zip(found, taken, strict=True)) < 0.01


@pytest.mark.parametrize("jump_s", [-3600.0, -5.0, 5.0, 95_443.7])
def test_timestamps_that_jump_change_no_capture_time(jump_s: float) -> None:
    taken = [100 + i / 10 for i in range(200)]
    packets = [(at_s + (jump_s if i >= 100 else 0), at_s) for i, at_s in enumerate(taken)]
    clock = CaptureClock(reorders=False)
    assert stamps(clock, packets) == pytest.approx(taken, abs=0.11)
    assert clock.jumps == 1


def test_a_timestamp_that_repeats_for_ever_falls_back_to_arrival() -> None:
    taken = [100 + i / 10 for i in range(100)]
    found = stamps(CaptureClock(reorders=False), [(7.0, at_s) for at_s in taken])
    assert found == pytest.approx(taken, abs=0.01)


def test_a_stream_without_timestamps_falls_back_to_arrival() -> None:
    taken = [100 + i / 10 for i in range(100)]
    packets: list[tuple[float | None, float]] = [(None, at_s) for at_s in taken]
    assert stamps(CaptureClock(reorders=False), packets) == pytest.approx(taken, abs=0.01)


def test_frames_out_of_order_keep_the_order_in_which_they_are_shown() -> None:
    shown = [0.0, 0.4, 0.2, 0.1, 0.3, 0.8, 0.6, 0.5, 0.7]
    packets = [(pts_s, 100.4 + i / 10) for i, pts_s in enumerate(shown)]
    clock = CaptureClock(reorders=True)
    found = stamps(clock, packets)
    assert sorted(range(9), key=lambda i: found[i]) == sorted(range(9), key=lambda i: shown[i])
    assert clock.jumps == 0


def test_after_a_network_pause_times_still_follow_the_timestamps() -> None:
    """Five seconds without arrivals, then all at once: nothing was taken late."""
    taken = [100 + i / 10 for i in range(200)]
    packets = [(at_s, max(at_s, 110.0) if 105 < at_s < 110 else at_s) for at_s in taken]
    found = stamps(CaptureClock(reorders=False), packets)
    assert found == pytest.approx(taken, abs=0.05)


def test_a_new_connection_never_reaches_back_before_the_last_one() -> None:
    clock = CaptureClock(reorders=False, not_before_s=205.0)
    assert stamps(clock, [(0.0, 204.0), (0.1, 204.1)])[0] > 205.0


def test_the_camera_clock_offset_is_what_the_camera_says_minus_what_we_found() -> None:
    clock = CaptureClock(reorders=False)
    clock.begin([(0.0, 100.0)])
    assert clock.stamp(0.0, 100.0, UTC).camera_clock_offset_ms is None
    assert clock.stamp(0.1, 100.1, UTC, UTC + 100.1 - 2.5).camera_clock_offset_ms == -2500
    assert clock.stamp(0.2, 100.2, UTC).camera_clock_offset_ms == -2500


@given(
    st.lists(
        st.tuples(st.none() | st.floats(-1e6, 1e6), st.floats(0.0, 20.0)), min_size=1, max_size=60
    )
)
def test_whatever_comes_in_order_of_showing_times_rise(
    steps: list[tuple[float | None, float]],
) -> None:
    clock = CaptureClock(reorders=False)
    now_s = 1000.0
    last_s = float("-inf")
    for pts_s, wait_s in steps:
        now_s += wait_s
        mono_s = clock.stamp(pts_s, now_s, UTC).mono_s
        assert mono_s > last_s
        last_s = mono_s
